import type { RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type TextToSpeech } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { objectOf } from '../providers/client-socket.js';
import { pcmOf, piecesOf } from '../providers/http-sound.js';
import type { Vendor } from '../providers/refusals.js';
import { within } from './plain-text.js';
import { socketVoice } from './socket-voice.js';
import type { Hearing, SpeechNews, SpeechWire } from './speech-sockets.js';

export interface DeepgramAuraOptions {
  /** `DEEPGRAM_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `DEEPGRAM_URL`: the base before `/v1/speak`. */
  baseUrl?: string;
  /** A voice and its language are one model: `aura-2-thalia-en` when the flow names none. */
  model?: string;
  /** Another model of theirs; goes before `model`. */
  voice?: string;
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'deepgram',
  envKey: 'DEEPGRAM_API_KEY',
  envUrl: 'DEEPGRAM_URL',
  instead: 'tts: embedded',
};
/** Of one `Speak` message. */
const mostCharacters = 2000;
/** Of one connection; the twenty-first is not obeyed. */
const flushesAMinute = 20;

/**
 * Deepgram's voices (Aura) over `/v1/speak`. The wire knows no contexts: a connection says one sentence at a time, and
 * after an abort none before the server has told that it dropped the last one (`Cleared`). No word times.
 */
export function deepgramAura(options: DeepgramAuraOptions = {}): TextToSpeech {
  const { apiKey, baseUrl, clock } = options;
  const base = addressOf(baseUrl ?? 'https://api.deepgram.com', vendor);
  const addressFor = (model: string, rate?: number): string => {
    const query = new URLSearchParams({
      model,
      encoding: 'linear16',
      sample_rate: String(lineRateHz),
      ...(rate === undefined ? {} : { speed: String(within(0.7, rate, 1.5)) }),
    });
    return `${base}/v1/speak?${query.toString()}`;
  };
  const model = options.voice ?? options.model ?? 'aura-2-thalia-en';
  return socketVoice(wireFor(apiKey), {
    apiKey,
    baseUrl,
    clock,
    usualUrl: () => addressFor(model),
    ask: ({ text, rate, voice }) => ({ url: addressFor(voice ?? model, rate), sentence: text }),
  });
}

function wireFor(apiKey: string | undefined): SpeechWire<string> {
  return {
    vendor,
    atATime: 1,
    aMinute: flushesAMinute,
    headers: apiKey ? { authorization: `Token ${apiKey}` } : {},
    begin: (_id, text) => ({
      send: [...partsOf(text).map((part) => ({ type: 'Speak', text: part })), { type: 'Flush' }],
      ...pcmHearing(),
    }),
    stop: () => ({ type: 'Clear' }),
    read,
  };
}

function read(data: RawData, isBinary: boolean): SpeechNews | undefined {
  if (isBinary) return { sound: data };
  switch (objectOf(data)?.type) {
    case 'Flushed':
      return { is: 'done' };
    case 'Cleared':
      return { is: 'stopped' };
    case 'Error':
      return {
        problem: new OutsideError(vendor.name, 'protocol', 'it says that something went wrong', { retryable: true }),
      };
    default:
      return undefined;
  }
}

/** Cut between words. */
function partsOf(text: string): string[] {
  return text.match(new RegExp(`.{1,${mostCharacters - 1}}(?:\\s|$)|\\S{${mostCharacters}}`, 'gs')) ?? [text];
}

/** A message may end within a sample. */
function pcmHearing(): Hearing {
  let half: Uint8Array = new Uint8Array(0);
  return {
    *hear(sound) {
      const all = Buffer.concat([half, sound as Buffer]);
      half = all.subarray(all.length & ~1);
      yield* piecesOf(pcmOf(all.subarray(0, all.length & ~1)), lineRateHz);
    },
  };
}
