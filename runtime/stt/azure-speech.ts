import { randomUUID } from 'node:crypto';
import { release } from 'node:os';
import type { RawData } from 'ws';
import { RealClock } from '../../engine/clock.js';
import type { Clock, Listening } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { writeWav } from '../audio/wav.js';
import { lineRateHz, type SpeechToText } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { objectOf } from '../providers/client-socket.js';
import { needsKey, refusalOf, type Vendor } from '../providers/refusals.js';
import { hearOverSocket, type Heard, type HearingWire, type WireMessage, type WireWord } from './live-socket.js';

export interface AzureSpeechOptions {
  /** `AZURE_SPEECH_KEY`. */
  apiKey?: string;
  /** `AZURE_STT_URL`: the base before `/speech/recognition`. */
  baseUrl?: string;
  /** A custom model's deployment (`cid`). */
  model?: string;
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'azure',
  envKey: 'AZURE_SPEECH_KEY',
  envUrl: 'AZURE_STT_URL',
  instead: 'stt: embedded',
};
const path = '/speech/recognition/conversation/cognitiveservices/v1';
/** Azure counts in ticks of 100 ns. */
const ticksPerS = 10_000_000;

/**
 * Azure's recogniser over its own protocol (USP): texts with headers like HTTP's, sound with a header of its length,
 * `speech.hypothesis` while words are said and `speech.phrase` after a pause. Experimental: the wire is read off the
 * vendor's SDK (1.52) and an older page of its documentation.
 */
export function azureSpeech(options: AzureSpeechOptions = {}): SpeechToText {
  const { apiKey, model: own, clock = new RealClock() } = options;
  const base = options.baseUrl === undefined ? undefined : addressOf(options.baseUrl, vendor);
  return {
    name: vendor.name,
    async *transcribe(audio, { language, model = own }, signal) {
      if (!apiKey) throw needsKey(vendor);
      if (base === undefined)
        throw new OutsideError(vendor.name, 'refused', `its address is not known. Set ${vendor.envUrl}.`, {
          retryable: false,
        });
      const query = new URLSearchParams({
        language,
        format: 'detailed',
        ...(model === undefined ? {} : { cid: model }),
      });
      yield* hearOverSocket(new UspWire(`${base}${path}?${query.toString()}`, apiKey), { audio, clock, signal });
    },
  };
}

class UspWire implements HearingWire {
  readonly vendor = vendor;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly hello = [
    textMessage('speech.config', idOf(), {
      context: {
        system: { name: 'parley', version: '1.0.0', build: 'node', lang: 'JavaScript' },
        os: { platform: process.platform, name: process.platform, version: release() },
      },
    }),
  ];
  readonly messageMs = 100;
  readonly answersSilence = false;
  readonly messageOf = messageOf;
  #listening: Listening | undefined;
  /** The service's turn, which is no turn of the caller's: it may hold many phrases. */
  #request: { id: string; fromS: number } | undefined;
  #sentS = 0;
  #phrase = 0;

  constructor(url: string, apiKey: string) {
    this.url = url;
    this.headers = { 'ocp-apim-subscription-key': apiKey, 'x-connectionid': idOf() };
  }

  /** Told with the next of its turns: it takes a context there only. */
  tune(listening: Listening): undefined {
    this.#listening = listening;
  }

  sound(pcm: Uint8Array): WireMessage[] {
    const messages: WireMessage[] = [];
    if (!this.#request) {
      this.#request = { id: idOf(), fromS: this.#sentS };
      const { id } = this.#request;
      messages.push(textMessage('speech.context', id, contextFor(this.#listening)));
      messages.push(soundMessage(id, writeWav([new Int16Array(0)], lineRateHz)));
    }
    this.#sentS += pcm.length / 2 / lineRateHz;
    return [...messages, soundMessage(this.#request.id, pcm)];
  }

  get end(): Uint8Array {
    return soundMessage(this.#request?.id ?? idOf(), new Uint8Array(0));
  }

  read({ path: about, ...body }: Record<string, unknown>): Heard | undefined {
    switch (about) {
      case 'speech.hypothesis':
        return { turn: { turn: this.#phrase, words: plainWords(body.Text) } };
      case 'speech.phrase':
        return this.#phraseOf(body);
      case 'turn.end':
        this.#request = undefined;
        return undefined;
      default:
        return undefined;
    }
  }

  #phraseOf({ RecognitionStatus: status, NBest: best, DisplayText: text }: Record<string, unknown>): Heard | undefined {
    const problem = problems[String(status)];
    if (problem !== undefined) return { problem: refusalOf(vendor, problem) };
    if (!['Success', 'NoMatch'].includes(String(status))) return undefined;
    const [first = {}] = (Array.isArray(best) ? best : []) as Record<string, unknown>[];
    const timed = (Array.isArray(first.Words) ? first.Words : []).flatMap((word) =>
      this.#wordOf(word, first.Confidence),
    );
    const words = timed.length > 0 ? timed : plainWords(first.Display ?? text);
    return { turn: { turn: this.#phrase++, words, ended: 'words' } };
  }

  #wordOf(one: unknown, confidence: unknown): WireWord[] {
    const { Word: text, Offset: from, Duration: length } = (one ?? {}) as Record<string, unknown>;
    if (typeof text !== 'string' || text === '' || typeof from !== 'number' || typeof length !== 'number') return [];
    const startS = (this.#request?.fromS ?? 0) + from / ticksPerS;
    return [
      {
        text,
        startS,
        endS: startS + length / ticksPerS,
        ...(typeof confidence === 'number' && confidence <= 1 ? { confidence } : {}),
      },
    ];
  }
}

/** What it says of a phrase that it did not try to hear. */
const problems: Record<string, number | undefined> = {
  Error: 500,
  ServiceError: 500,
  ServiceUnavailable: 503,
  ServiceTimeout: 408,
  BadRequest: 400,
  Forbidden: 403,
  TooManyRequests: 429,
};

function contextFor(listening: Listening | undefined): object {
  const { endpointing, hints = [] } = listening ?? {};
  return {
    phraseDetection: {
      mode: 'Conversation',
      ...(endpointing && {
        conversation: {
          segmentation: {
            mode: 'Custom',
            segmentationSilenceTimeoutMs: Math.min(5000, Math.max(100, endpointing.minMs)),
          },
        },
      }),
    },
    phraseOutput: { format: 'Detailed', detailed: { options: ['WordTimings'] } },
    ...(hints.length > 0 && {
      dgi: { groups: [{ type: 'Generic', items: hints.slice(0, 500).map((text) => ({ text })) }] },
    }),
  };
}

/** A UUID without dashes, as it wants them. */
function idOf(): string {
  return randomUUID().replaceAll('-', '');
}

function headersOf(about: string, id: string, type: string): string {
  const headers = { Path: about, 'X-RequestId': id, 'X-Timestamp': new Date().toISOString(), 'Content-Type': type };
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

function textMessage(about: string, id: string, body: object): string {
  return `${headersOf(about, id, 'application/json')}\r\n${JSON.stringify(body)}`;
}

function soundMessage(id: string, sound: Uint8Array): Buffer {
  const headers = Buffer.from(headersOf('audio', id, 'audio/x-wav'));
  return Buffer.concat([Buffer.of(headers.length >> 8, headers.length & 255), headers, sound]);
}

function messageOf(data: RawData, isBinary: boolean): Record<string, unknown> | undefined {
  if (isBinary) return undefined;
  const [headers = '', ...body] = String(data as Buffer).split('\r\n\r\n');
  const about = /^path:\s*(\S+)\s*$/im.exec(headers)?.[1]?.toLowerCase();
  return about === undefined ? undefined : { ...objectOf(body.join('\r\n\r\n')), path: about };
}

function plainWords(text: unknown): WireWord[] {
  if (typeof text !== 'string') return [];
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word }));
}
