/** What holds of every conversation, whatever disturbs it. One small judge for each; an invariant is a line in the table. */
import type { Json } from '../../../engine/contracts.js';
import type { Agent } from '../../../engine/language/flow.js';
import type { CalledTool, TurnRecord } from '../turn-record.js';
import { effectOf, type Variant } from './perturbations.js';

export type Invariant = keyof typeof judges;

export interface Broken {
  invariant: Invariant;
  message: string;
  /** From 1, of the variant. */
  turn: number;
  expected: Json;
  actual: Json;
}

/** A script that was played, turn by turn. */
export interface Played {
  records: readonly TurnRecord[];
  /** It could not be played to its end: what was thrown. */
  thrown?: string;
}

interface Trial {
  variant: Variant;
  agent: Agent;
  rehearsed: Played;
  played: Played;
}

type Judge = (trial: Trial) => Omit<Broken, 'invariant'> | undefined;

const judges = {
  never_throws: ({ played }) => {
    if (played.thrown !== undefined)
      return {
        turn: played.records.length + 1,
        message: played.thrown,
        expected: 'a conversation',
        actual: 'an error',
      };
    return troubleIn(played, (message) => message.startsWith('the dialog failed'));
  },

  /** A prompt, a listen or an end: the caller is never left alone. */
  always_goes_on: ({ played }) => troubleIn(played, () => true),

  /** The same write as often as undisturbed, once at least; one that was refused for sure may be tried again. */
  writes_once: ({ agent, rehearsed, played }) => {
    const allowed = (write: Write): number => Math.max(1, sameAs(write, writesOf(agent, rehearsed)).length);
    const done = writesOf(agent, played).filter(({ outcome }) => outcome === undefined || isDone(outcome));
    const again = done.find((write, index) => sameAs(write, done.slice(0, index)).length >= allowed(write));
    return (
      again && {
        turn: again.turn,
        message: `the write ${again.name} was sent again with the same values`,
        expected: allowed(again),
        actual: sameAs(again, done).length,
      }
    );
  },

  /** What the caller took back before it was written is never written. */
  writes_no_old_value: ({ variant, agent, rehearsed, played }) => {
    const { takenBack, turn } = variant;
    if (!takenBack) return undefined;
    const after = played.records.slice(turn - 1).flatMap(({ traces }) => traces);
    const isOld = (value: Json | undefined): boolean => equal(value ?? null, takenBack.value);
    // Not understood as a change, and so asked again or refused: what comes next is another matter.
    if (isOld(after.find(({ slots }) => takenBack.slot in slots)?.slots[takenBack.slot])) return undefined;
    const givenAgain = after.some(({ moves }) =>
      moves.some((move) => move.kind === 'fill' && move.slot === takenBack.slot && isOld(move.value)),
    );
    if (givenAgain) return undefined;
    for (const undisturbed of writesOf(agent, rehearsed)) {
      for (const name of fieldsWith(undisturbed.input, takenBack.value)) {
        const wrong = writesOf(agent, played).find(
          (write) => write.turn >= turn && write.name === undisturbed.name && isOld(fieldOf(write.input, name)),
        );
        if (!wrong) continue;
        const message = `${wrong.name} was sent with the ${takenBack.slot} that the caller had taken back`;
        return { turn: wrong.turn, message, expected: `another ${name}`, actual: takenBack.value };
      }
    }
    return undefined;
  },

  /** Who hangs up has agreed to nothing more. */
  no_write_after_hang_up: ({ variant, agent, played }) => {
    if (variant.kind !== 'hang_up') return undefined;
    const hungUp = played.records[variant.turn - 1]?.timeline.find(({ who, text }) => who === 'caller' && text === 'hangs up'); // prettier-ignore
    const late = hungUp && writesOf(agent, played).find(({ turn, atMs }) => turn === variant.turn && atMs >= hungUp.atMs);
    return late && { turn: late.turn, message: `the write ${late.name} began after the caller had hung up`, expected: 'none', actual: late.name }; // prettier-ignore
  }, // prettier-ignore

  /** What changes nothing of what the caller wants changes nothing of what they get. */
  same_end: (trial) => {
    const { variant, rehearsed, played } = trial;
    if (!variant.isNeutral || isLedElsewhere(trial)) return undefined;
    const { turn } = variant;
    const [wanted, got] = [finishedIn(rehearsed), without(finishedIn(played), variant.aside)];
    if (!equal(wanted, got)) return { turn, message: 'other flows came to their end', expected: wanted, actual: got };
    const [before, after] = [finalSlots(rehearsed), finalSlots(played)];
    const other = Object.keys(before).filter((name) => !equal(before[name] ?? null, after[name] ?? null));
    if (other.length === 0) return undefined;
    const message = `the talk ended with another ${other.join(', ')}`;
    return { turn, message, expected: pick(before, other), actual: pick(after, other) };
  },
} satisfies Record<string, Judge>;

/** The invariants that do not hold, at most one each; what follows from a call that broke is left out. */
export function brokenBy(trial: Trial): Broken[] {
  for (const [invariant, judge] of Object.entries(judges) as [Invariant, Judge][]) {
    const broken = judge(trial);
    if (broken) return [{ invariant, ...broken }];
  }
  return [];
}

function troubleIn(played: Played, isMeant: (message: string) => boolean): Omit<Broken, 'invariant'> | undefined {
  for (const [index, { problems }] of played.records.entries()) {
    const trouble = problems.find(({ message }) => isMeant(message));
    if (trouble) return { turn: index + 1, message: trouble.message, expected: 'no trouble', actual: trouble.actual ?? null };
  }
  return undefined;
} // prettier-ignore

type Write = CalledTool & { turn: number };

/** Tries of one call are one write: the engine repeats it only with its idempotency key. */
function writesOf(agent: Agent, { records }: Played): Write[] {
  const seen = new Set<string>();
  return records.flatMap(({ tools }, index) =>
    tools
      .filter(({ name }) => effectOf(agent, name) === 'write')
      .filter(({ callId }) => callId === undefined || (!seen.has(callId) && seen.add(callId)))
      .map((tool) => ({ ...tool, turn: index + 1 })),
  );
}

/** It may have been done: only `error` and the tool's own outcomes say that it was not. */
function isDone(outcome: string): boolean {
  return ['ok', 'unknown', 'timeout'].includes(outcome);
}

function sameAs(one: Write, writes: readonly Write[]): Write[] {
  return writes.filter(({ name, input }) => name === one.name && equal(input, one.input));
}

function fieldsWith(input: Json, value: Json): string[] {
  if (input === null || typeof input !== 'object' || Array.isArray(input)) return [];
  return Object.keys(input).filter((name) => equal(input[name] ?? null, value));
}

function fieldOf(input: Json, name: string): Json | undefined {
  return input !== null && typeof input === 'object' && !Array.isArray(input) ? input[name] : undefined;
}

/** The designer's own rung leads away from a silence: then it is another talk, with another end. */
function isLedElsewhere({ variant, played }: Trial): boolean {
  if (variant.kind !== 'silence') return false;
  const [before, after] = [played.records[variant.turn - 2], played.records[variant.turn - 1]].map((record) => record?.traces.at(-1)); // prettier-ignore
  return before?.flow !== after?.flow || before?.state !== after?.state;
}

function finishedIn({ records }: Played): string[] {
  return records.flatMap(({ traces }) => traces.flatMap(({ finished }) => finished)).sort();
}

/** The list without one of them. */
function without(flows: readonly string[], one: string | undefined): string[] {
  const at = one === undefined ? -1 : flows.indexOf(one);
  return flows.filter((_, index) => index !== at);
}

function finalSlots({ records }: Played): Record<string, Json> {
  return records.flatMap(({ traces }) => traces).at(-1)?.slots ?? {};
}

function pick(slots: Record<string, Json>, names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, slots[name] ?? null]));
}

/** Records are equal in any order of their fields. */
function equal(one: Json, other: Json): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key]!)])); // prettier-ignore
}
