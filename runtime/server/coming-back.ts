/**
 * Callers who were cut off and come back to their call: by a token that opens once, at whichever door takes such tokens.
 * The line that they lost may not have been noticed to be gone: it gives way.
 */
import { randomUUID } from 'node:crypto';
import type { Dialog } from '../../engine/contracts.js';
import type { KeptDialogs } from './kept-dialogs.js';
import type { CallRequest } from './options.js';
import type { Tokens } from './tokens.js';

/** How long after the beginning of a call its caller may come back to it. */
const resumeSeconds = 3600;

/** A line that can be lost and come back to. */
export interface LosableLine {
  lose(): void;
}

/** Who is back, or calls for the first time. */
export interface Caller extends Pick<CallRequest, 'id' | 'agent'> {
  resumes: boolean;
  /** The token that they came with. */
  token?: string;
}

export class ComingBack {
  readonly #tokens: Tokens;
  readonly #kept: KeptDialogs;
  readonly #worker: number | undefined;
  readonly #lines = new Map<string, LosableLine>();

  /** @param options.worker of this process: whoever hands connections over reads it off the token */
  constructor(options: { tokens: Tokens; kept: KeptDialogs; worker: number | undefined }) {
    this.#tokens = options.tokens;
    this.#kept = options.kept;
    this.#worker = options.worker;
  }

  /** True for a token that nobody has come back with yet. */
  async opens(token: string): Promise<boolean> {
    return (await this.#tokens.check(token, 'resume', { once: 'later' })) !== undefined;
  }

  /** @param agent whom a new caller wants */
  async identify(token: string | undefined, agent: string | undefined): Promise<Caller> {
    const ticket = await this.#tokens.check(token, 'resume', { once: 'later' });
    const [id, name] = ticket
      ? (JSON.parse(ticket.subject) as [string, string | null, number?])
      : [randomUUID(), agent ?? null];
    return {
      id,
      resumes: ticket !== undefined,
      ...(ticket && token !== undefined && { token }),
      ...(name !== null && { agent: name }),
    };
  }

  /** With what the caller of this call may come back, once. */
  tokenFor({ id, agent }: Pick<CallRequest, 'id' | 'agent'>): Promise<string> {
    const subject = JSON.stringify([id, agent ?? null, this.#worker]);
    return this.#tokens.issue('resume', { seconds: resumeSeconds, subject });
  }

  /**
   * The caller has a way to us again, and with it the next token: theirs is used up. Not earlier: who never got the
   * answer has to be able to try again.
   *
   * @returns false where somebody else was quicker with the same token
   */
  async isFirst({ token }: Pick<Caller, 'token'>): Promise<boolean> {
    return token === undefined || (await this.#tokens.check(token, 'resume', { once: 'now' })) !== undefined;
  }

  /** From now on the call is this line's. @returns the dialog that waits for its caller, if it does */
  takeUp({ id, resumes }: Pick<Caller, 'id' | 'resumes'>, line: LosableLine): Dialog | undefined {
    // Whoever is back has lost that line, though we may not have noticed.
    if (resumes) this.#lines.get(id)?.lose();
    this.#lines.set(id, line);
    return resumes ? this.#kept.take(id) : undefined;
  }

  /** The line is over, whatever becomes of its caller. */
  leave(id: string, line: LosableLine): void {
    if (this.#lines.get(id) === line) this.#lines.delete(id);
  }
}
