/** The caller's open turn: what it says so far, and forgetting it. Shared by the manners. Pure. */
import type { Step } from './state.js';
import { emptyCallerTurn } from './state.js';

/** Everything said in the open turn, finals first. */
export function saidSoFar(step: Step): string {
  const { caller } = step.s;
  return [...caller.finals.map((one) => one.text), caller.interim.trim()].filter((part) => part !== '').join(' ');
}

/** Forgets the turn; what is heard of the time up to `untilMs` is late from now on. */
export function clearTurn(step: Step, untilMs: number): void {
  const { s } = step;
  s.caller = emptyCallerTurn();
  s.committedUntilMs = Math.max(s.committedUntilMs, untilMs);
  for (const name of ['commit', 'final', 'judge', 'rehearse', 'max_speech'] as const) delete s.due[name];
}

/** True while the caller speaks or a decision about what was said is open. */
export function isCallerBusy(step: Step): boolean {
  const { s } = step;
  return s.caller.speaking || s.due.commit !== undefined || s.due.final !== undefined;
}
