/**
 * Disturbed scripts: what callers and back ends do that no script says. Each perturbation makes variants of a script,
 * the same ones every time; what must hold of them is in `invariants.ts`.
 */
import type { Json, Listening } from '../../../engine/contracts.js';
import type { Agent, Flow, Slot } from '../../../engine/language/flow.js';
import type { Perturbation } from '../../../engine/language/script.js';
import { perturbations } from '../../../engine/language/script.js';
import type { MockRule, Mocks, TestScript, TestTurn } from '../../../engine/language/script.js';
import type { TurnRecord } from '../turn-record.js';
import { anotherValue } from './another-value.js';

/** A script with one disturbance in it. Its turns expect nothing: it is judged as a whole. */
export interface Variant {
  kind: Perturbation;
  script: TestScript;
  /** In words, for the report: "a silence of 6.5 s after turn 2". */
  told: string;
  /** From 1: the turn of the variant that is disturbed; the line is of the turn of the script that it follows. */
  turn: number;
  line: number;
  /** What the caller wants is the same: the talk comes to the same end as the script's. */
  isNeutral: boolean;
  /** Flows that the disturbance itself begins and ends. */
  aside?: string;
  /** A value that the caller took back in the disturbed turn. */
  takenBack?: { slot: string; value: Json };
}

/** One turn of the script as it went undisturbed; `listening` is how the caller was listened to when it was over. */
export interface Rehearsed {
  record: TurnRecord;
  listening: Listening | undefined;
}

interface Rehearsal {
  script: TestScript;
  turns: readonly Rehearsed[];
  agent: Agent;
  mocks: Mocks;
}

/** A silence is this much longer than the listening has patience: one rung of a ladder, whatever it is. */
const beyondMs = 300;
const lateMs = 2500;
/** A tool that is late is still in time for its time-out. */
const inTimeMs = 100;

const makers: Record<Perturbation, (rehearsal: Rehearsal) => Variant[]> = {
  /** The next answer is given together with this one, and then once more. */
  over_answer: (rehearsal) =>
    answers(rehearsal).flatMap((index) => {
      const [turn, next] = [rehearsal.script.turns[index]!, rehearsal.script.turns[index + 1]!];
      if (next.say === undefined || !isBareAnswer(next.say)) return [];
      const both = { ...turn, say: `${turn.say!} and ${next.say}` };
      return [variant(rehearsal, 'over_answer', index, `turns ${index + 1} and ${index + 2} in one breath`, [both], 1)];
    }),

  correct: (rehearsal) =>
    rehearsal.agent.language.startsWith('en')
      ? answers(rehearsal).flatMap((index) => {
          const given = givenIn(rehearsal, index);
          const say = given && anotherValue(given.slot, given.value);
          if (!given || say === undefined) return [];
          const made = inserted(rehearsal, 'correct', index, `"${say}" after turn ${index + 1}`, { say });
          return [{ ...made, takenBack: { slot: given.slot.name, value: given.value } }];
        })
      : [],

  digress: (rehearsal) =>
    places(rehearsal).flatMap((index) => {
      const say = 'sorry can you repeat that please';
      const again = inserted(rehearsal, 'digress', index, `"${say}" after turn ${index + 1}`, { say });
      const question = questionBeside(rehearsal, index);
      if (!question) return [neutral(again)];
      const told = `"${question.say}" after turn ${index + 1}`;
      const aside = inserted(rehearsal, 'digress', index, told, { say: question.say });
      return [neutral(again), { ...neutral(aside), aside: question.flow }];
    }),

  silence: (rehearsal) =>
    places(rehearsal).map((index) => {
      const silenceMs = rehearsal.turns[index]!.listening!.noInputMs + beyondMs;
      const told = `a silence of ${silenceMs / 1000} s after turn ${index + 1}`;
      return neutral(inserted(rehearsal, 'silence', index, told, { silenceMs }));
    }),

  /** An answer in digits is keyed in, where the question takes keys. */
  keys: (rehearsal) =>
    rehearsal.script.turns.flatMap((turn, index) => {
      const before = rehearsal.turns[index - 1]?.listening;
      const digits = before?.slot && String(lastTrace(rehearsal, index)?.slots[before.slot.name] ?? '');
      if (turn.say === undefined || turn.at || !before?.keys || !digits || !/^\d+$/.test(digits)) return [];
      const [only, ...others] = fillsOf(rehearsal.turns[index]!.record);
      if (only?.slot !== before.slot!.name || others.length > 0) return [];
      const dtmf = digits.length === before.keys.max ? digits : `${digits}${before.keys.end ?? ''}`;
      return [
        neutral(
          variant(rehearsal, 'keys', index, `turn ${index + 1} keyed in`, [{ line: turn.line, ...quiet, dtmf }], 1),
        ),
      ];
    }),

  hang_up: (rehearsal) =>
    rehearsal.script.turns.flatMap((turn, index) => {
      const { script, turns } = rehearsal;
      const after = turns[index]?.record;
      if (!after || after.ended || script.turns[index + 1]?.at) return [];
      const made = (told: string, hangUp: Omit<TestTurn, 'line' | 'needsLlm' | 'expect'>): Variant => {
        const rest = script.turns.length - index - 1;
        return variant(rehearsal, 'hang_up', index + 1, told, [{ line: turn.line, ...quiet, ...hangUp }], rest);
      };
      const told = `the caller hangs up after turn ${index + 1}`;
      const waits = made(told, { hangUp: true });
      if (!after.words.some(({ id }) => id !== 'filler')) return [waits];
      return [made(`${told}, in the agent's words`, { hangUp: true, at: { kind: 'percent', share: 0.5 } }), waits];
    }),

  tool_late: (rehearsal) =>
    hasMoments(rehearsal.script)
      ? []
      : toolsOf(rehearsal).map(({ name, turn }) => {
          const latestMs = timeoutOf(rehearsal.agent, name) - inTimeMs;
          const slow = mockOf(rehearsal, name).map((rule) =>
            rule.delayMs >= latestMs ? rule : { ...rule, delayMs: Math.min(rule.delayMs + lateMs, latestMs) },
          );
          const told = `the tool ${name} answers up to ${lateMs / 1000} s later`;
          return neutral(withMock(variant(rehearsal, 'tool_late', turn, told, [], 0), name, slow));
        }),

  tool_fails: (rehearsal) =>
    toolsOf(rehearsal).flatMap(({ name, turn }) =>
      (['error', 'timeout'] as const).map((outcome) => {
        const made = variant(rehearsal, 'tool_fails', turn, `the tool ${name} comes to ${outcome}`, [], 0);
        return withMock(made, name, [{ line: rehearsal.script.line, outcome, delayMs: 0 }]);
      }),
    ),
};

/**
 * The variants of the perturbations asked for, in the order of the language's list.
 * @param most how many of each kind at most; which ones is the seed's matter
 */
export function variantsOf(
  rehearsal: Rehearsal,
  kinds: readonly string[],
  options: { seed: number; most: number },
): Variant[] {
  return perturbations
    .filter((kind) => kinds.includes(kind))
    .flatMap((kind) => {
      const all = makers[kind](rehearsal);
      return some(all, options.most, hash(`${rehearsal.script.name} ${kind} ${options.seed}`));
    });
}

/** `most` of them, spread evenly, from a place that the seed gives. */
function some<T>(all: readonly T[], most: number, from: number): T[] {
  if (all.length <= most) return [...all];
  const at = Array.from({ length: most }, (_, index) => (from + Math.floor((index * all.length) / most)) % all.length);
  return at.sort((one, other) => one - other).map((index) => all[index]!);
}

/** FNV-1a, 32 bits: the same on every machine. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const sign of text) sum = Math.imul(sum ^ sign.codePointAt(0)!, 0x01000193) >>> 0;
  return sum;
}

const quiet = { needsLlm: false, expect: {} };

/** The script with `turns` in place of `take` of its own from `index` on. */
function variant(
  { script }: Rehearsal,
  kind: Perturbation,
  index: number,
  told: string,
  turns: TestTurn[],
  take: number,
): Variant {
  const all = [...script.turns.slice(0, index), ...turns, ...script.turns.slice(index + take)];
  const line = (script.turns[index] ?? script.turns.at(-1)!).line;
  const disturbed = { ...script, turns: all.map((turn) => ({ ...turn, ...quiet })), perturb: [] };
  return { kind, script: disturbed, told, turn: index + 1, line, isNeutral: false };
}

/** The script with one more turn after the one at `index`. */
function inserted(
  rehearsal: Rehearsal,
  kind: Perturbation,
  index: number,
  told: string,
  turn: Pick<TestTurn, 'say' | 'silenceMs'>,
): Variant {
  const { line } = rehearsal.script.turns[index]!;
  return variant(rehearsal, kind, index + 1, told, [{ line, ...quiet, ...turn }], 0);
}

function neutral(one: Variant): Variant {
  return { ...one, isNeutral: true };
}

/** Turns after which a flow listens to the caller, who then speaks or keys of their own accord. */
function places({ script, turns }: Rehearsal): number[] {
  return turns.flatMap(({ record, listening }, index) => {
    const [turn, next] = [script.turns[index]!, script.turns[index + 1]];
    const isFree = !record.ended && listening !== undefined && (record.traces.at(-1)?.flow ?? null) !== null;
    const goesOn = next !== undefined && !next.at && (next.say !== undefined || next.dtmf !== undefined);
    return isFree && goesOn && turn.silenceMs === undefined && !turn.hangUp ? [index] : [];
  });
}

/** Those of them in which the caller spoke. */
function answers(rehearsal: Rehearsal): number[] {
  return places(rehearsal).filter((index) => rehearsal.script.turns[index]!.say !== undefined);
}

function isBareAnswer(text: string): boolean {
  return text.split(/\s+/).length <= 5 && !/^(yes|no|yeah|yep|nope|sure|okay|ok|stop|cancel)\b/i.test(text);
}

function lastTrace(rehearsal: Rehearsal, index: number): TurnRecord['traces'][number] | undefined {
  return rehearsal.turns[index]?.record.traces.at(-1);
}

function fillsOf(record: TurnRecord): { slot: string; value: Json }[] {
  return record.traces.flatMap(({ moves }) => moves).flatMap((move) => (move.kind === 'fill' ? [move] : []));
}

/** The one slot that the caller filled in this turn, if no tool has run on it yet. */
function givenIn(rehearsal: Rehearsal, index: number): { slot: Slot; value: Json } | undefined {
  const { record } = rehearsal.turns[index]!;
  const [only, ...others] = fillsOf(record);
  const trace = lastTrace(rehearsal, index);
  const slot = only && trace?.flow ? rehearsal.agent.flows.get(trace.flow)?.slots.get(only.slot) : undefined;
  const isWritten = record.tools.some(({ name }) => effectOf(rehearsal.agent, name) === 'write');
  if (!only || !slot || others.length > 0 || isWritten || only.value === null) return undefined;
  return JSON.stringify(trace!.slots[only.slot]) === JSON.stringify(only.value) ? { slot, value: only.value } : undefined;
} // prettier-ignore

/** A flow that only tells something, with a question of its examples that leads there. */
function questionBeside({ agent, turns }: Rehearsal, index: number): { flow: string; say: string } | undefined {
  const running = [turns[index]!.record.traces.at(-1)?.flow, ...(turns[index]!.record.traces.at(-1)?.stack ?? [])];
  for (const flow of agent.flows.values()) {
    const say = flow.examples.find(({ values }) => values.length === 0)?.text;
    if (say !== undefined && !running.includes(flow.name) && onlyTells(flow)) return { flow: flow.name, say };
  }
  return undefined;
}

function onlyTells(flow: Flow): boolean {
  return (
    flow.startIf === undefined &&
    flow.in.length === 0 &&
    [...flow.states.values()].every(
      (state) =>
        (state.say !== undefined || state.answer !== undefined) &&
        !(state.confirm ?? state.collect ?? state.call ?? state.callFlow ?? state.generate ?? state.transfer) &&
        !state.hangUp &&
        state.transitions.length === 0,
    )
  );
}

/** A moment or a silence of the script may be meant for a tool as it is. */
function hasMoments({ turns }: TestScript): boolean {
  return turns.some(({ at, silenceMs }) => at !== undefined || silenceMs !== undefined);
}

/** Every tool that ran, with the first turn (from 0) in which it did. */
function toolsOf({ turns }: Rehearsal): { name: string; turn: number }[] {
  const first = new Map<string, number>();
  for (const [turn, { record }] of turns.entries())
    for (const { name } of record.tools) if (!first.has(name)) first.set(name, turn);
  return [...first].map(([name, turn]) => ({ name, turn }));
}

function mockOf({ script, mocks }: Rehearsal, tool: string): readonly MockRule[] {
  return script.mocks.get(tool) ?? mocks.get(tool) ?? [];
}

function withMock(one: Variant, tool: string, rules: readonly MockRule[]): Variant {
  return { ...one, script: { ...one.script, mocks: new Map([...one.script.mocks, [tool, rules]]) } };
}

/** The shortest of the tools of this name: flows may have one each. */
function timeoutOf(agent: Agent, name: string): number {
  return Math.min(...toolsNamed(agent, name).map(({ timeoutMs }) => timeoutMs));
}

/** `write` as soon as one tool of this name writes. */
export function effectOf(agent: Agent, name: string): 'read' | 'write' {
  return toolsNamed(agent, name).some(({ effect }) => effect === 'write') ? 'write' : 'read';
}

function toolsNamed(agent: Agent, name: string): { effect: 'read' | 'write'; timeoutMs: number }[] {
  return [agent.tools, ...[...agent.flows.values()].map(({ tools }) => tools)].flatMap(
    (tools) => tools.get(name) ?? [],
  );
}
