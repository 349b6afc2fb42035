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

/** The words that a call may begin with: those of the state where the first flow begins, and its first question. */
export function openingSentences(agent: Agent): string[] {
  const name = startFlow(agent);
  const flow = name === undefined ? undefined : agent.flows.get(name);
  const state = flow?.states.get(firstState(agent, flow.name));
  const asked = state?.collect?.slots[0];
  const slot = asked === undefined ? undefined : (flow?.slots.get(asked) ?? agent.slots.get(asked));
  return [...new Set([...fixedIn(state?.say), ...fixedIn(slot?.ask[0])])].slice(0, mostFirst);
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
