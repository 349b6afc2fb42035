/** Examples as the checks compare them, and where the intents that they stand for are heard. */
import type { TrainingExample } from '../../contracts.js';
import type { Agent, Flow } from '../flow.js';

/** A flow that its examples begin, or a named intent. */
export interface Heard {
  id: string;
  examples: readonly TrainingExample[];
  flow?: Flow;
}

/** Everything that has examples of the designer's. */
export function heardIn(agent: Agent, flows: readonly Flow[]): Heard[] {
  return [
    ...flows.map((flow) => ({ id: flow.name, examples: flow.examples, flow })),
    ...[agent, ...flows].flatMap((owner) => [...owner.intents.values()]),
  ];
}

/** Small letters, no punctuation, and each marked value as its type. */
export function normalised({ text, values }: TrainingExample): string {
  let words = '';
  let copied = 0;
  for (const { start, end, type } of values) {
    words += `${text.slice(copied, start)} \0${type}\0 `;
    copied = end;
  }
  return (words + text.slice(copied))
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\0_']+/gu, ' ')
    .trim();
}

/** Whether there is a place where both are heard. */
export function meet(one: Heard, other: Heard, agent: Agent): boolean {
  // Guards may divide them: which of the two is heard is then no guess.
  if (one.flow && other.flow) return !(one.flow.startIf && other.flow.startIf);
  if (one.flow ?? other.flow) return places(one.flow ? other.id : one.id, agent).some(({ isDeaf }) => !isDeaf);
  return places(one.id, agent).some(({ heard }) => heard.has(other.id));
}

/** Every place where an intent is heard, with all that is heard there. */
function places(id: string, agent: Agent): { heard: ReadonlySet<string>; isDeaf: boolean }[] {
  const all: { heard: ReadonlySet<string>; isDeaf: boolean }[] = [];
  const everywhere = agent.listen.flatMap(({ intents }) => intents);
  for (const flow of agent.flows.values()) {
    const inFlow = flow.listen.flatMap(({ intents }) => intents);
    for (const state of flow.states.values()) {
      const isDeaf = state.deaf || flow.deaf;
      const own = state.transitions.flatMap(({ intents }) => intents);
      const heard = new Set([...own, ...(state.deaf ? [] : inFlow), ...(isDeaf ? [] : everywhere)]);
      if (heard.has(id)) all.push({ heard, isDeaf });
    }
  }
  return all;
}
