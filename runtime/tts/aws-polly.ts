import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { lineRateHz, type TextToSpeech, type TtsPiece, type Usage } from '../contracts.js';
import type { AwsAccount } from '../providers/aws-account.js';
import { AwsService, awsVendor } from '../providers/aws.js';
import { objectOf } from '../providers/client-socket.js';
import { pcmPieces, requestBytes } from '../providers/http-sound.js';
import { plainText, within } from './plain-text.js';
import { escaped, withinSpeak } from './ssml.js';

export interface AwsPollyOptions {
  /** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`. */
  account?: Partial<AwsAccount>;
  /** `AWS_POLLY_URL`: the base before `/v1/speech`. */
  baseUrl?: string;
  /** The engine: `neural` when the flow names none, `standard`, `long-form`, `generative`. */
  model?: string;
  /** `Joanna` when the flow names none; `Joanna?word_times=on` has its words timed. */
  voice?: string;
  clock?: Clock;
}

type Words = Extract<TtsPiece, { kind: 'words' }>['words'];

const vendor = awsVendor('AWS_POLLY_URL', 'tts: embedded');
/** After the last sound, for the times of its words. */
const mostWaitMs = 300;

/**
 * Amazon Polly: `SynthesizeSpeech`, a sentence a request, PCM at 8 kHz. Its speech marks are a second request with the
 * same text, which is paid for like the first: so words are timed only where the voice asks for it.
 */
export function awsPolly({
  model = 'neural',
  voice: own = 'Joanna',
  clock = new RealClock(),
  ...options
}: AwsPollyOptions = {}): TextToSpeech {
  const baseIn = (region: string): string => `https://polly.${region}.amazonaws.com`;
  const service = new AwsService('polly', { vendor, baseIn, ...options });
  return {
    name: vendor.name,
    async *speak({ text, ssml, rate, voice, spent }, signal): AsyncIterable<TtsPiece> {
      signal.throwIfAborted();
      const plain = plainText(text);
      if (plain === undefined) return;
      const { id, hasWordTimes } = voiceOf(voice ?? own);
      const asked = { Engine: model, VoiceId: id, ...textOf(plain, withinSpeak(ssml), rate) };
      const request = async (format: object): Promise<AsyncIterable<Uint8Array>> => {
        const body = JSON.stringify({ ...asked, ...format });
        const { url, headers } = await service.signed('/v1/speech', body);
        return requestBytes(url, { headers, body }, { vendor, clock, signal: untilOver });
      };
      const over = new AbortController();
      const untilOver = AbortSignal.any([signal, over.signal]);
      const times = hasWordTimes ? new WordTimes(request, asked.Text, spent) : undefined;
      let soundMs = 0;
      try {
        const sound = await request({ OutputFormat: 'pcm', SampleRate: String(lineRateHz) });
        for await (const piece of pcmPieces(sound, lineRateHz)) {
          yield* times?.told() ?? [];
          signal.throwIfAborted();
          if (piece.kind === 'audio') soundMs += (piece.samples.length * 1000) / piece.sampleRateHz;
          yield piece;
        }
        yield* (await times?.rest(soundMs, clock)) ?? [];
      } finally {
        over.abort(new Error('nobody listens any more'));
      }
    },
  };
}

function textOf(
  plain: string,
  marked: string | undefined,
  rate: number | undefined,
): { Text: string; TextType: string } {
  if (marked === undefined && rate === undefined) return { Text: plain, TextType: 'text' };
  const said = marked ?? escaped(plain);
  const paced =
    rate === undefined ? said : `<prosody rate="${Math.round(within(0.2, rate, 2) * 100)}%">${said}</prosody>`;
  return { Text: `<speak>${paced}</speak>`, TextType: 'ssml' };
}

function voiceOf(text: string): { id: string; hasWordTimes: boolean } {
  const [id = '', query = ''] = text.split('?', 2);
  for (const [name, value] of new URLSearchParams(query))
    if (name !== 'word_times' || !['on', 'off'].includes(value))
      throw new OutsideError(
        vendor.name,
        'refused',
        `its voices have no setting \`${name}=${value}\`. There is word_times, as in voice: ${id}?word_times=on`,
        { retryable: false },
      );
  return { id, hasWordTimes: new URLSearchParams(query).get('word_times') === 'on' };
}

/** When words begin, asked for beside the sound, which does not wait for it. A sentence can do without. */
class WordTimes {
  readonly #marks: Promise<void>;
  #words: Words = [];

  constructor(
    request: (format: object) => Promise<AsyncIterable<Uint8Array>>,
    text: string,
    spent: ((usage: Usage) => void) | undefined,
  ) {
    spent?.({ who: vendor.name, what: 'tts_characters', amount: [...text].length });
    this.#marks = this.#ask(request).catch(() => undefined);
  }

  async #ask(request: (format: object) => Promise<AsyncIterable<Uint8Array>>): Promise<void> {
    const parts: Uint8Array[] = [];
    for await (const part of await request({ OutputFormat: 'json', SpeechMarkTypes: ['word'] })) parts.push(part);
    const marks = Buffer.concat(parts)
      .toString()
      .split('\n')
      .flatMap((line) => {
        const { type, time, value } = objectOf(line) ?? {};
        return type === 'word' && typeof time === 'number' && typeof value === 'string' ? [{ time, value }] : [];
      });
    // A word ends where the next begins; the last with the sound.
    this.#words = marks.map(({ time, value }, n) => ({
      text: value,
      startMs: time,
      endMs: marks[n + 1]?.time ?? Infinity,
    }));
  }

  /** What is known by now and has an end. */
  *told(): Generator<TtsPiece> {
    const words = this.#words.filter(({ endMs }) => endMs !== Infinity);
    if (words.length === 0) return;
    this.#words = this.#words.slice(words.length);
    yield { kind: 'words', words };
  }

  async rest(soundMs: number, clock: Clock): Promise<TtsPiece[]> {
    let stop = (): void => {};
    const late = new Promise<void>((resolve) => (stop = clock.at(clock.now() + mostWaitMs, resolve)));
    await Promise.race([this.#marks, late]);
    stop();
    const words = this.#words.map(({ endMs, ...word }) => ({ ...word, endMs: Math.min(endMs, soundMs) }));
    return words.length > 0 ? [{ kind: 'words', words }] : [];
  }
}
