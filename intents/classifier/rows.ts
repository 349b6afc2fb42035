import type { TrainingIntent } from '../../engine/contracts.js';
import { withPlaceholders } from './placeholders.js';
import { recipe } from './recipe.js';
import { nameAsWords, wordsOf } from './words.js';

/** One text to learn from. */
export interface TrainingRow {
  text: string;
  /** Index of the intent. */
  intent: number;
  /** 1 for its intent, less than 0 against it. */
  target: number;
  weight: number;
  /** Rows made of one example share it: they are left out together. */
  group: number;
  /** An example of the author's, by which the router judges itself; names and copies are not. */
  judged: boolean;
}

/** "The caller wants to hear the flights" -> "hear the flights": the frame is in every description. */
const frame =
  /^(the |a )?(caller|customer|user|guest|client)s?\s+(wants?|would like|needs?|asks?|is asking|has|says?)(\s+(to|about|for|that|whether|if))?\s+/i;

/** All rows of all intents: examples, copies with typed placeholders, names at low weight, `not:` examples. */
export function rowsOf(intents: TrainingIntent[]): TrainingRow[] {
  const rows: TrainingRow[] = [];
  const positives = new Set(intents.flatMap(({ examples }) => examples.map(({ text }) => key(text))));
  let group = 0;
  for (const [intent, { id, title, description, examples, not }] of intents.entries()) {
    const seen = new Set<string>();
    const add = (text: string, row: Pick<TrainingRow, 'target' | 'weight' | 'judged'>): void => {
      if (wordsOf(text).length === 0 || seen.has(key(text))) return;
      seen.add(key(text));
      rows.push({ text, intent, group, ...row });
    };
    for (const { text, values } of examples) {
      group++;
      add(text, { target: 1, weight: 1, judged: true });
      const typed = withPlaceholders(text, values);
      if (typed !== undefined) add(typed, { target: 1, weight: recipe.placeholderWeight, judged: false });
    }
    const names = [nameAsWords(id.split('.').at(-1)!), title, description?.replace(frame, '')];
    for (const text of names) {
      group++;
      if (text !== undefined) add(text, { target: 1, weight: recipe.nameWeight, judged: false });
    }
    for (const { text } of not) {
      group++;
      // Another intent's own example says it better.
      if (!positives.has(key(text))) add(text, { target: recipe.notTarget, weight: recipe.notWeight, judged: false });
    }
  }
  return rows;
}

function key(text: string): string {
  return wordsOf(text).join(' ');
}
