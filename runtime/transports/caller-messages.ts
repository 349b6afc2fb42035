/**
 * What a caller's program sends besides sound: the JSON messages of `/call`, over its socket or a data channel.
 * They are documented in runtime/README.md.
 */
import type { Clock, TransferOutcome } from '../../engine/contracts.js';
import type { LineEvent } from '../contracts.js';

export type Message = { type: string } & Record<string, unknown>;

const maxNameLength = 64;
/** Control messages at once, and a second. Ten marks a second come back, and fingers are slower; more is not read. */
const controlBurst = 200;
const controlsPerS = 50;

/** What a message is to the line: an event, or what to count it under because it was passed over. */
export type Read = { event: LineEvent } | { passedOver: 'bad_messages' | 'unknown_messages' | 'dropped_messages' };

/** One caller's messages: who sends too many is not read, but for a hang-up. */
export class CallerMessages {
  /** A transfer was asked of whoever is at the other end: they may tell of it. */
  awaitsTransfer = false;
  readonly #clock: Clock;
  #allowed: { left: number; atMs: number };

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#allowed = { left: controlBurst, atMs: clock.now() };
  }

  read(data: Buffer): Read {
    // Who has sent too much may still hang up.
    if (!this.#mayControl() && !isHangUp(data)) return { passedOver: 'dropped_messages' };
    const message = parseMessage(data);
    if (!message) return { passedOver: 'bad_messages' };
    const take = messages[message.type];
    const event = this.#inPlace(take?.(message));
    return event ? { event } : { passedOver: take ? 'bad_messages' : 'unknown_messages' };
  }

  /** Nobody tells of a transfer that was not asked for. */
  #inPlace(event: LineEvent | undefined): LineEvent | undefined {
    if (event?.kind !== 'transfer' && event?.kind !== 'transfer_under_way') return event;
    if (!this.awaitsTransfer) return undefined;
    if (event.kind === 'transfer') this.awaitsTransfer = false;
    return event;
  }

  #mayControl(): boolean {
    const atMs = this.#clock.now();
    const left = this.#allowed.left + ((atMs - this.#allowed.atMs) / 1000) * controlsPerS;
    this.#allowed = { left: Math.min(left, controlBurst), atMs };
    if (this.#allowed.left < 1) return false;
    this.#allowed.left -= 1;
    return true;
  }
}

/** Undefined for what is no JSON object with a `type`; a type that is not known is renamed, so that it is looked up as none. */
export function parseMessage(data: Buffer): Message | undefined {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string')
      return undefined;
    // Only own names are looked up.
    return Object.hasOwn(messages, value.type) || value.type === 'hello' ? (value as Message) : { type: ' unknown' };
  } catch {
    return undefined;
  }
}

/** What a caller may send besides sound; undefined when its fields are not as they should be. */
const messages: Record<string, (message: Message) => LineEvent | undefined> = {
  mark: ({ name }) => (isName(name) ? { kind: 'mark', name } : undefined),
  key: ({ digit }) => (typeof digit === 'string' && /^[0-9*#A-D]$/.test(digit) ? { kind: 'key', digit } : undefined),
  event: ({ name }) => (isName(name) ? { kind: 'event', name } : undefined),
  hang_up: () => ({ kind: 'hang_up', reason: 'caller_hung_up' }),
  answered: () => ({ kind: 'transfer_under_way' }),
  transferred: ({ outcome = 'ok' }) =>
    isOneOf(['ok', 'far_hang_up', 'max_time'], outcome) ? { kind: 'transfer', outcome } : undefined,
  failed: ({ outcome = 'error' }) =>
    isOneOf(['busy', 'no_answer', 'closed', 'error'], outcome) ? { kind: 'transfer', outcome } : undefined,
};

function isOneOf(outcomes: TransferOutcome[], given: unknown): given is TransferOutcome {
  return (outcomes as unknown[]).includes(given);
}

function isName(name: unknown): name is string {
  return typeof name === 'string' && name !== '' && name.length <= maxNameLength;
}

/** Cheap, for it is asked of every message of a flood: a longer one is not read. */
function isHangUp(data: Buffer): boolean {
  return data.length <= 100 && parseMessage(data)?.type === 'hang_up';
}
