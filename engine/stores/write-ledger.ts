import type { ToolResult } from '../contracts.js';

/**
 * Makes a write happen at most once: its intent is durable before it is sent, its settlement is stored after.
 * An entry holds no input of the tool, so no value of the caller's that the checkpoint would not hold.
 */
export interface WriteLedger {
  /** What is known of a call, or undefined when it was never meant. */
  find(dialogId: string, callId: string): Promise<LedgerEntry | undefined>;
  /** Records that a write is about to be sent. Resolves when it is durable; rejects when it cannot be, or when the dialog is another process's by now. */
  intend(entry: { dialogId: string; callId: string; tool: string }): Promise<void>;
  /** Records what the write came to. */
  settle(dialogId: string, callId: string, result: ToolResult): Promise<void>;
  /** Forgets a dialog's entries. */
  delete(dialogId: string): Promise<void>;
}

export interface LedgerEntry {
  dialogId: string;
  callId: string;
  tool: string;
  /** Absent: sent perhaps, never heard of again. */
  result?: ToolResult;
}

/** A ledger that lives as long as the process. */
export class MemoryLedger implements WriteLedger {
  readonly #entries = new Map<string, LedgerEntry>();

  find(_dialogId: string, callId: string): Promise<LedgerEntry | undefined> {
    return Promise.resolve(this.#entries.get(callId));
  }

  intend(entry: { dialogId: string; callId: string; tool: string }): Promise<void> {
    this.#entries.set(entry.callId, { ...entry });
    return Promise.resolve();
  }

  settle(_dialogId: string, callId: string, result: ToolResult): Promise<void> {
    const entry = this.#entries.get(callId);
    if (entry) entry.result = result;
    return Promise.resolve();
  }

  delete(dialogId: string): Promise<void> {
    for (const [callId, entry] of this.#entries) if (entry.dialogId === dialogId) this.#entries.delete(callId);
    return Promise.resolve();
  }
}
