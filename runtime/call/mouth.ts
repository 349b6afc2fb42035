import { messageOf, OutsideError } from '../../engine/errors.js';
import type { CallSession, TextToSpeech, Usage } from '../contracts.js';
import type { RecordKeeper } from './record.js';
import { Speech } from './speech.js';
import type { CallEvent, Effect } from './events.js';

interface Voices {
  main: TextToSpeech;
  fallback: TextToSpeech | undefined;
  /** What their provider keeps open for this call. */
  session: CallSession | undefined;
}

/** Has the sentences made that the reducer asks for, and keeps their audio until it is sent. */
export class Mouth {
  readonly #voices: Voices;
  readonly #record: RecordKeeper;
  readonly #tell: (event: CallEvent) => void;
  readonly #speech = new Map<number, Speech>();

  constructor(voices: Voices, record: RecordKeeper, tell: (event: CallEvent) => void) {
    this.#voices = voices;
    this.#record = record;
    this.#tell = tell;
  }

  async speak(effect: Extract<Effect, { kind: 'speak' }>): Promise<void> {
    const { sentence, text, ssml, rate, speaker: voice, language } = effect;
    const other = effect.voice === 'fallback' ? this.#voices.fallback : undefined;
    const speaker = other ?? this.#voices.main;
    const speech = new Speech(speaker.name);
    this.#speech.set(sentence, speech);
    const { signal } = speech.controller;
    try {
      const request = {
        text,
        language,
        // A voice's name and its markup belong to its provider.
        ...(ssml === undefined || other ? {} : { ssml }),
        ...(voice === undefined || other ? {} : { voice }),
        ...(rate === undefined ? {} : { rate }),
        ...(this.#voices.session && { session: this.#voices.session }),
        spent: (spent: Usage) => {
          speech.who = spent.who;
          this.#record.usage.add(spent);
        },
        failed: (provider: string) => this.#record.failed(provider),
      };
      for await (const piece of speaker.speak(request, signal)) {
        if (signal.aborted) return;
        if (piece.kind === 'words') this.#tell({ kind: 'voice_words', sentence, words: piece.words });
        else {
          const samples = speech.add(piece.samples, piece.sampleRateHz);
          if (samples > 0) this.#tell({ kind: 'voice_audio', sentence, samples });
        }
      }
      if (signal.aborted) return;
      const rest = speech.end();
      if (rest > 0) this.#tell({ kind: 'voice_audio', sentence, samples: rest });
      this.#tell({ kind: 'voice_done', sentence });
    } catch (error) {
      if (signal.aborted) return;
      const refused = error instanceof OutsideError && error.kind === 'refused' && !error.retryable;
      this.#tell({ kind: 'voice_failed', sentence, problem: messageOf(error), ...(refused ? { refused } : {}) });
    }
  }

  frame({ sentence, from, to }: Extract<Effect, { kind: 'send' }>): Int16Array | undefined {
    return this.#speech.get(sentence)?.frame(from, to);
  }

  unspeak({ sentences, keep, failed }: Extract<Effect, { kind: 'unspeak' }>): void {
    for (const sentence of sentences) {
      const speech = this.#speech.get(sentence);
      speech?.controller.abort();
      if (failed && speech) this.#record.failed(speech.who ?? speech.voice);
      if (!keep) this.#speech.delete(sentence);
    }
  }

  wasted({ sentence, characters }: Extract<Effect, { kind: 'wasted' }>): void {
    const who = this.#speech.get(sentence)?.who;
    if (who !== undefined) this.#record.usage.add({ who, what: 'tts_characters', amount: 0, wasted: characters });
  }

  /** A new turn: what was made for the former is dropped, but for the sentence `but`. */
  forget(but: number | undefined): void {
    for (const sentence of this.#speech.keys()) if (sentence !== but) this.#speech.delete(sentence);
  }

  close(): void {
    for (const speech of this.#speech.values()) speech.controller.abort();
  }
}
