/**
 * Who took a call that we placed. The agent does not speak before it is known, and it is never long in doubt: a greeting
 * as short as a person's and a pause after it is a person; one that goes on is a machine, which is waited out to the
 * beep; the carrier's word counts as soon as it comes; without any of it, a person (B89).
 */
import type { AnsweredBy } from '../contracts.js';
import type { CallEvent } from './events.js';
import type { Step } from './state.js';

/** While it is not known. Times of the call's clock, milliseconds. */
export interface Answering {
  /** When the greeting began. */
  greetingMs?: number;
  isSpeaking: boolean;
  /** Takes messages: its greeting is waited out. */
  isMachine: boolean;
}

/** The call begins: nothing is said yet. */
export function awaitAnswer(step: Step): void {
  const { s, now } = step;
  s.answering = { isSpeaking: false, isMachine: false };
  s.due.answering = now + s.manners.verdictMs;
}

/** Speech while it is not known who speaks: only how long it lasts is of interest. */
export function greetingHeard(step: Step, { event }: Extract<CallEvent, { kind: 'ear' }>): void {
  const { s, now } = step;
  const answering = s.answering!;
  if (event.kind === 'speech_started') {
    answering.isSpeaking = true;
    answering.greetingMs ??= event.atMs;
    // From here on it is too long for a person, unless it ends before.
    if (!answering.isMachine) s.due.answering = answering.greetingMs + s.manners.greetingMs;
    else s.due.answering = machineUntil(step);
  } else if (event.kind === 'speech_ended') {
    answering.isSpeaking = false;
    const pauseMs = answering.isMachine ? s.manners.machinePauseMs : s.manners.greetingPauseMs;
    s.due.answering = Math.max(now, event.atMs + pauseMs);
  }
}

/** Its time is over. */
export function answerDue(step: Step): void {
  const { s, now } = step;
  const answering = s.answering;
  if (!answering) return;
  if (!answering.isSpeaking || now >= machineUntil(step))
    return known(step, answering.isMachine ? 'machine' : 'person');
  answering.isMachine = true;
  s.due.answering = machineUntil(step);
}

/** What the carrier heard. */
export function carrierTells(step: Step, who: AnsweredBy): void {
  const { s, now } = step;
  if (!s.answering) {
    // The agent has begun, taking it for a person: the flow may still have a road for it.
    if (who !== 'person' && s.answeredBy === 'person') {
      s.answeredBy = 'machine';
      step.emit({ kind: 'note', note: { kind: 'answered_by', who: 'machine' } });
      s.inbox.push({ kind: 'event', name: 'machine' });
    }
    return;
  }
  if (who === 'person') return known(step, 'person');
  if (who === 'machine_over') return known(step, 'machine');
  s.answering.isMachine = true;
  // Its greeting may be over by the time that the carrier is sure.
  const pauseUntilMs = s.answering.isSpeaking ? Infinity : now + s.manners.machinePauseMs;
  s.due.answering = Math.min(machineUntil(step), pauseUntilMs);
}

/** A greeting is not waited out for longer. */
function machineUntil({ s }: Step): number {
  return (s.answering?.greetingMs ?? s.startedMs) + s.manners.machineMs;
}

function known(step: Step, who: 'person' | 'machine'): void {
  const { s, now } = step;
  delete s.answering;
  delete s.due.answering;
  s.answeredBy = who;
  step.emit({ kind: 'note', note: { kind: 'answered_by', who } });
  // What was said to greet us is no turn of theirs.
  step.emit({ kind: 'end_turn' });
  s.committedUntilMs = now;
  delete s.committed;
  s.inbox.push({ kind: 'open', stages: { decision: now }, ...(who === 'machine' && { answeredBy: who }) });
}
