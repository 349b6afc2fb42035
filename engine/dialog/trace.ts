/** What was decided in a turn, for those who watch. */
import type { TurnTrace } from '../contracts.js';
import { shownSlots } from './scope.js';
import type { Talk } from './talk.js';
import { countersOf, topFrame } from './talk.js';

/** The trace as it stands at the end of a turn. */
export function finishTrace(talk: Talk): TurnTrace {
  const { s } = talk;
  const top = topFrame(s);
  const counters = top ? countersOf(top) : s.floor;
  return {
    ...s.trace,
    flow: top?.flow ?? null,
    state: top?.state ?? 'end',
    stack: s.frames.slice(0, -1).map((frame) => frame.flow),
    queue: s.queue.map((one) => one.flow),
    slots: shownSlots(talk),
    counters: {
      no_input: counters.no_input,
      no_match: counters.no_match,
      invalid: counters.invalid,
      attempt: counters.attempt,
      visits: top?.visits[top.state] ?? 0,
    },
  };
}
