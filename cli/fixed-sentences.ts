/** What an agent says in the same words in every call: its voice need make these only once. */
import { builtInsOf } from '../engine/dialog/built-ins/built-ins.js';
import { firstState, startFlow } from '../engine/dialog/open-state.js';
import type { Agent, Words } from '../engine/language/flow.js';

/** More are not said ahead: a caller who is greeted hears the next question some seconds later. */
const mostFirst = 3;

/** Texts without a value in them, of the flows and of the built-ins. */
export function fixedSentences(agent: Agent): Set<string> {
  const texts = new Set(fixedIn(agent));
  for (const words of Object.values(builtInsOf(agent.language).words))
    if (Array.isArray(words)) for (const text of words) texts.add(text);
  return texts;
}

/** A sentence as its state has it said. */
export interface Opening {
  text: string;
  /** 1 is the voice's own pace. */
  rate?: number;
  voice?: string;
}

/**
 * The words that a call may begin with: those of the state where the first flow begins, and its first question; in the
 * voice and at the pace that the nearest of state, flow and agent names, or they would be made once more for the caller.
 */
export function openingSentences(agent: Agent): Opening[] {
  const name = startFlow(agent);
  const flow = name === undefined ? undefined : agent.flows.get(name);
  const state = flow?.states.get(firstState(agent, flow.name));
  const asked = state?.collect?.slots[0];
  const slot = asked === undefined ? undefined : (flow?.slots.get(asked) ?? agent.slots.get(asked));
  const cascades = [state?.cascade, flow?.cascade, agent.cascade];
  const pace = cascades.find((one) => one?.pace !== undefined)?.pace;
  const voice = cascades.find((one) => one?.speaker !== undefined)?.speaker;
  const how = {
    // As the engine rounds it.
    ...(pace !== undefined && { rate: Math.round(pace * 100) / 100 }),
    ...(voice !== undefined && { voice }),
  };
  const texts = new Set([...fixedIn(state?.say), ...fixedIn(slot?.ask[0])]);
  return [...texts].slice(0, mostFirst).map((text) => ({ text, ...how }));
}

function fixedIn(part: unknown, seen = new Set<unknown>()): string[] {
  if (typeof part !== 'object' || part === null || seen.has(part)) return [];
  seen.add(part);
  if (isWords(part))
    return part.phrases
      .filter(({ mode, text }) => mode === 'fixed' && text.reads.length === 0)
      .map(({ text }) =>
        text
          .render(() => null)
          .replace(/\s+/g, ' ')
          .trim(),
      )
      .filter((text) => text !== '');
  const parts = part instanceof Map || part instanceof Set ? part.values() : Object.values(part);
  return [...parts].flatMap((one) => fixedIn(one, seen));
}

function isWords(part: object): part is Words {
  return 'phrases' in part && Array.isArray(part.phrases) && 'place' in part;
}
