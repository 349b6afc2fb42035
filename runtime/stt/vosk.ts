import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { lineRateHz, type SpeechToText } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import type { Vendor } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireWord } from './live-socket.js';

export interface VoskOptions {
  /** `VOSK_URL`: a Vosk server, `ws://127.0.0.1:2700` when nothing is said. */
  baseUrl?: string;
  clock?: Clock;
}

const vendor: Vendor = { name: 'vosk', envUrl: 'VOSK_URL', instead: 'stt: embedded' };
const messageMs = 100;

/** A Vosk server: one reply to each message of sound. It ends an utterance at a pause and knows no turns; its model is its own affair. */
export function vosk(options: VoskOptions = {}): SpeechToText {
  const { clock = new RealClock() } = options;
  const url = addressOf(options.baseUrl ?? 'ws://127.0.0.1:2700', vendor);
  return {
    name: vendor.name,
    transcribe: (audio, _options, signal) => hearOverSocket(new VoskWire(url), { audio, clock, signal }),
  };
}

class VoskWire implements HearingWire {
  readonly vendor = vendor;
  readonly url: string;
  readonly headers = {};
  readonly hello = [{ config: { sample_rate: lineRateHz, words: true } }];
  readonly messageMs = messageMs;
  readonly answersSilence = true;
  /** The server compares it as text, spaces and all. */
  readonly end = '{"eof" : 1}';
  #utterance = 0;
  #replies = 0;

  constructor(url: string) {
    this.url = url;
  }

  read({ partial, text, result }: Record<string, unknown>): Heard | undefined {
    if (typeof partial !== 'string' && typeof text !== 'string') return undefined;
    this.#replies += 1;
    const untilS = (this.#replies * messageMs) / 1000;
    if (typeof text !== 'string') return { turn: { turn: this.#utterance, words: wordsOf(String(partial)) }, untilS };
    const timed = (Array.isArray(result) ? result : []).flatMap(wordOf);
    const words = timed.length > 0 ? timed : wordsOf(text);
    return { turn: { turn: this.#utterance++, words, ended: 'words' }, untilS };
  }
}

function wordsOf(text: string): WireWord[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word }));
}

function wordOf(one: unknown): WireWord[] {
  const { word, start, end, conf } = (one ?? {}) as Record<string, unknown>;
  if (typeof word !== 'string' || typeof start !== 'number' || typeof end !== 'number') return [];
  return [
    { text: word, startS: start, endS: end, ...(typeof conf === 'number' ? { confidence: Math.min(1, conf) } : {}) },
  ];
}
