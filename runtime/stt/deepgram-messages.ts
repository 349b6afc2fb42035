/** What Deepgram's live socket says, as our events. Pure: it knows the wire and no socket. */
import type { SttEvent } from '../contracts.js';
import type { SentAudio } from './sent-audio.js';

interface WireWord {
  word?: unknown;
  punctuated_word?: unknown;
  start?: unknown;
  end?: unknown;
  confidence?: unknown;
}

export interface ReadMessage {
  events: SttEvent[];
  /** An answer to our Finalize: nothing of what was sent before is still open. */
  finalized: boolean;
}

/** One connection's messages. Unknown and broken ones give nothing. */
export class DeepgramReader {
  readonly #sent: SentAudio;
  /** Words were finished since the last end of a turn. */
  #hasWords = false;
  interim = '';

  constructor(sent: SentAudio) {
    this.#sent = sent;
  }

  read(message: unknown): ReadMessage {
    const nothing = { events: [], finalized: false };
    if (typeof message !== 'object' || message === null) return nothing;
    const { type } = message as { type?: unknown };
    if (type === 'Results') return this.#results(message as Record<string, unknown>);
    if (type === 'UtteranceEnd' && this.#hasWords) {
      this.#hasWords = false;
      const last = (message as { last_word_end?: unknown }).last_word_end;
      return { events: [{ kind: 'end_of_turn', atMs: this.#sent.timeOf(numberOr(last, 0)) }], finalized: false };
    }
    return nothing;
  }

  #results(message: Record<string, unknown>): ReadMessage {
    const alternative =
      (message.channel as { alternatives?: Record<string, unknown>[] } | undefined)?.alternatives?.[0] ?? {};
    const text = typeof alternative.transcript === 'string' ? alternative.transcript.trim() : '';
    const startS = numberOr(message.start, 0);
    const endS = startS + numberOr(message.duration, 0);
    const finalized = message.from_finalize === true;
    if (message.is_final !== true) {
      this.interim = text;
      return { events: text === '' ? [] : [{ kind: 'interim', text, atMs: this.#sent.timeOf(endS) }], finalized };
    }
    this.interim = '';
    // Empty finals are normal: silence was settled.
    if (text === '') return { events: [], finalized };
    this.#hasWords = true;
    const words = (Array.isArray(alternative.words) ? (alternative.words as WireWord[]) : []).map((word) => ({
      text: String(word.punctuated_word ?? word.word ?? ''),
      startMs: Math.round(this.#sent.timeOf(numberOr(word.start, startS))),
      endMs: Math.round(this.#sent.timeOf(numberOr(word.end, endS))),
      ...(typeof word.confidence === 'number' ? { confidence: word.confidence } : {}),
    }));
    const sure = words.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]));
    const confidence = sure.length > 0 ? sure.reduce((sum, one) => sum + one, 0) / sure.length : alternative.confidence;
    const language = (alternative.languages as unknown[] | undefined)?.[0];
    return {
      events: [
        {
          kind: 'final',
          text,
          ...(typeof confidence === 'number' ? { confidence } : {}),
          ...(typeof language === 'string' ? { language } : {}),
          words,
          startMs: words[0]?.startMs ?? Math.round(this.#sent.timeOf(startS)),
          endMs: words.at(-1)?.endMs ?? Math.round(this.#sent.timeOf(endS)),
        },
      ],
      finalized,
    };
  }
}

function numberOr(value: unknown, other: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : other;
}
