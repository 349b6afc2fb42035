/**
 * Remakes the numbers of intents/classifier/prior.ts: small agents are drawn from the training rows of
 * public sets (never from test rows), put beside the built-ins, and asked about turns that are legal,
 * legal elsewhere, near-foreign and far-foreign. Wants PARLEY_SHARED. Prints TypeScript.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingIntent } from '../../engine/contracts.js';
import { background } from '../../intents/classifier/background.js';
import { readEvidence } from '../../intents/classifier/features.js';
import { functionWords } from '../../intents/classifier/function-words.js';
import { fitLogistic, probabilityOf, type LogisticRow } from '../../intents/classifier/logistic.js';
import { Model } from '../../intents/classifier/model.js';
import type { PriorKind } from '../../intents/classifier/prior.js';
import { recipe } from '../../intents/classifier/recipe.js';
import { rowsOf } from '../../intents/classifier/rows.js';
import type { Embedder } from '../../intents/embedder/embedder.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';
import { findTransformersModel, openTransformersModel } from '../../intents/embedder/transformers.js';
import { builtIns } from '../intents/built-ins.js';

interface IntentData {
  intents: string[];
  train: [number, string][];
  oos?: { train: string[]; val: string[] };
}

type Pick = <T>(from: readonly T[], count: number) => T[];

/** A small linear congruential generator: the same draws every time. */
function picker(seed: number): { pick: Pick; below: (n: number) => number } {
  let state = seed;
  const below = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const pick: Pick = (from, count) => {
    const pool = [...from];
    return Array.from({ length: Math.min(count, pool.length) }, () => pool.splice(below(pool.length), 1)[0]!);
  };
  return { pick, below };
}

interface Sample extends LogisticRow {
  inScope: boolean;
}

const share = { foreign: 0.1, elsewhere: 0.05 };

async function sampleAgent(
  data: IntentData,
  byIntent: string[][],
  seed: number,
  embedder: Embedder | undefined,
): Promise<Sample[]> {
  const { pick, below } = picker(seed);
  const all = byIntent.map((_, c) => c);
  const chosen = pick(all, 2 + below(14));
  const outside = all.filter((c) => !chosen.includes(c));
  const shots = [3, 4, 5, 6, 8, 12, 20][below(7)]!;
  const trained = chosen.map((c) => pick(byIntent[c]!, shots));
  const own: TrainingIntent[] = chosen.map((c, i) => ({
    id: data.intents[c]!,
    examples: trained[i]!.map((text) => ({ text, values: [] })),
    not: [],
  }));
  const extra = below(4) === 0 ? [] : pick(builtIns, 4 + below(11));
  const intents = [...own, ...extra];
  const heldBackground = pick(background.en!, Math.floor(background.en!.length / 2));
  const common = {
    lines: background.en!.filter((line) => !heldBackground.includes(line)),
    functionWords: functionWords.en!,
  };
  const model = await Model.train(rowsOf(intents), intents.length, common, embedder, (intent) => intent < own.length);

  const samples: Sample[] = [];
  const ask = async (text: string, truth: number | undefined, legal: number[], weight: number): Promise<void> => {
    const { ranked, features } = readEvidence(await model.read([text]), legal, model.temperature);
    samples.push({
      features,
      right: ranked[0]!.intent === truth,
      inScope: truth !== undefined && legal.includes(truth),
      weight,
    });
  };
  const restricted = below(3) !== 0;
  const ownLegal = restricted
    ? pick(
        own.map((_, i) => i),
        1 + below(6),
      )
    : own.map((_, i) => i);
  const legal = [...ownLegal, ...extra.map((_, i) => own.length + i)];
  const fresh = (i: number): string[] => byIntent[chosen[i]!]!.filter((text) => !trained[i]!.includes(text));
  for (const i of ownLegal) for (const text of pick(fresh(i), 6)) await ask(text, i, legal, 1);
  const inScope = samples.length;
  const illegal = own.map((_, i) => i).filter((i) => !ownLegal.includes(i));
  const elsewhere = illegal.flatMap((i) => pick(fresh(i), 3));
  for (const text of elsewhere) await ask(text, undefined, legal, (inScope * share.elsewhere) / elsewhere.length);
  const near = pick(outside, 12).flatMap((c) => pick(byIntent[c]!, 1));
  const far = [...(data.oos ? pick([...data.oos.train, ...data.oos.val], 8) : []), ...pick(heldBackground, 8)];
  // A third of the foreign turns are near, two thirds far.
  const foreign = (inScope * share.foreign) / (1 - share.foreign);
  for (const text of near) await ask(text, undefined, legal, foreign / 3 / near.length);
  for (const text of far) await ask(text, undefined, legal, (2 * foreign) / 3 / far.length);
  return samples;
}

function thresholds(samples: Sample[], answer: number[]): { maxWrong: number; threshold: number; accepted: number }[] {
  const sorted = samples.map((row) => ({ ...row, p: probabilityOf(answer, row.features) })).sort((a, b) => b.p - a.p);
  const total = sorted.filter(({ inScope }) => inScope).reduce((sum, { weight }) => sum + weight, 0);
  return [0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2].map((maxWrong) => {
    let [sum, wrong, local] = [0, 0, 0];
    let best = { maxWrong, threshold: 1, accepted: 0 };
    for (const { p, right, inScope, weight } of sorted) {
      sum += weight;
      if (!right) wrong += weight;
      if (inScope) local += weight;
      if (wrong / sum <= maxWrong) best = { maxWrong, threshold: p, accepted: local / total };
    }
    return best;
  });
}

/** The same lines come back in every agent. */
function remembering(embedder: Embedder): Embedder {
  const known = new Map<string, Float32Array>();
  return {
    ...embedder,
    async embed(texts) {
      const missing = texts.filter((text) => !known.has(text));
      for (const [i, vector] of (await embedder.embed(missing)).entries()) known.set(missing[i]!, vector);
      return texts.map((text) => known.get(text)!);
    },
  };
}

async function main(): Promise<void> {
  const shared = process.env.PARLEY_SHARED;
  if (!shared) throw new Error('Set PARLEY_SHARED to the folder with data/intents.');
  // For trying other numbers: RECIPE='{"ridge":0.5}'.
  Object.assign(recipe, JSON.parse(process.env.RECIPE ?? '{}'));
  const agents = Number(process.argv[2] ?? 200);
  const wanted = (process.argv[3]?.split(',') ?? ['lexical', 'static', 'sentence']) as PriorKind[];
  const sets = ['clinc150', 'banking77'].map((name) => {
    const data = JSON.parse(readFileSync(join(shared, 'data', 'intents', `${name}.json`), 'utf8')) as IntentData;
    return {
      data,
      byIntent: data.intents.map((_, c) => data.train.filter(([intent]) => intent === c).map(([, text]) => text)),
    };
  });
  const found = findTransformersModel({ folder: join(shared, 'models') });
  const embedders: Record<PriorKind, () => Promise<Embedder | undefined>> = {
    lexical: () => Promise.resolve(undefined),
    static: () => Promise.resolve(openStaticModel()),
    sentence: () =>
      found ? openTransformersModel(found) : Promise.reject(new Error('no sentence encoder in PARLEY_SHARED/models')),
  };
  for (const kind of wanted) {
    const opened = await embedders[kind]();
    const embedder = opened && remembering(opened);
    const samples: Sample[] = [];
    for (let seed = 1; seed <= agents; seed++) {
      // CLINC two times of three: its domains are wide; BANKING's intents are all near to each other.
      const set = sets[seed % 3 === 0 ? 1 : 0]!;
      samples.push(...(await sampleAgent(set.data, set.byIntent, seed * 7919, embedder)));
    }
    const zero = new Array<number>(samples[0]!.features.length + 1).fill(0);
    const answer = fitLogistic(samples, zero, 0.5);
    const scope = fitLogistic(
      samples.map((row) => ({ ...row, right: row.inScope })),
      zero,
      0.5,
    );
    const inScope = samples.filter((row) => row.inScope);
    console.error(
      kind,
      samples.length,
      'accuracy',
      (inScope.filter(({ right }) => right).length / inScope.length).toFixed(3),
    );
    const table = thresholds(samples, answer);
    for (const { maxWrong, threshold, accepted } of table)
      console.error(`  ${maxWrong}: ${threshold.toFixed(3)} accepts ${accepted.toFixed(3)}`);
    const round = (list: number[]): number[] => list.map((x) => Number(x.toFixed(4)));
    console.log(
      `  ${kind}: ${JSON.stringify({ answer: round(answer), scope: round(scope), thresholds: table.map(({ maxWrong, threshold }) => ({ maxWrong, threshold: Number(threshold.toFixed(4)) })), usual: table.map(({ maxWrong, accepted }) => ({ maxWrong, accepted: Number(accepted.toFixed(2)) })) })},`,
    );
  }
}

await main();
