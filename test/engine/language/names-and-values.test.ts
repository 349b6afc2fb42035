import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { compileExpression } from '../../../engine/language/expressions.js';
import { NameScope } from '../../../engine/language/name-scope.js';
import { compileTemplate } from '../../../engine/language/templates.js';
import { anyType, textType } from '../../../engine/language/value-types.js';
import { agentOf, load } from './load-text.js';
import { randomOf } from './mutate.js';

const place = { file: 'f', line: 1, column: 1 };
const scope = new NameScope().declare('said', textType).declare('record', anyType).declare('items', anyType);

/** Names that every JavaScript object has without being asked. */
const inherited = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'isPrototypeOf',
];

function evaluate(source: string, values: Record<string, Json> = {}): { troubles: number; value: Json } {
  const { expression, troubles } = compileExpression(source, place, scope);
  const { value } = expression.evaluate((name) => (Object.hasOwn(values, name) ? values[name] : undefined));
  return { troubles: troubles.length, value };
}

describe('an expression reaches no further than its names', () => {
  it.each(inherited)('%s is no name, no field and no key of what is there', (name) => {
    expect(evaluate(name).value).toBeNull();
    for (const source of [
      `said.${name}`,
      `record.${name}`,
      `record["${name}"]`,
      `items[0].${name}`,
      `items.map(i, i.${name})[0]`,
    ]) {
      const { value } = evaluate(source, { said: 'x', record: { a: 1 }, items: [{ a: 1 }] });
      expect(value, source).toBeNull();
    }
  });

  it('finds no function behind a value, whatever is put together', () => {
    const random = randomOf(7);
    const parts = [
      'said',
      'record',
      'items',
      ...inherited,
      '.',
      '.',
      '[0]',
      '["constructor"]',
      '(',
      ')',
      '"a"',
      '1',
      '+',
      '==',
      '.map(i, i)',
      '()',
      '{',
      '}',
      '?',
      ':',
    ];
    for (let round = 0; round < 1500; round++) {
      const source = Array.from(
        { length: 1 + Math.floor(random() * 9) },
        () => parts[Math.floor(random() * parts.length)]!,
      ).join('');
      const { value } = evaluate(source, { said: 'x', record: { a: 1 }, items: [{ a: 1 }] });
      expect(['string', 'number', 'boolean', 'object'], source).toContain(typeof value);
      expect(JSON.stringify(value), source).not.toMatch(/native code|function/);
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('cannot run for long: no loop but over its own lists, patterns in linear time, a bound on its size', () => {
    const from = process.cpuUsage();
    expect(evaluate('said.matches("(a+)+$")', { said: `${'a'.repeat(50_000)}b` }).value).toBe(false);
    expect(evaluate(`${'('.repeat(5000)}1${')'.repeat(5000)}`).troubles).toBeGreaterThan(0);
    expect(evaluate(Array(5000).fill('1').join(' + ')).troubles).toBeGreaterThan(0);
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(4000);
  });
});

describe('a value is data and never a template', () => {
  const template = compileTemplate('You said {{ said }}.', place, scope, 'en-US').template;

  it.each([
    '{{ record }}',
    '{{ said | spell }}',
    '}} {{ said }}',
    '{{',
    '{% raw %}',
    '${said}',
    '{{ said }}{{ said }}',
  ])('%s', (said) => {
    expect(template.render((name) => (name === 'said' ? said : name === 'record' ? 'leaked' : undefined))).toBe(
      `You said ${said}.`,
    );
  });

  it('whatever a caller says, once and twice through', () => {
    const random = randomOf(11);
    const parts = ['{{', '}}', ' said ', ' record ', '|', ' spell ', '"', "'", '\\', 'x', '{', '}'];
    for (let round = 0; round < 500; round++) {
      const said = Array.from(
        { length: 1 + Math.floor(random() * 12) },
        () => parts[Math.floor(random() * parts.length)]!,
      ).join('');
      const render = (value: string): string =>
        template.render((name) => (name === 'said' ? value : name === 'record' ? 'LEAKED' : undefined));
      const once = render(said);
      expect(once).not.toContain('LEAKED');
      expect(render(once)).not.toContain('LEAKED');
    }
  });
});

describe('a designer’s names that every object has', () => {
  it.each(['toString', 'valueOf', 'hasOwnProperty'])(
    '%s names a slot, a tool, a state and a flow like any other',
    async (name) => {
      const text = (slot: string, tool: string, state: string, flow: string): string =>
        `flow: ${flow}\nslots: { ${slot}: { type: integer, ask: How many? } }\ntools: { ${tool}: { effect: read, output: { ok: yes_no }, http: { get: "{{ env.URL }}" } } }\nstates:\n  first: { collect: ${slot}, to: ${state} }\n  ${state}: { call: ${tool}, transitions: [{ if: ${tool}.ok && ${slot} > 2, to: human }], to: end }\n`;
      for (const at of [0, 1, 2, 3]) {
        const names = ['n', 'find', 'look', 'f'];
        names[at] = name;
        const agent = await agentOf(text(names[0]!, names[1]!, names[2]!, names[3]!));
        expect([...agent.flows.keys()]).toEqual([names[3]]);
        expect([...agent.flows.get(names[3]!)!.states.keys()]).toEqual(['first', names[2]]);
      }
    },
  );

  it.each(['__proto__', 'constructor'])(
    '%s names no slot, tool or flow: it would be read in two ways',
    async (name) => {
      for (const text of [
        `flow: f\nslots: { ${name}: text }\nstates: { a: { say: Hi, to: end } }\n`,
        `flow: f\ntools: { ${name}: { effect: read, http: { get: x } } }\nstates: { a: { call: ${name}, to: end } }\n`,
        `flow: ${name}\nstates: { a: { say: Hi, to: end } }\n`,
      ]) {
        const { agent, problems } = await load(text);
        expect(agent).toBeUndefined();
        expect(problems.map(({ code }) => code)).toContain('reserved-name');
      }
    },
  );

  it('are told as unknown where nobody declared them, and change nothing anywhere', async () => {
    for (const name of inherited) {
      const { problems } = await load(
        `flow: f\nslots: { n: { type: integer, ask: How many? } }\nstates:\n  a: { collect: n, transitions: [{ intent: ${name}, to: ${name} }, { set: { ${name}: 1 }, clear: ${name}, to: end }], to: end }\n`,
      );
      expect(
        problems.map(({ code }) => code),
        name,
      ).toEqual(expect.arrayContaining(['unknown-intent', 'unknown-state', 'unknown-slot']));
    }
    expect(({} as Record<string, unknown>)['n']).toBeUndefined();
  });
});

describe('a cure says what can be written', () => {
  const told = async (slot: string, outcomes = '{}'): Promise<string> => {
    const { problems } = await load(`
flow: order
slots:
  n: { type: integer, ask: How many? }
  x: ${slot}
tools: { find: { effect: read, output: { list: { list: { id: text } } }, outcomes: ${outcomes}, http: { get: "https://x.example" } } }
states: { ask: { collect: n, to: look }, look: { call: find, transitions: [{ on: [error, timeout, full], to: end }], to: tell }, tell: { say: "{{ x }}", to: end } }
`);
    return problems.map(({ message, cure }) => `${message} ${cure ?? ''}`).join('\\n');
  };

  it('of a default that is today', async () => {
    expect(await told('{ type: date, default: today }')).toContain('Write "{{ today }}", in quotes.');
    expect(await told('{ type: date, default: "{{ today }}" }')).toBe('');
  });

  it('of an amount that is put together as text: a number will do', async () => {
    expect(await told(`{ type: money, value: "{{ string(n * 35) + ' USD' }}" }`)).toContain(
      'or to a number, as in "{{ count * 35 }}"',
    );
    expect(await told('{ type: money, value: "{{ n * 35 }}" }')).toBe('');
  });

  it('of a field with the name of a word of expressions', async () => {
    expect(await told('{ type: integer, default: 1 }', '{ full: "size(list) == 0" }')).toContain(
      '"list" is a word of expressions',
    );
    expect(await told('{ type: integer, default: 1 }', `{ full: "size(flights) == size('list')" }`)).not.toContain(
      'is a word of expressions',
    );
  });
});
