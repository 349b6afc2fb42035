import { builtInsOf, keptIntents } from '../../dialog/built-ins/built-ins.js';
import { placeOfExample } from '../build-flow.js';
import type { Agent, Flow } from '../flow.js';
import type { Check, Report } from './check.js';
import { duplicates } from './duplicate-intents.js';
import { heardIn, meet, normalised, type Heard } from './examples.js';

/** The same words under two intents that are heard in one place, and words that are both an example and none. */
export const competingExamples: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const flow of flows) checkOwn(flow, report);
    const intents = heardIn(agent, flows);
    // These are told once, as what they are, and not example by example.
    const twice = duplicates(intents);
    const areTwice = (a: Heard, b: Heard): boolean =>
      twice.some(({ one, other }) => (one === a && other === b) || (one === b && other === a));
    const builtIn = builtInWays(agent);
    const heard = new Map<string, Heard[]>();
    for (const intent of intents) {
      for (const example of intent.examples) {
        const words = normalised(example);
        const others = heard.get(words) ?? [];
        heard.set(words, [...others, intent]);
        const other = others.find((one) => one.id !== intent.id && !areTwice(one, intent) && meet(one, intent, agent));
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
