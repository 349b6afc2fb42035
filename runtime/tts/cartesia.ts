import type { RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type TextToSpeech, type TtsPiece } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { objectOf } from '../providers/client-socket.js';
import { pcmOf, pcmPieces, piecesOf } from '../providers/http-sound.js';
import { lost, needsKey, refusalOf, type Vendor } from '../providers/refusals.js';
import { plainText, within } from './plain-text.js';
import { socketVoice } from './socket-voice.js';
import type { SpeechNews, SpeechWire } from './speech-sockets.js';

export interface CartesiaOptions {
  /** `CARTESIA_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `CARTESIA_URL`: another host, or a loopback one (`http://127.0.0.1:9`; http and ws mean the same here). */
  baseUrl?: string;
  /** `sonic-3` when the flow names none. */
  model?: string;
  /** A Cartesia voice id, perhaps with settings: `ID?emotion=calm&volume=1.2&speed=0.9`. */
  voice?: string;
  /** `websocket` gives word times and the first sound soonest; `http` works where sockets are not let through. */
  transport?: 'websocket' | 'http';
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'cartesia',
  envKey: 'CARTESIA_API_KEY',
  envUrl: 'CARTESIA_URL',
  instead: 'tts: embedded',
};
/** The protocol version whose messages are spoken here. */
const version = '2026-08-14';
/** The example voice of Cartesia's own documentation. */
const defaultVoice = 'e07c00bc-4134-4eae-9ea4-1a55fb45746b';

/** One sentence, as both the socket and HTTP take it. */
interface CartesiaRequest {
  model_id: string;
  transcript: string;
  voice: { mode: 'id'; id: string };
  language: string;
  output_format: { container: 'raw'; encoding: 'pcm_s16le'; sample_rate: number };
  generation_config?: GenerationConfig;
}

/** Only sonic-3 and later heed it. `speed` 0.6 to 1.5, `volume` 0.5 to 2, 1 without them. */
interface GenerationConfig {
  speed?: number;
  volume?: number;
  emotion?: string;
}

/**
 * Cartesia's voices, 8 kHz out, one context a sentence, over our own client: the vendor's neither loads from an ES
 * module on Node 20 nor tells when the connection was lost.
 */
export function cartesia(options: CartesiaOptions = {}): TextToSpeech {
  const { apiKey, baseUrl, clock, model = 'sonic-3', transport = 'websocket' } = options;
  const base = addressOf(baseUrl ?? 'https://api.cartesia.ai', vendor);
  const requestFor = ({ text, rate, language, voice }: Parameters<TextToSpeech['speak']>[0]): CartesiaRequest => {
    const { id, settings } = voiceOf(voice ?? options.voice ?? defaultVoice);
    if (rate !== undefined) settings.speed = within(0.6, rate, 1.5);
    return {
      model_id: model,
      transcript: text,
      voice: { mode: 'id', id },
      language: language.split('-')[0]!.toLowerCase(),
      output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: lineRateHz },
      ...(Object.keys(settings).length > 0 ? { generation_config: settings } : {}),
    };
  };
  if (transport === 'http')
    return {
      name: vendor.name,
      async *speak(asked, signal) {
        signal.throwIfAborted();
        const text = plainText(asked.text);
        if (text === undefined) return;
        if (!apiKey) throw needsKey(vendor);
        yield* overHttp(base, apiKey, requestFor({ ...asked, text }), signal);
      },
    };
  const url = `${base}/tts/websocket`;
  return socketVoice(wireFor(apiKey), {
    apiKey,
    baseUrl,
    clock,
    usualUrl: () => url,
    ask: (asked) => ({ url, sentence: requestFor(asked) }),
  });
}

function wireFor(apiKey: string | undefined): SpeechWire<CartesiaRequest> {
  return {
    vendor,
    atATime: Infinity,
    headers: { 'cartesia-version': version, ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    begin: (id, request) => ({
      // Whole sentences, so the server need not gather words before it speaks.
      send: [{ ...request, context_id: id, continue: false, max_buffer_delay_ms: 0, add_timestamps: true }],
      *hear(news) {
        const { data, word_timestamps: times } = news as Record<string, unknown>;
        const words = wordsOf(times);
        if (words.length > 0) yield { kind: 'words', words };
        if (typeof data === 'string') yield* piecesOf(pcmOf(Buffer.from(data, 'base64')), lineRateHz);
      },
    }),
    stop: (id) => ({ context_id: id, cancel: true }),
    stopsUntold: true,
    read,
  };
}

function read(data: RawData, isBinary: boolean): SpeechNews | undefined {
  const message = isBinary ? undefined : objectOf(data);
  const { context_id: id, type } = message ?? {};
  if (type === 'error' && id === undefined) return { problem: refusalOf(vendor, Number(message!.status_code)) };
  if (typeof id !== 'string') return undefined;
  switch (type) {
    case 'chunk':
    case 'timestamps':
      return { id, sound: message };
    case 'done':
      return { id, is: 'done' };
    case 'error':
      return { id, problem: refusalOf(vendor, Number(message!.status_code)) };
    default:
      return undefined;
  }
}

/** Seconds and parallel lists on the wire. */
function wordsOf(timestamps: unknown): { text: string; startMs: number; endMs: number }[] {
  const { words, start, end } = (timestamps ?? {}) as { words?: unknown[]; start?: unknown[]; end?: unknown[] };
  if (!Array.isArray(words) || !Array.isArray(start) || !Array.isArray(end)) return [];
  return words.flatMap((text, i) =>
    typeof start[i] === 'number' && typeof end[i] === 'number'
      ? [{ text: String(text), startMs: Math.round(start[i] * 1000), endMs: Math.round(end[i] * 1000) }]
      : [],
  );
}

/** `id?emotion=calm&volume=1.2`; which emotions a model knows is the vendor's affair. */
function voiceOf(text: string): { id: string; settings: GenerationConfig } {
  const [id = '', query = ''] = text.split('?', 2);
  const settings: GenerationConfig = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'emotion' && value !== '') settings.emotion = value;
    else if (name === 'volume' && Number(value) > 0) settings.volume = within(0.5, Number(value), 2);
    else if (name === 'speed' && Number(value) > 0) settings.speed = within(0.6, Number(value), 1.5);
    else
      throw new OutsideError(
        'cartesia',
        'refused',
        `its voices have no setting \`${name}=${value}\`. There are emotion, volume and speed, as in voice: ${id}?emotion=calm`,
        { retryable: false },
      );
  }
  return { id, settings };
}

/** `POST /tts/bytes` through the vendor's library: sound as it is made, no word times. */
async function* overHttp(
  base: string,
  apiKey: string,
  request: CartesiaRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsPiece> {
  const { default: Cartesia } = await import('@cartesia/cartesia-js');
  const client = new Cartesia({ apiKey, baseURL: base, maxRetries: 0, timeout: 10_000 });
  let response: Response;
  try {
    response = await client.tts.generate(request as unknown as Parameters<typeof client.tts.generate>[0], { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw refusalOf(vendor, (cause as { status?: number }).status ?? 0, cause);
  }
  try {
    for await (const piece of pcmPieces(response.body as unknown as AsyncIterable<Uint8Array>, lineRateHz)) {
      yield piece;
      // What came in one chunk is still cut off where the caller cuts in.
      signal.throwIfAborted();
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw lost(vendor, 'the connection broke in mid-sentence', cause);
  }
}
