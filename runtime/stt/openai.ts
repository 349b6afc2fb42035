import { RealClock } from '../../engine/clock.js';
import type { Clock, Listening } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { writeWav } from '../audio/wav.js';
import { Channel } from '../channel.js';
import { lineRateHz, type SpeechToText, type SttEvent, type SttInput } from '../contracts.js';
import { addressOf } from '../providers/address.js';
import { requestAll } from '../providers/http-sound.js';
import { needsKey, type Vendor } from '../providers/refusals.js';
import { untilAborted } from './until-aborted.js';

export interface OpenAiSttOptions {
  /** `OPENAI_API_KEY`; a server of one's own may do without. */
  apiKey?: string;
  /** `OPENAI_STT_URL`, else `OPENAI_BASE_URL`: the base before `/audio/transcriptions`. */
  baseUrl?: string;
  /** `gpt-4o-mini-transcribe` when the flow names none; `whisper-1`, or whatever the server has. */
  model?: string;
  clock?: Clock;
}

const vendor: Vendor = {
  name: 'openai',
  envKey: 'OPENAI_API_KEY',
  envUrl: 'OPENAI_STT_URL',
  instead: 'stt: embedded',
};
/** Sound before the detector was sure. */
const preRollMs = 300;
/** An utterance longer than this is sent in parts. */
const longestMs = 25_000;
/** Shorter than this a Whisper model invents words. */
const shortestMs = 100;

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
      if (!apiKey && options.baseUrl === undefined) throw needsKey(vendor);
      const events = new Channel<SttEvent>();
      const closing = new AbortController();
      const ask = async (utterance: Utterance): Promise<SttEvent> => {
        const form = new FormData();
        form.set('file', new Blob([Buffer.from(writeWav([utterance.sound], lineRateHz))]), 'utterance.wav');
        form.set('model', model ?? options.model ?? 'gpt-4o-mini-transcribe');
        form.set('language', language.split('-')[0]!.toLowerCase());
        form.set('response_format', 'json');
        if (utterance.prompt !== '') form.set('prompt', utterance.prompt);
        const bytes = await requestAll(
          `${base}/audio/transcriptions`,
          { headers: apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }, body: form },
          { vendor, clock, signal: AbortSignal.any([signal, closing.signal]) },
        );
        const { startMs, endMs } = utterance;
        return { kind: 'final', text: textOf(bytes), startMs, endMs };
      };
      void feed(untilAborted(audio, signal), ask, events);
      try {
        yield* events;
      } catch (problem) {
        if (!signal.aborted) throw problem;
      } finally {
        closing.abort(new Error('nobody listens any more'));
      }
    },
  };
}

interface Utterance {
  sound: Int16Array;
  startMs: number;
  endMs: number;
  prompt: string;
}

/** Utterances are asked for side by side and told in their order. */
async function feed(
  audio: AsyncIterable<SttInput>,
  ask: (utterance: Utterance) => Promise<SttEvent>,
  events: Channel<SttEvent>,
): Promise<void> {
  const segments = new Segments();
  let told: Promise<void> = Promise.resolve();
  const give = (utterance: Utterance | undefined): void => {
    if (!utterance) return;
    const answer = ask(utterance);
    answer.catch(() => {}); // looked at below, in its turn
    told = told.then(async () => events.push(await answer));
    told.catch((problem: unknown) => events.end(problem as Error));
  };
  try {
    for await (const input of audio) give(segments.take(input));
    give(segments.end());
    await told;
    events.end();
  } catch (problem) {
    events.end(problem as Error);
  }
}

/** One call's sound, cut where the detector says. */
class Segments {
  #pieces: { samples: Int16Array; atMs: number }[] = [];
  #speaking = false;
  #fromMs = 0;
  #listening: Listening | undefined;

  take(input: SttInput): Utterance | undefined {
    switch (input.kind) {
      case 'audio': {
        this.#pieces.push(input);
        if (!this.#speaking) {
          this.#pieces = this.#pieces.filter(({ atMs }) => atMs > input.atMs - 2 * preRollMs);
          return undefined;
        }
        if (input.atMs - this.#fromMs < longestMs) return undefined;
        const part = this.#cut(input.atMs);
        this.#fromMs = input.atMs;
        return part;
      }
      case 'speech_started':
        this.#speaking = true;
        this.#fromMs = input.atMs;
        return undefined;
      case 'speech_ended':
        this.#speaking = false;
        return this.#cut(input.atMs);
      case 'tune':
        this.#listening = input.listening;
        return undefined;
      case 'end_turn':
        return undefined;
    }
  }

  end(): Utterance | undefined {
    const lastMs = this.#pieces.at(-1)?.atMs;
    if (!this.#speaking || lastMs === undefined) return undefined;
    this.#speaking = false;
    return this.#cut(lastMs);
  }

  #cut(endMs: number): Utterance | undefined {
    const startMs = this.#fromMs;
    const pieces = this.#pieces.filter(({ atMs }) => atMs > startMs - preRollMs);
    this.#pieces = [];
    const sound = new Int16Array(pieces.reduce((sum, { samples }) => sum + samples.length, 0));
    let at = 0;
    for (const { samples } of pieces) {
      sound.set(samples, at);
      at += samples.length;
    }
    if (endMs - startMs < shortestMs) return undefined;
    return { sound, startMs, endMs, prompt: (this.#listening?.hints ?? []).slice(0, 50).join(', ') };
  }
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
