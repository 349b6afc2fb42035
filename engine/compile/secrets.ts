import type { Json, ToolCall } from '../contracts.js';
import type { DialogState } from '../dialog/seam.js';
import type { KeptCall } from './turn-host.js';

/**
 * Keeps a dialog's secrets in memory and out of everything that is stored. After a restart they are gone, and
 * the flow asks again.
 */
export class SecretKeeper {
  #values: Record<string, Json> | undefined;
  readonly #calls = new Map<string, ToolCall>();
  /** Names of secrets that a stored dialog had, whose values went with an earlier process. */
  readonly lost: Set<string>;

  /** @param stored the state that the dialog was opened with, if it is an old one */
  constructor(stored?: DialogState) {
    this.lost = new Set((stored?.withheld as string[] | undefined) ?? []);
  }

  /** The state as the step knows it. */
  add(state: DialogState): DialogState {
    const { withheld, ...rest } = state;
    if (this.#values === undefined) return withheld === undefined ? state : (rest as DialogState);
    return { ...rest, secret: this.#values } as DialogState;
  }

  /** The state as it may be stored: of secrets the names only. */
  take(state: DialogState): DialogState {
    if (state.secret === undefined) return state;
    const { secret, ...rest } = state;
    this.#values = secret as Record<string, Json>;
    const names = new Set([...Object.keys(this.#values), ...this.lost]);
    names.delete('turn.text');
    return { ...rest, secret: {}, ...(names.size > 0 && { withheld: [...names] }) } as DialogState;
  }

  /** A tool call as it may be stored: without inputs in which a secret is found. */
  withhold(call: ToolCall): KeptCall {
    const secrets = scalarsOf(this.#values ?? null);
    if (secrets.length === 0) return { call, withheld: [] };
    const withheld = Object.keys(call.input).filter((name) => holds(call.input[name]!, secrets));
    const keyed = call.idempotencyKey !== undefined && holds(call.idempotencyKey, secrets);
    if (withheld.length === 0 && !keyed) return { call, withheld };
    this.#calls.set(call.callId, call);
    const { idempotencyKey, ...rest } = call;
    const input = Object.fromEntries(Object.entries(call.input).filter(([name]) => !withheld.includes(name)));
    return { call: { ...rest, input, ...(keyed || idempotencyKey === undefined ? {} : { idempotencyKey }) }, withheld };
  }

  /** The whole call, or undefined when its secrets went with an earlier process. */
  recall(kept: KeptCall): ToolCall | undefined {
    return kept.withheld.length === 0 ? kept.call : this.#calls.get(kept.call.callId);
  }

  forget(callId: string): void {
    this.#calls.delete(callId);
  }
}

function scalarsOf(value: Json): string[] {
  if (value === null || typeof value === 'boolean') return [];
  if (typeof value === 'object') return Object.values(value).flatMap((part) => scalarsOf(part));
  const text = String(value).trim();
  return text === '' ? [] : [text];
}

/** One or two characters are found in anything, so those only count as a whole value. */
function holds(value: Json, secrets: string[]): boolean {
  return scalarsOf(value).some((text) =>
    secrets.some((secret) => text === secret || (secret.length > 2 && text.includes(secret))),
  );
}
