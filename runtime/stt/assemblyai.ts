import { RealClock } from '../../engine/clock.js';
import type { Clock, Listening } from '../../engine/contracts.js';
import type { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type SpeechToText } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { needsKey, refusalOf, type Vendor } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireWord } from './live-socket.js';

export interface AssemblyAiOptions {
  /** `ASSEMBLYAI_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `ASSEMBLYAI_URL`: the base before `/v3/ws`. */
  baseUrl?: string;
  /** `universal-streaming-english`, or `-multilingual` for calls in another language, when the flow names none. */
  model?: string;
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'assemblyai',
  envKey: 'ASSEMBLYAI_API_KEY',
  envUrl: 'ASSEMBLYAI_URL',
  instead: 'stt: embedded',
};
/** Its own limit. */
const mostKeyterms = 100;

/** AssemblyAI's streaming (`/v3/ws`), whose words never change once they are final; it ends turns by itself. */
export function assemblyAi(options: AssemblyAiOptions = {}): SpeechToText {
  const { apiKey, clock = new RealClock() } = options;
  const base = addressOf(options.baseUrl ?? 'https://streaming.assemblyai.com', vendor);
  return {
    name: vendor.name,
    async *transcribe(audio, { language, model = options.model }, signal) {
      if (!apiKey && options.baseUrl === undefined) throw needsKey(vendor);
      yield* hearOverSocket(wireFor(base, apiKey, { language, model }), { audio, clock, signal });
    },
  };
}

function wireFor(
  base: string,
  apiKey: string | undefined,
  { language, model }: { language: string; model: string | undefined },
): HearingWire {
  const hears = /^en\b/i.test(language) ? 'english' : 'multilingual';
  const query = new URLSearchParams({
    sample_rate: String(lineRateHz),
    encoding: 'pcm_s16le',
    speech_model: model ?? `universal-streaming-${hears}`,
    // With commas and digits a turn would end twice, the second time later.
    format_turns: 'false',
  });
  return {
    vendor,
    url: `${base}/v3/ws?${query.toString()}`,
    headers: apiKey ? { authorization: apiKey } : {},
    // It takes 50 to 1,000 ms.
    messageMs: 100,
    answersSilence: false,
    tune: ({ endpointing, hints }: Listening) => ({
      type: 'UpdateConfiguration',
      min_turn_silence: endpointing.minMs,
      max_turn_silence: endpointing.maxMs,
      keyterms_prompt: hints.slice(0, mostKeyterms),
    }),
    endTurn: { type: 'ForceEndpoint' },
    end: JSON.stringify({ type: 'Terminate' }),
    read,
    closed,
  };
}

function read(message: Record<string, unknown>): Heard | undefined {
  if (message.type === 'Error' || typeof message.error === 'string') return { problem: refused(String(message.error)) };
  const { type, turn_order, words, end_of_turn, utterance } = message;
  if (type !== 'Turn' || typeof turn_order !== 'number' || !Array.isArray(words)) return undefined;
  return {
    turn: { turn: turn_order, words: words.flatMap(wordOf), ...(end_of_turn === true ? { ended: 'turn' } : {}) },
    // Filled at a pause that may be an end.
    ...(typeof utterance === 'string' && utterance !== '' && end_of_turn !== true ? { mayBeAll: true } : {}),
  };
}

function wordOf(one: unknown): WireWord[] {
  const { text, start, end, confidence } = (one ?? {}) as Record<string, unknown>;
  if (typeof text !== 'string' || text === '') return [];
  return [
    {
      text,
      ...(typeof start === 'number' && typeof end === 'number' ? { startS: start / 1000, endS: end / 1000 } : {}),
      ...(typeof confidence === 'number' ? { confidence } : {}),
    },
  ];
}

/** It takes the handshake and refuses after it, in words: they are understood here and not passed on. */
function refused(words: string): OutsideError {
  const meanings: [RegExp, number][] = [
    [/concurrent|rate limit|too many/i, 429],
    [/unauthori[sz]ed|not authori[sz]ed|api key|token/i, 401],
    [/fund|balance|credit|billing/i, 402],
    [/invalid|model|parameter/i, 400],
  ];
  return refusalOf(vendor, meanings.find(([pattern]) => pattern.test(words))?.[1] ?? 500);
}

function closed(code: number, reason: string): OutsideError | undefined {
  // 1008 and its own codes are about the request; the others about the network.
  return code === 1008 || (code >= 4000 && code < 5000) ? refused(reason) : undefined;
}
