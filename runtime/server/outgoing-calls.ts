/** The calls that we place: what is checked before, who waits for them to be answered, and how they ended. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../engine/contracts.js';
import { OutsideError, UsageError } from '../../engine/errors.js';
import type { CallRecord } from '../call/call.js';
import type { AnsweredBy } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { RateLimit } from './admission.js';
import { numberToCall } from './numbers.js';
import type { CallRequest, DialOrder, OutboundOptions } from './options.js';

/** How a call ended that nobody took. */
export type Unanswered = 'busy' | 'no_answer' | 'failed' | 'canceled';

export type OutgoingStatus = 'dialling' | 'ringing' | 'answered' | 'ended';

export interface OutgoingCall {
  /** Also the dialog's name. */
  readonly id: string;
  readonly to: string;
  readonly from: string;
  readonly agent?: string;
  readonly detectsMachine: boolean;
  readonly ringMs: number;
  readonly done: Promise<CallRecord>;
  carrier: string;
  callSid?: string;
  status: OutgoingStatus;
  ended?: string;
  answeredBy?: 'person' | 'machine';
  /** What the carrier told of who answered before the stream was there. */
  told?: AnsweredBy;
}

/** A carrier that can be asked to ring somebody. */
export interface Dialler {
  readonly name: string;
  /** @returns the carrier's own id of the call. @throws OutsideError */
  dial(call: OutgoingCall): Promise<string>;
}

/** A carrier that never tells how a call went: it is over then. */
const lostMs = 60_000;
/** Ended calls can be asked for so long. */
const rememberedMs = 60 * 60_000;
const defaultRingMs = 30_000;
const perMinuteByDefault = 10;
/** Nobody is rung more often than that. */
const perMinuteAndNumber = 2;

export interface OutgoingHost {
  clock: Clock;
  log: Log;
  /** Why no new call is placed now. */
  refusal(): string | undefined;
  agents(): readonly { name: string }[];
  onUnanswered(record: CallRecord, request: CallRequest): void;
}

export class OutgoingCalls {
  diallers: readonly Dialler[] = [];
  readonly #host: OutgoingHost;
  readonly #options: OutboundOptions;
  readonly #rate: RateLimit;
  readonly #ratePerNumber: RateLimit;
  readonly #calls = new Map<string, { call: OutgoingCall; settle: (record: CallRecord) => void; startedMs: number; stop: () => void }>(); // prettier-ignore

  constructor(host: OutgoingHost, options: OutboundOptions = {}) {
    this.#host = host;
    this.#options = options;
    this.#rate = new RateLimit(host.clock, options.perMinute ?? perMinuteByDefault);
    this.#ratePerNumber = new RateLimit(host.clock, perMinuteAndNumber);
  }

  /**
   * Rings somebody. Resolves when the carrier has taken the call; `done` when it is over, answered or not.
   * @throws UsageError for what is not to be dialled, before any request; OutsideError when the carrier does not take it
   */
  async dial(order: DialOrder): Promise<OutgoingCall> {
    const { clock, log } = this.#host;
    const dialler = this.#diallerFor(order.carrier);
    const given = order.from ?? this.#options.from;
    if (given === undefined) throw new UsageError('name the number to call from: --from, or PARLEY_CALL_FROM');
    const from = numberToCall(given, { what: 'from', allowPremium: true });
    const to = numberToCall(order.to, { what: 'to', allowPremium: this.#options.allowPremium === true });
    if (to === from) throw new UsageError('to and from are the same number');
    if (order.agent !== undefined && !this.#host.agents().some(({ name }) => name === order.agent))
      throw new UsageError(`no agent is called ${order.agent}; there are ${this.#host.agents().map(({ name }) => name).join(', ')}`); // prettier-ignore
    const refusal = this.#host.refusal();
    if (refusal !== undefined) throw new DialRefusal(503, `no calls are placed now: ${refusal}`);
    if (!this.#rate.allows('') || !this.#ratePerNumber.allows(to)) throw new DialRefusal(429, 'too many calls');
    let settle!: (record: CallRecord) => void;
    const done = new Promise<CallRecord>((resolve) => (settle = resolve));
    const call: OutgoingCall = {
      id: randomUUID(), to, from, detectsMachine: order.detectsMachine ?? true, ringMs: order.ringMs ?? defaultRingMs, done, carrier: dialler.name,
      status: 'dialling', ...(order.agent !== undefined && { agent: order.agent }),
    }; // prettier-ignore
    const stop = clock.at(clock.now() + call.ringMs + lostMs, () => {
      if (call.status === 'answered') return;
      log.warn('carrier told nothing of a call', { call: call.id });
      this.unanswered(call.id, 'failed');
    });
    this.#calls.set(call.id, { call, settle, startedMs: clock.now(), stop });
    try {
      call.callSid = await dialler.dial(call);
    } catch (error) {
      this.unanswered(call.id, 'failed');
      throw error instanceof OutsideError ? error : new OutsideError(dialler.name, 'protocol', 'took the call strangely', { retryable: false, cause: error }); // prettier-ignore
    }
    log.info('call placed', { call: call.id, carrier: dialler.name });
    return call;
  }

  /** One that is placed, runs, or ended not long ago. */
  find(id: string | undefined): OutgoingCall | undefined {
    return id === undefined ? undefined : this.#calls.get(id)?.call;
  }

  /** One that somebody may answer now. */
  waiting(id: string | undefined): OutgoingCall | undefined {
    const call = this.find(id);
    return call && call.status !== 'ended' ? call : undefined;
  }

  ringing(id: string): void {
    const call = this.waiting(id);
    if (call?.status === 'dialling') call.status = 'ringing';
  }

  /** Its stream is here: the call runs, and ends with `record`. */
  answered(id: string, record: Promise<CallRecord>): void {
    const one = this.#calls.get(id);
    if (!one) return;
    one.call.status = 'answered';
    one.stop();
    void record.then((ended) => this.#end(id, ended));
  }

  /** Nobody took it: it leaves a record all the same. */
  unanswered(id: string, ended: Unanswered): void {
    const one = this.#calls.get(id);
    if (!one || one.call.status === 'answered' || one.call.status === 'ended') return;
    const { clock, log } = this.#host;
    const { call, startedMs } = one;
    const durationMs = Math.round(clock.now() - startedMs);
    const record: CallRecord = {
      id, transport: call.carrier, direction: 'outbound', started: new Date(clock.date() - durationMs).toISOString(), durationMs, ended,
      ...(call.agent !== undefined && { about: { agent: call.agent } }),
      turns: [], states: [], interruptions: [], tools: [], counters: {},
    }; // prettier-ignore
    log.info('call not answered', { call: id, ended });
    this.#host.onUnanswered(record, { id, transport: call.carrier, direction: 'outbound', from: call.from, to: call.to, clock, log }); // prettier-ignore
    this.#end(id, record);
  }

  #end(id: string, record: CallRecord): void {
    const one = this.#calls.get(id);
    if (!one) return;
    one.stop();
    one.call.status = 'ended';
    one.call.ended = record.ended;
    if (record.answeredBy !== undefined) one.call.answeredBy = record.answeredBy;
    one.settle(record);
    const { clock } = this.#host;
    one.stop = clock.at(clock.now() + rememberedMs, () => this.#calls.delete(id));
  }

  /** Timers are let go of. */
  close(): void {
    for (const [id, { stop }] of this.#calls) {
      this.unanswered(id, 'canceled');
      stop();
      this.#calls.get(id)?.stop();
    }
  }

  #diallerFor(carrier: string | undefined): Dialler {
    const found = carrier === undefined ? this.diallers[0] : this.diallers.find(({ name }) => name === carrier);
    if (found) return found;
    throw new UsageError(
      'there is no carrier to call by: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, TELNYX_API_KEY and TELNYX_CONNECTION_ID, PLIVO_AUTH_ID and PLIVO_AUTH_TOKEN, VONAGE_APPLICATION_ID and VONAGE_PRIVATE_KEY, or JAMBONZ_ACCOUNT_SID and JAMBONZ_API_KEY',
    );
  }
}

/** Not now, though the request is right. */
export class DialRefusal extends Error {
  constructor(
    readonly status: 429 | 503,
    message: string,
  ) {
    super(message);
  }
}
