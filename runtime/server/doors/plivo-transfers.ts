/**
 * How a transfer goes on Plivo: the call is taken out of our stream over REST and asks here what to do, which is
 * `<Dial>`; Plivo tells when the other side answers, and asks again when the dial is over. The caller comes back in a
 * stream of the same call. Warm: the person hears what it is about, and the key 1 takes the call.
 */
import type { IncomingMessage } from 'node:http';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import type { PlivoApi } from '../../transports/plivo-api.js';
import { localeOf } from '../../transports/locale.js';
import { plivoDial, plivoHangUp, plivoWhisper } from '../../transports/plivo-xml.js';
import { whisperOf } from '../../transports/whisper.js';
import { CarrierTransfers, type Told } from './carrier-transfers.js';
import type { DoorHost } from './door.js';

export const transferPaths = {
  next: '/plivo/transfer/next',
  told: '/plivo/transfer/told',
  over: '/plivo/transfer/over',
  whisper: '/plivo/transfer/whisper',
} as const;

/** The person listens to what it is about, and presses a key. */
const whisperMs = 45_000;

/** How Plivo says that the other side was not reached (`DialStatus`). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  timeout: 'no_answer',
  cancel: 'no_answer',
  failed: 'error',
};

type Fields = Readonly<Record<string, string>>;

export class PlivoTransfers extends CarrierTransfers {
  readonly #api: PlivoApi;
  /** What connects the caller to our stream again. By the caller's `CallUUID`. */
  readonly #connect: (call: string, request: IncomingMessage) => Promise<string>;

  constructor(host: DoorHost, api: PlivoApi, connect: (call: string, request: IncomingMessage) => Promise<string>) {
    super(host, 'plivo');
    this.#api = api;
    this.#connect = connect;
  }

  /** @throws OutsideError */
  transfer(call: string, order: TransferOrder, request: IncomingMessage): Promise<Told> {
    const redirect = (): Promise<void> => this.#api.redirect(call, this.at(request, transferPaths.next, call));
    return this.begin(call, order, {
      start: redirect,
      fetchBack: redirect,
      ...(order.mode === 'warm' && { moreMs: whisperMs }),
    });
  }

  /** What Plivo is answered when it asks what to do with a call that was taken out of its stream. */
  async next(call: string, request: IncomingMessage): Promise<string> {
    const one = this.find(call);
    if (!one) return plivoHangUp();
    if (one.outcome !== undefined) return this.#connect(call, request);
    return plivoDial(one.order.to, one.order.terms, {
      action: this.at(request, transferPaths.over, call),
      told: this.at(request, transferPaths.told, call),
      ...(one.order.mode === 'warm' && { whisper: this.at(request, transferPaths.whisper, call) }),
    });
  }

  /** What the person hears who picked up. */
  whisper(call: string): string {
    const one = this.find(call);
    if (!one) return plivoHangUp();
    const { language, texts } = whisperOf(one.order.packet, 'one');
    return plivoWhisper(texts, localeOf(language));
  }

  /** How the other leg goes. */
  told(call: string, { DialAction: action }: Fields): void {
    const one = this.find(call);
    // Picked up is not taken where a key is asked for.
    const isTaken = action === 'connected' || (action === 'answer' && one?.order.mode === 'cold');
    if (one && isTaken) this.take(call, one);
  }

  /** `<Dial>` is over: what comes next. */
  async dialled(call: string, { CallStatus, DialStatus = '' }: Fields, request: IncomingMessage): Promise<string> {
    const one = this.over(call, {
      hasHungUp: CallStatus === 'completed',
      outcomeOf: (transfer) =>
        transfer.takenMs === undefined && (transfer.order.mode === 'warm' || Object.hasOwn(unreached, DialStatus))
          ? (unreached[DialStatus] ?? 'no_answer')
          : this.parted(transfer),
    });
    return one ? this.#connect(call, request) : plivoHangUp();
  }
}
