import type { RawData } from 'ws';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { decodeALaw, decodeMuLaw } from '../audio/g711.js';
import type { TextToSpeech, TtsPiece } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { objectOf } from '../providers/client-socket.js';
import { pcmOf, piecesOf } from '../providers/http-sound.js';
import { refusalOf, type Vendor } from '../providers/refusals.js';
import { within } from './plain-text.js';
import { socketVoice } from './socket-voice.js';
import type { Hearing, SpeechNews, SpeechWire } from './speech-sockets.js';

export interface ElevenLabsOptions {
  /** `ELEVENLABS_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `ELEVENLABS_URL`: the base before `/v1/text-to-speech`. */
  baseUrl?: string;
  /** `eleven_flash_v2_5` when the flow names none. */
  model?: string;
  /** A voice id, perhaps with settings: `JBFqnCBsd6RMkjVDRZzb?stability=0.4&style=0.2`. */
  voice?: string;
  format?: Format;
  clock?: Clock;
}

type Format = 'pcm_8000' | 'pcm_16000' | 'ulaw_8000' | 'alaw_8000';

interface Sentence {
  text: string;
  settings: Record<string, number | boolean>;
}

const vendor: Vendor = {
  name: 'elevenlabs',
  envKey: 'ELEVENLABS_API_KEY',
  envUrl: 'ELEVENLABS_URL',
  instead: 'tts: embedded',
};
/** The voice of the vendor's own examples. */
const defaultVoice = 'JBFqnCBsd6RMkjVDRZzb';
/** A sixth closes the connection, with all sentences on it; one that is closed counts until it has flushed. */
const mostContexts = 5;
const idleS = 180;

/**
 * ElevenLabs' `multi-stream-input` socket, one context a sentence. What was flushed cannot be taken back there: after an
 * abort its sound is dropped as it comes. Characters are timed by the vendor, which makes the words' times.
 */
export function elevenLabs(options: ElevenLabsOptions = {}): TextToSpeech {
  const { apiKey, model = 'eleven_flash_v2_5', format = 'pcm_8000', baseUrl, clock } = options;
  const base = addressOf(baseUrl ?? 'https://api.elevenlabs.io', vendor);
  const addressFor = (id: string, language: string): string => {
    const query = new URLSearchParams({
      model_id: model,
      output_format: format,
      // Whole sentences: nothing is gained by waiting for more words.
      auto_mode: 'true',
      sync_alignment: 'true',
      inactivity_timeout: String(idleS),
      // Models that are not of these generations refuse it.
      ...(/v2_5|_v3/.test(model) ? { language_code: language.split('-')[0]!.toLowerCase() } : {}),
    });
    return `${base}/v1/text-to-speech/${encodeURIComponent(id)}/multi-stream-input?${query.toString()}`;
  };
  return socketVoice(wireFor(apiKey, format), {
    apiKey,
    baseUrl,
    clock,
    usualUrl: () => addressFor(voiceOf(options.voice ?? defaultVoice).id, 'en'),
    ask: ({ text, rate, language, voice }) => {
      const { id, settings } = voiceOf(voice ?? options.voice ?? defaultVoice);
      if (rate !== undefined) settings.speed = within(0.7, rate, 1.2);
      return { url: addressFor(id, language), sentence: { text, settings } };
    },
  });
}

const settingNames = ['stability', 'similarity_boost', 'style', 'speed', 'use_speaker_boost'];

/** `id?stability=0.4&use_speaker_boost=false` */
function voiceOf(text: string): { id: string; settings: Record<string, number | boolean> } {
  const [id, query = ''] = text.split('?', 2);
  const settings: Record<string, number | boolean> = {};
  for (const [name, value] of new URLSearchParams(query)) {
    const read = value === 'true' || value === 'false' ? value === 'true' : Number(value);
    if (!settingNames.includes(name) || Number.isNaN(read))
      throw new OutsideError(
        vendor.name,
        'refused',
        `its voices have no setting \`${name}=${value}\`. There are ${settingNames.join(', ')}, as in voice: ${id!}?stability=0.4`,
        { retryable: false },
      );
    settings[name] = read;
  }
  return { id: id!, settings };
}

function wireFor(apiKey: string | undefined, format: Format): SpeechWire<Sentence> {
  return {
    vendor,
    atATime: mostContexts,
    headers: apiKey ? { 'xi-api-key': apiKey } : {},
    begin: (id, { text, settings }) => ({
      send: [
        // Settings belong to the first message of a context alone.
        {
          text: ' ',
          context_id: id,
          ...(Object.keys(settings).length > 0 ? { voice_settings: settings } : {}),
        },
        { text: `${text} `, context_id: id, flush: true },
        // What was flushed is still said, whoever hears it; `isFinal` comes after it.
        { context_id: id, close_context: true },
      ],
      ...new Chunks(format).asHearing,
    }),
    read,
  };
}

function read(data: RawData, isBinary: boolean): SpeechNews | undefined {
  const message = isBinary ? undefined : objectOf(data);
  if (!message) return undefined;
  if (typeof message.error === 'string') return { problem: problemOf(message.error) };
  const { contextId: id } = message;
  if (typeof id !== 'string') return undefined;
  if (typeof message.audio === 'string') return { id, sound: message, ...(message.isFinal === true && { is: 'over' }) };
  return message.isFinal === true ? { id, is: 'over' } : undefined;
}

/** It says so and closes the connection; its own text may hold ours, so it is not passed on. */
function problemOf(error: string): OutsideError {
  const status: Record<string, number> = {
    invalid_api_key: 401,
    missing_permissions: 403,
    quota_exceeded: 402,
    voice_not_found: 404,
    max_active_conversations: 429,
    rate_limit_exceeded: 429,
    too_many_concurrent_requests: 429,
    system_busy: 503,
  };
  const known = Object.hasOwn(status, error) ? status[error]! : undefined;
  if (known !== undefined) return refusalOf(vendor, known);
  return new OutsideError(vendor.name, 'protocol', 'it says that something went wrong', { retryable: true });
}

/** One context's chunks: sound, and the times of its characters, counted from the beginning of each chunk. */
class Chunks {
  readonly #format: Format;
  #soundMs = 0;
  #half: Uint8Array = new Uint8Array(0);
  #word: { text: string; startMs: number; endMs: number } | undefined;

  constructor(format: Format) {
    this.#format = format;
  }

  get asHearing(): Hearing {
    return { hear: (sound) => this.#hear(sound as Record<string, unknown>), end: () => this.#lastWord() };
  }

  *#hear({ audio, alignment, normalizedAlignment }: Record<string, unknown>): Generator<TtsPiece> {
    const words = this.#words((alignment ?? normalizedAlignment) as Record<string, unknown> | undefined);
    if (words.length > 0) yield { kind: 'words', words };
    const rateHz = Number(this.#format.split('_')[1]);
    const samples = this.#samples(Buffer.from(String(audio), 'base64'));
    this.#soundMs += (samples.length * 1000) / rateHz;
    yield* piecesOf(samples, rateHz);
  }

  #samples(bytes: Uint8Array): Int16Array {
    if (this.#format === 'ulaw_8000') return decodeMuLaw(bytes);
    if (this.#format === 'alaw_8000') return decodeALaw(bytes);
    const all = Buffer.concat([this.#half, bytes]);
    this.#half = all.subarray(all.length & ~1);
    return pcmOf(all.subarray(0, all.length & ~1));
  }

  #words(alignment: Record<string, unknown> | undefined): { text: string; startMs: number; endMs: number }[] {
    const { chars, charStartTimesMs: starts, charDurationsMs: durations } = alignment ?? {};
    if (!Array.isArray(chars) || !Array.isArray(starts) || !Array.isArray(durations)) return [];
    const words: { text: string; startMs: number; endMs: number }[] = [];
    for (const [n, char] of chars.entries()) {
      const startMs = Math.round(this.#soundMs + Number(starts[n]));
      const endMs = startMs + Math.round(Number(durations[n]));
      if (typeof char !== 'string' || Number.isNaN(endMs)) continue;
      if (/^\s*$/.test(char)) {
        if (this.#word) words.push(this.#word);
        this.#word = undefined;
      } else this.#word = { text: (this.#word?.text ?? '') + char, startMs: this.#word?.startMs ?? startMs, endMs };
    }
    return words;
  }

  *#lastWord(): Generator<TtsPiece> {
    if (this.#word) yield { kind: 'words', words: [this.#word] };
  }
}
