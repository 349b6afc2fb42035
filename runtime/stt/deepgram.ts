import type { DeepgramClient } from '@deepgram/sdk';
import { RealClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { Channel } from '../channel.js';
import { addressOf } from '../providers/address.js';
import { lineRateHz, type SpeechToText, type SttEvent, type SttInput } from '../contracts.js';
import { DeepgramReader, type ReadMessage } from './deepgram-messages.js';
import { pcmBytes, SentAudio } from './sent-audio.js';
import { untilAborted } from './until-aborted.js';

export interface DeepgramOptions {
  /** `DEEPGRAM_API_KEY`. */
  apiKey?: string;
  /** `DEEPGRAM_URL`: another host, or a loopback one (`ws://127.0.0.1:9`). */
  baseUrl?: string;
  /** `nova-3` when neither this nor the flow names one. */
  model?: string;
  /** Words to listen for in every call (nova-3's `keyterm`). */
  keyterms?: readonly string[];
  clock?: Clock;
}

const cure = 'Set DEEPGRAM_API_KEY, or use the embedded recogniser (`stt: embedded`), which needs none.';
const vendor = { name: 'deepgram', envUrl: 'DEEPGRAM_URL', instead: 'stt: embedded' } as const;
const connectMs = 5000;
/** Deepgram closes a connection that is silent for 10 s (NET-0001). */
const keepAliveMs = 4000;
/** Quiet after speech before we ask for what is still open; Deepgram's own endpointing may be earlier. */
const finalizeAfterMs = 150;
/** No word from Deepgram for so long after we asked: the connection is dead. */
const answerMs = 4000;
const goodbyeMs = 1000;

type Socket = Awaited<ReturnType<DeepgramClient['listen']['v1']['connect']>>;

/**
 * Deepgram's live transcription (`/v1/listen`, nova-3), one connection per call, audio sent all the time.
 * The SDK's own reconnecting is off: a lost connection fails with a retryable OutsideError, and whoever listens
 * (the ear) connects again and repeats the open utterance.
 */
export function deepgram(options: DeepgramOptions = {}): SpeechToText {
  const clock = options.clock ?? new RealClock();
  const baseUrl = options.baseUrl === undefined ? undefined : addressOf(options.baseUrl, vendor);
  return {
    name: 'deepgram',

    async warm() {
      await import('@deepgram/sdk');
    },

    async *transcribe(audio, { language, model }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      const events = new Channel<SttEvent>();
      const socket = await connect(
        { ...options, baseUrl },
        { language, model: model ?? options.model ?? 'nova-3' },
        signal,
      );
      if (socket === undefined) return;
      const session = new Session(socket, events, clock);
      void session.feed(audio, signal);
      try {
        yield* events;
      } finally {
        session.close();
      }
    },
  };
}

class Session {
  readonly #socket: Socket;
  readonly #events: Channel<SttEvent>;
  readonly #clock: Clock;
  readonly #sent = new SentAudio(lineRateHz);
  readonly #reader = new DeepgramReader(this.#sent);
  #minMs = 500;
  /** Since when the caller is silent, while words may still be open. */
  #quietFromMs: number | undefined;
  #speechStartMs: number | undefined;
  #finalSinceOnset = false;
  #lastSentAt: number;
  #closed = false;
  #stopKeepAlive = (): void => {};
  #stopWaiting = (): void => {};

  constructor(socket: Socket, events: Channel<SttEvent>, clock: Clock) {
    this.#socket = socket;
    this.#events = events;
    this.#clock = clock;
    this.#lastSentAt = clock.now();
    socket.on('message', (message) => this.#message(message));
    socket.on('error', (cause) => this.#end(lost('the connection broke', cause)));
    socket.on('close', ({ code, reason }) => {
      if (!this.#closed) this.#end(lost(`it closed the connection (${code}${reason ? ` ${reason}` : ''})`));
    });
    this.#keepAlive();
  }

  async feed(audio: AsyncIterable<SttInput>, signal: AbortSignal): Promise<void> {
    try {
      for await (const input of untilAborted(audio, signal)) {
        if (this.#closed) return;
        this.#take(input);
      }
      if (signal.aborted) this.#end();
      else if (!this.#closed) {
        // What was said last is still wanted: the server flushes, then closes.
        this.#closed = true;
        this.#socket.sendCloseStream({ type: 'CloseStream' });
        this.#stopWaiting = this.#clock.at(this.#clock.now() + goodbyeMs, () => this.#end());
        this.#socket.on('close', () => this.#end());
      }
    } catch (cause) {
      this.#end(cause instanceof OutsideError ? cause : lost('the connection broke', cause));
    }
  }

  close(): void {
    this.#end();
  }

  #take(input: SttInput): void {
    switch (input.kind) {
      case 'audio':
        this.#sent.add(input.samples.length, input.atMs);
        this.#socket.sendMedia(pcmBytes(input.samples));
        this.#lastSentAt = this.#clock.now();
        if (
          this.#quietFromMs !== undefined &&
          input.atMs >= this.#quietFromMs + Math.min(finalizeAfterMs, this.#minMs - 50)
        ) {
          this.#finalize();
        }
        return;
      case 'speech_started':
        this.#quietFromMs = undefined;
        if (this.#speechStartMs === undefined) this.#finalSinceOnset = false;
        this.#speechStartMs ??= input.atMs;
        return;
      case 'speech_ended':
        this.#quietFromMs = input.atMs;
        return;
      case 'tune':
        this.#minMs = input.listening.endpointing.minMs;
        return;
      case 'end_turn':
        // Words that are still open belong to the turn that was decided: they must not open the next one.
        if (this.#reader.interim !== '') this.#finalize();
        return;
    }
  }

  #finalize(): void {
    this.#quietFromMs = undefined;
    this.#socket.sendFinalize({ type: 'Finalize' });
    this.#stopWaiting();
    this.#stopWaiting = this.#clock.at(this.#clock.now() + answerMs, () =>
      this.#end(new OutsideError('deepgram', 'timeout', `it does not answer (${answerMs} ms)`, { retryable: true })),
    );
  }

  #message(message: unknown): void {
    // Anything that comes shows that it lives.
    this.#stopWaiting();
    const { events, finalized } = this.#read(message);
    for (const event of events) {
      if (event.kind === 'final') this.#finalSinceOnset = true;
      this.#events.push(event);
    }
    if (!finalized || this.#speechStartMs === undefined) return;
    // Sound that was speech to the detector and held no words: said at once, so that nobody waits for them.
    const startMs = this.#speechStartMs;
    this.#speechStartMs = undefined;
    if (!this.#finalSinceOnset)
      this.#events.push({
        kind: 'final',
        text: '',
        confidence: 0,
        startMs,
        endMs: Math.max(startMs, this.#sent.endMs),
      });
  }

  /** A message of a shape that nobody documented is passed over; thrown from here it would end the process. */
  #read(message: unknown): ReadMessage {
    try {
      return this.#reader.read(message);
    } catch {
      return { events: [], finalized: false };
    }
  }

  #keepAlive(): void {
    this.#stopKeepAlive = this.#clock.at(this.#lastSentAt + keepAliveMs, () => {
      if (this.#closed) return;
      if (this.#clock.now() - this.#lastSentAt >= keepAliveMs) {
        try {
          this.#socket.sendKeepAlive({ type: 'KeepAlive' });
        } catch (cause) {
          return this.#end(lost('the connection broke', cause));
        }
        this.#lastSentAt = this.#clock.now();
      }
      this.#keepAlive();
    });
  }

  #end(problem?: OutsideError): void {
    this.#closed = true;
    this.#stopKeepAlive();
    this.#stopWaiting();
    this.#events.end(problem);
    this.#socket.close();
  }
}

/** Undefined when aborted on the way. */
async function connect(
  { apiKey, baseUrl, keyterms = [] }: DeepgramOptions,
  { language, model }: { language: string; model: string },
  signal: AbortSignal,
): Promise<Socket | undefined> {
  if (!apiKey) throw new OutsideError('deepgram', 'refused', `it needs a key. ${cure}`, { retryable: false });
  const { DeepgramClient: Client } = await import('@deepgram/sdk');
  const client = new Client({ apiKey, ...(baseUrl === undefined ? {} : { baseUrl }) });
  const socket = await client.listen.v1.connect({
    model,
    language,
    encoding: 'linear16',
    sample_rate: lineRateHz,
    channels: 1,
    interim_results: true,
    endpointing: 300,
    utterance_end_ms: 1000,
    numerals: true,
    ...(keyterms.length > 0 ? { keyterm: [...keyterms] } : {}),
    reconnectAttempts: 0,
    connectionTimeoutInSeconds: connectMs / 1000,
  } as unknown as Parameters<typeof client.listen.v1.connect>[0]);
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      settle();
      socket.close();
      resolve(undefined);
    };
    const timer = setTimeout(() => fail(new Error('timed out'), true), connectMs + 500);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      // From here the session listens; until it does, an error must not be without a listener.
      socket.on('error', () => {});
      socket.on('close', () => {});
      socket.on('open', () => {});
    };
    const fail = (cause: unknown, timeout = false): void => {
      settle();
      socket.close();
      reject(refusal(cause, timeout));
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.on('error', fail);
    socket.on('open', () => {
      settle();
      resolve(socket);
    });
    socket.connect();
  });
}

/** A handshake that failed: the SDK passes only the text of the status on. */
function refusal(cause: unknown, timeout: boolean): OutsideError {
  const text =
    cause instanceof Error ? cause.message : String((cause as { message?: unknown } | undefined)?.message ?? '');
  const status = Number(/response: (\d{3})/.exec(text)?.[1] ?? 0);
  const known: Record<number, string> = {
    400: 'it does not take these settings (400), so not tried again. Check the model and the language.',
    401: `not authorised (401), so not tried again. ${cure}`,
    402: 'its credit is used up (402), so not tried again. Pay it in, or use the embedded recogniser (`stt: embedded`).',
    403: `not allowed (403), so not tried again. Check what the key may do. ${cure}`,
  };
  if (known[status] !== undefined)
    return new OutsideError('deepgram', 'refused', known[status], { retryable: false, cause });
  if (status === 429)
    return new OutsideError('deepgram', 'busy', 'too many connections (429)', { retryable: true, cause });
  if (status >= 500)
    return new OutsideError('deepgram', 'unreachable', `it is out of order (${status})`, { retryable: true, cause });
  if (timeout || /timed? ?out/i.test(text))
    return new OutsideError('deepgram', 'timeout', 'no connection in time', { retryable: true, cause });
  return new OutsideError('deepgram', 'unreachable', 'no connection. Check the network and DEEPGRAM_URL.', {
    retryable: true,
    cause,
  });
}

function lost(how: string, cause?: unknown): OutsideError {
  return new OutsideError('deepgram', 'closed', how, { retryable: true, cause });
}
