import { OutsideError, UsageError } from '../../../engine/errors.js';
import { lineRateHz, type TextToSpeech, type TtsPiece } from '../../contracts.js';
import { WorkerThread } from '../../worker-thread.js';
import { breathGroups, speakable, timeWords } from '../speakable.js';
import { fliteVoices, type FliteVoice } from './flite.js';
import type { TtsAnswer, TtsRequest } from './worker.js';

export interface EmbeddedTtsOptions {
  /** `slt` (the default), `rms`, `awb`, `kal16` or `kal`. */
  voice?: string;
  /** 1 is the voice's own pace; 1.2 is a fifth slower. 0.5 to 2. */
  stretch?: number;
}

/** 100 ms at 8 kHz. */
const pieceSamples = 800;

/**
 * The voice that needs no key: flite in a worker thread, 8 kHz out, English only.
 * A text longer than a breath is made in pieces, so its first words are ready in about 0.1 s.
 * An abort drops what waits; the piece being made (0.1 s) ends unheard.
 */
export function embeddedTts(options: EmbeddedTtsOptions = {}): TextToSpeech {
  const ownVoice = options.voice ?? 'slt';
  if (!isVoice(ownVoice)) {
    throw new UsageError(`The embedded voice "${ownVoice}" does not exist. Use one of ${fliteVoices.join(', ')}.`);
  }
  const stretch = options.stretch ?? 1;
  if (!(stretch >= 0.5 && stretch <= 2)) throw new UsageError("The embedded voice's `stretch` must be from 0.5 to 2.");
  const thread = new WorkerThread<TtsRequest, TtsAnswer>('tts-worker', 'embedded voice');

  return {
    name: 'embedded',

    async warm() {
      await thread.request({ kind: 'warm' });
    },

    close: () => thread.close(),

    async *speak(sentence, signal): AsyncIterable<TtsPiece> {
      signal.throwIfAborted();
      const voice = sentence.voice ?? ownVoice;
      if (!isVoice(voice)) {
        throw new OutsideError(
          'embedded voice',
          'refused',
          `it has no such voice. Use one of ${fliteVoices.join(', ')}.`,
          {
            retryable: false,
          },
        );
      }
      const plain = speakable(sentence.text);
      if (!/[a-z0-9]/i.test(plain)) return;
      const cancelled = new SharedArrayBuffer(4);
      const cancel = (): void => void Atomics.store(new Int32Array(cancelled), 0, 1);
      signal.addEventListener('abort', cancel, { once: true });
      try {
        const texts = breathGroups(plain);
        const parts = texts.map((text) =>
          thread.request({ kind: 'speak', text, voice, stretch: stretch / (sentence.rate ?? 1), cancelled }),
        );
        for (const part of parts) part.catch(() => {}); // each is awaited below, or was given up
        let saidMs = 0;
        for (const [index, part] of parts.entries()) {
          const { samples, sounds } = await orAborted(part, signal);
          const words = timeWords(texts[index]!, sounds);
          yield {
            kind: 'words',
            words: words.map(({ text, startMs, endMs }) => ({
              text,
              startMs: startMs + saidMs,
              endMs: endMs + saidMs,
            })),
          };
          for (let at = 0; at < samples.length; at += pieceSamples) {
            signal.throwIfAborted();
            yield { kind: 'audio', samples: samples.slice(at, at + pieceSamples), sampleRateHz: lineRateHz };
          }
          saidMs += Math.round((samples.length * 1000) / lineRateHz);
        }
      } finally {
        cancel();
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}

function isVoice(name: string): name is FliteVoice {
  return (fliteVoices as readonly string[]).includes(name);
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
