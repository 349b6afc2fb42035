/** The walk through states that wait for nobody, up to the one effect that comes next. */
import { beginGenerating } from './generate.js';
import { answerFromKnowledge } from './knowledge.js';
import type { Frame } from './state.js';
import { collect, putQuestion, sayWithEchoes, waitsForCaller } from './questions.js';
import { announceQueued } from './queue.js';
import { afterTask, callFlow, endFlow, openFloor } from './stack.js';
import type { Talk } from './talk.js';
import { note, stateOf, topFrame } from './talk.js';
import { callTool, lacksField } from './tool-calls.js';
import { transferFrom } from './transfers.js';
import { discard, goOn, isAwaited, offer, raise } from './transitions.js';
import { endCall } from './ending.js';
import { preview, sayBuiltIn } from './words.js';

/** States that one turn may pass through; a flow that runs in circles ends in the built-in error. */
const budget = 100;

/** Goes on until something outside is needed. */
export function walk(talk: Talk): void {
  while (!talk.effect) {
    const frame = topFrame(talk.s);
    if (!frame) openFloor(talk);
    else if (pausesBefore(talk, frame)) talk.effect = { kind: 'enter', flow: frame.flow, state: frame.state };
    else advance(talk, frame);
  }
}

/** In the expanded graph each state is a step of its own. */
function pausesBefore(talk: Talk, frame: Frame): boolean {
  if (talk.world.pauses !== true || frame.phase !== 'enter') return false;
  const pauses = talk.mayEnter !== true;
  talk.mayEnter = false;
  return pauses;
}

function advance(talk: Talk, frame: Frame): void {
  switch (frame.phase) {
    case 'enter':
      return enter(talk, frame);
    case 'confirm':
      frame.question = { kind: 'confirm' };
      return putQuestion(talk, frame, 'first');
    case 'work':
      return work(talk, frame);
    case 'done':
      return done(talk, frame);
    case 'waiting':
    case 'tool':
      talk.effect = talk.s.gone ? { kind: 'end', hangUp: true } : { kind: 'listen' };
      return;
    case 'calling':
      // The called flow was dropped without an outcome: the work begins again.
      frame.phase = 'work';
      return;
    case 'transfer':
      talk.effect = { kind: 'wait', for: 'transfer' };
  }
}

function enter(talk: Talk, frame: Frame): void {
  const { s } = talk;
  if (frame.toConfirm.length > 0 && !stateOf(talk, frame).collect) {
    frame.question = { kind: 'slot_confirm', slot: frame.toConfirm[0]! };
    return putQuestion(talk, frame, 'first');
  }
  s.steps += 1;
  if (s.steps > budget) return stopCircle(talk, frame);
  const state = stateOf(talk, frame);
  // Going over a state again after a correction is no new visit.
  if (!frame.again || frame.visits[frame.state] === undefined)
    frame.visits[frame.state] = (frame.visits[frame.state] ?? 0) + 1;
  if (!frame.path.includes(frame.state)) frame.path.push(frame.state);
  s.trace.visited.push(`${frame.flow}/${frame.state}`);
  if (state.say) sayOnEntry(talk, frame);
  frame.phase = state.confirm && !isWrittenBefore(talk, frame) ? 'confirm' : 'work';
}

/** The write that these words ask about was sent already, and a correction only leads over it. */
function isWrittenBefore(talk: Talk, frame: Frame): boolean {
  const { call } = stateOf(talk, frame);
  return (
    call !== undefined &&
    frame.over.includes(frame.state) &&
    frame.writes.some((one) => one.state === frame.state && one.tool === call.tool)
  );
}

/** The words of a state; when a correction leads over it again, only those that changed. */
function sayOnEntry(talk: Talk, frame: Frame): void {
  const state = stateOf(talk, frame);
  const id = `${frame.flow}/${frame.state}`;
  if (!state.say) return;
  const isPassed = !waitsForCaller(state) && !state.collect;
  if (
    (frame.again || frame.over.includes(frame.state)) &&
    isPassed &&
    preview(talk, id, state.say, frame) === frame.said[frame.state]
  )
    return;
  if (waitsForCaller(state) && !state.collect) announceQueued(talk);
  const before = talk.out.length;
  sayWithEchoes(talk, frame, id, state.say);
  const last = talk.out.slice(before).flatMap((out) => (out.kind === 'words' && isOf(out.id, id) ? [out.text] : []));
  if (last.length > 0) frame.said[frame.state] = last.join(' ');
}

/** The words of a state, or a part of them. */
function isOf(id: string, place: string): boolean {
  return id === place || id.startsWith(`${place}.`);
}

function stopCircle(talk: Talk, frame: Frame): void {
  note(talk, `more than ${budget} states in one turn, the last one ${frame.flow}/${frame.state}: stopped`);
  sayBuiltIn(talk, 'error');
  talk.s.steps = 0;
  while (topFrame(talk.s)) discard(talk);
  afterTask(talk, true);
}

function work(talk: Talk, frame: Frame): void {
  const state = stateOf(talk, frame);
  if (state.collect) return collect(talk, frame, 'first');
  if (state.call) return callTool(talk, frame);
  if (state.callFlow) return callFlow(talk, frame);
  if (state.answer !== undefined) return answerFromKnowledge(talk, frame, state.answer);
  if (state.generate) return beginGenerating(talk, frame);
  if (state.transfer) return transferFrom(talk, frame);
  if (state.hangUp) return endCall(talk, true);
  frame.phase = 'done';
  frame.outcome = 'ok';
}

/** The end of the state's work: success goes down the list, everything else needs a transition of its own. */
function done(talk: Talk, frame: Frame): void {
  const state = stateOf(talk, frame);
  if (frame.outcome === 'ok') {
    const lacking = lacksField(talk, frame);
    if (lacking !== null) {
      note(talk, `the result lacks ${lacking}, which a condition reads: error`);
      frame.outcome = 'error';
    }
  }
  // A called flow that was cancelled takes its caller along, unless the caller has a road for it.
  if (frame.outcome === 'cancelled' && state.callFlow && !isAwaited(talk, { kind: 'on', name: 'cancelled' }))
    return endFlow(talk, 'cancelled');
  if (frame.outcome !== 'ok') return raise(talk, frame.outcome);
  if (offer(talk, { kind: 'work' })) return;
  const isBare =
    !state.collect &&
    !state.call &&
    !state.callFlow &&
    !state.transfer &&
    !state.generate &&
    state.answer === undefined;
  if (isBare && waitsForCaller(state)) {
    frame.question = { kind: 'state' };
    return putQuestion(talk, frame, 'first');
  }
  goOn(talk, frame);
}
