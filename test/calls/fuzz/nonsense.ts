/** Seeded nonsense: what is said at a door, bent in all the ways that wires and ill will bend it. */
import { random } from '../../runtime/race/random.js';

export type Sent = string | Buffer;

/** Values of the wrong kind, each a trap for something. */
const traps: readonly unknown[] = [
  null,
  true,
  [],
  {},
  { toString: 1, valueOf: 1 },
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER + 1,
  '',
  '\u0000',
  '9'.repeat(400),
  '__proto__',
  'constructor',
  '\u001b[2J\n{"level":"error"}',
  '💥'.repeat(200),
  '%%% no base64 %%%',
  '\ud800',
  ['toString'],
];

/** A message with each of its fields in turn replaced by each trap. */
export function everyTrap(good: object): string[] {
  const all: string[] = [];
  const copy = structuredClone(good) as Record<string, unknown>;
  const walk = (at: Record<string, unknown>): void => {
    for (const name of Object.keys(at)) {
      const was = at[name];
      for (const trap of traps) {
        at[name] = trap;
        all.push(JSON.stringify(copy));
      }
      at[name] = was;
      if (typeof was === 'object' && was !== null) walk(was as Record<string, unknown>);
    }
  };
  walk(copy);
  return all;
}

export class Nonsense {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  /** 0 … below. */
  below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  bytes(most: number): Buffer {
    return Buffer.from(Array.from({ length: this.below(most) }, () => this.below(256)));
  }

  /** One message out of a good one: sometimes the good one itself, out of its order. */
  of(good: object | Buffer): Sent {
    if (Buffer.isBuffer(good)) return this.pick([good, good.subarray(1), this.bytes(2000), good.toString('latin1')]);
    const text = JSON.stringify(good);
    return this.pick<() => Sent>([
      () => text,
      () => text.slice(0, this.below(text.length)),
      () => `${text}${text}`,
      () => this.#bent(good),
      () => this.#bent(good),
      () => this.#bent(good),
      () => Buffer.from(text),
      () => this.bytes(400),
      () => this.bytes(400).toString('latin1'),
      () => '['.repeat(1 + this.below(60_000)),
      () => `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      () => text.replace(/:("[^"]*"|\d+)/, `:${'9'.repeat(1 + this.below(4000))}`),
      () => text.replace(/:("[^"]*"|\d+)/, ':1e999'),
      () => text.replace('{', '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},'),
      () => JSON.stringify(this.pick(traps)),
    ])();
  }

  /** The same with one field of another kind, or without it. */
  #bent(good: object): string {
    const copy = structuredClone(good) as Record<string, unknown>;
    let at = copy;
    for (;;) {
      const name = this.pick(Object.keys(at));
      const inner = at[name];
      if (typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 && this.below(3) > 0) {
        at = inner as Record<string, unknown>;
        continue;
      }
      if (this.below(4) === 0) delete at[name];
      else at[name] = this.pick(traps);
      return JSON.stringify(copy);
    }
  }
}
