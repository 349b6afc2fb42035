/**
 * The two CEL environments of one set of declarations: one checks types when a flow loads, one runs.
 * The checking one knows every name's type; the running one takes values as they come, null for empty.
 */
import { Environment } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import type { NameScope } from './name-scope.js';
import { Day, DayRange, idOf, Moment, Money, Option, Rec, Span, TimeOfDay } from './values.js';
import type { ValueType } from './value-types.js';

const options = {
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
  limits: { maxDepth: 60, maxAstNodes: 2000 },
};

type Handler = (left: never, right: never) => unknown;

/** Operators that CEL does not have, as `left op right`. Comparing two numbers of different kinds is CEL's own. */
function operators(): [string, Handler][] {
  const list: [string, Handler][] = [];
  const add = (signature: string, run: (left: never, right: never) => unknown): void =>
    void list.push([signature, run]);
  const arithmetic: Record<string, (a: number, b: number) => number> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
    '%': (a, b) => a % b,
  };
  for (const [sign, run] of Object.entries(arithmetic)) {
    add(`double ${sign} int: double`, (a: number, b: bigint) => run(a, Number(b)));
    add(`int ${sign} double: double`, (a: bigint, b: number) => run(Number(a), b));
    if (sign === '%') add('double % double: double', run);
  }
  const compare = (left: string, right: string, order: (a: never, b: never) => number): void => {
    add(`${left} < ${right}: bool`, (a, b) => order(a, b) < 0);
    add(`${left} <= ${right}: bool`, (a, b) => order(a, b) <= 0);
    add(`${left} > ${right}: bool`, (a, b) => order(a, b) > 0);
    add(`${left} >= ${right}: bool`, (a, b) => order(a, b) >= 0);
  };
  const equal = (left: string, right: string, order: (a: never, b: never) => number): void =>
    add(`${left} == ${right}`, (a, b) => order(a, b) === 0);
  // Money: with money of the same currency, and with numbers in it.
  const purse = (a: Money, b: Money): number => {
    if (a.currency !== '' && b.currency !== '' && a.currency !== b.currency)
      throw new Error('two currencies cannot be compared');
    return a.value - b.value;
  };
  const same = (a: Money, b: Money): string => (purse(a, b), a.currency || b.currency);
  compare('money', 'money', purse);
  equal('money', 'money', purse);
  add('money + money: money', (a: Money, b: Money) => new Money(a.value + b.value, same(a, b)));
  add('money - money: money', (a: Money, b: Money) => new Money(a.value - b.value, same(a, b)));
  for (const number of ['int', 'double']) {
    const rightNumber = (a: Money, b: number | bigint): number => a.value - Number(b);
    const leftNumber = (a: number | bigint, b: Money): number => Number(a) - b.value;
    compare('money', number, rightNumber as Handler as (a: never, b: never) => number);
    compare(number, 'money', leftNumber as Handler as (a: never, b: never) => number);
    equal('money', number, rightNumber as Handler as (a: never, b: never) => number);
    add(`money * ${number}: money`, (a: Money, b: number) => new Money(a.value * Number(b), a.currency));
    add(`${number} * money: money`, (a: number, b: Money) => new Money(Number(a) * b.value, b.currency));
    add(`money / ${number}: money`, (a: Money, b: number) => new Money(a.value / Number(b), a.currency));
    add(`money + ${number}: money`, (a: Money, b: number) => new Money(a.value + Number(b), a.currency));
    add(`money - ${number}: money`, (a: Money, b: number) => new Money(a.value - Number(b), a.currency));
    add(`span * ${number}: span`, (a: Span, b: number) => new Span(a.ms * Number(b)));
  }
  // Days and times, with each other and with written ones.
  const read = { date: Day.read, time: TimeOfDay.read, datetime: Moment.read, span: Span.read } as const;
  for (const type of ['date', 'time', 'datetime', 'span'] as const) {
    const order = (a: { ms: number }, b: { ms: number }): number => a.ms - b.ms;
    const written = (text: string): { ms: number } => {
      const value = (read[type] as (text: string) => { ms: number } | undefined)(text);
      if (value === undefined) throw new Error(`the text is no ${type}`);
      return value;
    };
    compare(type, type, order as never);
    equal(type, type, order as never);
    compare(type, 'string', ((a: { ms: number }, b: string) => order(a, written(b))) as never);
    compare('string', type, ((a: string, b: { ms: number }) => order(written(a), b)) as never);
    equal(type, 'string', ((a: { ms: number }, b: string) => order(a, written(b))) as never);
  }
  compare('datetime', 'date', ((a: Moment, b: Day) => a.day.ms - b.ms) as never);
  compare('date', 'datetime', ((a: Day, b: Moment) => a.ms - b.day.ms) as never);
  equal('datetime', 'date', ((a: Moment, b: Day) => a.day.ms - b.ms) as never);
  add('date + span: date', (a: Day, b: Span) => new Day(Math.floor((a.ms + b.ms) / 86_400_000) * 86_400_000));
  add('date - span: date', (a: Day, b: Span) => new Day(Math.floor((a.ms - b.ms) / 86_400_000) * 86_400_000));
  add('date - date: span', (a: Day, b: Day) => new Span(a.ms - b.ms));
  add('datetime + span: datetime', (a: Moment, b: Span) => new Moment(a.ms + b.ms, a.offset));
  add('datetime - span: datetime', (a: Moment, b: Span) => new Moment(a.ms - b.ms, a.offset));
  add('datetime - datetime: span', (a: Moment, b: Moment) => new Span(a.ms - b.ms));
  add('time + span: time', (a: TimeOfDay, b: Span) => new TimeOfDay(a.ms + b.ms));
  add('time - span: time', (a: TimeOfDay, b: Span) => new TimeOfDay(a.ms - b.ms));
  add('time - time: span', (a: TimeOfDay, b: TimeOfDay) => new Span(a.ms - b.ms));
  add('span + span: span', (a: Span, b: Span) => new Span(a.ms + b.ms));
  add('span - span: span', (a: Span, b: Span) => new Span(a.ms - b.ms));
  equal('date_range', 'date_range', ((a: DayRange, b: DayRange) =>
    a.start?.ms === b.start?.ms && a.end?.ms === b.end?.ms ? 0 : 1) as never);
  return list;
}

function withOurTypes(environment: Environment): Environment {
  environment
    .registerType('money', { ctor: Money, fields: { value: 'double', currency: 'string' } })
    .registerType('date', { ctor: Day, fields: {} })
    .registerType('time', { ctor: TimeOfDay, fields: {} })
    .registerType('datetime', { ctor: Moment, fields: {} })
    .registerType('span', { ctor: Span, fields: {} })
    .registerType('date_range', { ctor: DayRange, fields: { start: 'date', end: 'date' } })
    .registerFunction('span_of(double): span', (ms: number) => new Span(ms))
    .registerFunction('string.matches_re2(string): bool', (text: string, pattern: string) =>
      RE2JS.matches(`(?s:.*)(?:${pattern})(?s:.*)`, text),
    );
  for (const [signature, run] of operators())
    environment.registerOperator(signature, run as (a: unknown, b: unknown) => unknown);
  const says = (type: string, run: (value: never) => string): void =>
    void environment.registerFunction(`string(${type}): string`, run);
  says('money', (value: Money) => value.written);
  says('date', (value: Day) => value.written);
  says('time', (value: TimeOfDay) => value.written);
  says('datetime', (value: Moment) => value.written);
  return environment;
}

/** Adds up numbers or amounts. */
function sum(list: unknown[]): unknown {
  let total: unknown = 0n;
  for (const item of list) {
    if (item === null) throw new Error('an item of the list is empty');
    if (item instanceof Money) {
      const before = total instanceof Money ? total : new Money(Number(total), item.currency);
      total = new Money(before.value + item.value, item.currency || before.currency);
    } else if (typeof item === 'bigint' && typeof total === 'bigint') total += item;
    else if (typeof item === 'bigint' || typeof item === 'number') total = Number(total) + Number(item);
    else throw new Error('only numbers and amounts add up');
  }
  return total;
}

let running: Environment | undefined;

/** Runs what was checked. Shared by all agents: it holds no names. */
export function runEnvironment(): Environment {
  if (running === undefined) {
    running = withOurTypes(new Environment({ ...options, unlistedVariablesAreDyn: true }));
    running.registerType('record', Rec).registerType('option', Option);
    for (const type of ['record', 'option']) {
      running.registerOperator(`${type} == string`, (a: Rec, b: string) => String(idOf(a)) === b);
    }
    running.registerOperator('record == record', (a: Rec, b: Rec) => sameRecord(a, b));
    running.registerOperator('option == option', (a: Rec, b: Rec) => sameRecord(a, b));
    running.registerOperator('option == record', (a: Rec, b: Rec) => sameRecord(a, b));
    running.registerFunction('list.sum(): dyn', sum);
  }
  return running;
}

function sameRecord(a: Rec, b: Rec): boolean {
  const [left, right] = [idOf(a), idOf(b)];
  return left === undefined || right === undefined ? a === b : left === right;
}

const builtTypes = ['string', 'double', 'int', 'bool', 'money', 'date', 'time', 'datetime', 'span', 'date_range'];
let checking: Environment | undefined;

function checkingBase(): Environment {
  if (checking === undefined) {
    checking = withOurTypes(new Environment(options));
    checking.registerOperator('double == int', (a: number, b: bigint) => a === Number(b));
    for (const type of builtTypes) checking.registerOperator(`${type} == null`, () => false);
    checking.registerOperator('list == null', () => false);
    checking.registerOperator('map == null', () => false);
    for (const type of ['double', 'int', 'money']) {
      checking.registerFunction(`list<${type}>.sum(): ${type}`, sum);
    }
    checking.registerFunction('list<dyn>.sum(): dyn', sum);
  }
  return checking;
}

/** What the checking environment calls a type; registers records on the way. */
class Checker {
  readonly environment: Environment;
  readonly #scope: NameScope;
  readonly #registered = new Set<string>();
  readonly #types = new Map<ValueType, string>();

  constructor(scope: NameScope) {
    this.#scope = scope;
    this.environment = checkingBase().clone();
  }

  /** Makes the names known that an expression reads. */
  prepare(names: Iterable<string>): void {
    for (const name of names) {
      if (this.#registered.has(name)) continue;
      const declared = this.#scope.lookup(name);
      if (declared === undefined) continue;
      this.#registered.add(name);
      this.environment.registerVariable(name, this.#nameOf(declared.type));
    }
  }

  #nameOf(type: ValueType): string {
    switch (type.kind) {
      case 'any':
        return 'dyn';
      case 'list':
        return `list<${this.#nameOf(type.of)}>`;
      case 'map':
        return `map<string, ${this.#nameOf(type.of)}>`;
      case 'scalar':
        return scalarNames[type.of] ?? 'string';
      case 'record':
        return type.open === true ? 'map<string, dyn>' : this.#record(type, type.fields);
      case 'choice':
        return type.fields === undefined ? 'string' : this.#record(type, type.fields);
    }
  }

  #record(type: ValueType, fields: ReadonlyMap<string, ValueType>): string {
    const known = this.#types.get(type);
    if (known !== undefined) return known;
    const named: Record<string, string> = {};
    for (const [field, of] of fields) named[field] = this.#nameOf(of);
    const name = `record_${this.#types.size + 1}`;
    if (type.kind === 'choice') named['id'] = 'string';
    this.environment.registerType(name, { fields: named });
    this.#types.set(type, name);
    this.environment.registerOperator(`${name} == null`, () => false);
    this.environment.registerOperator(`${name} == string`, () => false);
    for (const other of this.#types.values()) this.environment.registerOperator(`${name} == ${other}`, () => false);
    return name;
  }
}

const scalarNames: Record<string, string> = {
  number: 'double',
  integer: 'int',
  ordinal: 'int',
  money: 'money',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  date_range: 'date_range',
  duration: 'span',
  yes_no: 'bool',
  list: 'list<dyn>',
  record: 'map<string, dyn>',
};

const checkers = new WeakMap<NameScope, Checker>();

/** Checks expressions of one scope. */
export function checkerFor(scope: NameScope): Checker {
  let checker = checkers.get(scope);
  if (checker === undefined) checkers.set(scope, (checker = new Checker(scope)));
  return checker;
}
