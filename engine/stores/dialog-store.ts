import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { OutsideError } from '../errors.js';
import type { WriteLedger } from './write-ledger.js';

/**
 * Where dialogs outlive a turn, and (SQLite, Postgres, Redis) a process. One store serves any number of dialogs;
 * whoever made it closes it. Types only: LangGraph and the database are imported when first asked for.
 */
export interface DialogStore {
  /** `memory`, `sqlite`, `postgres` or `redis`, for logs. */
  readonly name: string;
  /** LangGraph's side of it, made on the first call. */
  saver(): Promise<BaseCheckpointSaver>;
  /** Intents and settlements of writes. */
  ledger(): Promise<WriteLedger>;
  /** Resolves when everything put until now survives a crash; rejects when it could not be written. */
  flush(): Promise<void>;
  /**
   * Makes a dialog this process's own until the claim is released: nobody else may store it meanwhile.
   *
   * @throws {@link DialogHeld} while another process has it, after `waitMs`
   */
  claim(dialogId: string, options?: ClaimOptions): Promise<Claim>;
  /** Which dialog a caller left unfinished. */
  readonly callers: CallerIndex;
  /** Forgets a dialog: checkpoints and ledger. */
  delete(dialogId: string): Promise<void>;
  /** Flushes and lets go. Later calls reject. */
  close(): Promise<void>;
}

export interface ClaimOptions {
  /** Whoever has it is known to be of no use any more (its caller is here): take it at once. */
  takeOver?: boolean;
  /** How long to wait for another process that has it, to end or to be dead long enough. Default 0. */
  waitMs?: number;
}

/**
 * A dialog in the hands of one process. `epoch` is raised by every claim and stored with the dialog; whoever
 * writes with an older one is refused.
 */
export interface Claim {
  readonly epoch: number;
  /** Set when somebody else has the dialog now: one line for the log. What is put from then on is refused. */
  readonly lost: string | undefined;
  /** The dialog is closed in this process: what was kept of it for speed may go. Its checkpoint stays. */
  release(): Promise<void>;
}

/** The last dialog of each caller that did not come to its end. */
export interface CallerIndex {
  /** @param caller the agent and the caller's number, made one by whoever asks */
  note(caller: string, dialogId: string): Promise<void>;
  /** The dialog, if it was noted less than `withinMs` ago. */
  find(caller: string, withinMs: number): Promise<string | undefined>;
  /** Forgets it, if it is still this dialog. True for the one of several at once that did. */
  forget(caller: string, dialogId: string): Promise<boolean>;
}

/** The dialog is open in another process, or one that held it died a moment ago. */
export class DialogHeld extends OutsideError {
  /** @param forMs how long its holder has it, unless it renews its lease before */
  constructor(
    dialogId: string,
    readonly forMs: number,
  ) {
    super(
      'dialogs',
      'busy',
      `${dialogId} is open in another process; it is free when that one ends it, or ${String(Math.ceil(forMs / 1000))} s after it died`,
      { retryable: true },
    );
  }
}

/** Another process has taken the dialog over: what this one wanted to store is refused. */
export class DialogTaken extends OutsideError {
  constructor(dialogId: string) {
    super('dialogs', 'refused', `${dialogId} was taken over by another process; nothing more of it is stored here`, {
      retryable: false,
    });
  }
}
