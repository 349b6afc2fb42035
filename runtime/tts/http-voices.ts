/** Voices that are asked over HTTP, a sentence a request: no word times, no connection to keep. One entry each. */
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { GoogleAccess, googleKeys } from '../providers/google-access.js';
import type { GoogleAccount } from '../providers/google-account.js';
import { muLawPieces, pcmPieces, requestAll, requestBytes, wavPieces } from '../providers/http-sound.js';
import { needsKey, type Vendor } from '../providers/refusals.js';
import { plainText, within } from './plain-text.js';
import { escaped, withinSpeak } from './ssml.js';

export interface HttpVoiceOptions {
  apiKey?: string;
  /** Of Google: goes before the key. */
  account?: GoogleAccount;
  baseUrl?: string;
  model?: string;
  voice?: string;
  clock?: Clock;
}

interface Asked extends HttpVoiceOptions {
  base: string;
  /** What `authority` gave. */
  authority: Record<string, string>;
  text: string;
  /** What stands between `<speak>` and its end, where the sentence has SSML. */
  marked: string | undefined;
  language: string;
  rate: number | undefined;
  by: { vendor: Vendor; clock: Clock; signal: AbortSignal };
}

interface HttpVoice {
  vendor: Vendor;
  /** None: the address has to be given. */
  base?: string;
  /** Needed at this address; a server of one's own may do without. */
  needsKey: boolean;
  /** The headers by which it knows who asks, where that is more than a key. */
  authority?(by: { apiKey?: string; account?: GoogleAccount; clock: Clock }): () => Promise<Record<string, string>>;
  speak(asked: Asked): AsyncIterable<TtsPiece>;
}

const json = { 'content-type': 'application/json' };
const bearer = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { authorization: `Bearer ${key}` };

const openAiVendor: Vendor = {
  name: 'openai',
  envKey: 'OPENAI_API_KEY',
  envUrl: 'OPENAI_TTS_URL',
  instead: 'tts: embedded',
};

const googleVendor: Vendor = {
  name: 'google',
  envKey: googleKeys,
  envUrl: 'GOOGLE_TTS_URL',
  instead: 'tts: embedded',
};

const voices = {
  /** `POST /audio/speech`: OpenAI, speaches, Kokoro, LocalAI, Coqui's idiap fork. PCM at 24 kHz. */
  openai: {
    vendor: openAiVendor,
    base: 'https://api.openai.com/v1',
    needsKey: true,
    speak: ({ base, apiKey, model = 'gpt-4o-mini-tts', voice = 'alloy', text, rate, by }) =>
      pcmPieces(
        requestBytes(
          `${base}/audio/speech`,
          {
            headers: { ...json, ...bearer(apiKey) },
            body: JSON.stringify({
              model,
              voice,
              input: text,
              response_format: 'pcm',
              ...(rate === undefined ? {} : { speed: within(0.25, rate, 4) }),
            }),
          },
          by,
        ),
        24_000,
      ),
  },
  /** Piper's HTTP server: `POST /` gives a WAV file. */
  piper: {
    vendor: { name: 'piper', envUrl: 'PIPER_URL', instead: 'tts: embedded' },
    base: 'http://127.0.0.1:5000',
    needsKey: false,
    speak: ({ base, voice, model, text, rate, by }) => {
      const name = voice ?? model;
      const body = {
        text,
        ...(name === undefined ? {} : { voice: name }),
        ...(rate === undefined ? {} : { length_scale: 1 / rate }),
      };
      return wavPieces(requestAll(`${base}/`, { headers: json, body: JSON.stringify(body) }, by), by.vendor);
    },
  },
  /** Coqui's `tts-server`: `GET /api/tts` gives a WAV file. */
  coqui: {
    vendor: { name: 'coqui', envUrl: 'COQUI_URL', instead: 'tts: embedded' },
    base: 'http://127.0.0.1:5002',
    needsKey: false,
    speak: ({ base, voice, text, by }) => {
      const query = new URLSearchParams({ text, ...(voice === undefined ? {} : { speaker_id: voice }) });
      return wavPieces(requestAll(`${base}/api/tts?${query.toString()}`, { method: 'GET' }, by), by.vendor);
    },
  },
  /** Azure's REST door; its pages take a pace of 0.5 to 2. Experimental: from general knowledge, no copy of its documentation was at hand. */
  azure: {
    vendor: { name: 'azure', envKey: 'AZURE_SPEECH_KEY', envUrl: 'AZURE_TTS_URL', instead: 'tts: embedded' },
    needsKey: true,
    speak: ({ base, apiKey, voice = 'en-US-JennyNeural', text, marked = escaped(text), language, rate, by }) => {
      const percent = Math.round((within(0.5, rate ?? 1, 2) - 1) * 100);
      const prosody = rate === undefined ? [] : [`<prosody rate="${percent < 0 ? '' : '+'}${percent}%">`, '</prosody>'];
      const ssml = `<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis" xmlns:mstts="http://www.w3.org/2001/mstts" xml:lang="${escaped(language)}"><voice name="${escaped(voice)}">${prosody[0] ?? ''}${marked}${prosody[1] ?? ''}</voice></speak>`;
      const headers = {
        'content-type': 'application/ssml+xml',
        'ocp-apim-subscription-key': apiKey!,
        'x-microsoft-outputformat': 'raw-8khz-8bit-mono-mulaw',
        'user-agent': 'parley',
      };
      return muLawPieces(requestBytes(`${base}/cognitiveservices/v1`, { headers, body: ssml }, by));
    },
  },
  /** Google's REST door. Experimental, as Azure's. Its pages take a pace of up to 2, and refuse a faster one. */
  google: {
    vendor: googleVendor,
    base: 'https://texttospeech.googleapis.com',
    needsKey: false,
    authority: (by) => {
      const access = new GoogleAccess({
        vendor: googleVendor,
        audience: 'https://texttospeech.googleapis.com/',
        ...by,
      });
      return async () => (await access.authority()).headers;
    },
    speak: ({ base, authority, voice, text, marked, language, rate, by }) => {
      const body = {
        input: marked === undefined ? { text } : { ssml: `<speak>${marked}</speak>` },
        voice: { languageCode: language, ...(voice === undefined ? {} : { name: voice }) },
        audioConfig: {
          audioEncoding: 'LINEAR16',
          sampleRateHertz: 8000,
          ...(rate === undefined ? {} : { speakingRate: within(0.25, rate, 2) }),
        },
      };
      const headers = { ...json, ...authority };
      const answer = requestAll(`${base}/v1/text:synthesize`, { headers, body: JSON.stringify(body) }, by);
      return wavPieces(
        answer.then((bytes) => contentOf(bytes, by.vendor)),
        by.vendor,
      );
    },
  },
} satisfies Record<string, HttpVoice>;

export type HttpVoiceName = keyof typeof voices;

/** A voice that is asked over HTTP. An abort ends the request. */
export function httpVoice(name: HttpVoiceName, options: HttpVoiceOptions = {}): TextToSpeech {
  const voice: HttpVoice = voices[name];
  const { vendor } = voice;
  const { apiKey, clock = new RealClock() } = options;
  const authorityOf = voice.authority?.({ ...options, clock });
  const given = options.baseUrl ?? voice.base;
  const base = given === undefined ? undefined : addressOf(given, vendor);
  const mayGoWithout = !voice.needsKey || (options.baseUrl !== undefined && vendor === openAiVendor);
  return {
    name,
    async *speak(sentence, signal) {
      signal.throwIfAborted();
      const text = plainText(sentence.text);
      if (text === undefined) return;
      if (!apiKey && !mayGoWithout) throw needsKey(vendor);
      if (base === undefined)
        throw new OutsideError(name, 'refused', `its address is not known. Set ${vendor.envUrl}.`, {
          retryable: false,
        });
      const { language, rate } = sentence;
      const own = sentence.voice ?? options.voice;
      const asked: Asked = {
        ...options,
        base,
        authority: (await authorityOf?.()) ?? {},
        text,
        marked: withinSpeak(sentence.ssml),
        language,
        rate,
        by: { vendor, clock, signal },
      };
      for await (const piece of voice.speak({ ...asked, ...(own === undefined ? {} : { voice: own }) })) {
        signal.throwIfAborted();
        yield piece;
      }
    },
  };
}

function contentOf(bytes: Buffer, { name }: Vendor): Uint8Array {
  try {
    const { audioContent } = JSON.parse(bytes.toString()) as { audioContent?: unknown };
    if (typeof audioContent === 'string') return Buffer.from(audioContent, 'base64');
  } catch {
    // Said below.
  }
  throw new OutsideError(name, 'protocol', 'it answered without sound', { retryable: false });
}
