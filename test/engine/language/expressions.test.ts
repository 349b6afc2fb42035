import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { compileExpression } from '../../../engine/language/expressions.js';
import { builtInNames, NameScope } from '../../../engine/language/name-scope.js';
import type { ValueType } from '../../../engine/language/value-types.js';

const scalar = (
  of: 'text' | 'money' | 'date' | 'time' | 'datetime' | 'integer' | 'number' | 'yes_no' | 'date_range',
): ValueType => ({ kind: 'scalar', of });
const item: ValueType = {
  kind: 'record',
  fields: new Map([
    ['id', scalar('text')],
    ['price', scalar('money')],
  ]),
};

const names = new NameScope();
for (const [name, declared] of builtInNames) names.declareAs(name, declared);
names
  .declare('amount', scalar('money'))
  .declare('day', scalar('date'))
  .declare('time', scalar('time'))
  .declare('leaves', scalar('datetime'))
  .declare('stay', scalar('date_range'))
  .declare('count', scalar('integer'))
  .declare('rate', scalar('number'))
  .declare('verified', scalar('yes_no'))
  .declare('size', scalar('text'))
  .declare('status', scalar('text'))
  .declare('contacts', { kind: 'list', of: scalar('text') })
  .declare('car', {
    kind: 'choice',
    fields: item.kind === 'record' ? item.fields : undefined,
    listed: new Map([['C1', { name: 'C1', data: { id: 'C1', price: '31 EUR' } }]]),
  })
  .declare('find', {
    kind: 'record',
    fields: new Map<string, ValueType>([
      ['items', { kind: 'list', of: item }],
      ['status', scalar('text')],
      ['prices', { kind: 'map', of: scalar('money') }],
    ]),
  })
  .declareNamespace('rent_car', new Map([['days', scalar('integer')]]));

const values: Record<string, Json> = {
  now: '2026-03-01T10:00',
  today: '2026-03-01',
  amount: '12.50 EUR',
  day: '2026-03-04',
  time: '19:00',
  leaves: '2026-03-04T07:35',
  stay: { start: '2026-03-04', end: '2026-03-06' },
  count: 3,
  rate: 0.5,
  verified: false,
  size: 'large',
  contacts: ['Priya', 'Tomas'],
  car: 'C1',
  find: {
    status: 'lost',
    items: [
      { id: 'A', price: '3 EUR' },
      { id: 'B', price: '4.50 EUR' },
    ],
    prices: { one: '2 EUR' },
  },
  'turn.text': 'hello',
  'rent_car.days': 4,
  visits: 2,
};

const place = { file: 'a.yaml', line: 1, column: 1 };
const compile = (source: string, wants: 'condition' | 'value' = 'value') =>
  compileExpression(source, place, names, wants);
const evaluate = (source: string, scope: Record<string, Json> = values) =>
  compile(source).expression.evaluate((name) => scope[name]);

describe('values compare as people expect', () => {
  it.each<[string, Json]>([
    ['amount > 10', true],
    ['amount <= 12.5', true],
    ['10 < amount', true],
    ['amount == 12.5', true],
    ['amount + amount', '25 EUR'],
    ['amount * 2', '25 EUR'],
    ['amount.currency == "EUR" && amount.value > 12.0', true],
    ['find.items.map(i, i.price).sum()', '7.50 EUR'],
    ['[1, 2].sum() + count', 6],
    ['day > today', true],
    ['day < today + 30d', true],
    ['day - today == 3d', true],
    ['day == "2026-03-04"', true],
    ['day + 30d', '2026-04-03'],
    ['leaves > day - 1d && leaves == day', true],
    ['time >= "17:00"', true],
    ['time - 90m', '17:30'],
    ['stay.end > stay.start', true],
    ['now < leaves', true],
    ['count + 1', 4],
    ['count % 2 == 1', true],
    ['count * rate', 1.5],
    ['count > 2.5', true],
    ['"Priya" in contacts', true],
    ['size(contacts) == 2 && size == "large"', true],
    ['contacts[count - 2]', 'Tomas'],
    ['!verified', true],
    ['find.status == "lost"', true],
    ['find.prices["one"] < 3', true],
    ['find.items.exists(i, i.id == "B")', true],
    ['find.items[0]', { id: 'A', price: '3 EUR' }],
    ['status.matches("^x") || size.matches("^lar")', true],
    ['count > 2 ? "many" : "few"', 'many'],
    ['turn.text', 'hello'],
    ['heard.intro', 0],
    ['rent_car.days', 4],
  ])('%s', (source, value) => {
    const { troubles, expression } = compile(source);
    expect(troubles).toEqual([]);
    const given = { ...values, status: 'y' };
    expect(expression.evaluate((name) => given[name as keyof typeof given])).toEqual({ value });
  });

  it('compares a choice with data by its id and reaches its data as fields', () => {
    expect(evaluate('car == "C1"')).toEqual({ value: true });
    expect(evaluate('car.price > 30')).toEqual({ value: true });
    expect(evaluate('car')).toEqual({ value: 'C1' });
  });

  it('gives whole numbers back as JSON numbers', () => {
    expect(JSON.stringify(evaluate('count * 2'))).toBe('{"value":6}');
  });
});

describe('empty values', () => {
  it('are null and compare with null, whatever their type', () => {
    for (const name of ['amount', 'day', 'count', 'verified', 'contacts', 'car', 'find', 'stay']) {
      const { troubles, expression } = compile(`${name} == null`);
      expect(troubles).toEqual([]);
      expect(expression.evaluate(() => null)).toEqual({ value: true });
    }
  });

  it('make a comparison a problem and never a value', () => {
    expect(evaluate('amount > 3', {})).toEqual({ value: null, problem: expect.any(String) as string });
    expect(evaluate('find.status == "lost"', {})).toEqual({ value: null, problem: expect.any(String) as string });
  });

  it('make a field that a result lacks a problem', () => {
    expect(evaluate('find.status == null', { find: {} }).problem).toMatch(/field is missing/);
  });

  it('name no value in the reason, since it is logged', () => {
    const { problem } = evaluate('amount + find.items[0].price', { ...values, amount: 'secret words' });
    expect(problem).toBeDefined();
    expect(problem).not.toMatch(/secret/);
  });
});

describe('never throws', () => {
  it.each(['find.items[7]', '1 / 0', 'size(find.status)', 'contacts[count]', 'find.items.map(i, i.nope)', 'day >'])(
    '%s',
    (source) => {
      expect(() => evaluate(source, {})).not.toThrow();
      expect(evaluate(source, {}).value).toBeNull();
    },
  );

  it('answers a pattern made to hang', () => {
    const start = performance.now();
    expect(evaluate('size.matches("^(a+)+$")', { size: `${'a'.repeat(5000)}!` })).toEqual({ value: false });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('keeps prototypes out of reach', () => {
    for (const source of ['find.constructor', 'find.__proto__', 'find.items[0].constructor.name']) {
      expect(compile(source).troubles).not.toEqual([]);
    }
    expect(evaluate('find["constructor"]').value).toBeNull();
  });
});

describe('mistakes are found when the flow loads', () => {
  const table: [source: string, code: string, start: number, message: RegExp, cure: RegExp][] = [
    ['amuont > 3', 'unknown-name', 0, /called "amuont"/, /Did you mean "amount"/],
    ['find.stats == "x"', 'unknown-name', 5, /no "stats"/, /Did you mean "status"/],
    ['verified && staus == "x"', 'unknown-name', 12, /"staus"/, /"status"/],
    ['amount == "x"', 'bad-expression', 0, /money == text/, /same kind/],
    ['day > 3', 'bad-expression', 0, /date > integer/, /same kind/],
    ['status.name', 'unknown-name', 7, /no fields/, /whole/],
    ['day < today + 30d && amuont > 3', 'unknown-name', 21, /amuont/, /amount/],
    ['env.DESK', 'unknown-name', 0, /environment/, /tool/],
    ['count >', 'bad-expression', 7, /cannot be read/, /Correct it/],
    ['nope(count)', 'bad-expression', 0, /nope/, /size, sum/],
  ];
  it.each(table)('%s', (source, code, start, message, cure) => {
    const [trouble] = compile(source).troubles;
    expect(trouble).toMatchObject({ code, start });
    expect(trouble?.message).toMatch(message);
    expect(trouble?.cure).toMatch(cure);
  });

  it('a condition has to be true or false', () => {
    expect(compile('status', 'condition').troubles[0]?.message).toMatch(/true or false/);
    expect(compile('verified', 'condition').troubles).toEqual([]);
    expect(compile('turn.value', 'condition').troubles).toEqual([]);
  });

  it('tells all unknown names of one expression', () => {
    expect(compile('aaa == 1 || bbb == 2').troubles).toHaveLength(2);
  });
});

it('says what it reads, and not what a macro binds', () => {
  expect(compile('find.items.exists(i, i.id == turn.text) && count > 1').expression.reads).toEqual([
    'find',
    'turn.text',
    'count',
  ]);
});

it('asks for a whole namespace when nobody gives its field', () => {
  expect(evaluate('turn.text', { turn: { text: 'whole' } })).toEqual({ value: 'whole' });
});

it('knows today from now', () => {
  expect(evaluate('today == "2026-03-01"', { now: '2026-03-01T10:00' })).toEqual({ value: true });
});
