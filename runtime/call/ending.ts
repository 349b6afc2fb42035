/**
 * How a call ends: farewells are heard before the line is cut, a line that is gone still gets its last words
 * committed, and whatever hangs is given up in bounded time.
 */
import type { Step } from './state.js';
import { abortTurn, cut, interrupt } from './barge-in.js';
import { clearTurn, isCallerBusy, saidSoFar } from './caller-turn.js';
import { noteTurn } from './endpointing.js';
import { heardPosition } from './heard.js';
import { ownWords } from './manners.js';
import { enqueue } from './playout.js';
import { discard } from './speculation.js';
import { leaveTools, settleAll } from './tools.js';

/** The dialog broke: the caller hears that it is our fault, then the call ends. */
export function dialogFailed(step: Step, problem: string): void {
  const { s } = step;
  step.emit({ kind: 'log', level: 'warn', event: 'dialog failed', fields: { problem } });
  if (s.ending) return;
  if (s.asking) s.asking.running = false;
  farewell(step, 'error', ownWords(s).apology);
}

/** A turn gave nothing for too long. */
export function dialogSilent(step: Step): void {
  const { s } = step;
  if (!s.asking?.running) return;
  abortTurn(step);
  s.asking.running = false;
  s.asking.ending = 'failed';
  leaveTools(step, 'unknown');
  dialogFailed(step, 'a turn gave nothing in time');
}

/** Last words of the call's own, which nothing may cut; then hang up. */
export function farewell(step: Step, reason: string, text: string): void {
  const { s } = step;
  s.ending = { reason, stage: 'farewell' };
  s.inbox = [];
  discard(step);
  clearTurn(step, step.now);
  for (const name of ['idle', 'key', 'filler', 'warn', 'keys_ahead', 'transfer'] as const) delete s.due[name];
  enqueue(step, { id: 'error', text, bargeIn: 'off', mustHear: true }, 'notice');
}

export function warn(step: Step): void {
  const { s, now } = step;
  if (s.warned || s.ending) return;
  // Not into the caller's words, nor into a turn that may still say something.
  if (s.asking?.running || isCallerBusy(step) || s.hold) {
    s.due.warn = now + 1000;
    return;
  }
  s.warned = true;
  enqueue(step, { id: 'notice', text: ownWords(s).warning, bargeIn: 'speech', mustHear: false }, 'notice');
}

/** The longest a call may last is over. */
export function callTooLong(step: Step): void {
  const { s } = step;
  if (s.ending) return;
  interrupt(step, { force: true });
  step.emit({ kind: 'log', level: 'info', event: 'longest call reached' });
  farewell(step, 'max_time', ownWords(s).farewell);
}

/** This process has to end before the call did. */
export function shutDown(step: Step): void {
  const { s } = step;
  if (s.ending) return;
  interrupt(step, { force: true });
  farewell(step, 'shut_down', ownWords(s).apology);
}

/** The farewell was heard. */
export function hangUpNow(step: Step): void {
  const { s } = step;
  const reason = s.ending?.stage === 'farewell' ? s.ending.reason : 'completed';
  tellEnd(step, reason);
  step.emit({ kind: 'hang_up' });
  if (s.ending?.stage === 'farewell') return beginClosing(step, reason);
  finish(step, reason);
}

/** Once, and before the line is cut: what comes after reaches nobody. */
function tellEnd(step: Step, reason: string): void {
  if (step.s.toldEnd) return;
  step.s.toldEnd = true;
  step.emit({ kind: 'notify', notice: { kind: 'ended', reason } });
}

/** Somebody on our side ends the call. */
export function hangUpHere(step: Step): void {
  const { s } = step;
  if (s.ending?.stage === 'closing') return;
  tellEnd(step, 'hung_up_here');
  step.emit({ kind: 'hang_up' });
  beginClosing(step, 'hung_up_here');
}

/** The other end is gone. */
export function lineGone(step: Step, reason: string): void {
  const { s } = step;
  if (s.ending?.stage === 'closing') return;
  if (s.asking && !s.asking.running && s.asking.ending === 'end') return finish(step, 'completed');
  beginClosing(step, s.ending?.reason ?? reason);
}

/** Nobody listens any more: stop speaking, take in the last words, tell the dialog, close. */
function beginClosing(step: Step, reason: string): void {
  const { s, now } = step;
  const fresh = s.ending?.stage !== 'farewell' || s.asking?.ending !== 'failed';
  s.ending = { reason, stage: 'closing' };
  discard(step);
  if (s.playout.sentences.length > 0) {
    cut(step, s.hold?.heardMs ?? heardPosition(step));
    step.emit({ kind: 'clear' });
  }
  delete s.hold;
  s.due = { close: now + s.manners.closeMs, ...(s.due.dialog === undefined ? {} : { dialog: s.due.dialog }) };
  if (!fresh) return finish(step, reason);
  abortTurn(step);
  if (s.caller.speaking || saidSoFar(step) !== '') {
    // What is still being recognised gets a moment.
    step.emit({ kind: 'end_turn' });
    s.caller.speaking = false;
    s.caller.endMs ??= now;
    if (s.caller.finals.length > 0 && s.caller.interim === '') s.due.commit = now;
    else s.due.final = now + s.manners.flushMs;
  }
}

/** One step further on the way out; called after every event. */
export function advanceClosing(step: Step): void {
  const { s } = step;
  if (s.asking?.running || isCallerBusy(step)) return;
  const told = s.asking?.input === 'hang_up';
  if (told) return finish(step, s.ending!.reason);
}

/** Closing took too long. */
export function closeOverdue(step: Step): void {
  const { s, now } = step;
  const mustFinish = s.tools.some((tool) => tool.onInterrupt === 'finish');
  if (mustFinish && s.ending?.stage === 'closing' && !s.ending.graced) {
    s.ending.graced = true;
    s.due = { close: now + s.manners.toolGraceMs };
    return;
  }
  step.emit({ kind: 'log', level: 'warn', event: 'closed with work left', fields: { tools: s.tools.length } });
  finish(step, s.ending?.reason ?? 'closed');
}

export function finish(step: Step, reason: string): void {
  const { s } = step;
  if (s.closed !== undefined) return;
  settleAll(step);
  // Said into the hanging up: nobody answers it, and it is not lost.
  const said = saidSoFar(step);
  if (said !== '') noteTurn(step, said, s.caller.endMs ?? step.now);
  s.closed = reason;
  s.due = {};
  tellEnd(step, reason);
  step.emit({ kind: 'close', reason });
}
