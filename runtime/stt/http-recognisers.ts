/** Recognisers that are asked over HTTP, an utterance a request. One entry each. Experimental: from general knowledge. */
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { writeWav } from '../audio/wav.js';
import { lineRateHz, type SpeechToText, type SttEvent } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { requestAll } from '../providers/http-sound.js';
import { needsKey, type Vendor } from '../providers/refusals.js';
import { pcmBytes } from './sent-audio.js';
import { hearUtterances, type Utterance } from './utterances.js';

export interface HttpRecogniserOptions {
  apiKey?: string;
  baseUrl?: string;
  model?: string;
  clock?: Clock;
}

interface Asked {
  base: string;
  apiKey: string;
  language: string;
  model: string | undefined;
  utterance: Utterance;
}

interface HttpRecogniser {
  vendor: Vendor;
  /** None: the address has to be given. */
  base?: string;
  request(asked: Asked): { url: string; headers: Record<string, string>; body: string | Blob };
  /** @throws for an answer of another shape */
  read(answer: Record<string, unknown>): { text: string; confidence?: unknown };
}

const recognisers = {
  /** Google's `speech:recognize` (version 1) with an API key. Its streams are gRPC, which no request is. */
  google: {
    vendor: { name: 'google', envKey: 'GOOGLE_API_KEY', envUrl: 'GOOGLE_STT_URL', instead: 'stt: embedded' },
    base: 'https://speech.googleapis.com',
    request: ({ base, apiKey, language, model, utterance: { sound, hints } }) => ({
      url: `${base}/v1/speech:recognize`,
      headers: { 'content-type': 'application/json', 'x-goog-api-key': apiKey },
      body: JSON.stringify({
        config: {
          encoding: 'LINEAR16',
          sampleRateHertz: lineRateHz,
          languageCode: language,
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
    vendor: { name: 'azure', envKey: 'AZURE_SPEECH_KEY', envUrl: 'AZURE_STT_URL', instead: 'stt: embedded' },
    request: ({ base, apiKey, language, utterance: { sound } }) => ({
      url: `${base}/speech/recognition/conversation/cognitiveservices/v1?${new URLSearchParams({ language, format: 'detailed' }).toString()}`,
      headers: {
        'content-type': `audio/wav; codecs=audio/pcm; samplerate=${lineRateHz}`,
        accept: 'application/json',
        'ocp-apim-subscription-key': apiKey,
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
  const { apiKey, clock = new RealClock() } = options;
  const given = options.baseUrl ?? recogniser.base;
  const base = given === undefined ? undefined : addressOf(given, vendor);
  return {
    name,
    hearsWhole: true,
    async *transcribe(audio, { language, model = options.model }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      if (!apiKey) throw needsKey(vendor);
      if (base === undefined)
        throw new OutsideError(name, 'refused', `its address is not known. Set ${vendor.envUrl}.`, {
          retryable: false,
        });
      const ask = async (utterance: Utterance, untilClosed: AbortSignal): Promise<SttEvent> => {
        const { url, ...init } = recogniser.request({ base, apiKey, language, model, utterance });
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
