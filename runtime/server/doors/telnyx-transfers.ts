/**
 * How a transfer goes on Telnyx: a command rings the other leg, whose webhooks carry the name of the caller's call in
 * their `client_state`. The caller stays in our stream all the while, and so is never to be fetched back.
 */
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import { textOf } from '../../transports/media-line.js';
import type { TelnyxApi } from '../../transports/telnyx-api.js';
import { CarrierTransfers, type Told } from './carrier-transfers.js';
import type { DoorHost } from './door.js';

/** Why the other leg ended without being connected, by Telnyx's `hangup_cause`. */
const unreached: Record<string, TransferOutcome> = {
  user_busy: 'busy',
  call_rejected: 'busy',
  timeout: 'no_answer',
  no_answer: 'no_answer',
  originator_cancel: 'no_answer',
};

type Payload = Readonly<Record<string, unknown>>;

export class TelnyxTransfers extends CarrierTransfers {
  readonly #api: TelnyxApi;

  constructor(host: DoorHost, api: TelnyxApi) {
    super(host, 'telnyx');
    this.#api = api;
  }

  /** @param call the caller's `call_control_id`. @throws OutsideError */
  transfer(call: string, order: TransferOrder): Promise<Told> {
    const { answerWithinMs, maxMs, comesBack = false } = order.terms;
    return this.begin(call, order, {
      start: () =>
        this.#api.transfer(call, {
          to: order.to,
          legState: call,
          comesBack,
          ...(answerWithinMs !== undefined && { ringMs: answerWithinMs }),
          ...(maxMs !== undefined && { maxMs }),
        }),
    });
  }

  /** The two talk. */
  bridged(payload: Payload): void {
    const call = callerOf(payload);
    const one = this.find(call);
    if (one) this.take(call, one);
  }

  /** A leg has ended; of one that is no transfer's nothing is known here. */
  legEnded(payload: Payload): void {
    const call = callerOf(payload);
    const one = this.find(call);
    if (!one) return;
    const cause = textOf(payload.hangup_cause);
    if (one.takenMs === undefined) this.end(call, unreached[cause] ?? 'error');
    else this.end(call, cause === 'time_limit' ? 'max_time' : 'far_hang_up');
  }
}

/** Whose other leg a webhook is about. */
function callerOf({ client_state: state }: Payload): string {
  return typeof state === 'string' ? Buffer.from(state, 'base64').toString('utf8') : '';
}
