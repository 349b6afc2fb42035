/**
 * A caller who is handed over: away while somebody is rung for them, then theirs for good, or here again. The same for
 * every line whose carrier does the ringing; how it is asked is a {@link CallControl}.
 */
import type { TransferOutcome } from '../../engine/contracts.js';
import type { LineEvent, TransferTerms } from '../contracts.js';
import type { Log } from '../observe/log.js';

/** A call to be handed over. */
export interface TransferOrder {
  to: string;
  mode: 'cold' | 'warm';
  /** What the flow gives the person along. */
  packet: unknown;
  terms: TransferTerms;
  /** The carrier has taken the order; how it went is told within so long, without a time after the two have talked. */
  underWay(withinMs?: number): void;
}

/** What a carrier does to a running call when asked elsewhere than in its stream. */
export interface CallControl {
  /**
   * Hands the call over, and tells how it went; `hung_up` when the caller did meanwhile. After anything but `ok` and
   * `hung_up` the caller is back: the line has a stream again. Absent where calls cannot be handed over.
   * @throws OutsideError; its text never holds the number
   */
  transfer?(order: TransferOrder): Promise<TransferOutcome | 'hung_up'>;
  /** Where closing the socket does not end the call. */
  hangUp?(): Promise<void>;
  /** What is said from now on is not to be recorded, or is again. */
  hush?(isSecret: boolean): Promise<void>;
}

/** The line, as its hand-over sees it. */
export interface HandOverLine {
  control: CallControl | undefined;
  /** What to do so that calls can be handed over, for the log. */
  cure: string;
  log: Log;
  push(event: LineEvent): void;
  isStreaming(): boolean;
  /** The call is over for us. */
  end(reason: string): void;
}

export class HandOver {
  readonly #line: HandOverLine;
  #caller: 'here' | 'away' | 'given' = 'here';

  constructor(line: HandOverLine) {
    this.#line = line;
  }

  /** The caller talks with us, and with nobody else. */
  get isHere(): boolean {
    return this.#caller === 'here';
  }

  /** The caller is somebody else's for good: not ours to hang up on. */
  get isGiven(): boolean {
    return this.#caller === 'given';
  }

  /** Its outcome comes when the carrier knows it. */
  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms: TransferTerms): void {
    const { control, cure, log, push } = this.#line;
    if (!control?.transfer) {
      log.warn('transfer refused', { cure });
      push({ kind: 'transfer', outcome: 'error' });
      return;
    }
    this.#caller = 'away';
    const underWay = (withinMs?: number): void =>
      push({ kind: 'transfer_under_way', ...(withinMs !== undefined && { withinMs }) });
    control.transfer({ to, mode, packet, terms, underWay }).then(
      (outcome) => this.#over(outcome),
      (error: unknown) => {
        log.warn('transfer failed', { problem: error instanceof Error ? error.message : 'unknown' });
        this.#over('error');
      },
    );
  }

  #over(outcome: TransferOutcome | 'hung_up'): void {
    const { push, isStreaming, end } = this.#line;
    this.#caller = outcome === 'ok' ? 'given' : 'here';
    if (outcome === 'hung_up') return end('caller_hung_up');
    push({ kind: 'transfer', outcome });
    if (outcome !== 'ok' && !isStreaming()) end('caller_hung_up');
  }
}
