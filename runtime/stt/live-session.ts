/** Recognisers that hear all of a call over one connection: what is the same for each, whatever carries its messages. */
import type { Clock, Listening } from '../../engine/contracts.js';
import type { OutsideError } from '../../engine/errors.js';
import { Channel } from '../channel.js';
import { lineRateHz, type SttEvent, type SttInput } from '../contracts.js';
import { lost, tooLate, type Vendor } from '../providers/refusals.js';
import { pcmBytes, SentAudio } from './sent-audio.js';
import { untilAborted } from './until-aborted.js';
import { textOf, VendorTurns, type VendorTurn, type VendorWord } from './vendor-turns.js';

/** An object goes as JSON. */
export type WireMessage = object | string | Uint8Array;

/** What carries a wire's messages. Sends never throw; what is sent on a closed one is dropped. */
export interface LiveConnection {
  readonly isOpen: boolean;
  /** What it was given and has not taken. */
  readonly unsentBytes: number;
  send(message: WireMessage): void;
  /** The sound is over: what is still to be said of it, then it closes. */
  finish(): void;
  close(): void;
}

/** What a vendor's messages are; made anew for each connection. */
export interface LiveWire {
  vendor: Vendor;
  /** Before any sound, in order. */
  hello?: readonly WireMessage[];
  /** Sound in one message. */
  messageMs: number;
  /** How so much sound is sent, 16 bit little-endian, where it is not one message of the sound alone. */
  sound?(pcm: Uint8Array): readonly WireMessage[];
  /** It answers also where nothing is said; otherwise it may be quiet for as long as the caller is. */
  answersSilence: boolean;
  /** … also before anybody has spoken. */
  quietAtFirst?: boolean;
  tune?(listening: Listening): WireMessage | undefined;
  /** The call has decided its turn while words of it are open. */
  endTurn?: WireMessage;
  /** What a message says. Times are seconds of the sound that was sent. Thrown at, it is passed over. */
  read(message: Record<string, unknown>): Heard | readonly Heard[] | undefined;
}

export interface Heard {
  turn?: Omit<VendorTurn, 'words'> & { words: readonly WireWord[] };
  /** What was said may be all: the vendor is half sure. */
  mayBeAll?: boolean;
  /** The sound that this message is about, up to this second. */
  untilS?: number;
  language?: string;
  problem?: OutsideError;
  /** To be sent because of it. */
  reply?: WireMessage | undefined;
}

export interface WireWord {
  text: string;
  startS?: number;
  endS?: number;
  confidence?: number;
}

/** So much sound that has to be answered, and no message; or so long after the end of a turn was asked for: the connection is dead. */
const answerMs = 4000;
/** After the last sound: what is still said of it. */
const goodbyeMs = 1000;
/** A pause in which the vendor does not find an end: from here on the flow's own `endpointing` decides. Below `finalBudgetMs`. */
const settleMs = 1000;
/** Sound that was said to be speech and has no words by then has none. */
const wordlessMs = 400;
/** Sound that the socket did not take: ten seconds of it. */
const mostUnsentBytes = 10 * lineRateHz * 2;

/** One call over one connection: `feed` it the sound, `hear` what comes, and read `events`. */
export class LiveSession {
  readonly events = new Channel<SttEvent>();
  readonly #wire: LiveWire;
  readonly #connection: LiveConnection;
  readonly #clock: Clock;
  readonly #sent = new SentAudio(lineRateHz);
  readonly #turns = new VendorTurns();
  readonly #message: Int16Array;
  #filled = 0;
  #minMs = 500;
  /** By the detector, which may miss a soft voice. */
  #isSpeaking = false;
  #quietFromMs: number | undefined;
  /** Where the open speech began, of which no word was heard yet. */
  #wordlessFromMs: number | undefined;
  #speechStartMs: number | undefined;
  /** The vendor's end of a turn, kept until the flow's shortest wait is over. */
  #isOver = false;
  #isEnding = false;
  #hasHeard = false;
  /** The detector heard somebody speak. */
  #wasSpoken = false;
  /** Counted in sound, not time: where none is sent, nothing has to come. */
  #unansweredMs = 0;
  #stopWatch: (() => void) | undefined;
  #stopGoodbye = (): void => {};

  constructor(wire: LiveWire, connection: LiveConnection, clock: Clock) {
    this.#wire = wire;
    this.#connection = connection;
    this.#clock = clock;
    this.#message = new Int16Array((wire.messageMs * lineRateHz) / 1000);
    for (const message of wire.hello ?? []) connection.send(message);
  }

  async feed(audio: AsyncIterable<SttInput>, signal: AbortSignal): Promise<void> {
    try {
      for await (const input of untilAborted(audio, signal)) {
        if (this.#isEnding) return;
        this.#take(input);
      }
    } catch (cause) {
      return this.end(lost(this.#wire.vendor, 'the call broke off', cause));
    }
    if (signal.aborted || this.#isEnding) return this.end();
    // What was said last is still wanted.
    this.#isEnding = true;
    if (this.#filled > 0) this.#sendSound(this.#message.fill(0, this.#filled));
    if (!this.#connection.isOpen) return this.#over();
    this.#connection.finish();
    this.#stopGoodbye = this.#clock.at(this.#clock.now() + goodbyeMs, () => this.#over());
  }

  /** It is closed, from the other end: wanted once the sound is over, else a problem. */
  closed(problem: OutsideError): void {
    if (this.#isEnding) this.#over();
    else this.end(problem);
  }

  /** All that will be said was said: words that are open now stay as they are. */
  #over(): void {
    this.#settle();
    this.end();
  }

  end(problem?: OutsideError): void {
    this.#isEnding = true;
    this.#stopWatch?.();
    this.#stopGoodbye();
    this.events.end(problem);
    this.#connection.close();
  }

  #take(input: SttInput): void {
    switch (input.kind) {
      case 'audio':
        this.#sent.add(input.samples.length, input.atMs);
        this.#gather(input.samples);
        return this.#passed(input.atMs);
      case 'speech_started':
        this.#isSpeaking = true;
        this.#wasSpoken = true;
        this.#quietFromMs = undefined;
        this.#isOver = false;
        this.#speechStartMs ??= input.atMs;
        this.#wordlessFromMs ??= this.#turns.open.length === 0 ? input.atMs : undefined;
        return;
      case 'speech_ended':
        this.#isSpeaking = false;
        this.#quietFromMs = input.atMs;
        return;
      case 'tune': {
        this.#minMs = input.listening.endpointing.minMs;
        const message = this.#wire.tune?.(input.listening);
        if (message) this.#connection.send(message);
        return;
      }
      case 'end_turn':
        this.#isOver = false;
        this.#wordlessFromMs = undefined;
        if (this.#turns.open.length === 0) return;
        // They belong to the turn that was decided: they must not open the next one.
        this.#turns.give();
        if (!this.#wire.endTurn) return;
        this.#connection.send(this.#wire.endTurn);
        this.#stopWatch ??= this.#clock.at(this.#clock.now() + answerMs, () => this.#unanswered());
        return;
    }
  }

  #passed(atMs: number): void {
    if (this.#quietFromMs === undefined) return;
    const quietMs = atMs - this.#quietFromMs;
    if (this.#isOver && quietMs >= this.#minMs) this.#endTurn(atMs);
    if (quietMs >= settleMs) this.#settle();
  }

  #endTurn(atMs: number): void {
    this.#isOver = false;
    this.events.push({ kind: 'end_of_turn', atMs });
  }

  #settle(): void {
    const words = this.#turns.open;
    if (words.length > 0) this.#final(this.#turns.give());
  }

  #gather(samples: Int16Array): void {
    for (let from = 0; from < samples.length;) {
      const piece = samples.subarray(from, from + this.#message.length - this.#filled);
      this.#message.set(piece, this.#filled);
      this.#filled += piece.length;
      from += piece.length;
      if (this.#filled < this.#message.length) return;
      this.#filled = 0;
      this.#sendSound(this.#message);
    }
  }

  #sendSound(samples: Int16Array): void {
    if (!this.#connection.isOpen) return;
    const pcm = pcmBytes(samples);
    for (const message of this.#wire.sound?.(pcm) ?? [pcm]) this.#connection.send(message);
    if (this.#connection.unsentBytes > mostUnsentBytes)
      return this.end(tooLate(this.#wire.vendor, 'it does not take the sound'));
    if (!this.#wire.answersSilence && (this.#hasHeard || (this.#wire.quietAtFirst && !this.#wasSpoken))) return;
    this.#unansweredMs += this.#wire.messageMs;
    if (this.#unansweredMs >= answerMs) this.#unanswered();
  }

  #unanswered(): void {
    this.end(tooLate(this.#wire.vendor, `it does not answer (${answerMs} ms)`));
  }

  /** A message that could be read, which shows that the other end lives. */
  hear(message: Record<string, unknown>): void {
    this.#hasHeard = true;
    this.#unansweredMs = 0;
    this.#stopWatch?.();
    this.#stopWatch = undefined;
    let heard: readonly Heard[] = [];
    try {
      heard = [this.#wire.read(message) ?? []].flat();
    } catch {
      // A message of a shape that nobody documented is passed over; thrown from here it would end the process.
    }
    for (const one of heard) this.#heard(one);
  }

  #heard(heard: Heard): void {
    const { problem, reply, turn, untilS } = heard;
    if (problem) return this.end(problem);
    if (reply) this.#connection.send(reply);
    if (turn) this.#turn(turn, heard);
    if (untilS !== undefined) this.#wordless(this.#sent.timeOf(untilS));
  }

  #turn({ words, ...turn }: NonNullable<Heard['turn']>, { mayBeAll, language, untilS }: Heard): void {
    const { final, isNews } = this.#turns.take({ ...turn, words: words.map((word) => this.#timed(word)) });
    const { open } = this.#turns;
    if (open.length > 0 || final) {
      this.#wordlessFromMs = undefined;
      this.#isOver = false;
    }
    const atMs = untilS === undefined ? this.#sent.endMs : this.#sent.timeOf(untilS);
    if (open.length > 0 && (isNews || mayBeAll))
      this.events.push({ kind: 'interim', text: textOf(open), atMs, ...(mayBeAll ? { mayBeAll } : {}) });
    if (final) this.#final(final, language);
    if (turn.ended !== 'turn' || !isNews) return;
    this.#isOver = true;
    // A detector that heard no speech will not say when it ends.
    if (!this.#isSpeaking && this.#quietFromMs === undefined) this.#endTurn(atMs);
    else this.#passed(this.#sent.endMs);
  }

  #timed({ text, startS, endS, confidence }: WireWord): VendorWord {
    return {
      text,
      ...(startS === undefined || endS === undefined
        ? {}
        : { startMs: Math.round(this.#sent.timeOf(startS)), endMs: Math.round(this.#sent.timeOf(endS)) }),
      ...(confidence === undefined ? {} : { confidence }),
    };
  }

  #final(words: readonly VendorWord[], language?: string): void {
    const timed = words.flatMap(({ startMs, endMs, ...word }) =>
      startMs === undefined || endMs === undefined ? [] : [{ ...word, startMs, endMs }],
    );
    const sure = words.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]));
    const endMs = timed.at(-1)?.endMs ?? this.#quietFromMs ?? this.#sent.endMs;
    this.events.push({
      kind: 'final',
      text: textOf(words),
      ...(sure.length > 0 ? { confidence: sure.reduce((sum, one) => sum + one, 0) / sure.length } : {}),
      ...(language === undefined ? {} : { language }),
      ...(timed.length === words.length ? { words: timed } : {}),
      startMs: timed[0]?.startMs ?? Math.min(this.#speechStartMs ?? endMs, endMs),
      endMs,
    });
    this.#speechStartMs = this.#isSpeaking ? endMs : undefined;
  }

  /** Sound that was speech to the detector and held no words: said, so that nobody waits for them. */
  #wordless(heardUntilMs: number): void {
    const startMs = this.#wordlessFromMs;
    const endMs = this.#quietFromMs;
    if (startMs === undefined || endMs === undefined || heardUntilMs < endMs + wordlessMs) return;
    this.#wordlessFromMs = undefined;
    this.#speechStartMs = undefined;
    this.events.push({ kind: 'final', text: '', confidence: 0, startMs, endMs });
  }
}
