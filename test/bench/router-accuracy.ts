/**
 * Accuracy of the classifier alone, all intents legal, on the ten-shot draws of public sets. Wants PARLEY_SHARED.
 * Arguments: the embedder (static, none), the draw (published, seed1 …), the rows (test, val).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingIntent } from '../../engine/contracts.js';
import { background } from '../../intents/classifier/background.js';
import { functionWords } from '../../intents/classifier/function-words.js';
import { Model } from '../../intents/classifier/model.js';
import { recipe } from '../../intents/classifier/recipe.js';
import { rowsOf } from '../../intents/classifier/rows.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';

interface IntentData {
  intents: string[];
  train: [number, string][];
  val?: [number, string][];
  test: [number, string][];
  valIndices?: number[];
  fewshot: Record<string, Record<string, number[]>>;
}

const shared = process.env.PARLEY_SHARED;
if (!shared) throw new Error('Set PARLEY_SHARED to the folder with data/intents.');
const [kind = 'static', draw = 'published', part = 'test'] = process.argv.slice(2);
Object.assign(recipe, JSON.parse(process.env.RECIPE ?? '{}'));
const embedder = kind === 'none' ? undefined : openStaticModel();

for (const set of ['banking77', 'clinc150']) {
  const data = JSON.parse(readFileSync(join(shared, 'data', 'intents', `${set}.json`), 'utf8')) as IntentData;
  const rows = data.fewshot['10']![draw]!.map((i) => data.train[i]!);
  const intents: TrainingIntent[] = data.intents.map((id, c) => ({
    id,
    examples: rows.filter(([intent]) => intent === c).map(([, text]) => ({ text, values: [] })),
    not: [],
  }));
  const startedAtMs = performance.now();
  const common = { lines: background.en!, functionWords: functionWords.en! };
  const model = await Model.train(rowsOf(intents), intents.length, common, embedder);
  model.finish();
  const trainMs = Math.round(performance.now() - startedAtMs);
  const asked = part === 'test' ? data.test : (data.val ?? data.valIndices!.map((i) => data.train[i]!));
  let right = 0;
  for (const [intent, text] of asked) {
    const { scores } = await model.read([text]);
    if (scores.indexOf(Math.max(...scores)) === intent) right++;
  }
  console.log(
    `${set} ${kind} 10-shot ${draw} ${part}: ${((100 * right) / asked.length).toFixed(1)} % of ${asked.length}, trained in ${trainMs} ms`,
  );
}
