/**
 * What happened to a call, one JSON line for each event with its effects: the same events at the same times give the
 * same effects, so a call can be run again, step by step, wherever it went wrong.
 *
 * Nothing that was said is in it: events are written with stand-ins for words ({@link ./events-without-words.ts}), and
 * a second reducer, which is given only those, says the effects that stand beside them. So a log runs again to what
 * stands in it whatever was taken out of it; where the call itself did otherwise, the line says what the call did.
 */
import { EventsWithoutWords } from './events-without-words.js';
import { reduce } from './reducer.js';
import type { CallEvent, Effect } from './events.js';
import { newCall, type CallState } from './state.js';
import { messageOf } from '../../engine/errors.js';

type Born = Parameters<typeof newCall>[0];

interface Header {
  parley: 'call events';
  format: 1;
  atMs: number;
  call: Born;
}
interface Line {
  at: number;
  event: CallEvent;
  effects: Effect[];
}

/** Gives `write` a line for the call and one for each event. */
export function keepEvents(
  born: Born,
  startMs: number,
  write: (line: string) => void,
): (event: CallEvent, effects: Effect[], nowMs: number) => void {
  const worded = new EventsWithoutWords();
  const call = worded.born(born);
  let state = newCall(call, startMs);
  write(JSON.stringify({ parley: 'call events', format: 1, atMs: startMs, call } satisfies Header));
  return (event, effects, nowMs) => {
    const kept = worded.event(event, state, nowMs);
    const result = reduce(state, kept, nowMs);
    state = result.state;
    const isSame = namesOf(effects) === namesOf(result.effects);
    const line = { at: nowMs, event: kept, effects: isSame ? result.effects : effects.map(({ kind }) => ({ kind })) };
    write(JSON.stringify(line));
  };
}

/** What a call did, without what it did it with. */
function namesOf(effects: readonly Effect[]): string {
  return effects.map((effect) => (effect.kind === 'count' ? `count ${effect.name}` : effect.kind)).join();
}

export type Replayed =
  | { kind: 'same'; events: number; effects: number; ms: number; ended: string | undefined }
  | { kind: 'different'; line: number; atMs: number; event: string; logged: string[]; now: string[] }
  | { kind: 'unreadable'; line: number; problem: string };

/** Runs a log again, from `lines` as {@link keepEvents} wrote them; the last may be cut off. */
export function replayEvents(lines: readonly string[]): Replayed {
  let state: CallState | undefined;
  let startMs = 0;
  let events = 0;
  let effects = 0;
  let lastMs = 0;
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    let read: Header | Line;
    try {
      read = JSON.parse(text) as Header | Line;
    } catch {
      // The process died while it wrote.
      if (index === lines.length - 1 && state) break;
      return { kind: 'unreadable', line: index + 1, problem: 'this line is no JSON' };
    }
    if (!state) {
      if (!('parley' in read) || read.format !== 1)
        return {
          kind: 'unreadable',
          line: index + 1,
          problem: 'this is no log of a call; `flow serve --keep-events` writes one',
        };
      startMs = lastMs = read.atMs;
      state = newCall(read.call, read.atMs);
      continue;
    }
    if (!('event' in read) || !Array.isArray(read.effects) || typeof read.at !== 'number')
      return { kind: 'unreadable', line: index + 1, problem: 'an event with its time and its effects is wanted here' };
    let result: ReturnType<typeof reduce>;
    try {
      result = reduce(state, read.event, read.at);
    } catch (error) {
      return { kind: 'unreadable', line: index + 1, problem: messageOf(error) };
    }
    const logged = read.effects.map((effect) => JSON.stringify(effect));
    const now = result.effects.map((effect) => JSON.stringify(effect));
    if (logged.length !== now.length || logged.some((one, i) => one !== now[i])) {
      return {
        kind: 'different',
        line: index + 1,
        atMs: read.at - startMs,
        event: JSON.stringify(read.event),
        logged,
        now,
      };
    }
    state = result.state;
    events += 1;
    effects += now.length;
    lastMs = read.at;
  }
  if (!state) return { kind: 'unreadable', line: 1, problem: 'the file is empty' };
  return { kind: 'same', events, effects, ms: lastMs - startMs, ended: state.closed };
}
