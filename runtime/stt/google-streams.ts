/** One call's sound over Google's streams, one after the other. */
import type { Clock, Listening } from '../../engine/contracts.js';
import type { OutsideError } from '../../engine/errors.js';
import { lineRateHz } from '../contracts.js';
import type { GoogleAccess, GoogleAuthority } from '../providers/google-access.js';
import type { GrpcConnection, GrpcEnd, GrpcStream } from '../providers/grpc.js';
import { lost, type Vendor } from '../providers/refusals.js';
import { configMessage, GoogleReader, hintsOf, type HowToHear } from './google-messages.js';
import type { Heard, LiveConnection, LiveSession, LiveWire, WireMessage } from './live-session.js';

/**
 * Google ends a stream after five minutes (https://cloud.google.com/speech-to-text/quotas). The next one takes over
 * before: in a pause from the first time on, in mid-speech at the second.
 */
const pauseFromS = 240;
const latestS = 285;
/** Google ends a stream that gets no sound for about ten seconds: it is ended before, and the next sound opens another. */
const soundlessMs = 5000;
/** Sound that the next stream hears too, while no word of it is open: words that nobody was told of may be in it. */
const keptS = 3;
/** … while words are open. */
const mostKeptS = 60;
/** In one message. The pages say 25 KB, the .proto 15. */
const mostMessageBytes = 12_800;
/** A stream that ends of itself so soon, and said nothing, would only be followed by another like it. */
const leastS = 5;

const bytesPerS = lineRateHz * 2;
const outOfRange = 11;
const aborted = 10;

export interface GoogleStreamsOptions {
  vendor: Vendor;
  access: GoogleAccess;
  connection: GrpcConnection;
  clock: Clock;
  how: Omit<HowToHear, 'hints'>;
}

interface Stream {
  wire: GrpcStream;
  /** Where its first sound is among all sound of the call, seconds. */
  fromS: number;
  openedMs: number;
  hasAnswered: boolean;
  /** It takes no more sound. */
  isEnded: boolean;
}

export class GoogleStreams implements LiveConnection, LiveWire {
  readonly vendor: Vendor;
  readonly messageMs = 100;
  readonly answersSilence = false;
  readonly quietAtFirst = true;
  readonly isOpen = true;
  readonly #options: GoogleStreamsOptions;
  readonly #reader = new GoogleReader();
  #session: LiveSession | undefined;
  #stream: Stream | undefined;
  #isOpening = false;
  #isFinishing = false;
  #isClosed = false;
  #hints: readonly string[] = [];
  /** Those that the stream was told. */
  #toldHints: readonly string[] = [];
  /** Sound that does not stand as words yet: a new stream hears it again. */
  #kept: Uint8Array[] = [];
  #keptFromS = 0;
  #sentS = 0;
  #stopRest = (): void => {};

  constructor(options: GoogleStreamsOptions) {
    this.#options = options;
    this.vendor = options.vendor;
  }

  /** To whom all is told. */
  attach(session: LiveSession): void {
    this.#session = session;
  }

  get unsentBytes(): number {
    return this.#stream?.wire.unsentBytes ?? 0;
  }

  tune({ hints }: Listening): undefined {
    this.#hints = hintsOf(hints);
  }

  /** @param pcm 100 ms of it */
  send(pcm: WireMessage): void {
    if (!(pcm instanceof Uint8Array) || this.#isClosed) return;
    this.#keep(pcm);
    this.#restLater();
    if (this.#isOpening) return;
    if (!this.#stream || this.#stream.isEnded || this.#isDue(this.#stream)) return void this.#open();
    this.#stream.wire.write({ audio: pcm }, pcm.length);
  }

  read(message: Record<string, unknown>): Heard[] {
    const { heard, finalUntilS } = this.#reader.read(message, this.#stream?.fromS ?? 0);
    if (finalUntilS !== undefined) this.#forgetBefore(finalUntilS);
    return heard;
  }

  finish(): void {
    this.#isFinishing = true;
    this.#stopRest();
    if (this.#stream) this.#end(this.#stream);
    else if (!this.#isOpening) this.#session?.closed(lost(this.vendor, 'the sound is over'));
  }

  close(): void {
    this.#isClosed = true;
    this.#stopRest();
    this.#stream?.wire.cancel();
    this.#options.connection.close();
  }

  #keep(pcm: Uint8Array): void {
    this.#kept.push(pcm);
    this.#sentS += pcm.length / bytesPerS;
    if (!this.#isOpening) this.#forgetBefore(this.#sentS - (this.#reader.hasOpenWords ? mostKeptS : keptS));
  }

  #forgetBefore(untilS: number): void {
    for (;;) {
      const first = this.#kept[0];
      const lengthS = (first?.length ?? 0) / bytesPerS;
      // A message that is half of the open words stays.
      if (!first || this.#keptFromS + lengthS > untilS + 1e-6) return;
      this.#kept.shift();
      this.#keptFromS += lengthS;
    }
  }

  #isDue({ fromS, openedMs }: Stream): boolean {
    const ageS = Math.max(this.#sentS - fromS, (this.#options.clock.now() - openedMs) / 1000);
    if (ageS >= latestS) return true;
    return !this.#reader.hasOpenWords && (ageS >= pauseFromS || !isSame(this.#hints, this.#toldHints));
  }

  #restLater(): void {
    this.#stopRest();
    const { clock } = this.#options;
    this.#stopRest = clock.at(clock.now() + soundlessMs, () => {
      if (this.#stream) this.#end(this.#stream);
    });
  }

  /** Another stream, from the first sound on that does not stand as words. */
  async #open(): Promise<void> {
    this.#isOpening = true;
    this.#stream?.wire.cancel();
    this.#stream = undefined;
    let authority: GoogleAuthority;
    try {
      authority = await this.#options.access.authority();
    } catch (problem) {
      return this.#session?.end(problem as OutsideError);
    }
    this.#isOpening = false;
    if (this.#isClosed) return;
    const { clock, how } = this.#options;
    this.#reader.again();
    this.#toldHints = this.#hints;
    const stream: Stream = {
      wire: this.#call(authority, {
        taken: () => this.#answered(stream, {}),
        message: (message) => this.#answered(stream, message),
        over: (end) => this.#over(stream, end),
      }),
      fromS: this.#keptFromS,
      openedMs: clock.now(),
      hasAnswered: false,
      isEnded: false,
    };
    this.#stream = stream;
    stream.wire.write(configMessage({ ...how, hints: this.#hints }), 0);
    for (const audio of joined(this.#kept)) stream.wire.write({ audio }, audio.length);
    if (this.#isFinishing) this.#end(stream);
  }

  /** What it still has to say is heard. */
  #end(stream: Stream): void {
    if (!stream.isEnded) stream.wire.end();
    stream.isEnded = true;
  }

  #call({ headers }: GoogleAuthority, listener: Parameters<GrpcConnection['stream']>[2]): GrpcStream {
    const { connection, how } = this.#options;
    if (how.recognizer === undefined)
      return connection.stream(['google.cloud.speech.v1.Speech', 'StreamingRecognize'], headers, listener);
    // By this the request finds its region.
    const routed = { ...headers, 'x-goog-request-params': `recognizer=${encodeURIComponent(how.recognizer)}` };
    return connection.stream(['google.cloud.speech.v2.Speech', 'StreamingRecognize'], routed, listener);
  }

  #answered(stream: Stream, message: Record<string, unknown>): void {
    if (stream !== this.#stream) return;
    stream.hasAnswered = true;
    this.#session?.hear(message);
  }

  #over(stream: Stream, { code, problem }: GrpcEnd): void {
    if (stream !== this.#stream) return;
    this.#stream = undefined;
    const closed = problem ?? lost(this.vendor, 'it ended the stream');
    if (this.#isFinishing)
      return stream.hasAnswered || !problem ? this.#session?.closed(closed) : this.#session?.end(closed);
    // Its time was over, or its utterance: the next sound opens another, which hears what does not stand.
    const isItsEnd = problem === undefined || code === outOfRange || code === aborted;
    const heardS = this.#sentS - stream.fromS;
    if (isItsEnd && (stream.hasAnswered || heardS >= leastS)) return;
    this.#session?.end(closed);
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, n) => text === other[n]);
}

/** In as few messages as may be. */
function* joined(pieces: readonly Uint8Array[]): Generator<Uint8Array> {
  const all = Buffer.concat(pieces);
  for (let from = 0; from < all.length; from += mostMessageBytes) yield all.subarray(from, from + mostMessageBytes);
}
