import { expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { slotType } from '../../../engine/slot-types/index.js';
import type { SlotContext, SlotTypeName } from '../../../engine/slot-types/slot-type.js';

/** Monday the 2nd of March 2026, ten in the morning, in Ireland; the slot was asked for. */
export const monday: SlotContext = { language: 'en-IE', now: '2026-03-02T10:00', asked: true };

/** The surest reading's value, with its equals when the words leave more than one. `none`: nothing is read. */
export type Expected = Json | { either: Json[] } | { all: Json[] };
export const none = Symbol('none');

export type Row = readonly [said: string, expected: Expected | typeof none, more?: Partial<SlotContext>];

/** The least that a type's table holds, in English and in any other language: utterances, and near misses among them. */
const fewestInEnglish = { utterances: 40, misses: 15 };
const fewestElsewhere = { utterances: 25, misses: 8 };

/** One fact a row. One table a type, so that a short one is seen. */
export function table(name: SlotTypeName, rows: readonly Row[], base: Partial<SlotContext> = {}): void {
  const fewest = /^en\b/.test(base.language ?? 'en') ? fewestInEnglish : fewestElsewhere;
  it(`${name}: has at least ${fewest.utterances} utterances, ${fewest.misses} of them near misses`, () => {
    expect(new Set(rows.map(([said, , more]) => JSON.stringify([said, more]))).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(fewest.utterances);
    expect(rows.filter(([, expected]) => expected === none).length).toBeGreaterThanOrEqual(fewest.misses);
  });
  for (const [said, expected, more] of rows) {
    const shown = expected === none ? 'nothing' : JSON.stringify(expected);
    it(`hears ${shown} in "${said}"${more ? ` with ${JSON.stringify(more)}` : ''}`, () => {
      const readings = slotType(name).find(said, { ...monday, ...base, ...more });
      for (const one of readings) expect(said.slice(one.start, one.end)).toBe(one.text);
      const first = readings[0];
      if (expected === none) expect(readings.map((one) => one.value)).toEqual([]);
      else if (isKeyed(expected, 'either')) expect([first?.value, ...(first?.others ?? [])]).toEqual(expected.either);
      else if (isKeyed(expected, 'all')) expect(readings.map((one) => one.value)).toEqual(expected.all);
      else {
        expect(first?.value).toEqual(expected);
        expect(first?.others).toBeUndefined();
      }
    });
  }
}

function isKeyed<Key extends string>(expected: unknown, key: Key): expected is Record<Key, Json[]> {
  return typeof expected === 'object' && expected !== null && !Array.isArray(expected) && key in expected;
}
