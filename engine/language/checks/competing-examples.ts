import type { TrainingExample } from '../../contracts.js';
import { builtInsOf, keptIntents } from '../../dialog/built-ins/built-ins.js';
import { placeOfExample } from '../build-flow.js';
import type { Agent, Flow } from '../flow.js';
import type { Check, Report } from './check.js';

/** The same words under two intents that are heard in one place, and words that are both an example and none. */
export const competingExamples: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const flow of flows) checkOwn(flow, report);
    const intents = [
      ...flows.map((flow) => ({ id: flow.name, examples: flow.examples, flow })),
      ...[agent, ...flows].flatMap((owner) => [...owner.intents.values()]),
    ];
    const builtIn = builtInWays(agent);
    const heard = new Map<string, { id: string; flow?: Flow }[]>();
    for (const intent of intents) {
      for (const example of intent.examples) {
        const words = normalised(example);
        const others = heard.get(words) ?? [];
        heard.set(words, [...others, intent]);
        const other = others.find((one) => one.id !== intent.id && meet(one, intent, agent));
        const place = placeOfExample(example);
        if (place === undefined) continue;
        const act = builtIn.get(words);
        if (act !== undefined && act !== intent.id)
          report(
            'competing-examples',
            { place, length: example.text.length },
            `This is a way to say the built-in "${act}" too, which is heard everywhere: the router can only guess.`,
            `Say more in the example, or put it under \`intents: { ${act}: […] }\`.`,
            'warning',
          );
        if (other === undefined) continue;
        report(
          'competing-examples',
          { place, length: example.text.length },
          `"${other.id}" has this example too, and both are heard in one place: the router can only guess.`,
          `Keep it under one of "${other.id}" and "${intent.id}".`,
          'warning',
        );
      }
    }
  },
};

/**
 * How callers say what the engine brings in the agent's language and keeps in all of its words, but for what the designer
 * turned off. The other built-ins give way to a designer's examples by themselves.
 */
function builtInWays(agent: Agent): ReadonlyMap<string, string> {
  const ways = new Map<string, string>();
  for (const [act, texts] of Object.entries(builtInsOf(agent.language).examples)) {
    if (!keptIntents.has(act) || agent.cascade.repair.get(act)?.off) continue;
    for (const text of texts) ways.set(normalised({ text, values: [] }), act);
  }
  return ways;
}

function checkOwn(flow: Flow, report: Report): void {
  const not = new Set(flow.not.map(normalised));
  for (const example of flow.examples) {
    const place = placeOfExample(example);
    if (!not.has(normalised(example)) || place === undefined) continue;
    report(
      'competing-examples',
      { place, length: example.text.length },
      `This is an example of "${flow.name}" and stands under its \`not:\` too.`,
      'Take it out of one of them.',
      'warning',
    );
  }
}

/** Small letters, no punctuation, and each marked value as its type. */
function normalised({ text, values }: TrainingExample): string {
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

interface Heard {
  id: string;
  flow?: Flow;
}

/** Whether there is a place where both are heard. */
function meet(one: Heard, other: Heard, agent: Agent): boolean {
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
