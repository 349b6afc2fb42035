import { RealClock } from '../../engine/clock.js';
import type { Clock, Listening } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type SpeechToText } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { needsKey, type Vendor } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireWord } from './live-socket.js';

export interface DeepgramFluxOptions {
  /** `DEEPGRAM_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `DEEPGRAM_URL`: the base before `/v2/listen`. */
  baseUrl?: string;
  /** `flux-general-en`, or `flux-general-multi` for calls in another language, when the flow names none. */
  model?: string;
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'deepgram',
  envKey: 'DEEPGRAM_API_KEY',
  envUrl: 'DEEPGRAM_URL',
  instead: 'stt: embedded',
};
/** From so sure on it tells that the caller may have finished. */
const eagerThreshold = '0.4';
/** Its own limits of the longest pause within a turn. */
const leastTimeoutMs = 500;
const mostTimeoutMs = 60_000;
const mostKeyterms = 50;

/**
 * Deepgram's Flux (`/v2/listen`), which hears itself when a turn ends. `EagerEndOfTurn` is an interim that may be all,
 * so the answer is rehearsed; `TurnResumed` is one with more words; `EndOfTurn` makes them final and ends the turn.
 */
export function deepgramFlux(options: DeepgramFluxOptions = {}): SpeechToText {
  const { apiKey, clock = new RealClock() } = options;
  const base = addressOf(options.baseUrl ?? 'https://api.deepgram.com', vendor);
  return {
    name: vendor.name,
    async *transcribe(audio, { language, model = options.model }, signal) {
      if (!apiKey && options.baseUrl === undefined) throw needsKey(vendor);
      yield* hearOverSocket(new FluxWire(base, apiKey, language, model), { audio, clock, signal });
    },
  };
}

class FluxWire implements HearingWire {
  readonly vendor = vendor;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** As Deepgram advises. */
  readonly messageMs = 80;
  readonly answersSilence = true;
  readonly end = JSON.stringify({ type: 'CloseStream' });
  /** One `Configure` is under way; the newest of those that came meanwhile waits for its answer. */
  #isConfiguring = false;
  #next: object | undefined;

  constructor(base: string, apiKey: string | undefined, language: string, wanted: string | undefined) {
    const short = language.split('-')[0]!.toLowerCase();
    // `flux` alone: whichever hears the language.
    const model = wanted && wanted !== 'flux' ? wanted : short === 'en' ? 'flux-general-en' : 'flux-general-multi';
    const query = new URLSearchParams({
      model,
      encoding: 'linear16',
      sample_rate: String(lineRateHz),
      eager_eot_threshold: eagerThreshold,
      ...(model.endsWith('multi') ? { language_hint: short } : {}),
    });
    this.url = `${base}/v2/listen?${query.toString()}`;
    this.headers = apiKey ? { authorization: `Token ${apiKey}` } : {};
  }

  tune({ endpointing, hints }: Listening): object | undefined {
    const configure = {
      type: 'Configure',
      thresholds: { eot_timeout_ms: Math.min(mostTimeoutMs, Math.max(leastTimeoutMs, endpointing.maxMs)) },
      keyterms: hints.slice(0, mostKeyterms),
    };
    if (this.#isConfiguring) {
      this.#next = configure;
      return undefined;
    }
    this.#isConfiguring = true;
    return configure;
  }

  read(message: Record<string, unknown>): Heard | undefined {
    switch (message.type) {
      case 'TurnInfo':
        return turnInfo(message);
      case 'ConfigureSuccess':
      case 'ConfigureFailure': {
        // What it does not take it goes on without: the call has its own waits.
        const reply = this.#next;
        this.#next = undefined;
        this.#isConfiguring = reply !== undefined;
        return { reply };
      }
      case 'Error':
        return {
          problem: new OutsideError(vendor.name, 'protocol', 'it says that something went wrong', { retryable: true }),
        };
      default:
        return undefined;
    }
  }
}

function turnInfo({
  event,
  turn_index,
  words,
  audio_window_end,
  languages,
}: Record<string, unknown>): Heard | undefined {
  if (typeof turn_index !== 'number' || !Array.isArray(words)) return undefined;
  const language: unknown = Array.isArray(languages) ? languages[0] : undefined;
  return {
    turn: {
      turn: turn_index,
      words: words.flatMap(wordOf),
      ...(event === 'EndOfTurn' ? { ended: 'turn' } : {}),
    },
    ...(event === 'EagerEndOfTurn' ? { mayBeAll: true } : {}),
    ...(typeof audio_window_end === 'number' ? { untilS: audio_window_end } : {}),
    ...(typeof language === 'string' ? { language } : {}),
  };
}

function wordOf(one: unknown): WireWord[] {
  const { word, confidence, start, end } = (one ?? {}) as Record<string, unknown>;
  if (typeof word !== 'string' || word === '') return [];
  return [
    {
      text: word,
      ...(typeof start === 'number' && typeof end === 'number' ? { startS: start, endS: end } : {}),
      ...(typeof confidence === 'number' ? { confidence } : {}),
    },
  ];
}
