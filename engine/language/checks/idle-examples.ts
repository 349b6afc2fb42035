import { placeOfExample } from '../build-flow.js';
import type { Check } from './check.js';
import { heardIn, normalised } from './examples.js';

/** The router reads so much of a text, in UTF-16 units; a spoken turn is far shorter. */
export const longestExample = 2_000;

/** Examples from which nothing is learned: without a word, too long to be said, given a second time. */
export const idleExamples: Check = {
  needs: 'names',
  run({ agent, flows }, report) {
    for (const { id, examples } of heardIn(agent, flows)) {
      const seen = new Set<string>();
      for (const example of examples) {
        const place = placeOfExample(example);
        // With the words of its values: "for two" and "for four" are two examples.
        const words = normalised({ text: example.text, values: [] });
        const [what, cure] =
          words === ''
            ? ['This example has no word that a caller could say.', 'Write what a caller says, or take it out.']
            : example.text.length > longestExample
              ? [`This example is longer than anybody says at once: after ${String(longestExample)} characters it is not read.`, 'Give what a caller says in one turn.'] // prettier-ignore
              : seen.has(words)
                ? [`"${id}" has this example already.`, 'Take one of the two out, or say it in other words.']
                : [];
        seen.add(words);
        if (what === undefined || place === undefined) continue;
        report('idle-example', { place, length: Math.max(1, example.text.length) }, what, cure!, 'warning');
      }
    }
  },
};
