import type { Out } from '../contracts.js';
import type { Effect } from '../dialog/seam.js';
import { isHeard } from './perform-tool.js';
import { createSentenceSplitter } from './sentences.js';
import type { TurnHost } from './turn-host.js';

type ModelWords = Extract<Effect, { kind: 'model_words' }>;

/** The caller hears the fixed line when no sentence is complete after this. */
export const firstSentenceMs = 1500;
/** After a sentence, silence of the model longer than this ends what it says. */
const nextSentenceMs = 4000;
/** A spoken turn, not an essay. */
const maxTokens = 160;

const requests: Record<ModelWords['mode'], string> = {
  rephrase: 'Say the line now, in your own words, with every fact in it unchanged. Plain spoken sentences only.',
  generate: 'Say it now. Plain spoken sentences only, no lists, no markup.',
};

/**
 * Words of a language model, spoken sentence by sentence: the first leaves before the second is complete. The
 * fixed line is said in their place when the model is absent, late or fails before its first sentence; after
 * that, what was said stands.
 *
 * @returns what was said; when the caller interrupted, the part of it that was heard
 */
export async function performWords(
  host: TurnHost,
  effect: ModelWords,
): Promise<{ text: string; interrupted: boolean }> {
  const { model, clock, signal } = host;
  const said: string[] = [];
  const say = (text: string): void => {
    said.push(text);
    host.emit(wordsOut(effect, text));
  };
  if (signal.aborted) return { text: '', interrupted: true };
  if (!model) {
    say(effect.fallback);
    return { text: effect.fallback, interrupted: false };
  }

  const stop = new AbortController();
  const interrupted = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', interrupted, { once: true });
  let late = false;
  const giveUp = (): void => {
    late = true;
    stop.abort(new Error('the deadline has passed'));
  };
  let cancelDeadline = clock.at(clock.now() + firstSentenceMs, giveUp);

  const splitter = createSentenceSplitter();
  const sayAll = (sentences: string[]): void => {
    for (const sentence of sentences) {
      cancelDeadline();
      cancelDeadline = clock.at(clock.now() + nextSentenceMs, giveUp);
      say(sentence);
    }
  };
  const request = {
    messages: [
      { role: 'system' as const, content: effect.instruction },
      { role: 'user' as const, content: requests[effect.mode] },
    ],
    maxTokens,
  };
  try {
    // A model that ignores its signal must not hold the turn: every wait is raced with it.
    const pieces = model.stream(request, stop.signal)[Symbol.asyncIterator]();
    const stopped = rejectedWhenAborted(stop.signal);
    try {
      for (;;) {
        const piece = await Promise.race([pieces.next(), stopped.promise]);
        if (piece.done) break;
        if (piece.value.kind === 'text') sayAll(splitter.push(piece.value.text));
      }
    } finally {
      stopped.release();
      if (stop.signal.aborted) void Promise.resolve(pieces.return?.()).catch(() => {});
    }
    sayAll(splitter.end());
  } catch (error) {
    if (!signal.aborted) {
      const why = late ? `no ${said.length === 0 ? 'first' : 'further'} sentence in time` : (error as Error).message;
      host.problem(`${model.name}: ${why}; ${said.length === 0 ? 'the fixed line is said' : 'what was said stands'}`);
    }
  } finally {
    cancelDeadline();
    signal.removeEventListener('abort', interrupted);
  }

  if (signal.aborted) return { text: heardOf(signal.reason, effect.id, said), interrupted: true };
  if (said.length === 0) say(effect.fallback);
  return { text: said.join(' '), interrupted: false };
}

function wordsOut(effect: ModelWords, text: string): Out {
  return {
    kind: 'words',
    id: effect.id,
    text,
    mustHear: effect.mustHear ?? false,
    bargeIn: effect.bargeIn ?? 'speech',
    remembered: true,
  };
}

/** What was really played of these words; after a hang-up nobody knows, so all that was given counts. */
function heardOf(reason: unknown, id: string, said: string[]): string {
  if (!isHeard(reason)) return said.join(' ');
  return reason.parts
    .filter((part) => part.id === id)
    .map(({ text, share }) => (share >= 1 ? text : wholeWords(text, share)))
    .filter((text) => text !== '')
    .join(' ');
}

/** The words that were played to the end. */
function wholeWords(text: string, share: number): string {
  const cut = Math.round(text.length * Math.max(0, share));
  if (cut === 0) return '';
  if (/\s/.test(text[cut] ?? ' ')) return text.slice(0, cut).trimEnd();
  return text.slice(0, cut).replace(/\S*$/, '').trimEnd();
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
