/**
 * Judges a turn by what its script expects. One small judge for each key; a key is a line in the table.
 */
import type { Json, TurnTrace } from '../../engine/contracts.js';
import { expectationKeys, type Expectation, type ExpectationKey } from '../../engine/language/script.js';
import { matchesValue, patternOf } from '../../engine/language/match-value.js';
import { meaningOf, nearest } from './meanings.js';
import { forbiddenWords, isNone, missingWords, plain } from './match-words.js';
import type { CalledTool, TurnRecord } from './turn-record.js';

/** One expectation that did not hold. */
export interface Failure {
  key: ExpectationKey;
  message: string;
  expected: Json;
  actual: Json;
  /** Of the key in the script, from 1. */
  line: number;
}

/** What a judge found: undefined when the expectation holds. */
type Verdict = { message: string; actual: Json } | undefined;
type Judge = (expected: Json, record: TurnRecord) => Verdict;

/** Every expectation of a turn that its record does not meet, in the order of the language's keys. */
export function checkExpectation(expect: Expectation, record: TurnRecord): Failure[] {
  const failures: Failure[] = [];
  for (const key of expectationKeys) {
    const asked = expect[key];
    if (!asked) continue;
    const verdict = judges[key](asked.value, record);
    if (verdict) failures.push({ key, expected: asked.value, line: asked.line, ...verdict });
  }
  return failures;
}

const judges: Record<ExpectationKey, Judge> = {
  state: (expected, record) => {
    const trace = last(record);
    const actual = trace === undefined || trace.flow === null ? 'end' : trace.state;
    const full = trace?.flow ? `${trace.flow}/${trace.state}` : actual;
    return matchesValue(expected, actual) || expected === full
      ? undefined
      : { message: `the talk stands at "${full}"`, actual };
  },
  flow: (expected, record) => same(expected, last(record)?.flow ?? null, (flow) => `the flow on top is ${flow}`),
  stack: (expected, record) => same(expected, last(record)?.stack ?? [], (stack) => `beneath it waits ${stack}`),
  queue: (expected, record) => same(expected, last(record)?.queue ?? [], (queue) => `the queue is ${queue}`),
  finished: (expected, record) => {
    const finished = record.traces.flatMap((trace) => trace.finished);
    const wanted = isNone(expected) ? [] : Array.isArray(expected) ? expected : [expected];
    const holds = isNone(expected)
      ? finished.length === 0
      : wanted.every((one) => finished.some((flow) => matchesValue(one, flow)));
    return holds ? undefined : { message: `finished in this turn: ${show(finished)}`, actual: finished };
  },
  out: (expected, record) =>
    same(expected, lastOf(record, (trace) => trace.out) ?? null, (out) => `the flow's out is ${out}`),
  ended: (expected, record) =>
    same(expected, record.ended, (ended) => (ended === 'true' ? 'the call is over' : 'the call goes on')),
  slots: (expected, record) => {
    if (expected === null || typeof expected !== 'object' || Array.isArray(expected)) return undefined;
    const slots = last(record)?.slots ?? {};
    const wrong = Object.keys(expected).filter((name) => !matchesValue(expected[name]!, slotOf(slots, name)));
    if (wrong.length === 0) return undefined;
    const actual = Object.fromEntries(wrong.map((name) => [name, slotOf(slots, name)]));
    return { message: wrong.map((name) => `${name} is ${show(actual[name]!)}`).join(', '), actual };
  },
  intent: (expected, record) => {
    const intents = record.traces.map((trace) => trace.intent).filter((intent) => intent !== undefined);
    const holds = isNone(expected) ? intents.length === 0 : intents.some((intent) => matchesIntent(expected, intent));
    return holds
      ? undefined
      : { message: `understood as ${show(intents.at(-1) ?? 'nothing')}`, actual: intents.at(-1) ?? null };
  },
  route: (expected, record) =>
    same(expected, lastOf(record, (trace) => trace.route) ?? null, (route) => `decided by ${route}`),
  score: (expected, record) =>
    same(expected, lastOf(record, (trace) => trace.score) ?? null, (score) => `the score is ${score}`),
  clarify: (expected, record) => {
    const offered = lastOf(record, (trace) => trace.clarify) ?? [];
    const wanted = isNone(expected) || expected === false ? [] : Array.isArray(expected) ? expected : [expected];
    const holds =
      expected === true
        ? offered.length > 0
        : wanted.length === 0
          ? offered.length === 0
          : wanted.every((one) => offered.some((offer) => matchesValue(one, offer)));
    return holds ? undefined : { message: `offered: ${show(offered)}`, actual: offered };
  },
  said: (expected, record) => {
    const missing = missingWords(expected, record.words);
    if (missing === undefined) return undefined;
    const what =
      missing === 'none' ? 'the agent was to be silent, and said' : `${show(missing)} was not said; the agent said`;
    return {
      message: `${what} ${spoken(record)}${howNear(missing, record)}`,
      actual: record.words.map(({ id }) => id),
    };
  },
  said_not: (expected, record) => {
    const said = forbiddenWords(expected, record.words);
    if (said === undefined) return undefined;
    return { message: `${show(said)} was said: ${spoken(record)}`, actual: record.words.map(({ id }) => id) };
  },
  heard: (expected, record) => {
    const { text, full } = record.heard ?? { text: '', full: false };
    const pattern = typeof expected === 'string' ? patternOf(expected) : undefined;
    const holds = expected === 'full' ? full : pattern ? pattern.test(text) : plain(String(expected)) === plain(text);
    return holds
      ? undefined
      : { message: `the caller had heard "${text}"${full ? ' (all of it)' : ''}`, actual: full ? 'full' : text };
  },
  tools: checkTools,
  answer: (expected, record) => {
    const answered = record.traces.flatMap((trace) => trace.answer ?? []);
    const holds = isNone(expected) ? answered.length === 0 : answered.some((id) => matchesValue(expected, id));
    return holds ? undefined : { message: `answered from knowledge: ${show(answered)}`, actual: answered };
  },
  transfer: (expected, record) => {
    if (isNone(expected) || expected === null || expected === false) {
      return record.transfer ? { message: `the call was handed to a person`, actual: transferOf(record) } : undefined;
    }
    if (!record.transfer) return { message: 'the call was not handed to a person', actual: null };
    const actual = transferOf(record);
    return expected === true || matchesValue(expected, actual)
      ? undefined
      : { message: `handed over as ${show(actual)}`, actual };
  },
  language: (expected, record) => same(expected, record.language, (language) => `the language is ${language}`),
  no_input: counter('no_input'),
  no_match: counter('no_match'),
  invalid: counter('invalid'),
  attempt: counter('attempt'),
  visits: counter('visits'),
  memory: (expected, record) => {
    const memory = (last(record) as (TurnTrace & { memory?: Json }) | undefined)?.memory ?? null;
    return same(expected, memory, (value) => `remembered of the caller: ${value}`);
  },
  first_audio_ms: (expected, record) => atMost(expected, record.firstAudioMs, 'the first words came after'),
  silent_within_ms: (expected, record) => atMost(expected, record.silentWithinMs, 'the agent fell silent after'),
  llm_calls: (expected, record) => same(expected, record.llmCalls, (calls) => `${calls} calls of the model`),
};

/**
 * Tools are in order with gaps, with partial arguments: `{ x: {} }` is a call with any arguments.
 * `times` counts the fitting calls of the turn, 0 included.
 */
function checkTools(expected: Json, record: TurnRecord): Verdict {
  const actual = record.tools.map((tool): Json => ({ [tool.name]: tool.input }));
  const told = actual.length === 0 ? 'no tool ran' : `ran: ${actual.map(show).join(', ')}`;
  if (isNone(expected)) return record.tools.length === 0 ? undefined : { message: told, actual };
  let next = 0;
  for (const item of Array.isArray(expected) ? expected : [expected]) {
    const { name, input, times } = wantedTool(item);
    const fits = (tool: CalledTool): boolean => tool.name === name && matchesValue(input, tool.input);
    if (times !== undefined) {
      const count = record.tools.filter(fits).length;
      if (count !== times) return { message: `${show(item)}: ${name} ran ${count} times so; ${told}`, actual };
      if (times === 0) continue;
    }
    const at = record.tools.findIndex((tool, index) => index >= next && fits(tool));
    if (at < 0) return { message: `${show(item)} did not happen; ${told}`, actual };
    next = at + 1;
  }
  return undefined;
}

function wantedTool(item: Json): { name: string; input: Json; times?: number } {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return { name: String(item), input: {} };
  const name = Object.keys(item).find((key) => key !== 'times') ?? '';
  const input = item[name] ?? {};
  return 'times' in item ? { name, input, times: Number(item['times']) } : { name, input };
}

function counter(name: keyof TurnTrace['counters']): Judge {
  return (expected, record) => same(expected, last(record)?.counters[name] ?? 0, (count) => `${name} is ${count}`);
}

/** A limit in milliseconds: a bare number is the most it may be. */
function atMost(expected: Json, actual: number | undefined, told: string): Verdict {
  if (actual === undefined) return { message: 'nothing was to be measured in this turn', actual: null };
  const limit = Number(expected);
  const holds = Number.isNaN(limit) ? matchesValue(expected, actual) : actual <= limit;
  return holds ? undefined : { message: `${told} ${Math.round(actual)} ms`, actual: Math.round(actual) };
}

/** A flow's own intent may be named without its flow. */
function matchesIntent(expected: Json, intent: string): boolean {
  return matchesValue(expected, intent) || matchesValue(expected, intent.slice(intent.indexOf('.') + 1));
}

function slotOf(slots: Record<string, Json>, name: string): Json {
  return slots[name] ?? null;
}

function last(record: TurnRecord): TurnTrace | undefined {
  return record.traces.at(-1) ?? record.standing;
}

/** The latest trace of the turn that says something of it. */
function lastOf<T>(record: TurnRecord, read: (trace: TurnTrace) => T | undefined): T | undefined {
  for (let index = record.traces.length - 1; index >= 0; index--) {
    const value = read(record.traces[index]!);
    if (value !== undefined) return value;
  }
  return undefined;
}

function same(expected: Json, actual: Json, tell: (shown: string) => string): Verdict {
  return matchesValue(expected, actual) ? undefined : { message: tell(show(actual)), actual };
}

function transferOf(record: TurnRecord): Json {
  const { to, mode, packet } = record.transfer!;
  return { ...(packet !== null && typeof packet === 'object' && !Array.isArray(packet) ? packet : {}), to, mode };
}

/** What the designer can do about a meaning that was not found. */
function howNear(expected: Json, { words }: TurnRecord): string {
  const meaning = meaningOf(expected);
  if (!meaning) return '';
  if (meaning.asksModel) return '; the model found it in none of these';
  const found = `${nearest(meaning, words).toFixed(2)} of ${meaning.atLeast}`;
  return `; the nearest came to ${found}: word the meaning as the agent would say it, or let a model judge (judge: llm)`;
}

function spoken(record: TurnRecord): string {
  return record.words.length === 0 ? 'nothing' : record.words.map(({ id, text }) => `${id} "${text}"`).join(', ');
}

function show(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
