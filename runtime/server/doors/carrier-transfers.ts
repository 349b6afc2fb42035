/**
 * What transfers have in common whichever carrier rings: which run, by when the carrier has to have told how one goes,
 * how a caller is fetched back whom nothing was told of, and what the flow is told. What a carrier calls all that
 * stands in its own file.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import type { DoorHost } from './door.js';

export type Told = TransferOutcome | 'hung_up';

/** Where the flow does not say how long it may ring: as all carriers have it. */
export const ringMs = 30_000;
/** Carriers ring some seconds longer than they are told; the rest is for what they have to tell. */
const slackMs = 15_000;
/** Asked for a stream, a carrier opens it in well under a second. */
const backMs = 10_000;

export interface Transfer {
  readonly order: TransferOrder;
  /** Since when the two talk, or do as soon as the carrier has connected them. */
  takenMs?: number;
  /** What the flow is told when the caller is back. */
  outcome?: TransferOutcome;
}

/** How a carrier does it. */
export interface TransferSteps {
  /** @throws OutsideError */
  start(): Promise<void>;
  /** Brings the caller back into a stream; absent where they never left it. @throws OutsideError */
  fetchBack?(): Promise<void>;
  /** On top of the time that it may ring: what is said to the person first. */
  moreMs?: number;
}

export class CarrierTransfers {
  protected readonly host: DoorHost;
  readonly #carrier: string;
  /** By the carrier's id of the caller's call. */
  readonly #running = new Map<string, { one: Transfer; settle: (outcome: Told) => void }>();

  constructor(host: DoorHost, carrier: string) {
    this.host = host;
    this.#carrier = carrier;
  }

  isRunning(call: string): boolean {
    return this.#running.has(call);
  }

  /** The caller's stream is here again: it is that of their line from now on. */
  back<L>(call: string, line: L, stream: { comeBackTo(line: L): void }): void {
    stream.comeBackTo(line);
    this.end(call, this.find(call)?.outcome ?? 'error');
  }

  /** The caller's call has ended. */
  hungUp(call: string): void {
    this.end(call, 'hung_up');
  }

  protected find(call: string): Transfer | undefined {
    return this.#running.get(call)?.one;
  }

  /** Resolves when it is known what became of it. @throws what `start` throws: it has not begun then */
  protected async begin(call: string, order: TransferOrder, steps: TransferSteps): Promise<Told> {
    const { clock } = this.host;
    let settle!: (outcome: Told) => void;
    const told = new Promise<Told>((resolve) => (settle = resolve));
    const one: Transfer = { order };
    this.#running.set(call, { one, settle });
    try {
      await steps.start();
    } catch (error) {
      this.#running.delete(call);
      throw error;
    }
    const withinMs = (order.terms.answerWithinMs ?? ringMs) + slackMs + (steps.moreMs ?? 0);
    order.underWay(withinMs + backMs);
    const stop = clock.at(clock.now() + withinMs, () => {
      if (one.takenMs === undefined && one.outcome === undefined) void this.#fetchBack(call, one, steps);
    });
    return told.finally(stop);
  }

  /** The person has taken it: a caller who is not to come back is theirs. */
  protected take(call: string, one: Transfer): void {
    if (one.takenMs !== undefined) return;
    one.takenMs = this.host.clock.now();
    if (one.order.terms.comesBack) one.order.underWay();
    else this.end(call, 'ok');
  }

  /**
   * The carrier asks what comes next, as nobody was reached or the person has hung up.
   * @returns the transfer whose caller is to be brought back; undefined where the call is to end
   */
  protected over(
    call: string,
    { hasHungUp, outcomeOf }: { hasHungUp: boolean; outcomeOf: (one: Transfer) => TransferOutcome },
  ): Transfer | undefined {
    const one = this.find(call);
    // The flow has left the caller to the person, who has hung up.
    if (!one) return undefined;
    const outcome = hasHungUp ? 'hung_up' : outcomeOf(one);
    if (outcome === 'ok' || outcome === 'hung_up') {
      this.end(call, outcome);
      return undefined;
    }
    one.outcome = outcome;
    this.#awaitBack(call, one);
    return one;
  }

  /** What a talk that is over came to. @param talkedMs as the carrier has it; default: since it was taken */
  protected parted({ order: { terms }, takenMs }: Transfer, talkedMs?: number): TransferOutcome {
    // It was taken, whether or not we were told so.
    if (!terms.comesBack) return 'ok';
    const ms = talkedMs ?? (takenMs === undefined ? 0 : this.host.clock.now() - takenMs);
    return terms.maxMs !== undefined && ms >= terms.maxMs - 1000 ? 'max_time' : 'far_hang_up';
  }

  protected end(call: string, outcome: Told): void {
    const running = this.#running.get(call);
    this.#running.delete(call);
    running?.settle(outcome);
  }

  /** An address that the carrier tells or asks by: absolute, and with the call's id. */
  at(request: IncomingMessage, path: string, call: string): string {
    return `${this.host.address('http', request, path)}?call=${encodeURIComponent(call)}`;
  }

  /** Nothing was told in time: what the carrier wanted to tell is lost, and the caller must not be. */
  async #fetchBack(call: string, one: Transfer, { fetchBack }: TransferSteps): Promise<void> {
    this.host.log.warn(`${this.#carrier} told nothing of a transfer`);
    if (!fetchBack) return this.end(call, 'no_answer');
    one.outcome = 'no_answer';
    try {
      await fetchBack();
      this.#awaitBack(call, one);
    } catch {
      this.end(call, 'hung_up');
    }
  }

  #awaitBack(call: string, one: Transfer): void {
    this.host.clock.at(this.host.clock.now() + backMs, () => {
      if (this.find(call) === one) this.end(call, 'hung_up');
    });
  }
}

/** The call that an address of {@link CarrierTransfers.at} is about. */
export function callOf(request: FastifyRequest): string {
  return (request.query as { call?: string }).call ?? '';
}
