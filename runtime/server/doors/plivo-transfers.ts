/**
 * How a transfer goes on Plivo: the call is taken out of our stream over REST and asks here what to do, which is
 * `<Dial>`; Plivo tells when the other side answers, and asks again when the dial is over. The caller comes back in a
 * stream of the same call. A warm transfer is a cold one here: what it is about is not said first.
 */
import type { IncomingMessage } from 'node:http';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/media-line.js';
import type { PlivoLine } from '../../transports/plivo.js';
import type { PlivoApi } from '../../transports/plivo-api.js';
import { plivoDial, plivoHangUp } from '../../transports/plivo-xml.js';
import type { DoorHost } from './door.js';

export const transferPaths = {
  next: '/plivo/transfer/next',
  told: '/plivo/transfer/told',
  over: '/plivo/transfer/over',
} as const;

/** Where the flow does not say how long it may ring. */
const ringMs = 30_000;
/** For what Plivo has to do and to tell beyond it. */
const slackMs = 15_000;
/** Asked for a stream, a carrier opens it in well under a second. */
const backMs = 10_000;

/** How Plivo says that the other side was not reached (`DialStatus`). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  timeout: 'no_answer',
  cancel: 'no_answer',
  failed: 'error',
};

type Told = TransferOutcome | 'hung_up';

interface Transfer {
  order: TransferOrder;
  /** What connects the caller to our stream again. */
  connect: () => Promise<string>;
  settle: (outcome: Told) => void;
  /** Since when the two talk. */
  takenMs?: number;
  /** What the flow is told when the caller is back. */
  outcome?: TransferOutcome;
}

type Fields = Readonly<Record<string, string>>;

export class PlivoTransfers {
  readonly #host: DoorHost;
  readonly #api: PlivoApi;
  /** By the caller's `CallUUID`. */
  readonly #running = new Map<string, Transfer>();

  constructor(host: DoorHost, api: PlivoApi) {
    this.#host = host;
    this.#api = api;
  }

  isRunning(call: string): boolean {
    return this.#running.has(call);
  }

  /** @throws OutsideError */
  async transfer(
    call: string,
    order: TransferOrder,
    request: IncomingMessage,
    connect: () => Promise<string>,
  ): Promise<Told> {
    const { clock } = this.#host;
    let settle!: Transfer['settle'];
    const told = new Promise<Told>((resolve) => (settle = resolve));
    const one: Transfer = { order, connect, settle };
    this.#running.set(call, one);
    const next = this.#at(request, transferPaths.next, call);
    try {
      await this.#api.redirect(call, next);
    } catch (error) {
      this.#running.delete(call);
      throw error;
    }
    const withinMs = (order.terms.answerWithinMs ?? ringMs) + slackMs;
    order.underWay(withinMs + backMs);
    const stop = clock.at(clock.now() + withinMs, () => {
      if (one.takenMs === undefined && one.outcome === undefined) void this.#fetchBack(call, one, next);
    });
    return told.finally(stop);
  }

  /** The caller's stream is here again. */
  back(call: string, line: PlivoLine, stream: PlivoLine): void {
    const one = this.#running.get(call);
    stream.comeBackTo(line);
    this.#end(call, one?.outcome ?? 'error');
  }

  /** The caller's call has ended. */
  hungUp(call: string): void {
    this.#end(call, 'hung_up');
  }

  /** What Plivo is answered when it asks what to do with a call that was taken out of its stream. */
  async next(call: string, request: IncomingMessage): Promise<string> {
    const one = this.#running.get(call);
    if (!one) return plivoHangUp();
    if (one.outcome !== undefined) return one.connect();
    return plivoDial(one.order.to, one.order.terms, {
      action: this.#at(request, transferPaths.over, call),
      told: this.#at(request, transferPaths.told, call),
    });
  }

  /** How the other leg goes. */
  told(call: string, { DialAction: action }: Fields): void {
    const one = this.#running.get(call);
    if (!one || one.takenMs !== undefined || (action !== 'answer' && action !== 'connected')) return;
    one.takenMs = this.#host.clock.now();
    if (one.order.terms.comesBack) one.order.underWay();
    else this.#end(call, 'ok');
  }

  /** `<Dial>` is over: what comes next. */
  async over(call: string, fields: Fields): Promise<string> {
    const one = this.#running.get(call);
    // The flow has left the caller to the person, who has hung up.
    if (!one) return plivoHangUp();
    if (fields.CallStatus === 'completed') {
      this.#end(call, 'hung_up');
      return plivoHangUp();
    }
    one.outcome = this.#outcomeOf(one, fields.DialStatus ?? '');
    if (one.outcome === 'ok') {
      this.#end(call, 'ok');
      return plivoHangUp();
    }
    this.#awaitBack(call, one);
    return one.connect();
  }

  #outcomeOf({ order: { terms }, takenMs }: Transfer, status: string): TransferOutcome {
    if (takenMs === undefined && Object.hasOwn(unreached, status)) return unreached[status]!;
    // It was taken, whether or not we were told so.
    if (!terms.comesBack) return 'ok';
    const talkedMs = takenMs === undefined ? 0 : this.#host.clock.now() - takenMs;
    return terms.maxMs !== undefined && talkedMs >= terms.maxMs - 1000 ? 'max_time' : 'far_hang_up';
  }

  /** Nothing was told in time: what Plivo wanted to tell is lost, and the caller must not be. */
  async #fetchBack(call: string, one: Transfer, next: string): Promise<void> {
    this.#host.log.warn('plivo told nothing of a transfer');
    one.outcome = 'no_answer';
    try {
      await this.#api.redirect(call, next);
      this.#awaitBack(call, one);
    } catch {
      this.#end(call, 'hung_up');
    }
  }

  #awaitBack(call: string, one: Transfer): void {
    this.#host.clock.at(this.#host.clock.now() + backMs, () => {
      if (this.#running.get(call) === one) this.#end(call, 'hung_up');
    });
  }

  #end(call: string, outcome: Told): void {
    const one = this.#running.get(call);
    this.#running.delete(call);
    one?.settle(outcome);
  }

  #at(request: IncomingMessage, path: string, call: string): string {
    return `${this.#host.address('http', request, path)}?call=${encodeURIComponent(call)}`;
  }
}
