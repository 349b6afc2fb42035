/** Applies the moves of one turn, in the order of the language; and the answers to questions that the engine put. */
import type { Move } from '../contracts.js';
import { collectOrEnter, fillNewFlow, goOnAfterAnswer, questionOfState, takeFills } from './answer.js';
import { answerMemory } from './caller-memory.js';
import { endCall } from './ending.js';
import { itemsIn } from './items.js';
import { climb } from './ladders.js';
import { putQuestion } from './questions.js';
import { enqueue } from './queue.js';
import { beginAfresh, isOffered, takeOffer } from './returning.js';
import { askWhatToChange, doRepair, sayGoodbye, urgentNames } from './repair.js';
import { clearSlot, findSlot } from './slots.js';
import { leaveFor } from './leave-for.js';
import { afterTask, queueFlow, startFlow } from './stack.js';
import type { Fill, Frame } from './state.js';
import { closeList, leaveInside } from './take-items.js';
import type { Talk } from './talk.js';
import { callChain, countersOf, stateOf, topFrame } from './talk.js';
import { callPerson } from './transfers.js';
import { askAgain, discardFlows, offer, takeMenuLine } from './transitions.js';
import { nearest, repairOf, say, sayBuiltIn } from './words.js';

/** Values said beside one that is unclear are kept. */
export function takeBeside(talk: Talk, fills: readonly Fill[]): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  const { phase, question } = frame;
  takeFills(talk, fills, false);
  // A change that leads back to a state before is walked when the talk comes back.
  if (topFrame(talk.s) === frame && phase === 'waiting' && frame.phase !== 'enter')
    Object.assign(frame, { phase, question });
}

/** Applies the moves of one turn: cancel, person, hold on; then values; then one transition; then other requests. */
export function applyMoves(talk: Talk, moves: readonly Move[]): void {
  const later = moves.filter((move) => move.kind === 'queue');
  const urgent = moves.find((move) => move.kind === 'repair' && urgentNames.includes(move.name));
  if (urgent?.kind === 'repair') return doUrgent(talk, urgent, later);
  // They are announced with the next question, and served without a word where none comes.
  for (const one of later) enqueue(talk, one);
  applyHere(
    talk,
    moves.filter((move) => move.kind !== 'queue'),
  );
}

/** "Cancel that and check my balance": what is asked for comes before what was interrupted goes on. */
function doUrgent(
  talk: Talk,
  urgent: Extract<Move, { kind: 'repair' }>,
  later: Extract<Move, { kind: 'queue' }>[],
): void {
  const [first] = later;
  if (urgent.name === 'cancel' && first) talk.instead = first;
  doRepair(talk, urgent);
  const isServed = urgent.name === 'cancel' && !talk.instead;
  delete talk.instead;
  for (const one of isServed ? later.slice(1) : later) enqueue(talk, one);
}

function applyHere(talk: Talk, moves: readonly Move[]): void {
  const said = moves.find((move) => move.kind === 'transition');
  if (answerMemory(talk, said?.kind === 'transition' ? said.intent : undefined)) return;
  const frame = topFrame(talk.s);
  if (moves.length > 1 && moves.some((move) => move.kind === 'repair' && move.name === 'out_of_scope')) {
    sayNotThat(talk);
    moves = moves.filter((move) => move.kind !== 'repair');
  }
  const fills = moves.filter((move): move is Fill => move.kind === 'fill');
  const start = moves.find((move) => move.kind === 'start');
  if (start?.kind === 'start' && !frame) return startFlow(talk, start.flow, fills, 'task');
  if (start?.kind === 'start') return interrupt(talk, start.flow, fills);
  const taken = fills.length > 0 ? takeFills(talk, fills, false) : 'nothing';
  if (taken === 'handled') return;
  const transition = moves.find((move) => move.kind === 'transition');
  if (transition?.kind === 'transition') return takeIntent(talk, transition.intent);
  const repair = moves.find((move) => move.kind === 'repair');
  if (repair?.kind === 'repair') return doRepair(talk, repair);
  if (!frame) {
    // What is known now is for a request that is still to come.
    if (taken !== 'answered') return climb(talk, 'no_match');
    talk.s.floor.asked = true;
    sayBuiltIn(talk, 'go_ahead');
    return;
  }
  if (taken === 'answered' || isSaidOnceMore(frame, fills)) return goOnAfterAnswer(talk, frame);
  climb(talk, 'no_match');
}

/** One part of the sentence can be served and the other cannot: said before the part that can. */
function sayNotThat(talk: Talk): void {
  const isOwn = repairOf(talk, topFrame(talk.s), 'out_of_scope')?.say !== undefined;
  sayBuiltIn(talk, isOwn ? 'out_of_scope' : 'part_out_of_scope', { id: 'out_of_scope' });
}

/** The value that is being asked about, said again: it is right. */
function isSaidOnceMore(frame: Frame, fills: readonly Fill[]): boolean {
  const { question } = frame;
  return (
    question?.kind === 'slot_confirm' &&
    fills.some((fill) => fill.slot === question.slot) &&
    !frame.toConfirm.includes(question.slot)
  );
}

/** The caller asked for the flow that runs already: it goes on, with the values that were said. */
function answerInPassing(talk: Talk, frame: Frame, fills: readonly Fill[]): void {
  const taken = fills.length > 0 ? takeFills(talk, fills, false) : 'nothing';
  if (taken === 'handled') return;
  if (taken === 'answered') goOnAfterAnswer(talk, frame);
  else askAgain(talk, frame);
}

function interrupt(talk: Talk, flow: string, fills: readonly Fill[]): void {
  const { s } = talk;
  const frame = topFrame(s)!;
  if (isOffered(frame) && callChain(s).some((one) => one.flow === flow)) return takeOfferWith(talk, frame, fills);
  if (frame.flow === flow && frame.phase === 'waiting') return answerInPassing(talk, frame, fills);
  const isRunning = s.frames.some((one) => one.flow === flow);
  if (!isRunning && takeMenuLine(talk, flow)) return sayToFlow(talk, fills);
  // What is only offered is not interrupted.
  const digress = isOffered(frame) ? 'allow' : (nearest(talk, frame, 'digress') ?? 'allow');
  if (!isRunning && digress === 'queue') return queueFlow(talk, flow, fills);
  // In one sentence values come first: what was said for the running flow stays with it.
  const own = fills.filter(
    (fill) => findSlot(talk.agent, frame.flow, fill.slot) && !talk.agent.flows.get(flow)?.slots.has(fill.slot),
  );
  if (own.length > 0 && !isRunning) takeBeside(talk, own);
  startFlow(talk, flow, fills, 'digression');
}

/** What was said beside the request, for the flow that a line of the menu led to. */
function sayToFlow(talk: Talk, fills: readonly Fill[]): void {
  const frame = topFrame(talk.s)!;
  frame.given = fills.filter(({ slot }) => slot.includes('.'));
  fillNewFlow(talk, frame, fills);
}

/** "I want to send money", when that is what was offered: a yes, with the values that were said. */
function takeOfferWith(talk: Talk, frame: Frame, fills: readonly Fill[]): void {
  const taken = fills.length > 0 ? takeFills(talk, fills, false) : 'nothing';
  if (taken !== 'handled') takeOffer(talk, frame);
}

/** A yes, a no, or another intent, at the question that is being asked. */
function takeIntent(talk: Talk, intent: string): void {
  const { s } = talk;
  const frame = topFrame(s);
  if (!frame) return onFloor(talk, intent);
  const { question } = frame;
  if (
    frame.phase === 'waiting' &&
    (intent === 'yes' || intent === 'no') &&
    question &&
    answerYesNo(talk, frame, question.kind, intent)
  )
    return;
  if (offer(talk, { kind: 'intent', intent })) return;
  if (answerForList(talk, frame, intent)) return;
  const { to } = stateOf(talk, frame);
  // The state has this intent, but no line of it holds now: its exit.
  if (
    to &&
    question?.kind === 'state' &&
    stateOf(talk, frame).transitions.some((one) => one.intents.includes(intent))
  ) {
    frame.phase = 'done';
    frame.outcome = 'ok';
    return;
  }
  climb(talk, 'no_match');
}

/** "That's all", "no, nothing else" at the question for items; a yes there only opens the ear. */
function answerForList(talk: Talk, frame: Frame, intent: string): boolean {
  const { question, phase } = frame;
  if (phase !== 'waiting' || question?.kind !== 'slot') return false;
  const slot = findSlot(talk.agent, frame.flow, question.slot);
  const items = slot && itemsIn(talk, frame, slot);
  if (!items) return false;
  const isLeft = leaveInside(talk, frame, items, intent);
  const isClosed = (intent !== 'no' || !isLeft) && closeList(frame, items, intent);
  if (!(intent === 'yes' ? slot.more !== undefined : isLeft || isClosed)) return false;
  if (intent !== 'yes') Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
  collectOrEnter(talk, frame, 'same');
  return true;
}

/** True when the yes or no answered a question that the engine put. */
function answerYesNo(talk: Talk, frame: Frame, kind: string, answer: 'yes' | 'no'): boolean {
  switch (kind) {
    case 'confirm':
      if (answer === 'yes') frame.phase = 'work';
      else if (!offer(talk, { kind: 'on', name: 'declined' })) askWhatToChange(talk);
      return true;
    case 'slot_confirm':
      confirmSlot(talk, frame, answer);
      return true;
    case 'change':
      if (answer === 'yes') return false;
      frame.question = questionOfState(talk, frame);
      putQuestion(talk, frame, 'same');
      return true;
    case 'resume':
      if (answer === 'no' && isOffered(frame)) {
        beginAfresh(talk);
      } else if (answer === 'no') {
        discardFlows(talk, callChain(talk.s).length);
        afterTask(talk, false);
      } else if (isOffered(frame)) {
        takeOffer(talk, frame);
      } else if (stateOf(talk, frame).collect) {
        frame.phase = 'work';
      } else {
        frame.question = questionOfState(talk, frame);
        putQuestion(talk, frame, 'same');
      }
      return true;
    default:
      return false;
  }
}

function confirmSlot(talk: Talk, frame: Frame, answer: 'yes' | 'no'): void {
  const { question } = frame;
  if (question?.kind !== 'slot_confirm') return;
  frame.toConfirm = frame.toConfirm.filter((name) => name !== question.slot);
  if (answer === 'yes') {
    Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
    return collectOrEnter(talk, frame, 'same');
  }
  const slot = findSlot(talk.agent, frame.flow, question.slot);
  if (slot) clearSlot(talk, frame, slot);
  frame.question = { kind: 'slot', slot: question.slot };
  climb(talk, 'no_match', 'none');
}

/** Nothing runs: done, no and goodbye end the call; a yes to "anything else?" only opens the ear. */
function onFloor(talk: Talk, intent: string): void {
  const { s } = talk;
  if (s.floor.offered) {
    s.floor.offered = false;
    if (intent === 'yes') return callPerson(talk, false);
    if (intent === 'no') {
      s.floor.asked = false;
      return;
    }
  }
  if (offer(talk, { kind: 'intent', intent })) return;
  if (['done', 'no', 'goodbye'].includes(intent)) return finishCall(talk);
  if (intent === 'yes') return sayBuiltIn(talk, 'go_ahead');
  climb(talk, 'no_match');
}

/** Nothing else is wanted: the way and the words of `done`, else those of `goodbye`. */
function finishCall(talk: Talk): void {
  for (const name of ['done', 'goodbye'] as const) {
    const own = repairOf(talk, undefined, name);
    if (own?.to) return leaveFor(talk, name, own, own.to);
    if (name === 'done' && own?.say) {
      say(talk, name, own.say);
      return endCall(talk, true);
    }
  }
  sayGoodbye(talk);
}
