import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { addDays } from '../../../engine/slot-types/calendar.js';
import { isReady, slotType } from '../../../engine/slot-types/index.js';
import { slotTypeNames } from '../../../engine/slot-types/slot-type.js';
import type { SlotContext, SlotTypeName } from '../../../engine/slot-types/slot-type.js';
import { monday } from './table.js';

const ready = slotTypeNames.filter(isReady);
const callWords = fc.constantFrom(
  'yes', 'no', 'not', 'wait', 'the', 'a', 'at', 'on', 'in', 'to', 'from', 'past', 'half', 'quarter', 'one', 'two', 'twenty',
  'hundred', 'thousand', 'oh', 'double', 'point', 'first', 'ninth', 'march', 'friday', 'next', 'week', 'tomorrow', 'pm', 'a.m.',
  'euros', '$30', '7:30', '4471', '9th', '04.03.2026', '4/3', 'my name is', 'lena', 'b as in boy', 'alpha', 'dot', 'com', '@',
  'spelled', 'no wait', 'make that', 'large', 'small', 'uh', ',', '.', '?', 'o\'clock', 'evening', 'minus', 'and', 'of', 'for',
  'plus', 'three', 'cents', 'until', 'days', 'in the', 'morning',
); // prettier-ignore
const speech = fc.array(callWords, { maxLength: 25 }).map((words) => words.join(' '));
const anything = fc.oneof(speech, fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ maxLength: 80 }));
const contexts = fc.record({
  language: fc.constantFrom('en-IE', 'en-US', 'en', 'de', 'xx'),
  now: fc.constantFrom('2026-03-02T10:00', '2028-02-29T23:59', '2026-12-31T00:00'),
  asked: fc.boolean(),
  pattern: fc.constantFrom(undefined, '[0-9]{4}', '[A-Z0-9]{4,8}', '(', ''),
  range: fc.constantFrom(undefined, { min: '17:00', max: '22:00' }, { max: 'today' }, { min: 'x', max: '' }),
  options: fc.constantFrom(
    undefined,
    [],
    [
      { id: 'small', also: ['little one'] },
      { id: 'large', also: [''] },
    ],
  ),
});

const optionsOf: SlotContext['options'] = [
  { id: 'small', also: ['little'] },
  { id: 'large', also: [] },
  { id: 'sea_view', also: [] },
];

describe('every type', () => {
  for (const name of ready) {
    it(`${name}: never throws, and its spans lie in the text`, () => {
      fc.assert(
        fc.property(anything, contexts, (text, context) => {
          const readings = slotType(name).find(text, context as SlotContext);
          for (const one of readings) {
            expect(one.start).toBeGreaterThanOrEqual(0);
            expect(one.end).toBeGreaterThan(one.start);
            expect(text.slice(one.start, one.end)).toBe(one.text);
            expect(one.confidence).toBeGreaterThan(0);
            expect(one.confidence).toBeLessThanOrEqual(1);
            expect(one.others ?? [null]).not.toEqual([]);
            expect(one.others ?? []).not.toContainEqual(one.value);
          }
          const order = readings.map((one) => one.confidence);
          expect(order).toEqual([...order].sort((a, b) => b - a));
        }),
        { numRuns: 400 },
      );
    });

    it(`${name}: accepts every value that it reads as a written one, unchanged`, () => {
      fc.assert(
        fc.property(speech, contexts, (text, context) => {
          const type = slotType(name);
          for (const one of type.find(text, context as SlotContext)) {
            for (const value of [one.value, ...(one.others ?? [])]) {
              expect(type.parse(value, context as SlotContext)).toEqual({ value });
              expect(type.say(value, context as SlotContext)).toBeTypeOf('string');
            }
          }
        }),
        { numRuns: 300 },
      );
    });

    it(`${name}: says what is wrong with a written value without repeating it`, () => {
      fc.assert(
        fc.property(fc.jsonValue({ maxDepth: 2 }), contexts, (written, context) => {
          const result = slotType(name).parse(written as Json, context as SlotContext);
          if ('problem' in result) {
            expect(result.problem.length).toBeGreaterThan(10);
            if (typeof written === 'string' && written.length > 20) expect(result.problem).not.toContain(written);
          }
        }),
      );
    });

    it(`${name}: stays quick on ten thousand words`, () => {
      const words = 'the four half past seven march a b double oh lena wait no euros from to at dot '.repeat(600);
      const start = performance.now();
      for (const asked of [true, false]) slotType(name).find(words, { ...monday, asked, options: optionsOf });
      expect(performance.now() - start).toBeLessThan(1000);
    });

    it(`${name}: gives recognisers a grammar without empty words`, () => {
      const spoken = JSON.stringify(slotType(name).spoken({ ...monday, options: optionsOf }));
      expect(spoken).not.toContain('"text":""');
    });
  }
});

/** What a type says of a value is understood as that value again. */
function saysWhatItHears(name: SlotTypeName, values: fc.Arbitrary<Json>, context: Partial<SlotContext> = {}): void {
  it(`${name}: is understood when it is said back`, () => {
    fc.assert(
      fc.property(values, (value) => {
        const full = { ...monday, ...context };
        const type = slotType(name);
        const read = type.find(type.say(value, full), full)[0];
        expect([read?.value, ...(read?.others ?? [])]).toContainEqual(value);
      }),
      { numRuns: 500 },
    );
  });
}

describe('what is said back', () => {
  saysWhatItHears('integer', fc.integer({ min: -1_000_000, max: 1_000_000 }));
  saysWhatItHears(
    'number',
    fc.integer({ min: -100_000, max: 100_000 }).map((value) => value / 100),
  );
  saysWhatItHears(
    'date',
    fc.integer({ min: -3000, max: 3000 }).map((days) => addDays('2026-03-02', days)),
  );
  saysWhatItHears(
    'time',
    fc
      .record({ hour: fc.integer({ min: 0, max: 23 }), minute: fc.integer({ min: 0, max: 59 }) })
      .map(({ hour, minute }) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`),
  );
  saysWhatItHears('digits', fc.stringMatching(/^[0-9]{3,12}$/));
  saysWhatItHears('code', fc.stringMatching(/^[A-NP-Z0-9]{4,8}$/), { pattern: '[A-Z0-9]{4,8}' });
  saysWhatItHears(
    'money',
    fc
      .integer({ min: 1, max: 500_000 })
      .map((cents) => slotType('money').parse(cents / 100, monday))
      .map((one) => ('value' in one ? one.value : null)),
  );
  saysWhatItHears('yes_no', fc.boolean());
  saysWhatItHears('choice', fc.constantFrom('small', 'large', 'sea_view'), { options: optionsOf });
  saysWhatItHears('city', fc.constantFrom('Porto', 'New York', 'Malmö', 'Ballina', 'Rio de Janeiro'));
  saysWhatItHears('phone', fc.constantFrom('+35312345678', '+353871234567', '+14155552671', '+442079460958'));
  saysWhatItHears(
    'email',
    fc.constantFrom('robin.ward@mail.example', 'r_ward42@light-house.example', 'lena+bank@mail.co.uk'),
  );
  saysWhatItHears(
    'date_range',
    fc
      .record({ from: fc.integer({ min: 0, max: 280 }), length: fc.integer({ min: 0, max: 15 }) })
      .map(({ from, length }) => ({ start: addDays('2026-03-02', from), end: addDays('2026-03-02', from + length) })),
  );
  saysWhatItHears('duration', fc.constantFrom('90s', '90m', '1h', '36h', '30d', '59s', '3661s'));
  saysWhatItHears('datetime', fc.constantFrom('2026-05-22T12:10', '2026-06-09T19:30', '2026-03-03T07:05'));
  saysWhatItHears('ordinal', fc.integer({ min: 1, max: 120 }));
  saysWhatItHears('spelled', fc.constantFrom('lena', 'siobhan', 'okafor', 'xylo'));
  saysWhatItHears('postcode', fc.constantFrom('D02XY76', 'A65F4E2'));
  saysWhatItHears('name', fc.constantFrom('Lena', 'Lena Okafor', "Mary O'Brien", 'Ludwig van Beethoven', 'Anna-Maria'));
});

it('nothing is made of more figures than a number holds', () => {
  for (const text of ['9'.repeat(400), '9'.repeat(30), `for ${'9'.repeat(30)} euros`, `${'9'.repeat(400)} dollars`])
    for (const type of ['money', 'number', 'integer', 'ordinal', 'duration'] as const)
      expect(slotType(type).find(text, { language: 'en-IE', now: '2026-03-02T10:00', asked: true })).toEqual([]);
});
