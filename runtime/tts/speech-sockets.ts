import type { TtsPiece } from '../contracts.js';
import type { AnswerLimits, AnswerNews, AnswerWire, Hearing as HearingOf } from '../providers/answer-sockets.js';

/** A voice over a vendor's socket; `Sentence` is what it is asked to say. */
export type SpeechWire<Sentence> = Omit<AnswerWire<Sentence, TtsPiece>, 'limits'>;
export type Hearing = HearingOf<TtsPiece>;
export type SpeechNews = AnswerNews;

export const soundLimits: AnswerLimits<TtsPiece> = {
  what: 'sound',
  silenceMs: 4000,
  weigh: (piece) => (piece.kind === 'audio' ? piece.samples.length : 0),
  // Ten minutes at 16 kHz: more than any sentence.
  heaviest: 9_600_000,
};
