import { describe, expect, it } from 'vitest';
import { checkExpectation } from '../../../cli/player/expectations.js';
import { matchesValue } from '../../../engine/language/match-value.js';
import { forbiddenWords, matchesId, missingWords } from '../../../cli/player/match-words.js';
import { emptyRecord, type SpokenWords, type TurnRecord } from '../../../cli/player/turn-record.js';
import type { Json, TurnTrace } from '../../../engine/contracts.js';
import type { Expectation, ExpectationKey } from '../../../engine/language/script.js';

function words(...said: (string | [string, string])[]): SpokenWords[] {
  return said.map((one, index) =>
    typeof one === 'string' ? { id: one, text: one, atMs: index } : { id: one[0], text: one[1], atMs: index },
  );
}

function trace(change: Partial<TurnTrace> = {}): TurnTrace {
  return {
    turn: 1,
    candidates: [],
    moves: [],
    flow: 'send_money',
    state: 'agree',
    stack: [],
    queue: [],
    finished: [],
    visited: [],
    slots: {},
    counters: { no_input: 0, no_match: 0, invalid: 0, attempt: 1, visits: 1 },
    tools: [],
    llmCalls: 0,
    notes: [],
    ...change,
  };
}

function record(change: Partial<TurnRecord> = {}): TurnRecord {
  return { ...emptyRecord('en-IE'), traces: [trace()], ...change };
}

/** The keys whose expectation failed. */
function failing(expected: Partial<Record<ExpectationKey, Json>>, of: TurnRecord): ExpectationKey[] {
  const expectation: Expectation = Object.fromEntries(
    Object.entries(expected).map(([key, value], line) => [key, { value, line }]),
  );
  return checkExpectation(expectation, of).map(({ key }) => key);
}

it('knows which entry of knowledge answered, or that none did', () => {
  const answered = record({ traces: [trace(), trace({ answer: 'hours' })] });
  expect(failing({ answer: 'hours' }, answered)).toEqual([]);
  expect(failing({ answer: { any: ['parking', 'hours'] } }, answered)).toEqual([]);
  expect(failing({ answer: 'parking' }, answered)).toEqual(['answer']);
  expect(failing({ answer: 'none' }, answered)).toEqual(['answer']);
  expect(failing({ answer: 'none' }, record())).toEqual([]);
});

describe('a written value', () => {
  it.each<[Json, Json]>([
    ['20 EUR', '20.00 EUR'],
    [5.9, '5.90 EUR'],
    [4471, '4471'],
    ['yes', 'yes'],
    [true, true],
    [null, null],
    ['90s', '90s'],
    [{ start: '2026-06-09' }, { start: '2026-06-09', end: '2026-06-12' }],
    [[{ item: 'cola' }], [{ item: 'cola', size: null }]],
    [{ size: null }, { item: 'cola' }],
    ['/^Ro/', 'Rossi'],
    [{ any: ['a', 'b'] }, 'b'],
    ['> 900', '901 EUR'],
    ['<= 900', 900],
    ['>= 2026-03-04', '2026-03-04'],
    ['< 2m', '90s'],
  ])('%j fits %j', (expected, actual) => {
    expect(matchesValue(expected, actual)).toBe(true);
  });

  it.each<[Json, Json]>([
    ['0123', '123'],
    ['20 EUR', '20 USD'],
    ['20 EUR', '21 EUR'],
    [null, ''],
    ['null', null],
    [true, null],
    [[], [{ item: 'cola' }]],
    [[{ item: 'cola' }], [{ item: 'cola' }, { item: 'mayo' }]],
    [{ start: '2026-06-09' }, '2026-06-09'],
    ['> 900', 900],
    ['> 900', null],
    ['> 900 USD', '901 EUR'],
    ['/^Ro/', null],
    [{ any: ['a', 'b'] }, 'c'],
    [0, null],
  ])('%j does not fit %j', (expected, actual) => {
    expect(matchesValue(expected, actual)).toBe(false);
  });
});

describe('ids of words', () => {
  it.each([
    ['agree', 'send_money/agree'],
    ['send_money/agree', 'send_money/agree'],
    ['ask.room', 'ask.room.3'],
    ['ask.room.3', 'ask.room.3'],
    ['plan.ask', 'trip/plan.ask.1'],
    ['no_match', 'no_match.2'],
    ['tell', 'check_balance/tell'],
  ])('%s means %s', (expected, spoken) => {
    expect(matchesId(expected, spoken)).toBe(true);
  });

  it.each([
    ['ask.order', 'ask.order.size.1'],
    ['other/agree', 'send_money/agree'],
    ['agree', 'send_money/agree.confirm'],
    ['ask.room.1', 'ask.room.2'],
    ['gree', 'send_money/agree'],
  ])('%s does not mean %s', (expected, spoken) => {
    expect(matchesId(expected, spoken)).toBe(false);
  });
});

describe('what was said', () => {
  it('is in order, with gaps', () => {
    const said = words('f/a', 'f/b', 'f/c');
    expect(missingWords(['a', 'c'], said)).toBeUndefined();
    expect(missingWords(['c', 'a'], said)).toBe('a');
    expect(missingWords(['a', 'a'], said)).toBe('a');
  });

  it('may have several patterns fall in the same words as the item before them', () => {
    const said = words(['clarify', 'Did you mean Tomas or Tomasz?'], ['ask.payee.1', 'Who?']);
    expect(missingWords(['clarify', '/Tomas/', '/Tomasz/', 'ask.payee'], said)).toBeUndefined();
    expect(missingWords(['ask.payee', '/Tomas/'], said)).toBe('/Tomas/');
  });

  it('has patterns reach over the words of a turn', () => {
    expect(missingWords('/sorry.*Who/', words(['a', "I'm sorry."], ['b', 'Who is it?']))).toBeUndefined();
  });

  it('is nothing with none, and one of several with any', () => {
    expect(missingWords('none', [])).toBeUndefined();
    expect(missingWords('none', words('filler'))).toBe('none');
    expect(missingWords({ any: ['take.not_listed', 'clarify'] }, words('clarify'))).toBeUndefined();
    expect(missingWords({ any: ['take.not_listed', 'clarify'] }, words('f/take'))).toEqual({
      any: ['take.not_listed', 'clarify'],
    });
  });

  it('is compared without capitals and marks when given as text', () => {
    expect(missingWords({ text: 'goodbye' }, words(['f/bye', 'Goodbye!']))).toBeUndefined();
  });

  it('finds what must not be said wherever it stands', () => {
    expect(forbiddenWords(['booked', 'error'], words('f/a', 'error'))).toBe('error');
    expect(forbiddenWords('booked', words('f/not_booked'))).toBeUndefined();
  });
});

describe('an expectation', () => {
  it('takes state "end" when no flow runs', () => {
    expect(failing({ state: 'end' }, record({ traces: [trace({ flow: null, state: 'listen' })] }))).toEqual([]);
    expect(failing({ state: 'end' }, record())).toEqual(['state']);
    expect(failing({ state: 'agree', flow: 'send_money' }, record())).toEqual([]);
  });

  it('sees an empty slot as null and a finished flow by its name', () => {
    const slots = { payee: 'Priya', 'sign_in.pin': null };
    const of = record({ traces: [trace({ slots, finished: ['sign_in'] })] });
    expect(failing({ slots: { payee: 'Priya', amount: null, 'sign_in.pin': null }, finished: 'sign_in' }, of)).toEqual(
      [],
    );
    expect(failing({ slots: { payee: null }, finished: 'send_money' }, of)).toEqual(['finished', 'slots']);
  });

  it('counts the calls of a tool over the turn, with partial arguments', () => {
    const pay = { name: 'pay', input: { amount: '20 EUR', payee: 'Priya' }, atMs: 0 };
    const check = { name: 'check', input: { amount: '20 EUR' }, atMs: 0 };
    const of = record({ tools: [check, pay] });
    expect(
      failing(
        {
          tools: [
            { check: { amount: '20 EUR' }, times: 1 },
            { pay: {}, times: 1 },
          ],
        },
        of,
      ),
    ).toEqual([]);
    expect(failing({ tools: [{ pay: {} }, { check: {} }] }, of)).toEqual(['tools']);
    expect(failing({ tools: [{ pay: {}, times: 0 }] }, of)).toEqual(['tools']);
    expect(failing({ tools: [{ pay: { amount: '30 EUR' } }] }, of)).toEqual(['tools']);
    expect(
      failing(
        {
          tools: [
            { check: {}, times: 1 },
            { swap: {}, times: 0 },
          ],
        },
        of,
      ),
    ).toEqual([]);
    expect(failing({ tools: 'none' }, of)).toEqual(['tools']);
    expect(failing({ tools: 'none' }, record())).toEqual([]);
  });

  it('asks for any transfer with {}, and for none', () => {
    const transfer = { to: '+3531', mode: 'warm', packet: { reason: 'asked' } };
    expect(failing({ transfer: {} }, record({ transfer }))).toEqual([]);
    expect(failing({ transfer: { mode: 'warm', reason: 'asked' } }, record({ transfer }))).toEqual([]);
    expect(failing({ transfer: {} }, record())).toEqual(['transfer']);
    expect(failing({ transfer: 'none' }, record({ transfer }))).toEqual(['transfer']);
  });

  it('reads the intent and the route from the turn that had one', () => {
    const traces = [trace({ intent: 'yes', route: 'local' }), trace({})];
    expect(failing({ intent: 'yes', route: 'local' }, record({ traces }))).toEqual([]);
    expect(failing({ intent: 'no', route: 'keys' }, record({ traces }))).toEqual(['intent', 'route']);
  });

  it('compares what was heard by its words, and all of it as full', () => {
    expect(failing({ heard: 'Order 4 4' }, record({ heard: { text: 'Order 4, 4', full: false } }))).toEqual([]);
    expect(failing({ heard: 'full' }, record({ heard: { text: 'Order 4, 4', full: false } }))).toEqual(['heard']);
    expect(failing({ heard: 'full' }, record({ heard: { text: 'Order', full: true } }))).toEqual([]);
  });

  it('takes a bare number of milliseconds as the most it may be', () => {
    expect(failing({ first_audio_ms: 800 }, record({ firstAudioMs: 640 }))).toEqual([]);
    expect(failing({ first_audio_ms: 600 }, record({ firstAudioMs: 640 }))).toEqual(['first_audio_ms']);
  });

  it('names the line of the key and shows what was there', () => {
    const [failure] = checkExpectation({ no_match: { value: 2, line: 14 } }, record());
    expect(failure).toEqual({ key: 'no_match', message: 'no_match is 0', expected: 2, actual: 0, line: 14 });
  });
});
