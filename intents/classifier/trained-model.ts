/** What a model is to those who ask it, and the parts of its plain data that every kind of model has. */
import type { Evidence } from './features.js';
import type { TrainingRow } from './rows.js';
import { fitTemperature } from './temperature.js';

/** What is known of a language before any example: how common a word is, and the middle of the vectors. */
export interface CommonTalk {
  lines: string[];
  functionWords: ReadonlySet<string>;
}

/** A left-out row's evidence, and the intent that would have been right. */
export interface Trial {
  row: TrainingRow;
  evidence: Evidence;
}

/** A judged row's text as a recogniser might have heard it; asked about, never learned. */
export interface Copy {
  row: number;
  text: string;
}

/** What reads a text. */
export interface TextReader {
  readonly temperature: number;
  /** Evidence for a text; several forms of one text (as said, with placeholders) are averaged. */
  read(forms: string[]): Promise<Evidence>;
}

/** A model that has just been trained: it still knows what it would have said of its own rows. */
export interface TrainedModel<State> extends TextReader {
  /** Judged examples as the model would have read them, had it not seen them. */
  leaveExamplesOut(): Trial[];
  /** Judged examples, had their whole intent never been seen: pseudo-foreign texts, for which no intent is right. */
  leaveIntentsOut(): Trial[];
  /** The same two of copies of judged examples: each without its own example, and without its own intent. */
  leaveOutOfCopies(): { examples: Trial[]; intents: Trial[] };
  /** All that reading wants, as plain data: for another thread, or a file. */
  state(): State;
}

/** Whose example a row is, and whether it speaks for it. */
export interface RowMark {
  intent: number;
  target: number;
}

export interface RowMarks {
  intents: Int32Array;
  targets: Float64Array;
}

export function packMarks(rows: readonly RowMark[]): RowMarks {
  return {
    intents: Int32Array.from(rows, ({ intent }) => intent),
    targets: Float64Array.from(rows, ({ target }) => target),
  };
}

export function unpackMarks({ intents, targets }: RowMarks): RowMark[] {
  return Array.from(intents, (intent, i) => ({ intent, target: targets[i]! }));
}

/** The temperature that fits left-out examples of the designer's own intents. */
export function temperatureOf(trials: Trial[], intents: number, own: (intent: number) => boolean): number {
  const judged = trials.filter(({ row }) => own(row.intent));
  const scores = new Float64Array(judged.length * intents);
  for (const [i, { evidence }] of judged.entries()) scores.set(evidence.scores, i * intents);
  return fitTemperature(
    scores,
    judged.map(({ row }) => row.intent),
    intents,
  );
}

/** The mean of what several forms of one text say. */
export function average(parts: Evidence[]): Evidence {
  if (parts.length === 1) return parts[0]!;
  const mean = (pick: (part: Evidence) => Float64Array): Float64Array =>
    pick(parts[0]!).map((_, c) => parts.reduce((sum, part) => sum + pick(part)[c]!, 0) / parts.length);
  return {
    scores: mean(({ scores }) => scores),
    cosine: mean(({ cosine }) => cosine),
    lexical: mean(({ lexical }) => lexical),
    unknown: Math.min(...parts.map(({ unknown }) => unknown)),
    words: parts[0]!.words,
  };
}
