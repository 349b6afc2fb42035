/** Seeded chance, and the odd values that a fuzz throws at the engine. */
import type { Json } from '../../../../engine/contracts.js';
import { seededRandom } from '../../../../engine/compile/moment.js';
import type { ToolType } from '../../../../engine/language/flow.js';
import { exampleOf } from '../../../../engine/tools/written-values.js';

export class Dice {
  readonly #next: () => number;

  constructor(seed: number) {
    this.#next = seededRandom(seed, 'fuzz', 1);
  }

  /** 0 ≤ x < 1 */
  readonly share = (): number => this.#next();

  /** A whole number below `end`. */
  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  is(probability: number): boolean {
    return this.#next() < probability;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  /** Chosen by weight. */
  weighted<T>(of: readonly (readonly [weight: number, value: T])[]): T {
    let left = this.#next() * of.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of of) if ((left -= weight) < 0) return value;
    return of[0]![1];
  }
}

/** Values that no type expects, with names that reach into an object's prototype. */
const nonsense: readonly Json[] = [
  null, true, -1, 1e21, 0.1 + 0.2, '', ' ', 'x'.repeat(5000), [], {}, [[[[]]]], { id: null }, { id: 'x', __proto: 1 },
  JSON.parse('{"__proto__":{"ended":true},"constructor":1,"toString":"no"}') as Json, '2026-13-45', '25:99', '{{ env.HOME }}',
]; // prettier-ignore

/** A value of the type, as a tool's checked output may hold it, or now and then something else. */
export function valueOfType(type: ToolType, dice: Dice, depth = 0): Json {
  if (dice.is(0.04)) return null;
  switch (type.kind) {
    case 'one_of':
      return dice.one(type.values);
    case 'list':
      return Array.from({ length: dice.below(depth > 1 ? 2 : 5) }, () => valueOfType(type.of, dice, depth + 1));
    case 'map':
      return { some: valueOfType(type.of, dice, depth + 1) };
    case 'record':
      return Object.fromEntries([...type.fields].map(([name, of]) => [name, valueOfType(of, dice, depth + 1)]));
    case 'slot':
      return scalarOf(type, dice);
  }
}

function scalarOf(type: Extract<ToolType, { kind: 'slot' }>, dice: Dice): Json {
  switch (type.type) {
    case 'integer':
    case 'ordinal':
      return dice.below(40);
    case 'number':
      return dice.below(4000) / 100;
    case 'money':
      return `${String(dice.below(900))} ${dice.one(['EUR', 'USD'])}`;
    case 'yes_no':
      return dice.is(0.5);
    case 'date':
      return `2026-0${String(1 + dice.below(9))}-${String(10 + dice.below(18))}`;
    case 'list':
      return [];
    case 'record':
      return {};
    case 'date_range':
      return { start: '2026-03-04', end: '2026-03-06' };
    case 'text':
    case 'name':
    case 'city':
    case 'choice':
      return dice.one(['Adel', 'River View', 'one two', 'gold', "O'Brien & Co"]);
    default:
      return exampleOf(type).replace(/^"|"$/g, '');
  }
}

/** Anything at all: what a hostile driver or a broken checkpoint might hand over. */
export function anything(dice: Dice): Json {
  return dice.one(nonsense);
}
