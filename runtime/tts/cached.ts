import type { TextToSpeech, TtsPiece } from '../contracts.js';

type Sentence = Parameters<TextToSpeech['speak']>[0];

export interface CachedTtsOptions {
  /**
   * Which texts may be kept. Say yes to fixed sentences only: one with a caller's value in it, above all a secret one,
   * must not outlive its call.
   */
  mayKeep: (text: string) => boolean;
  /** All kept sound together. Default 8 MB: over eight minutes at 8 kHz; the sentence unused longest goes first. */
  maxBytes?: number;
  /** Read and said to nobody while warming, so that the first caller waits neither for them nor for a voice that is still cold. */
  sayFirst?: readonly Sentence[];
}

interface Kept {
  pieces: TtsPiece[];
  bytes: number;
}

/**
 * A voice that says a fixed sentence from memory when it has said it before. Only whole sentences are kept: one that
 * was aborted or failed is made anew. All else, SSML too, passes through; closing forgets everything.
 */
export function cachedTts(voice: TextToSpeech, options: CachedTtsOptions): TextToSpeech {
  const { mayKeep, maxBytes = 8_000_000, sayFirst = [] } = options;
  // In the order of their last use: a Map keeps the order in which keys were put in.
  const kept = new Map<string, Kept>();
  let total = 0;
  let closed = false;

  const keep = (key: string, pieces: TtsPiece[]): void => {
    const bytes = pieces.reduce((sum, piece) => sum + (piece.kind === 'audio' ? piece.samples.byteLength : 0), 0);
    if (bytes === 0 || bytes > maxBytes) return;
    total += bytes - (kept.get(key)?.bytes ?? 0);
    kept.delete(key);
    kept.set(key, { pieces, bytes });
    for (const [oldest, one] of kept) {
      if (total <= maxBytes) break;
      kept.delete(oldest);
      total -= one.bytes;
    }
  };

  async function* speak(sentence: Sentence, signal: AbortSignal): AsyncGenerator<TtsPiece> {
    if (sentence.ssml !== undefined || !mayKeep(sentence.text)) return yield* voice.speak(sentence, signal);
    signal.throwIfAborted();
    const key = JSON.stringify([sentence.voice ?? '', sentence.rate ?? 1, sentence.language, sentence.text]);
    const known = kept.get(key);
    if (known) {
      kept.delete(key);
      kept.set(key, known);
      // As any voice would, it lets the rest of the process run first: a flood of questions must not be all there is.
      await new Promise((resolve) => setImmediate(resolve));
      for (const piece of known.pieces) {
        signal.throwIfAborted();
        yield copyOf(piece);
      }
      return;
    }
    const pieces: TtsPiece[] = [];
    for await (const piece of voice.speak(sentence, signal)) {
      pieces.push(copyOf(piece));
      yield piece;
    }
    if (!signal.aborted) keep(key, pieces);
  }

  const learn = async (sentence: Sentence): Promise<void> => {
    for await (const piece of speak(sentence, new AbortController().signal)) void piece;
  };

  return {
    name: voice.name,
    speak,
    async warm() {
      await voice.warm?.();
      const [first, ...more] = sayFirst;
      if (first) await learn(first);
      // Nobody waits for the others; what fails now is tried again when it is to be heard.
      void (async () => {
        for (const sentence of more) if (!closed) await learn(sentence);
      })().catch(() => undefined);
    },
    close() {
      // A sentence that is begun after this would wake the voice again.
      closed = true;
      kept.clear();
      total = 0;
      voice.close?.();
    },
  };
}

/** Whoever gets a piece may change it or give its memory away. */
function copyOf(piece: TtsPiece): TtsPiece {
  return piece.kind === 'audio'
    ? { ...piece, samples: piece.samples.slice() }
    : { kind: 'words', words: piece.words.map((word) => ({ ...word })) };
}
