/** Public intent sets for the router's benches, from PARLEY_SHARED/data/intents; its README says what is what. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabelledData, LabelledTurn } from '../../intents/evaluation/labelled-data.js';

export interface IntentSet {
  name: string;
  intents: string[];
  train: [number, string][];
  val?: [number, string][];
  test: [number, string][];
  valIndices?: number[];
  oos?: { train: string[]; val: string[]; test: string[] };
  nearOos?: { heldOut: number[] };
  fewshot: Record<string, Record<string, number[]>>;
}

interface NoisySet {
  clean: string[];
  cleanOos?: string[];
  levels: Record<string, { realisedWer: number; test: string[]; oos?: string[] }>;
}

export type SetName = 'clinc150' | 'banking77';

export function sharedFolder(): string {
  const shared = process.env.PARLEY_SHARED;
  if (!shared) throw new Error('Set PARLEY_SHARED to the folder with data/intents.');
  return shared;
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(sharedFolder(), 'data', 'intents', `${name}.json`), 'utf8')) as T;
}

export function readSet(name: SetName): IntentSet {
  return read(name);
}

/** The test turns of a set as a recogniser would have heard them, by level (`clean`, `wer10`), in the order of the test. */
export function readNoise(name: SetName): Record<string, { test: string[]; oos: string[] }> {
  const { clean, cleanOos, levels } = read<NoisySet>(`${name}-asr`);
  return {
    clean: { test: clean, oos: cleanOos ?? [] },
    ...Object.fromEntries(Object.entries(levels).map(([level, { test, oos }]) => [level, { test, oos: oos ?? [] }])),
  };
}

/** The rows to learn from: `full`, or so many an intent in a draw (`published`, `seed1` …). Rows kept for validation are never among them. */
export function trainingRows(set: IntentSet, shots: string, draw: string): [number, string][] {
  if (shots !== 'full') return set.fewshot[shots]![draw]!.map((i) => set.train[i]!);
  const kept = new Set(set.valIndices ?? []);
  return set.train.filter((_, i) => !kept.has(i));
}

/**
 * A set as anyone would bring it. `part` chooses the turns that are asked: `val` to choose numbers by, `test` to report.
 * @param near some intents are not learned, and their turns are foreign (BANKING77)
 */
export function labelled(
  set: IntentSet,
  rows: readonly [number, string][],
  options: { part: 'test' | 'val'; near?: boolean },
): LabelledData {
  const held = new Set(options.near ? set.nearOos!.heldOut : []);
  const asked = options.part === 'test' ? set.test : (set.val ?? set.valIndices!.map((i) => set.train[i]!));
  const foreign = set.oos ? (options.part === 'test' ? set.oos.test : [...set.oos.train, ...set.oos.val]) : [];
  const turn = ([intent, text]: [number, string]): LabelledTurn => ({
    text,
    intent: held.has(intent) ? null : set.intents[intent]!,
  });
  return {
    train: rows
      .filter(([intent]) => !held.has(intent))
      .map(([intent, text]) => ({ text, intent: set.intents[intent]! })),
    test: [...asked.map(turn), ...foreign.map((text) => ({ text, intent: null }))],
  };
}
