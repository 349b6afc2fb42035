import type { ToolResult } from '../contracts.js';

/**
 * Makes a write happen at most once: its intent is durable before it is sent, its settlement is stored after.
 * An entry holds no input of the tool, so no value of the caller's that the checkpoint would not hold.
 */
export interface WriteLedger {
  /** What is known of a call, or undefined when it was never meant. */
  find(callId: string): LedgerEntry | undefined;
  /** Records that a write is about to be sent. Returns after it is durable; throws when it cannot be. */
  intend(entry: { dialogId: string; callId: string; tool: string }): void;
  /** Records what the write came to. */
  settle(callId: string, result: ToolResult): void;
  /** Forgets a dialog's entries. */
  delete(dialogId: string): void;
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

  find(callId: string): LedgerEntry | undefined {
    return this.#entries.get(callId);
  }

  intend(entry: { dialogId: string; callId: string; tool: string }): void {
    this.#entries.set(entry.callId, { ...entry });
  }

  settle(callId: string, result: ToolResult): void {
    const entry = this.#entries.get(callId);
    if (entry) entry.result = result;
  }

  delete(dialogId: string): void {
    for (const [callId, entry] of this.#entries) if (entry.dialogId === dialogId) this.#entries.delete(callId);
  }
}
