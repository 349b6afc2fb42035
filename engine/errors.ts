/**
 * An error from outside (a provider, a tool's back end, a model): says whether trying again may help
 * and keeps its cause. `message` names who failed, how, and the cure; never what a caller said.
 */
export class OutsideError extends Error {
  override readonly name = 'OutsideError';
  /** Who failed: `deepgram`, `cartesia`, `openai`, a tool's name. */
  readonly who: string;
  readonly kind: 'refused' | 'unreachable' | 'timeout' | 'protocol' | 'busy' | 'closed';
  /** True when the same request may succeed later. */
  readonly retryable: boolean;

  constructor(
    who: string,
    kind: OutsideError['kind'],
    message: string,
    options: { retryable: boolean; cause?: unknown },
  ) {
    super(`${who}: ${message}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.who = who;
    this.kind = kind;
    this.retryable = options.retryable;
  }
}

/** With this a model is stopped whose time is over: that is its failure, where an answer that nobody wants any more is not. */
export class TooLate extends Error {
  constructor() {
    super('the deadline has passed');
  }
}

/** A mistake of whoever typed the command or set the environment: exit code 2, no stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a thrown value says, whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
