/**
 * Training as a step of its own: what there is to learn goes in as plain data, what was learned comes out as plain data.
 * So it may run in another thread, and be kept in a file.
 */
import type { TrainingIntent } from '../../engine/contracts.js';
import { isStatic, type Embedder } from '../embedder/embedder.js';
import { background } from './background.js';
import { createMishearing } from '../misheard/mishear.js';
import { calibrate, fewestRows, type CalibrationState } from './calibration.js';
import { functionWords } from './function-words.js';
import type { KernelState } from './kernel-reader.js';
import { isHeldBack, LargeModel, type LargeState } from './large-model.js';
import { Model } from './model.js';
import { priors } from './prior-figures.js';
import type { PriorKind } from './prior.js';
import { recipe } from './recipe.js';
import { rowsOf, type TrainingRow } from './rows.js';
import { readingsOf } from './sentence-vectors.js';
import { thinned } from './thinned.js';
import type { CommonTalk, Copy } from './trained-model.js';
import { baseLanguage, wordsOf } from './words.js';

/** Told what a long training is at: `reading examples`, 512 of 15,000. */
export type TrainingProgress = (what: string, done: number, of: number) => void;

/** Everything that decides what is learned. */
export interface TrainingBasis {
  rows: TrainingRow[];
  /** Of each intent, whether it is the designer's. */
  own: boolean[];
  language: string;
  embedder?: { name: string; hash: string; dimensions: number };
}

/** What a training is given: all that it wants to know of the embedder is there. */
export interface TrainingMatter {
  basis: TrainingBasis;
  vectors?: { texts: string[]; table: Float32Array };
}

/** What was learned. */
export interface ClassifierState {
  kind: PriorKind;
  model: KernelState | LargeState;
  calibration: CalibrationState;
  trainMs: number;
}

/** So many lines of ordinary talk the calibration looks at: more only take time. */
const calibrationBackground = 120;
/** So many texts are read before the event loop has a turn. */
const readAtOnce = 256;

/** Undefined when there is nothing to learn from. */
export function basisOf(
  intents: readonly TrainingIntent[],
  language: string,
  embedder: Embedder | undefined,
): TrainingBasis | undefined {
  const rows = rowsOf([...intents]);
  if (rows.length === 0) return undefined;
  return {
    rows,
    own: intents.map(({ builtIn }) => !builtIn),
    language: baseLanguage(language),
    ...(embedder && { embedder: { name: embedder.name, hash: embedder.hash, dimensions: embedder.dimensions } }),
  };
}

export function functionWordsOf(language: string): ReadonlySet<string> {
  return functionWords[baseLanguage(language)] ?? new Set();
}

/** Ordinary talk of the language, but for what the agent's examples say: that is meant. */
function talkOf({ rows, language }: TrainingBasis): CommonTalk {
  const said = new Set(rows.filter(({ target }) => target > 0).map(({ text }) => wordsOf(text).join(' ')));
  return {
    lines: (background[language] ?? []).filter((line) => !said.has(wordsOf(line).join(' '))),
    functionWords: functionWordsOf(language),
  };
}

/** Copies of the designer's examples as a recogniser might hear them: the same ones every time. */
function copiesOf({ rows, own, language }: TrainingBasis, { lines }: CommonTalk): Copy[] {
  const isAsked = rows.length > recipe.largestKernel ? isHeldBack : (): boolean => true;
  const judged = [...rows.keys()].filter((i) => rows[i]!.judged && own[rows[i]!.intent] && isAsked(rows[i]!));
  if (judged.length < fewestRows) return [];
  const { mishear } = createMishearing([...rows.map(({ text }) => text), ...lines], language);
  return thinned(judged, recipe.mostCopies).map((row) => ({ row, text: mishear(rows[row]!.text) }));
}

/** Asks the embedder for all that a training will want of it. The event loop has a turn now and then. */
export async function matterOf(
  basis: TrainingBasis,
  embedder: Embedder | undefined,
  onProgress?: TrainingProgress,
): Promise<TrainingMatter> {
  if (!embedder) return { basis };
  const talk = talkOf(basis);
  const copies = copiesOf(basis, talk).map(({ text }) => text);
  const readings = [basis.rows.map(({ text }) => text), talk.lines, copies].flatMap((list) =>
    readingsOf(embedder, list, talk.functionWords),
  );
  const texts = [...new Set(readings)];
  const table = new Float32Array(texts.length * embedder.dimensions);
  // Another embedder may keep what it read in a file, and had rather be asked once.
  const slice = onProgress || isStatic(embedder) ? readAtOnce : texts.length;
  for (let at = 0; at < texts.length; at += slice) {
    if (texts.length > slice) onProgress?.('reading examples', at, texts.length);
    const vectors = await embedder.embed(texts.slice(at, at + slice));
    for (const [i, vector] of vectors.entries()) table.set(vector, (at + i) * embedder.dimensions);
    await new Promise(setImmediate);
  }
  return { basis, vectors: { texts, table } };
}

/** Deterministic: the same matter gives the same state. Takes the thread that it runs in. */
export async function train(
  { basis, vectors }: TrainingMatter,
  onProgress?: TrainingProgress,
): Promise<ClassifierState> {
  const startedAtMs = performance.now();
  const { rows, own: isOwn, embedder: of } = basis;
  const common = talkOf(basis);
  const { lines } = common;
  const kind: PriorKind = of === undefined ? 'lexical' : isStatic(of) ? 'static' : 'sentence';
  const own = (intent: number): boolean => isOwn[intent]!;
  const kindOfModel = rows.length > recipe.largestKernel ? LargeModel : Model;
  const embedder = of && vectors && fromTable(of, vectors);
  const model = await kindOfModel.train(rows, isOwn.length, common, embedder, own, copiesOf(basis, common), onProgress);
  const calibration = await calibrate(
    model,
    priors[kind],
    own,
    isOwn.length,
    lines.filter((_, i) => i % Math.ceil(lines.length / calibrationBackground) === 0),
  );
  return { kind, model: model.state(), calibration, trainMs: performance.now() - startedAtMs };
}

/** Vectors that are there already, as an embedder. */
function fromTable(
  of: NonNullable<TrainingBasis['embedder']>,
  { texts, table }: NonNullable<TrainingMatter['vectors']>,
): Embedder {
  const at = new Map(texts.map((text, i) => [text, i * of.dimensions]));
  return {
    ...of,
    embed: (wanted) =>
      Promise.resolve(wanted.map((text) => table.subarray(at.get(text)!, at.get(text)! + of.dimensions))),
  };
}

/** The buffers of a state or a matter, each once: they go from thread to thread without a copy. */
export function buffersIn(data: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(data)) {
    if (data.buffer instanceof ArrayBuffer) found.add(data.buffer);
  } else if (typeof data === 'object' && data !== null) {
    for (const part of Object.values(data)) buffersIn(part, found);
  }
  return found;
}
