/** Recognisers that are asked over HTTP, an utterance a request. One entry each. Experimental: from general knowledge. */
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { writeWav } from '../audio/wav.js';
import { lineRateHz, type SpeechToText, type SttEvent } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { GoogleAccess, googleKeys } from '../providers/google-access.js';
import type { GoogleAccount } from '../providers/google-account.js';
import { requestAll } from '../providers/http-sound.js';
import { googleLanguage } from '../providers/languages.js';
import { needsKey, type Vendor } from '../providers/refusals.js';
import { pcmBytes } from './sent-audio.js';
import { hearUtterances, type Utterance } from './utterances.js';

export interface HttpRecogniserOptions {
  apiKey?: string;
  /** Of Google: goes before the key. */
  account?: GoogleAccount;
  baseUrl?: string;
  model?: string;
  clock?: Clock;
}

interface Asked {
  base: string;
  /** By which it knows who asks. */
  authority: Record<string, string>;
  language: string;
  model: string | undefined;
  utterance: Utterance;
}

interface HttpRecogniser {
  vendor: Vendor;
  /** None: the address has to be given. */
  base?: string;
  /** The headers by which it knows who asks. @throws OutsideError without any of what it may be */
  authority(by: { apiKey?: string; account?: GoogleAccount; clock: Clock }): () => Promise<Record<string, string>>;
  request(asked: Asked): { url: string; headers: Record<string, string>; body: string | Blob };
  /** @throws for an answer of another shape */
  read(answer: Record<string, unknown>): { text: string; confidence?: unknown };
}

const google: Vendor = { name: 'google', envKey: googleKeys, envUrl: 'GOOGLE_STT_URL', instead: 'stt: embedded' };
const azure: Vendor = { name: 'azure', envKey: 'AZURE_SPEECH_KEY', envUrl: 'AZURE_STT_URL', instead: 'stt: embedded' };

const recognisers = {
  /** Google's `speech:recognize`, version 1. Its streams: google.ts. */
  google: {
    vendor: google,
    base: 'https://speech.googleapis.com',
    authority: (by) => {
      const access = new GoogleAccess({ vendor: google, audience: 'https://speech.googleapis.com/', ...by });
      return async () => (await access.authority()).headers;
    },
    request: ({ base, authority, language, model, utterance: { sound, hints } }) => ({
      url: `${base}/v1/speech:recognize`,
      headers: { 'content-type': 'application/json', ...authority },
      body: JSON.stringify({
        config: {
          encoding: 'LINEAR16',
          sampleRateHertz: lineRateHz,
          languageCode: googleLanguage(language),
          ...(model === undefined ? {} : { model }),
          ...(hints.length === 0 ? {} : { speechContexts: [{ phrases: hints }] }),
        },
        audio: { content: Buffer.from(pcmBytes(sound)).toString('base64') },
      }),
    }),
    // Where nothing was said there are no results; a long utterance has several.
    read: ({ results = [] }) => {
      const best = (results as { alternatives?: Record<string, unknown>[] }[]).flatMap(
        ({ alternatives }) => alternatives?.slice(0, 1) ?? [],
      );
      return {
        text: best.map(({ transcript }) => String(transcript).trim()).join(' '),
        confidence: best[0]?.confidence,
      };
    },
  },
  /** Azure's REST door for short sound. Its streams: azure-speech.ts. */
  azure: {
    vendor: azure,
    authority:
      ({ apiKey }) =>
      () =>
        apiKey ? Promise.resolve({ 'ocp-apim-subscription-key': apiKey }) : Promise.reject(needsKey(azure)),
    request: ({ base, authority, language, utterance: { sound } }) => ({
      url: `${base}/speech/recognition/conversation/cognitiveservices/v1?${new URLSearchParams({ language, format: 'detailed' }).toString()}`,
      headers: {
        'content-type': `audio/wav; codecs=audio/pcm; samplerate=${lineRateHz}`,
        accept: 'application/json',
        ...authority,
      },
      body: new Blob([Buffer.from(writeWav([sound], lineRateHz))]),
    }),
    read: ({ RecognitionStatus: status, DisplayText: text, NBest: best }) => {
      // The caller made a noise.
      if (['NoMatch', 'InitialSilenceTimeout', 'BabbleTimeout'].includes(String(status))) return { text: '' };
      if (status !== 'Success') throw new Error('no success');
      const [first] = (best ?? []) as Record<string, unknown>[];
      return { text: String(first?.Display ?? text ?? ''), confidence: first?.Confidence };
    },
  },
} satisfies Record<string, HttpRecogniser>;

export type HttpRecogniserName = keyof typeof recognisers;

/** A recogniser that hears an utterance when it is over: no word comes before that. */
export function httpRecogniser(name: HttpRecogniserName, options: HttpRecogniserOptions = {}): SpeechToText {
  const recogniser: HttpRecogniser = recognisers[name];
  const { vendor } = recogniser;
  const { clock = new RealClock() } = options;
  const authorityOf = recogniser.authority({ ...options, clock });
  const given = options.baseUrl ?? recogniser.base;
  const base = given === undefined ? undefined : addressOf(given, vendor);
  return {
    name,
    hearsWhole: true,
    async *transcribe(audio, { language, model = options.model }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      await authorityOf();
      if (base === undefined)
        throw new OutsideError(name, 'refused', `its address is not known. Set ${vendor.envUrl}.`, {
          retryable: false,
        });
      const ask = async (utterance: Utterance, untilClosed: AbortSignal): Promise<SttEvent> => {
        const authority = await authorityOf();
        const { url, ...init } = recogniser.request({ base, authority, language, model, utterance });
        const bytes = await requestAll(url, init, { vendor, clock, signal: untilClosed });
        const { startMs, endMs } = utterance;
        return { kind: 'final', ...wordsIn(bytes, recogniser), startMs, endMs };
      };
      yield* hearUtterances(audio, ask, signal);
    },
  };
}

function wordsIn(bytes: Buffer, { read, vendor }: HttpRecogniser): { text: string; confidence?: number } {
  try {
    const { text, confidence } = read(JSON.parse(bytes.toString()) as Record<string, unknown>);
    const isShare = typeof confidence === 'number' && confidence >= 0 && confidence <= 1;
    // Google says 0 where it does not know.
    return { text: text.trim(), ...(isShare && confidence > 0 ? { confidence } : {}) };
  } catch {
    throw new OutsideError(vendor.name, 'protocol', 'it answered without a transcript', { retryable: true });
  }
}
