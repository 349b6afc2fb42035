import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { builtInNames, environmentNames, NameScope } from '../../../engine/language/name-scope.js';
import { compileTemplate, wholeExpression } from '../../../engine/language/templates.js';
import type { TemplateManner } from '../../../engine/language/templates.js';
import type { ValueType } from '../../../engine/language/value-types.js';

const scalar = (of: 'text' | 'money' | 'date' | 'time' | 'datetime' | 'integer' | 'code' | 'yes_no'): ValueType => ({
  kind: 'scalar',
  of,
});
const place = { file: 'a.yaml', line: 1, column: 1 };

const hotelNames = new NameScope().declare('name', scalar('text')).declare('tier', scalar('text'));
const hotel: ValueType = {
  kind: 'record',
  fields: new Map([
    ['id', scalar('text')],
    ['name', scalar('text')],
    ['tier', scalar('text')],
  ]),
  spoken: compileTemplate('{{ name }}, {{ tier }}', place, hotelNames, 'en-IE').template,
};

const names = new NameScope();
for (const [name, declared] of builtInNames) names.declareAs(name, declared);
names
  .declareAs('env', environmentNames)
  .declare('order_id', scalar('code'))
  .declare('amount', scalar('money'))
  .declare('day', scalar('date'))
  .declare('time', scalar('time'))
  .declare('leaves', scalar('datetime'))
  .declare('count', scalar('integer'))
  .declare('name', scalar('text'))
  .declare('express', scalar('yes_no'))
  .declare('cards', { kind: 'list', of: scalar('text') })
  .declare('hotels', { kind: 'list', of: hotel })
  .declare('size', {
    kind: 'choice',
    listed: new Map([['extra_large', { name: 'extra_large', data: { id: 'extra_large' } }]]),
  });

const values: Record<string, Json> = {
  now: '2026-03-01T10:00',
  order_id: '4471',
  amount: '30 EUR',
  day: '2026-03-04',
  time: '19:00',
  leaves: '2026-03-04T07:35',
  count: 1,
  name: 'Ann & Co',
  express: true,
  cards: ['debit', 'credit', 'virtual'],
  hotels: [
    { id: 'H1', name: 'Ribeira', tier: 'luxury' },
    { id: 'H2', name: 'Azul', tier: 'midscale' },
  ],
  size: 'extra_large',
  'env.BANK_URL': 'https://bank.example/a?b=',
};

function render(source: string, scope: Record<string, Json> = values, manner: TemplateManner = 'spoken'): string {
  const { template, troubles } = compileTemplate(source, place, names, 'en-IE', manner);
  expect(troubles).toEqual([]);
  return template.render((name) => scope[name]);
}

describe('filters speak as people do', () => {
  it.each([
    ['Order {{ order_id | spell }}.', 'Order 4 4 7 1.'],
    ['{{ amount | money }} to {{ name }}', '30 euros to Ann & Co'],
    ['{{ cards | list }}', 'debit, credit and virtual'],
    ["{{ cards | list('or') }}", 'debit, credit or virtual'],
    ["{{ count }} {{ count | plural('roll', 'rolls') }}", '1 roll'],
    ["{{ size(cards) | plural('card', 'cards') }}", 'cards'],
    ["{{ name || 'x' }}", undefined],
    ['{{ hotels | list }}', 'Ribeira, luxury and Azul, midscale'],
    ['{{ hotels[1] }}', 'Azul, midscale'],
    ['{{ size }}', 'extra large'],
    ['{{ 3 | ordinal }}', 'third'],
  ])('%s', (source, words) => {
    if (words === undefined) expect(compileTemplate(source, place, names, 'en').troubles).not.toEqual([]);
    else expect(render(source)).toBe(words);
  });

  it('says cents after the unit and no cents where there are none', () => {
    expect(render('{{ amount }}', { amount: '12.50 EUR' })).toBe('12 euros 50');
    expect(render('{{ amount }}', { amount: '1 EUR' })).toBe('1 euro');
    expect(render('{{ amount | money }}', { amount: '4210.50 EUR' })).toBe('4210 euros 50');
  });

  it('says a date as its slot type does, and the date and the time of a moment', () => {
    const spoken = render('{{ day | say_date }}');
    expect(spoken).not.toBe('2026-03-04');
    expect(spoken).toMatch(/March/);
    expect(render('{{ day }}')).toBe(spoken);
    expect(render('{{ leaves | say_date }}')).toBe(spoken);
    expect(render('{{ leaves | say_time }}')).toBe(render('{{ time | say_time }}', { ...values, time: '07:35' }));
  });
});

describe('an empty value is spoken as nothing', () => {
  it.each([
    ['Hello {{ name }}, what can I do?', 'Hello, what can I do?'],
    ['A {{ size }} {{ name }} card.', 'A card.'],
    ["{{ name | or('none') }}", 'none'],
    ["{{ cards | list | or('Nothing yet') }}", 'Nothing yet'],
    ['{{ amount | money }}!', '!'],
  ])('%s', (source, words) => {
    expect(render(source, { cards: [] })).toBe(words);
  });
});

it('never reads a value as a template', () => {
  expect(render('Hi {{ name }}', { name: '{{ amount }}' })).toBe('Hi {{ amount }}');
});

it('percent-encodes values in a URL and leaves the environment as it is', () => {
  expect(render('{{ env.BANK_URL }}{{ name }}&d={{ day }}&m={{ amount }}', values, 'url')).toBe(
    'https://bank.example/a?b=Ann%20%26%20Co&d=2026-03-04&m=30%20EUR',
  );
});

it('puts values in as they are written where nobody hears them', () => {
  expect(render('{{ name }}-{{ amount }}-{{ express }}', values, 'written')).toBe('Ann & Co-30 EUR-true');
});

it('tells a whole value from words with a value', () => {
  expect(wholeExpression(' {{ a.b }} ')).toEqual({ expression: 'a.b', start: 4 });
  expect(wholeExpression('{{ a }} b')).toBeUndefined();
  expect(wholeExpression('{{ a | list }}')).toBeUndefined();
  expect(wholeExpression('{{ a || b }}')).toEqual({ expression: 'a || b', start: 3 });
  expect(wholeExpression('{{ {"a": 1}["a"] }}')).toEqual({ expression: '{"a": 1}["a"]', start: 3 });
});

describe('mistakes in templates', () => {
  it.each([
    ['Hi {{ nmae }}', 'unknown-name', 6, /Did you mean "name"/],
    ['Hi {{ name | spel }}', 'unknown-filter', 13, /Did you mean "spell"/],
    ['Hi {{ name', 'bad-template', 3, /Close them/],
    ['Hi {{ }}', 'bad-template', 5, /Name a value/],
    ['Hi {{ name | plural("a") }}', 'bad-template', 13, /Give it 2/],
    ['Hi {{ name | }}', 'bad-template', 12, /\|\|/],
  ])('%s', (source, code, start, cure) => {
    const [trouble] = compileTemplate(source, place, names, 'en').troubles;
    expect(trouble).toMatchObject({ code, start });
    expect(trouble?.cure).toMatch(cure);
  });
});
