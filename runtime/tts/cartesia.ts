import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError, UsageError } from '../../engine/errors.js';
import { lineRateHz, type TextToSpeech, type TtsPiece } from '../contracts.js';
import { audioPieces, cure, refusalOf } from './cartesia-messages.js';
import { CartesiaSocket, type CartesiaRequest, type GenerationConfig } from './cartesia-socket.js';
import { within } from './plain-text.js';
import { speakable } from './speakable.js';

export interface CartesiaOptions {
  /** `CARTESIA_API_KEY`. */
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

/** The example voice of Cartesia's own documentation. */
const defaultVoice = 'e07c00bc-4134-4eae-9ea4-1a55fb45746b';

/** Cartesia's voices, 8 kHz out, one context a sentence. An abort cancels the sentence at the server; late sound is dropped. */
export function cartesia(options: CartesiaOptions = {}): TextToSpeech {
  const { apiKey, transport = 'websocket' } = options;
  const base = baseOf(options.baseUrl ?? 'https://api.cartesia.ai');
  const clock = options.clock ?? new RealClock();
  let socket: CartesiaSocket | undefined;
  const theSocket = (key: string): CartesiaSocket => (socket ??= new CartesiaSocket({ base, apiKey: key, clock }));

  return {
    name: 'cartesia',

    async warm() {
      if (transport === 'websocket') await theSocket(keyOf(apiKey)).open();
    },

    close: () => socket?.close(),

    async *speak({ text, rate, language, voice }, signal): AsyncIterable<TtsPiece> {
      signal.throwIfAborted();
      const plain = speakable(text);
      if (!/[\p{L}\p{N}]/u.test(plain)) return;
      const key = keyOf(apiKey);
      const { id, settings } = voiceOf(voice ?? options.voice ?? defaultVoice);
      if (rate !== undefined) settings.speed = within(0.6, rate, 1.5);
      const request = {
        model_id: options.model ?? 'sonic-3',
        // Accented letters are wanted here: only markup is taken out.
        transcript: text
          .replace(/<[^>]*>/g, ' ')
          .replace(/\s+/g, ' ')
          .trim(),
        voice: { mode: 'id' as const, id },
        language: language.split('-')[0]!.toLowerCase(),
        output_format: { container: 'raw' as const, encoding: 'pcm_s16le' as const, sample_rate: lineRateHz },
        ...(Object.keys(settings).length > 0 ? { generation_config: settings } : {}),
      };
      if (transport === 'websocket') yield* theSocket(key).say(request, signal);
      else yield* bytes(base, key, request, signal);
    },
  };
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

function keyOf(apiKey: string | undefined): string {
  if (!apiKey) throw new OutsideError('cartesia', 'refused', `it needs a key. ${cure}`, { retryable: false });
  return apiKey;
}

/** A key must not cross a network in the clear. */
function baseOf(text: string): URL {
  let url: URL;
  try {
    url = new URL(text.replace(/^ws/, 'http'));
  } catch {
    throw new UsageError('The Cartesia address is no URL. Write it like https://api.cartesia.ai (CARTESIA_URL).');
  }
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    throw new UsageError(
      'The Cartesia address must begin with https:// (or wss://); without encryption only on this machine.',
    );
  }
  return url;
}

/** `POST /tts/bytes` through the vendor's library: sound as it is made, no word times. */
async function* bytes(
  base: URL,
  apiKey: string,
  request: CartesiaRequest,
  signal: AbortSignal,
): AsyncGenerator<TtsPiece> {
  const { default: Cartesia } = await import('@cartesia/cartesia-js');
  const client = new Cartesia({ apiKey, baseURL: base.href.replace(/\/$/, ''), maxRetries: 0, timeout: 10_000 });
  let response: Response;
  try {
    response = await client.tts.generate(request as unknown as Parameters<typeof client.tts.generate>[0], { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw refusalOf((cause as { status?: number }).status ?? 0, cause);
  }
  let half: Uint8Array = new Uint8Array(0);
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      signal.throwIfAborted();
      const all = Buffer.concat([half, chunk]);
      half = all.subarray(all.length & ~1);
      // What came in one chunk is still cut off where the caller cuts in.
      for (const piece of audioPieces(all.subarray(0, all.length & ~1))) {
        signal.throwIfAborted();
        yield piece;
      }
    }
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof OutsideError) throw cause;
    throw new OutsideError('cartesia', 'closed', 'the connection broke in mid-sentence', { retryable: true, cause });
  }
}
