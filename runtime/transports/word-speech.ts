/**
 * For lines whose other end speaks by itself and takes text: a voice whose sound is its words, one frame each. So the
 * call sends, cuts and counts words by the very rules by which it treats sound, and what was heard is exact to a word.
 */
import type { TextToSpeech, TtsPiece } from '../contracts.js';
import { frameMs, frameSamples, lineRateHz } from '../contracts.js';

export interface Sentence {
  text: string;
  words: readonly string[];
  language: string;
}

/** What a frame stands for: word `index` of a sentence. */
export interface SpokenFrame {
  sentence: Sentence;
  index: number;
}

/** A sample holds 16 bits; a number is used again long after its sentence was spoken. */
const mostSentences = 30_000;

export class WordVoice implements TextToSpeech {
  readonly name = 'words';
  readonly #sentences = new Map<number, Sentence>();
  #count = 0;

  async *speak({ text, language }: { text: string; language: string }, signal: AbortSignal): AsyncIterable<TtsPiece> {
    const words = text.split(/\s+/).filter((word) => word !== '');
    if (signal.aborted || words.length === 0) return;
    this.#count = (this.#count % mostSentences) + 1;
    this.#sentences.set(this.#count, { text: words.join(' '), words, language });
    yield {
      kind: 'words',
      words: words.map((word, index) => ({ text: word, startMs: index * frameMs, endMs: (index + 1) * frameMs })),
    };
    const samples = new Int16Array(words.length * frameSamples);
    for (const [index] of words.entries()) {
      samples[index * frameSamples] = this.#count;
      samples[index * frameSamples + 1] = index + 1;
    }
    yield { kind: 'audio', samples, sampleRateHz: lineRateHz };
  }

  /** Undefined for a frame that is not of this voice. */
  read(frame: Int16Array): SpokenFrame | undefined {
    const sentence = this.#sentences.get(frame[0] ?? 0);
    const index = (frame[1] ?? 0) - 1;
    if (!sentence || index < 0 || index >= sentence.words.length) return undefined;
    return { sentence, index };
  }

  close(): void {
    this.#sentences.clear();
  }
}
