/**
 * How a transfer goes on jambonz: we leave the socket, jambonz asks what comes next (the `actionHook` of `listen`), which
 * is `dial`; it asks what the person hears who picks up, and what comes next when the dial is over. The caller comes back
 * in a socket of the same call. Its REST interface, where we have a key, fetches a caller back of whom nothing is told.
 */
import type { IncomingMessage } from 'node:http';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import type { JambonzApi } from '../../transports/jambonz-api.js';
import {
  jambonzConnect,
  jambonzDial,
  jambonzHangUp,
  jambonzWhisper,
  type Verbs,
} from '../../transports/jambonz-verbs.js';
import { whisperOf } from '../../transports/whisper.js';
import { CarrierTransfers, type Told } from './carrier-transfers.js';
import type { DoorHost } from './door.js';

export const jambonzTransferPaths = {
  next: '/jambonz/over',
  picked: '/jambonz/transfer/picked',
  accept: '/jambonz/transfer/accept',
  over: '/jambonz/transfer/over',
} as const;

/** The person listens to what it is about, and presses a key. */
const whisperMs = 45_000;

/** How jambonz says that the other side was not reached (`dial_call_status`). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  'no-answer': 'no_answer',
  failed: 'error',
};

type Fields = Readonly<Record<string, string>>;
type Connect = (call: string, request: IncomingMessage) => Promise<Verbs>;

export class JambonzTransfers extends CarrierTransfers {
  readonly #api: JambonzApi | undefined;
  readonly #connect: Connect;

  /** @param connect what brings the caller into our socket again */
  constructor(host: DoorHost, api: JambonzApi | undefined, connect: Connect) {
    super(host, 'jambonz');
    this.#api = api;
    this.#connect = connect;
  }

  /** @param leave leaves the socket. @throws OutsideError */
  transfer(
    call: string,
    order: TransferOrder,
    { request, leave }: { request: IncomingMessage; leave: () => void },
  ): Promise<Told> {
    const api = this.#api;
    return this.begin(call, order, {
      start: () => Promise.resolve(leave()),
      ...(api && { fetchBack: () => api.redirect(call, this.at(request, jambonzTransferPaths.next, call)) }),
      ...(order.mode === 'warm' && { moreMs: whisperMs }),
    });
  }

  /** What comes after our socket: nothing, unless a transfer made us leave it. */
  async next(call: string, { call_status: status }: Fields, request: IncomingMessage): Promise<Verbs> {
    const one = this.find(call);
    if (!one) return jambonzHangUp();
    if (status === 'completed') {
      this.hungUp(call);
      return jambonzHangUp();
    }
    if (one.outcome !== undefined) return this.#connect(call, request);
    return jambonzDial(one.order.to, one.order.terms, {
      over: this.at(request, jambonzTransferPaths.over, call),
      picked: this.at(request, jambonzTransferPaths.picked, call),
    });
  }

  /** The person has picked up. Warm: they hear what it is about, and press a key. */
  picked(call: string, request: IncomingMessage): Verbs {
    const one = this.find(call);
    if (!one) return jambonzHangUp();
    if (one.order.mode === 'warm')
      return jambonzWhisper(whisperOf(one.order.packet).texts, this.at(request, jambonzTransferPaths.accept, call));
    this.take(call, one);
    return jambonzConnect();
  }

  /** A key was pressed, or none in time. */
  accept(call: string, { digits = '' }: Fields): Verbs {
    const one = this.find(call);
    if (!one || digits === '') return jambonzHangUp();
    this.take(call, one);
    return jambonzConnect();
  }

  /** `dial` is over: what comes next. */
  async dialled(call: string, fields: Fields, request: IncomingMessage): Promise<Verbs> {
    const status = fields.dial_call_status ?? fields.dial_status ?? '';
    const one = this.over(call, {
      hasHungUp: fields.call_status === 'completed',
      outcomeOf: (transfer) => {
        if (transfer.takenMs !== undefined) return this.parted(transfer);
        // Picked up by who does not press a key: a machine, or nobody who wants the call.
        return unreached[status] ?? 'no_answer';
      },
    });
    return one ? this.#connect(call, request) : jambonzHangUp();
  }
}
