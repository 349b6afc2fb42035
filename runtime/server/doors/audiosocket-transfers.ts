/**
 * How a transfer goes on Asterisk. AudioSocket has no word for it and Asterisk is not asked elsewhere (ARI and AMI give
 * whoever has them the whole switch), so the dialplan does it, where it said with `transfers=yes` that it can: we leave
 * the socket, it asks here what comes next, dials, tells here how that went, and is given a UUID for the caller to come
 * back with. Nothing is told when somebody picks up, and a caller who hangs up meanwhile is told of by the `h` extension
 * alone. Warm is the same as cold: what the person hears first is the dialplan's.
 */
import type { TransferOutcome } from '../../../engine/contracts.js';
import type { TransferOrder } from '../../transports/hand-over.js';
import { CarrierTransfers, ringMs, type Told } from './carrier-transfers.js';
import type { DoorHost } from './door.js';

/** Where the flow does not say how long they may talk: as carriers have it. */
const talkMs = 4 * 3_600_000;

/** How Asterisk says that the other side was not reached (`DIALSTATUS`). */
const unreached: Record<string, TransferOutcome> = {
  BUSY: 'busy',
  DONTCALL: 'busy',
  NOANSWER: 'no_answer',
  CANCEL: 'no_answer',
  CHANUNAVAIL: 'error',
  CONGESTION: 'error',
  INVALIDARGS: 'error',
};

export class AudioSocketTransfers extends CarrierTransfers {
  constructor(host: DoorHost) {
    super(host, 'asterisk');
  }

  /** @param uuid what the dialplan was given for this call. @param leave leaves the socket */
  transfer(uuid: string, order: TransferOrder, leave: () => void): Promise<Told> {
    const { maxMs = talkMs } = order.terms;
    return this.begin(uuid, order, { start: () => Promise.resolve(leave()), moreMs: maxMs });
  }

  /** `NUMBER,RING SECONDS,LONGEST TALK IN MS`; empty where nothing comes next. */
  next(uuid: string): string {
    const one = this.find(uuid);
    if (!one) return '';
    const { answerWithinMs = ringMs, maxMs = talkMs } = one.order.terms;
    return [one.order.to, Math.ceil(answerWithinMs / 1000), maxMs].join();
  }

  /**
   * `Dial()` is over.
   * @param told `DIALSTATUS` and `ANSWEREDTIME`; of a caller who has hung up the `h` extension tells `HANGUP`
   * @returns whether the caller is to come back
   */
  dialled(uuid: string, { status = '', seconds = '' }: { status?: string; seconds?: string }): boolean {
    return (
      this.over(uuid, {
        hasHungUp: status === 'HANGUP',
        outcomeOf: (one) =>
          status === 'ANSWER' ? this.parted(one, Number(seconds) * 1000) : (unreached[status] ?? 'error'),
      }) !== undefined
    );
  }
}
