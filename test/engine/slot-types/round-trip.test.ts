/** Value → as it is spoken → heard again = the same value, on generated values of every ordered or free type. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { addDays } from '../../../engine/slot-types/calendar.js';
import { isHeardIn, slotType } from '../../../engine/slot-types/index.js';
import { slotTypeNames } from '../../../engine/slot-types/slot-type.js';
import type { SlotContext, SlotTypeName } from '../../../engine/slot-types/slot-type.js';
import { monday } from './table.js';

const two = (value: number): string => String(value).padStart(2, '0');
const day = fc.integer({ min: 0, max: 360 }).map((days) => addDays('2026-03-02', days));
const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 })).map(([hour, minute]) => `${two(hour)}:${two(minute)}`); // prettier-ignore
const options: SlotContext['options'] = ['small', 'large', 'sea_view'].map((id) => ({ id, also: [] }));
const words = fc.constantFrom('Lena', 'Mary', 'Robin', 'Siobhan', 'Ludwig', 'Thomas');
const surnames = fc.constantFrom('Okafor', "O'Brien", 'Ward', 'Murphy', 'Walsh', 'Fitzgerald');

const generated: Partial<Record<SlotTypeName, readonly [fc.Arbitrary<Json>, Partial<SlotContext>?]>> = {
  integer: [fc.integer({ min: -1_000_000, max: 1_000_000 })],
  number: [fc.integer({ min: -100_000, max: 100_000 }).map((value) => value / 100)],
  ordinal: [fc.integer({ min: 1, max: 200 })],
  // Pennies alone name no currency: from one unit on.
  money: [
    fc
      .tuple(fc.integer({ min: 100, max: 900_000 }), fc.constantFrom('EUR', 'USD', 'GBP'))
      .map(([cents, currency]) => `${cents % 100 === 0 ? cents / 100 : (cents / 100).toFixed(2)} ${currency}`),
  ],
  date: [day],
  time: [clock],
  datetime: [fc.tuple(day, clock).map(([on, at]) => `${on}T${at}`)],
  date_range: [
    fc.tuple(day, fc.integer({ min: 1, max: 15 })).map(([start, length]) => ({ start, end: addDays(start, length) })),
  ],
  duration: [fc.integer({ min: 1, max: 200_000 }).map((seconds) => writtenDuration(seconds))],
  yes_no: [fc.boolean()],
  choice: [fc.constantFrom('small', 'large', 'sea_view'), { options }],
  digits: [fc.stringMatching(/^[0-9]{3,16}$/)],
  code: [fc.stringMatching(/^[A-NP-Z0-9]{4,8}$/), { pattern: '[A-Z0-9]{4,8}' }],
  spelled: [fc.stringMatching(/^[a-z]{2,12}$/)],
  phone: [fc.stringMatching(/^\+35387[1-9][0-9]{6}$/)],
  email: [
    fc
      .tuple(
        fc.stringMatching(/^[a-z][a-z]{2,8}[0-9]{0,2}$/),
        fc.constantFrom('mail.example', 'acme.com', 'post.co.uk'),
      )
      .map(([user, host]) => `${user}@${host}`),
  ],
  name: [fc.tuple(words, surnames).map(([first, last]) => `${first} ${last}`)],
  city: [fc.constantFrom('Porto', 'New York', 'Malmö', 'Ballina', 'Rio de Janeiro', 'Cork', 'Galway')],
  postcode: [fc.constantFrom('D02XY76', 'A65F4E2', 'T12N2W8')],
  address: [
    fc
      .tuple(
        fc.integer({ min: 1, max: 250 }),
        fc.constantFrom('Main Street', 'Harbour Road', 'Mill Lane'),
        fc.constantFrom('Cork', 'Galway'),
      )
      .map(([number, street, city]) => ({ number: String(number), street, city })),
  ],
};

/** Values that have another shape there. */
const elsewhereWritten: Readonly<Record<string, Partial<Record<SlotTypeName, fc.Arbitrary<Json>>>>> = {
  'es-ES': { postcode: fc.stringMatching(/^[0-5][0-9]{4}$/), phone: fc.stringMatching(/^\+346[1-9][0-9]{7}$/) },
  'es-MX': { postcode: fc.stringMatching(/^[0-9]{5}$/), phone: fc.stringMatching(/^\+5255[1-9][0-9]{7}$/) },
};

/** Lists and records are read by the dialog (`list.test.ts`, `record.test.ts`); any words are a text. */
const elsewhere: readonly SlotTypeName[] = ['list', 'record', 'text'];

function writtenDuration(seconds: number): Json {
  const parsed = slotType('duration').parse(`${seconds}s`, monday);
  return 'value' in parsed ? parsed.value : null;
}

describe('what is said of a value is heard as that value', () => {
  it('of every type', () => {
    expect(slotTypeNames.filter((name) => !generated[name] && !elsewhere.includes(name))).toEqual([]);
  });

  for (const language of ['en-IE', 'es-ES', 'es-MX']) {
    const types = Object.entries(generated) as [SlotTypeName, [fc.Arbitrary<Json>, Partial<SlotContext>?]][];
    for (const [name, [values, context]] of types) {
      if (!isHeardIn(name, language)) continue;
      it(language === 'en-IE' ? name : `${name} in ${language}`, () => {
        const full = { ...monday, ...context, language };
        const type = slotType(name);
        fc.assert(
          fc.property(elsewhereWritten[language]?.[name] ?? values, (value) => {
            const parsed = type.parse(value, full);
            expect(parsed).toEqual({ value });
            const said = type.say(value, full);
            const [read] = type.find(said, full);
            expect([read?.value, ...(read?.others ?? [])], `heard in "${said}"`).toContainEqual(value);
          }),
          { numRuns: 300, seed: 5 },
        );
      });
    }
  }
});
