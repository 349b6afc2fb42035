/**
 * How a transfer goes on Vonage: the call gets another NCCO over REST, a `connect` after which Vonage asks what comes
 * next. Events of the other leg tell how it goes. The caller comes back in a socket of the same call.
 * Warm: the person hears what it is about before they are joined; no key is asked for, as an NCCO that runs before the
 * join cannot refuse it, so a voicemail that picks up counts as taken.
 */
import type { IncomingMessage } from 'node:http';
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import type { VonageApi } from '../../transports/vonage-api.js';
import { vonageDial, vonageHangUp, vonageWhisper, type Ncco } from '../../transports/vonage-ncco.js';
import { whisperOf } from '../../transports/whisper.js';
import { localeOf } from '../../transports/locale.js';
import { CarrierTransfers, type Told } from './carrier-transfers.js';
import type { DoorHost } from './door.js';

export const vonageTransferPaths = {
  told: '/vonage/transfer/told',
  over: '/vonage/transfer/over',
  whisper: '/vonage/transfer/whisper',
} as const;

/** How Vonage says that the other side was not reached (`status` of an event). */
const unreached: Record<string, TransferOutcome> = {
  busy: 'busy',
  rejected: 'busy',
  timeout: 'no_answer',
  unanswered: 'no_answer',
  cancelled: 'no_answer',
  failed: 'error',
};

type Fields = Readonly<Record<string, string>>;

export class VonageTransfers extends CarrierTransfers {
  readonly #api: VonageApi;
  /** What connects the caller to our socket again. */
  readonly #connect: (call: string, request: IncomingMessage) => Promise<Ncco>;
  /** How the other leg ended, by the caller's `uuid`: Vonage tells it apart from asking what comes next. */
  readonly #legs = new Map<string, string>();

  constructor(host: DoorHost, api: VonageApi, connect: (call: string, request: IncomingMessage) => Promise<Ncco>) {
    super(host, 'vonage');
    this.#api = api;
    this.#connect = connect;
  }

  /** @param call the caller's `uuid`. @param ours the number that they called. @throws OutsideError */
  async transfer(
    call: string,
    order: TransferOrder,
    { request, ours }: { request: IncomingMessage; ours: string | undefined },
  ): Promise<Told> {
    const { told, over, whisper } = vonageTransferPaths;
    const callbacks = {
      told: this.at(request, told, call),
      over: this.at(request, over, call),
      ...(order.mode === 'warm' && { whisper: this.at(request, whisper, call) }),
    };
    try {
      return await this.begin(call, order, {
        start: () => this.#api.transfer(call, vonageDial(order.to, order.terms, { from: ours, callbacks })),
        fetchBack: async () => this.#api.transfer(call, await this.#connect(call, request)),
      });
    } finally {
      this.#legs.delete(call);
    }
  }

  /** How the other leg goes; where it was not reached the answer is what the caller goes on with. */
  async told(call: string, { status = '' }: Fields, request: IncomingMessage): Promise<Ncco | undefined> {
    const one = this.find(call);
    if (!one) return undefined;
    if (status === 'answered') this.take(call, one);
    if (!Object.hasOwn(unreached, status)) return undefined;
    this.#legs.set(call, status);
    return one.takenMs === undefined ? this.dialled(call, request) : undefined;
  }

  /** What the person hears who picked up. */
  whisper(call: string): Ncco {
    const one = this.find(call);
    if (!one) return vonageHangUp();
    const { language, texts } = whisperOf(one.order.packet, 'none');
    return vonageWhisper(texts, localeOf(language));
  }

  /** The dialling is over: what comes next. */
  async dialled(call: string, request: IncomingMessage): Promise<Ncco> {
    const status = this.#legs.get(call) ?? '';
    const one = this.over(call, {
      // A caller who hangs up is told of as any other: by the event of their own leg.
      hasHungUp: false,
      outcomeOf: (transfer) =>
        transfer.takenMs === undefined ? (unreached[status] ?? 'no_answer') : this.parted(transfer),
    });
    return one ? this.#connect(call, request) : vonageHangUp();
  }
}
