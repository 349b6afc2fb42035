/**
 * Where protected words end and others follow. What the caller said over the former is judged there: one who still
 * speaks is not spoken over, and one who has spoken is answered in place of the words that follow.
 */
import type { Step } from './state.js';
import { hold, interrupt, isProtected } from './barge-in.js';
import { isCallerBusy } from './caller-turn.js';
import { schedulePump } from './playout.js';

/** The next words wait: those before them could not be stopped, and the caller has something to say. */
export function isGated(step: Step): boolean {
  const { playout, inbox } = step.s;
  const next = playout.sentences[playout.cursor];
  const before = playout.sentences[playout.cursor - 1];
  if (next?.waits) return isCallerBusy(step);
  if (!next || !before || next.sent > 0 || next.own || isProtected(next.bargeIn) || !isProtected(before.bargeIn))
    return false;
  return isCallerBusy(step) || inbox.some(({ kind }) => kind === 'utterance' || kind === 'not_heard');
}

/** Once the protected words were heard: gives way, holds, waits for the decision, or goes on. */
export function passGate(step: Step): void {
  const { s, now } = step;
  if (s.hold) return;
  if (!isGated(step)) {
    if (s.due.pump === undefined) schedulePump(step);
    return;
  }
  if (s.playout.sentences[s.playout.cursor]?.waits) return;
  const heard = s.marksMode === 'clock' ? now >= s.playout.playEndMs : s.playout.marks.length === 0;
  if (!heard) return;
  if (s.inbox.some(({ kind }) => kind === 'utterance' || kind === 'not_heard')) interrupt(step);
  else if (s.caller.speaking) hold(step, s.caller.segmentMs ?? now);
}
