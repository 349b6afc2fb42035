/** What was decided in a turn, for those who watch. */
import type { Json, TurnTrace } from '../contracts.js';
import { shownSlots } from './scope.js';
import type { Talk } from './talk.js';
import { countersOf, same, topFrame } from './talk.js';

/** The trace as it stands at the end of a turn. */
export function finishTrace(talk: Talk): TurnTrace {
  const { s } = talk;
  const top = topFrame(s);
  const counters = top ? countersOf(top) : s.floor;
  const slots = shownSlots(talk);
  const { slotsBefore = {} } = s.trace;
  return {
    ...s.trace,
    flow: top?.flow ?? null,
    state: top?.state ?? 'end',
    stack: s.frames.slice(0, -1).map((frame) => frame.flow),
    queue: s.queue.map((one) => one.flow),
    slots,
    ...(s.memory && { memory: { ...s.memory.kept } }),
    slotsBefore: changedOf(slotsBefore, slots),
    words: s.turnWords.map(({ id, text }) => ({ id, text })),
    counters: {
      no_input: counters.no_input,
      no_match: counters.no_match,
      invalid: counters.invalid,
      attempt: counters.attempt,
      visits: top?.visits[top.state] ?? 0,
    },
  };
}

/** What a turn changed, as it was before. A slot that came into sight with a flow was empty. */
function changedOf(before: Record<string, Json>, after: Record<string, Json>): Record<string, Json> {
  const names = Object.keys(after).filter((name) => !same(before[name] ?? null, after[name]));
  return Object.fromEntries(names.map((name) => [name, before[name] ?? null]));
}
