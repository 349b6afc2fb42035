/**
 * The call, decided purely: `(state, event, now) -> (state, effects)`. Nothing here waits, and nothing is changed
 * in place that the caller of this function holds. Each manner lives in a file of its own; this one says who is
 * asked when, and what comes next.
 */
import type { CallEvent, Effect } from './events.js';
import type { CallState, Deadline, Queued, Step } from './state.js';
import { copyOf, emptyPlayout } from './state.js';
import { answerDue, awaitAnswer, carrierTells, greetingHeard } from './answered-by.js';
import { ask, dialogOut, turnEnded, turnFailed } from './asking.js';
import { abortTurn, cut, decide, falseInterruption, interrupt, louder, understood } from './barge-in.js';
import { clearTurn, isCallerBusy } from './caller-turn.js';
import {
  advanceClosing,
  callTooLong,
  closeOverdue,
  dialogSilent,
  finish,
  hangUpHere,
  hangUpNow,
  lineGone,
  shutDown,
  warn,
} from './ending.js';
import {
  commit,
  endOfTurn,
  final,
  finalOverdue,
  interim,
  speechEnded,
  speechStarted,
  tooLong,
  turnJudged,
} from './endpointing.js';
import { armIdle, idleOver, pauseIdle } from './idle.js';
import { forgetPause } from './merging.js';
import { keyPause, keyPressed, keysAheadOver, takeKeysAhead } from './keys.js';
import { ownWords } from './manners.js';
import { noteAgent } from './notes.js';
import { clockPassed, heardPosition, isDrained, ledger, markReturned, marksOverdue } from './heard.js';
import { passGate } from './protected.js';
import { enqueue, pump, voiceAudio, voiceDone, voiceFailed, voiceSilent, voiceWords } from './playout.js';
import { rehearse, rehearsed } from './speculation.js';
import { fillerDue, lineIdle, settleLate } from './tools.js';
import { judgeOverdue } from './turn-end.js';

/**
 * One step of a call.
 * @param now milliseconds of the call's clock, never less than at the step before
 */
export function reduce(state: CallState, event: CallEvent, now: number): { state: CallState; effects: Effect[] } {
  if (state.closed !== undefined) return { state, effects: [] };
  const effects: Effect[] = [];
  const step: Step = { s: copyOf(state), now, emit: (effect) => void effects.push(effect) };
  happen(step, event);
  advance(step);
  return { state: step.s, effects };
}

/**
 * When the state next wants a `tick`, or undefined when only an event can change it. Sending frames has a time of its
 * own, `state.due.pump` with `tick` and `pump: true`: frames must not be late, decisions let other events go first.
 */
export function nextDue(state: CallState): number | undefined {
  let next: number | undefined;
  for (const name of order) {
    const atMs = name === 'pump' ? undefined : state.due[name];
    if (atMs !== undefined && (next === undefined || atMs < next)) next = atMs;
  }
  return next;
}

/** Events from outside that may wait: each takes a turn of the dialog, so more would only come too late. */
const mostEvents = 20;

function happen(step: Step, event: CallEvent): void {
  const { s, now } = step;
  switch (event.kind) {
    case 'start':
      s.due.max_call = now + s.manners.maxCallMs;
      if (s.manners.maxCallMs > 2 * s.manners.warnBeforeMs) s.due.warn = s.due.max_call - s.manners.warnBeforeMs;
      if (s.manners.detectsMachine) return awaitAnswer(step);
      return void s.inbox.push({ kind: 'open', stages: { decision: now } });
    case 'out':
      return dialogOut(step, event.gen, event.out);
    case 'turn_ended':
      return turnEnded(step, event.gen);
    case 'turn_failed':
      return turnFailed(step, event.gen, event.problem);
    case 'understood':
      return understood(step, event.gen, event.fits);
    case 'judged':
      return turnJudged(step, event.n, event.complete);
    case 'rehearsed':
      return rehearsed(step, event.n, event.words);
    case 'settlement':
      settleLate(step, event.input.callId, event.input.result.outcome);
      return void s.inbox.push({ ...event.input });
    case 'ear':
      return heardByEar(step, event);
    case 'louder':
      return louder(step);
    case 'key':
      return s.ending ? undefined : keyPressed(step, event.digit);
    case 'mark':
      return markReturned(step, event.name);
    case 'voice_audio':
      return voiceAudio(step, event.sentence, event.samples);
    case 'voice_words':
      return voiceWords(step, event.sentence, event.words);
    case 'voice_done':
      return voiceDone(step, event.sentence);
    case 'voice_failed':
      return voiceFailed(step, event.sentence, event.problem, event.refused);
    case 'transfer':
      delete s.due.transfer;
      return void s.inbox.push({ kind: 'transfer', outcome: event.outcome });
    case 'transfer_under_way':
      if (event.withinMs === undefined) delete s.due.transfer;
      else if (s.due.transfer !== undefined || s.asking?.running) s.due.transfer = now + event.withinMs;
      return;
    case 'outside':
      if (s.inbox.filter((input) => input.kind === 'event').length >= mostEvents)
        return step.emit({ kind: 'count', name: 'dropped_events' });
      return void s.inbox.push({
        kind: 'event',
        name: event.name,
        ...(event.data === undefined ? {} : { data: event.data }),
      });
    case 'answered_by':
      return s.ending ? undefined : carrierTells(step, event.who);
    case 'line_gone':
      return lineGone(step, event.reason);
    case 'interrupt':
      if (s.ending) return;
      interrupt(step);
      return abortTurn(step);
    case 'hang_up':
      return hangUpHere(step);
    case 'shut_down':
      return shutDown(step);
    case 'tick':
      return event.pump ? pumpTick(step) : tick(step);
  }
}

function heardByEar(step: Step, { event, loudness }: Extract<CallEvent, { kind: 'ear' }>): void {
  const { s } = step;
  // While a farewell is spoken nothing is taken in; a line that is gone may still owe its last words.
  if (s.ending && !(s.ending.stage === 'closing' && (event.kind === 'final' || event.kind === 'interim'))) return;
  if (s.answering && event.kind !== 'failed') return greetingHeard(step, { kind: 'ear', event });
  switch (event.kind) {
    case 'speech_started':
      return speechStarted(step, event.atMs, loudness);
    case 'speech_ended':
      return speechEnded(step, event.atMs);
    case 'interim':
      return interim(step, event);
    case 'final':
      return final(step, event);
    case 'end_of_turn':
      return endOfTurn(step);
    case 'failed':
      return deafened(step, event.problem);
  }
}

/** No more speech is heard in this call: said once, then keys are what is left. */
function deafened(step: Step, problem: string): void {
  const { s } = step;
  if (s.deaf) return;
  s.deaf = true;
  step.emit({ kind: 'log', level: 'warn', event: 'ear failed', fields: { problem } });
  clearTurn(step, step.now);
  enqueue(step, { id: 'error', text: ownWords(s).deaf, bargeIn: 'keys', mustHear: false }, 'notice');
}

// ---- Deadlines ------------------------------------------------------------------------------

/** Due at the same time they are handled in this order; one that another made pointless is gone by then. */
const deadlines: Record<Deadline, (step: Step) => void> = {
  close: closeOverdue,
  max_call: callTooLong,
  hang_up: hangUpNow,
  dialog: dialogSilent,
  voice: voiceSilent,
  // Rung for as long as the flow lets it ring; without a limit of the flow's it is the carrier that never answered.
  transfer: (step) =>
    void step.s.inbox.push({
      kind: 'transfer',
      outcome: step.s.answerWithinMs === undefined ? 'error' : 'no_answer',
    }),
  answering: answerDue,
  max_speech: tooLong,
  judge: judgeOverdue,
  rehearse,
  commit,
  final: finalOverdue,
  decide,
  resume: falseInterruption,
  mark: marksOverdue,
  drained: clockPassed,
  key: keyPause,
  keys_ahead: keysAheadOver,
  idle: idleOver,
  filler: fillerDue,
  warn,
  pump,
};
const order = Object.keys(deadlines) as Deadline[];

function pumpTick(step: Step): void {
  const atMs = step.s.due.pump;
  if (atMs !== undefined && atMs <= step.now) pump(step);
}

function tick(step: Step): void {
  const { s, now } = step;
  for (const name of order) {
    const atMs = s.due[name];
    if (atMs === undefined || atMs > now || s.closed !== undefined) continue;
    delete s.due[name];
    deadlines[name](step);
    // After a long freeze: one thing is said, and what else was overdue is looked at again.
    if (s.inbox.length > 0) delete s.due.idle;
  }
}

// ---- What comes next ------------------------------------------------------------------------

/** Inputs that wait until the caller has finished. */
const patient = new Set<Queued['kind']>(['tool', 'event']);

function advance(step: Step): void {
  const { s, now } = step;
  if (s.closed !== undefined) return;
  if (s.playout.sentences.length > 0 && isDrained(step)) fold(step);
  if (s.ending?.stage === 'closing') return advanceOut(step);
  if (s.voiceFailures >= s.manners.voiceFailures && s.playout.sentences.length > 0) {
    step.emit({ kind: 'log', level: 'warn', event: 'no voice left' });
    s.ending ??= { reason: 'no_voice', stage: 'farewell' };
    cut(step, heardPosition(step));
  }
  if (s.ending) {
    if (s.playout.sentences.length === 0) s.due.hang_up ??= now + s.manners.afterFarewellMs;
    return;
  }
  if (s.playout.sentences.length > 0) passGate(step);
  if (s.asking?.running || s.playout.sentences.length > 0) return pauseIdle(step);
  const ending = s.asking?.ending;
  if (ending === 'end') {
    if (!s.asking!.hangUp) return finish(step, 'completed');
    s.due.hang_up ??= now + s.manners.afterFarewellMs;
    return;
  }
  if (ending === 'listen') takeKeysAhead(step);
  const next = takeInput(step, ending === 'transfer');
  if (next) return ask(step, next);
  if (ending === 'played' && !isCallerBusy(step)) return ask(step, { kind: 'played' });
  if (ending === 'listen' && !isCallerBusy(step) && s.keys.digits === '' && s.inbox.length === 0) armIdle(step);
}

function takeInput(step: Step, transferOnly: boolean): Queued | undefined {
  const { s } = step;
  const busy = isCallerBusy(step) || s.keys.digits !== '';
  let index = s.inbox.findIndex((input) => (transferOnly ? input.kind === 'transfer' : !patient.has(input.kind)));
  // The caller first; what came from elsewhere when nobody speaks.
  if (index < 0 && !transferOnly && !busy && s.inbox.length > 0) index = 0;
  return index < 0 ? undefined : s.inbox.splice(index, 1)[0];
}

/** On the way out: what the caller still said, then that nobody is there any more. */
function advanceOut(step: Step): void {
  const { s } = step;
  if (!s.asking?.running && !isCallerBusy(step) && s.asking?.input !== 'hang_up') {
    const last = s.inbox.find(
      (input) => input.kind === 'utterance' || input.kind === 'keys' || input.kind === 'transfer',
    );
    s.inbox = s.inbox.filter((input) => input !== last);
    return ask(step, last ?? { kind: 'hang_up' });
  }
  advanceClosing(step);
}

/** Everything was heard: the ledger is closed and the line is free. */
function fold(step: Step): void {
  const { s, now } = step;
  forgetPause(step);
  noteAgent(step, { heardMs: Infinity, interrupted: false });
  const heard = ledger(step, Infinity);
  if (heard.parts.length > 0) s.heard = heard;
  // The count of marks goes on: a name is never used twice.
  s.playout = { ...emptyPlayout(s.gen, now), sequence: s.playout.sequence };
  for (const name of ['mark', 'drained', 'pump', 'voice'] as const) delete s.due[name];
  lineIdle(step);
}
