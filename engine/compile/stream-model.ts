/** One request to a model, as a caller needs it: sentence by sentence, with deadlines, and stopped at once. */
import type { Clock, LanguageModel, ModelRequest } from '../contracts.js';
import { TooLate } from '../errors.js';
import { createSentenceSplitter } from '../language/sentences.js';

/** The caller hears the fixed line when no sentence is complete after this. */
export const firstSentenceMs = 1500;
/** After a sentence, silence of the model longer than this ends what it says. */
export const nextSentenceMs = 4000;
/** One that dribbles is not waited for to the end of its sentence: what is there is said. */
export const dribbleMs = 3000;

export interface StreamOptions {
  clock: Clock;
  /** Of the turn: an interruption or a hang-up stops the model. */
  signal: AbortSignal;
  /** Until the first sentence, or a function that is called. Default {@link firstSentenceMs}. */
  firstMs?: number;
  /** A sentence is complete, made speakable. The last one comes when the model has ended. */
  onSentence: (sentence: string, isLast: boolean) => void;
}

/** What came of it, besides the sentences. */
export interface Streamed {
  calls: { name: string; arguments: string }[];
  /** Why it ended early: late or failed. Undefined too when the turn's own signal stopped it. */
  problem?: string;
}

/** Never rejects; what was given as a sentence stands, whatever comes after it. */
export async function streamModel(
  model: LanguageModel,
  request: ModelRequest,
  options: StreamOptions,
): Promise<Streamed> {
  const { clock, signal, firstMs = firstSentenceMs, onSentence } = options;
  const stop = new AbortController();
  const interrupted = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', interrupted, { once: true });
  let late = false;
  let begun = false;
  const giveUp = (): void => {
    late = true;
    stop.abort(new TooLate());
  };
  const splitter = createSentenceSplitter();
  let cancelDeadline = clock.at(clock.now() + firstMs, giveUp);
  let cancelHurry = (): void => {};
  const waitOn = (): void => {
    begun = true;
    cancelDeadline();
    cancelHurry();
    cancelDeadline = clock.at(clock.now() + nextSentenceMs, giveUp);
    cancelHurry = clock.at(clock.now() + dribbleMs, hurry);
  };
  const hurry = (): void => {
    for (const part of splitter.hurry()) {
      waitOn();
      onSentence(part, false);
    }
  };
  const calls: Streamed['calls'] = [];
  try {
    // A model that ignores its signal must not hold the turn: every wait is raced with it.
    const pieces = model.stream(request, stop.signal)[Symbol.asyncIterator]();
    const stopped = rejectedWhenAborted(stop.signal);
    try {
      for (;;) {
        const piece = await Promise.race([pieces.next(), stopped.promise]);
        if (piece.done) break;
        if (piece.value.kind === 'call') {
          waitOn();
          calls.push({ name: piece.value.name, arguments: piece.value.arguments });
        } else if (piece.value.kind === 'text') {
          for (const sentence of splitter.push(piece.value.text)) {
            waitOn();
            onSentence(sentence, false);
          }
        }
      }
    } finally {
      stopped.release();
      if (stop.signal.aborted) void Promise.resolve(pieces.return?.()).catch(() => {});
    }
    for (const sentence of splitter.end()) onSentence(sentence, true);
    return { calls };
  } catch (error) {
    if (signal.aborted) return { calls: [] };
    return { calls, problem: late ? `no ${begun ? 'further' : 'first'} sentence in time` : (error as Error).message };
  } finally {
    cancelDeadline();
    cancelHurry();
    signal.removeEventListener('abort', interrupted);
  }
}

function rejectedWhenAborted(signal: AbortSignal): { promise: Promise<never>; release: () => void } {
  let release = (): void => {};
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    release = () => signal.removeEventListener('abort', abort);
  });
  // Lost when the stream ends first.
  promise.catch(() => {});
  return { promise, release };
}
