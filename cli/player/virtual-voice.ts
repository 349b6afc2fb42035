/**
 * A voice without sound: fifteen characters a second, every word with its time. Its samples carry the number of
 * the sentence they belong to, so that the virtual line knows what it plays.
 */
import type { TextToSpeech, TtsPiece } from '../../runtime/contracts.js';
import { lineRateHz } from '../../runtime/contracts.js';

const charactersPerSecond = 15;

export interface WordTime {
  text: string;
  startMs: number;
  endMs: number;
}

/** How long the virtual voice takes for a text. */
export function durationOf(text: string): number {
  return (Math.max(1, text.length) * 1000) / charactersPerSecond;
}

/** When each word of a text begins and ends, from its first sample. */
export function wordTimes(text: string): WordTime[] {
  return [...text.matchAll(/\S+/g)].map((word) => ({
    text: word[0],
    startMs: durationAt(word.index),
    endMs: durationAt(word.index + word[0].length),
  }));
}

function durationAt(characters: number): number {
  return (characters * 1000) / charactersPerSecond;
}

export class VirtualVoice implements TextToSpeech {
  readonly name = 'virtual';
  /** Every sentence it was asked for, by its number: `sentences[n - 1]`. */
  readonly sentences: string[] = [];
  onSentence: (text: string, number: number) => void = () => undefined;

  async *speak({ text }: { text: string }, signal: AbortSignal): AsyncIterable<TtsPiece> {
    if (signal.aborted) return;
    this.sentences.push(text);
    // A sample holds 16 bits: after 30,000 sentences the numbers begin anew, long after anybody asks for the first.
    const number = ((this.sentences.length - 1) % 30_000) + 1;
    this.onSentence(text, number);
    yield { kind: 'words', words: wordTimes(text) };
    const samples = new Int16Array(Math.round((durationOf(text) / 1000) * lineRateHz)).fill(number);
    yield { kind: 'audio', samples, sampleRateHz: lineRateHz };
  }
}
