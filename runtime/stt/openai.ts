import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { writeWav } from '../audio/wav.js';
import { lineRateHz, type SpeechToText, type SttEvent } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { requestAll } from '../providers/http-sound.js';
import { needOpenAiKey, openAiEar } from './openai-ear.js';
import { hearUtterances, type Utterance } from './utterances.js';

export interface OpenAiSttOptions {
  /** `OPENAI_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `OPENAI_STT_URL`, else `OPENAI_BASE_URL`: the base before `/audio/transcriptions`. */
  baseUrl?: string;
  /** `gpt-4o-mini-transcribe` when the flow names none; `whisper-1`, or whatever the server has. */
  model?: string;
  clock?: Clock;
}

const vendor = openAiEar;

/**
 * Any server that speaks `POST /audio/transcriptions`: OpenAI, speaches and other Whisper servers, Groq, LocalAI.
 * The detector cuts the sound: each utterance is one WAV file, and its words come when it is over.
 */
export function openAiStt(options: OpenAiSttOptions = {}): SpeechToText {
  const { apiKey, clock = new RealClock() } = options;
  const base = addressOf(options.baseUrl ?? 'https://api.openai.com/v1', vendor);
  return {
    name: 'openai',
    hearsWhole: true,
    async *transcribe(audio, { language, model }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      needOpenAiKey(options);
      const ask = async (utterance: Utterance, signal: AbortSignal): Promise<SttEvent> => {
        const form = new FormData();
        form.set('file', new Blob([Buffer.from(writeWav([utterance.sound], lineRateHz))]), 'utterance.wav');
        form.set('model', model ?? options.model ?? 'gpt-4o-mini-transcribe');
        form.set('language', language.split('-')[0]!.toLowerCase());
        form.set('response_format', 'json');
        if (utterance.hints.length > 0) form.set('prompt', utterance.hints.join(', '));
        const bytes = await requestAll(
          `${base}/audio/transcriptions`,
          { headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }, body: form },
          { vendor, clock, signal },
        );
        const { startMs, endMs } = utterance;
        return { kind: 'final', text: textOf(bytes), startMs, endMs };
      };
      yield* hearUtterances(audio, ask, signal);
    },
  };
}

function textOf(bytes: Buffer): string {
  try {
    const { text } = JSON.parse(bytes.toString()) as { text?: unknown };
    if (typeof text === 'string') return text.trim();
  } catch {
    // Said below.
  }
  throw new OutsideError('openai', 'protocol', 'it answered without a transcript', { retryable: true });
}
