/** A request in the words of an example, with values of its own. */
import type { RouteDecision } from '../contracts.js';
import type { Moment } from './moment.js';
import type { Ask } from './readings.js';
import { isExampleWithValues } from './readings.js';
import { slotsInScope } from './slots.js';
import { isAwaited } from './transitions.js';

/** A flow whose example was said with other values in it: nothing is left for a router to decide. */
export function flowByExample(moment: Moment): Extract<RouteDecision, { kind: 'accept' }> | null {
  const { talk, text, heard, legal } = moment;
  for (const intent of legal) {
    const flow = talk.agent.flows.get(intent);
    if (!flow || isAwaited(talk, { kind: 'intent', intent })) continue;
    const ask: Ask = {
      text,
      heard,
      frame: undefined,
      slots: slotsInScope(talk.agent, intent),
      wanted: [],
      examples: flow.examples,
      mayCorrect: false,
    };
    if (isExampleWithValues(talk, ask)) {
      return { kind: 'accept', intent, by: 'local', candidates: [{ intent, score: 1 }], probability: 1, llmCalls: 0 };
    }
  }
  return null;
}
