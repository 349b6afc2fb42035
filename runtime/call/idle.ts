/**
 * A silent caller. The wait begins when the agent's last audio was heard; any speech, key or tool stops it, and
 * a noise without words does not begin it anew. What is said then is the flow's own ladder: the dialog's affair.
 */
import type { Step } from './state.js';

/** Until the flow says otherwise. */
const defaultNoInputMs = 6000;
/** After a noise the caller gets at least so long. */
const afterNoiseMs = 500;

/** Starts the wait, or takes it up where a noise stopped it. */
export function armIdle(step: Step): void {
  const { s, now } = step;
  if (s.due.idle !== undefined) return;
  const keys = s.listening?.keys;
  // A slot that takes keys may have a first-key time of its own.
  const fullMs = keys && keys.max > 1 ? keys.firstMs : (s.listening?.noInputMs ?? defaultNoInputMs);
  s.due.idle = now + (s.idleLeftMs === undefined ? fullMs : Math.max(s.idleLeftMs, afterNoiseMs));
  delete s.idleLeftMs;
}

export function pauseIdle(step: Step): void {
  const { s, now } = step;
  if (s.due.idle === undefined) return;
  s.idleLeftMs = Math.max(0, s.due.idle - now);
  delete s.due.idle;
}

export function stopIdle(step: Step): void {
  delete step.s.due.idle;
  delete step.s.idleLeftMs;
}

/** The wait is over: the flow's next rung. */
export function idleOver(step: Step): void {
  step.s.inbox.push({ kind: 'no_input', stages: { decision: step.now } });
}
