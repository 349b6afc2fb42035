import { builtInIntentNames } from '../../dialog/built-ins/built-ins.js';
import { placeOfExample } from '../build-flow.js';
import type { Check } from './check.js';
import type { Flow } from '../flow.js';
import { heardIn, meet, normalised, type Heard } from './examples.js';

/** Of the smaller one's examples, at least this share is the other's too, and so many of them. */
const nearlyAll = 0.75;
const fewestShared = 2;
/** Where another intent of the agent has so many examples, one alone is an oversight and no sketch. */
const manyExamples = 5;

/** Intents that are one under two names. */
export const duplicateIntents: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const { one, other, shared } of duplicates(heardIn(agent, flows))) {
      if (!meet(one, other, agent)) continue;
      const example = one.examples.find((each) => shared.has(normalised(each)));
      const place = example && placeOfExample(example);
      if (place === undefined) continue;
      report(
        'duplicate-intents',
        { place, length: example!.text.length },
        `"${one.id}" has nearly all of its examples in common with "${other.id}" (${String(shared.size)} of ${String(one.examples.length)}), and both are heard in one place: no router can tell them apart.`,
        'Make them one, or tell by the examples what is different.',
        'warning',
      );
    }
  },
};

/** An intent with a single example among others with many. */
export const loneExamples: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    const intents = heardIn(agent, flows).filter(({ id }) => !builtInIntentNames.includes(id));
    const most = Math.max(0, ...intents.map(({ examples }) => examples.length));
    if (most < manyExamples) return;
    for (const { id, examples, flow } of intents) {
      if (flow && answers(flow)) continue;
      const [only, second] = examples;
      const place = only && placeOfExample(only);
      if (place === undefined || second !== undefined) continue;
      report(
        'lone-example',
        { place, length: only!.text.length },
        `"${id}" has this one example, another intent has ${String(most)}: what callers say otherwise goes to the others, or is asked about.`,
        'Give it four more, as differently worded as callers would.',
        'warning',
      );
    }
  },
};

/** What is asked of its knowledge leads into such a flow too. */
function answers({ states }: Flow): boolean {
  return [...states.values()].some(({ answer }) => answer !== undefined);
}

/** Each pair once, told of the one with fewer examples (of two as large, of the later). */
export function duplicates(intents: readonly Heard[]): { one: Heard; other: Heard; shared: ReadonlySet<string> }[] {
  const words = intents.map(({ examples }) => new Set(examples.map(normalised)));
  return intents.flatMap((one, i) =>
    intents.flatMap((other, j) => {
      const [own, theirs] = [words[i]!, words[j]!];
      const isSmaller = own.size < theirs.size || (own.size === theirs.size && i > j);
      if (!isSmaller || one.id === other.id) return [];
      const shared = new Set([...own].filter((each) => theirs.has(each)));
      return shared.size >= fewestShared && shared.size >= nearlyAll * own.size ? [{ one, other, shared }] : [];
    }),
  );
}
