/**
 * One event in; the new state, the words and the one effect to perform next out. Pure: the state given is
 * never changed, and whatever a caller, a tool or a model did, it does not throw.
 */
import type { Input, Json, Move, Out, Understanding } from '../contracts.js';
import type { DialogState, Effect, Step, StepEvent, StepResult, StepWorld } from './seam.js';
import { collectOrEnter, goOnAfterAnswer, questionOfState, takeFills } from './answer.js';
import { wrapping } from './built-ins/en.js';
import { endCall } from './ending.js';
import { climb } from './ladders.js';
import { onKeys } from './keys.js';
import { titleOfIntent } from './intents.js';
import { makeListening } from './listening.js';
import { askWhichOne, orList, putQuestion } from './questions.js';
import { askWhatToChange, doRepair, sayGoodbye, urgentNames } from './repair.js';
import { clearSlot, findSlot } from './slots.js';
import { afterTask, mayStart, queueFlow, startFlow } from './stack.js';
import type { Clarify, Fill, Frame, Inside } from './state.js';
import { freshTrace, inside } from './state.js';
import type { Talk } from './talk.js';
import { countersOf, note, stateOf, topFrame } from './talk.js';
import { settleTool } from './tool-calls.js';
import { finishTrace } from './trace.js';
import { callPerson, sendHuman, settleTransfer } from './transfers.js';
import { askAgain, discard, isAwaited, offer } from './transitions.js';
import { walk } from './walk.js';
import { nearest, remember, sayBuiltIn } from './words.js';

export const step: Step = (world, state, event) => {
  try {
    const talk = begin(world, state);
    take(talk, event);
    // A turn whose words a model gave was closed before they were asked for.
    return event.kind === 'words_done' ? cut(talk, talk.effect ?? { kind: 'listen' }) : release(talk);
  } catch (error) {
    return recover(world, state, event, error);
  }
};

function begin(world: StepWorld, state: DialogState): Talk {
  return { world, agent: world.agent, s: structuredClone(inside(state)), out: [], effect: null };
}

/** A fault of ours: the task is dropped with the built-in error, and the call lives on. */
function recover(world: StepWorld, state: DialogState, event: StepEvent, error: unknown): StepResult {
  const talk = begin(world, state);
  const { s } = talk;
  if (event.kind === 'input') startTurn(talk, event.input);
  // The kind of fault and its place in our code, never its text: that may quote a caller.
  note(talk, `internal error: ${error instanceof Error ? error.name : 'unknown'}${placeOf(error)}`);
  s.awaiting = null;
  s.pending = null;
  s.human = null;
  s.clarify = null;
  if (s.ended || s.gone || (event.kind === 'input' && event.input.kind === 'hang_up')) {
    s.ended = true;
    talk.effect = { kind: 'end', hangUp: true };
    return release(talk);
  }
  s.frames = [];
  try {
    sayBuiltIn(talk, 'error');
    afterTask(talk, true);
    walk(talk);
    return release(talk);
  } catch {
    const blank = begin(world, state);
    blank.s.frames = [];
    blank.s.ended = true;
    blank.effect = { kind: 'end', hangUp: true };
    return release(blank);
  }
}

function placeOf(error: unknown): string {
  const line =
    error instanceof Error ? /at (?:.*\()?(?:.*\/)?(engine\/[\w./-]+:\d+)/.exec(error.stack ?? '')?.[1] : undefined;
  return line === undefined ? '' : ` at ${line}`;
}

function take(talk: Talk, event: StepEvent): void {
  switch (event.kind) {
    case 'words_done':
      return takeModelWords(talk, event);
    case 'tool_settled':
      settleTool(talk, event.callId, event.result);
      return walk(talk);
    case 'tool_pending':
      if (talk.s.pending?.callId === event.callId) talk.s.pending.outlived = true;
      return walk(talk);
    case 'input':
      startTurn(talk, event.input);
      onInput(talk, event.input, event.understanding);
      return walk(talk);
  }
}

function startTurn(talk: Talk, input: Input): void {
  const { s } = talk;
  s.turn += 1;
  // A circle may also run by way of transfers and words that were waited for: only the caller gives it new steps.
  if (!['played', 'transfer', 'tool'].includes(input.kind)) s.steps = 0;
  s.trace = freshTrace(s.turn);
  s.turnValue = null;
  s.turnSlots = [];
  s.turnWords = [];
  s.unheard = false;
  s.later = null;
  delete s.secret['turn.text'];
  if (input.kind !== 'played' && input.kind !== 'tool') s.holdMs = null;
  if (!['open', 'played', 'tool', 'transfer'].includes(input.kind)) s.opening = false;
  if (input.heard) trimToHeard(s, input.heard);
}

/** History holds what was really heard, not what was meant to be said. */
function trimToHeard(s: Inside, heard: NonNullable<Input['heard']>): void {
  for (const part of heard.parts) {
    s.heard[part.id] = part.share;
    if (part.share >= 1) continue;
    const entry = s.history.findLast((one) => one.from === 'agent' && one.id === part.id && one.text === part.text);
    if (!entry) continue;
    const words = entry.text.split(' ');
    entry.text = words.slice(0, Math.round(words.length * part.share)).join(' ');
  }
}

function onInput(talk: Talk, input: Input, understanding: Understanding | undefined): void {
  const { s } = talk;
  if (input.kind === 'hang_up') return onHangUp(talk);
  if (s.ended) {
    talk.effect = { kind: 'end', hangUp: true };
    return;
  }
  if (s.awaiting && onAwaited(talk, input, understanding)) return;
  switch (input.kind) {
    case 'open':
      return onOpen(talk);
    case 'utterance':
      return onUtterance(talk, input, understanding);
    case 'keys':
      if (s.pending) return onSpokenBeside(talk, null);
      s.clarify = null;
      return onKeys(talk, input);
    case 'no_input':
      if (s.pending) return;
      return climb(talk, 'no_input');
    case 'not_heard':
      return s.pending ? onSpokenBeside(talk, null) : climb(talk, 'no_match');
    case 'too_long':
      s.trace.text = input.text;
      if (offer(talk, { kind: 'on', name: 'too_long' })) return;
      return climb(talk, 'no_match');
    case 'played':
      return;
    case 'tool':
      return settleTool(talk, input.callId, input.result);
    case 'transfer':
      return settleTransfer(talk, input.outcome);
    case 'event':
      s.turnValue = input.data ?? null;
      if (!offer(talk, { kind: 'on', name: input.name })) note(talk, 'an event for which nothing listens');
      return;
  }
}

function onOpen(talk: Talk): void {
  const { s } = talk;
  // A new call to an old dialog: what it was about, and its question again.
  if (s.turn > 1) return afterTask(talk, false);
  if (s.frames.length === 0 && !s.floor.asked) {
    s.floor.asked = true;
    sayBuiltIn(talk, 'greeting');
  }
}

/** What the end of the words was waited for. Words of the caller there come first. True: nothing more to do. */
function onAwaited(talk: Talk, input: Input, understanding: Understanding | undefined): boolean {
  const { s } = talk;
  const awaiting = s.awaiting!;
  s.awaiting = null;
  const isSpoken = input.kind === 'utterance' && understanding !== undefined && mayBreakIn(talk, understanding);
  if (input.kind === 'event' || input.kind === 'tool') {
    s.awaiting = awaiting;
    talk.effect = { kind: 'wait', for: 'played' };
    return input.kind === 'event' ? false : (settleTool(talk, input.callId, input.result), true);
  }
  if (isSpoken) {
    s.human = null;
    return false;
  }
  if (input.kind === 'utterance') recordText(talk, input);
  if (awaiting === 'end') endCall(talk, true);
  if (awaiting === 'human') sendHuman(talk);
  // `work` and `transfer`: the state's phase is still `work`, and the walk goes on with it.
  return true;
}

/** Only what stops, changes or asks for something else is heard before an end or a write; a "mhm" is not. */
function mayBreakIn(talk: Talk, understanding: Understanding): boolean {
  return understanding.moves.some((move) => {
    if (move.kind === 'start') return true;
    if (move.kind === 'repair') return ['cancel', 'human', 'repeat', 'correct', 'start_over'].includes(move.name);
    return move.kind === 'fill' && topFrame(talk.s) !== undefined;
  });
}

function onHangUp(talk: Talk): void {
  const { s } = talk;
  s.gone = true;
  s.awaiting = null;
  if (topFrame(s) && isAwaited(talk, { kind: 'on', name: 'hangup' }) && !s.pending) {
    offer(talk, { kind: 'on', name: 'hangup' });
    if (topFrame(s)?.phase === 'enter' || topFrame(s)?.phase === 'work') return;
  }
  s.ended = true;
  talk.effect = { kind: 'end', hangUp: true };
}

function recordText(talk: Talk, input: Extract<Input, { kind: 'utterance' }>): void {
  const { s } = talk;
  if (asksForSecret(talk)) {
    s.secret['turn.text'] = input.text;
    remember(talk, { from: 'caller', id: 'caller', text: '•' });
    return;
  }
  s.trace.text = input.text;
  remember(talk, { from: 'caller', id: 'caller', text: input.text });
}

function asksForSecret(talk: Talk): boolean {
  const frame = topFrame(talk.s);
  const question = frame?.question;
  return (
    frame !== undefined &&
    question != null &&
    'slot' in question &&
    findSlot(talk.agent, frame.flow, question.slot)?.sensitive === 'secret'
  );
}

function onUtterance(
  talk: Talk,
  input: Extract<Input, { kind: 'utterance' }>,
  understanding: Understanding | undefined,
): void {
  const { s } = talk;
  recordText(talk, input);
  if (understanding) recordUnderstanding(talk, understanding);
  if (s.pending) return onSpokenBeside(talk, understanding ?? null);
  const asked = s.clarify;
  s.clarify = null;
  if (understanding?.clarify) return clarify(talk, understanding, asked);
  const moves = understanding?.moves ?? [];
  if (moves.length === 0) return onNothingUnderstood(talk, input.text);
  applyMoves(talk, moves);
}

function recordUnderstanding(talk: Talk, understanding: Understanding): void {
  const { trace } = talk.s;
  if (!asksForSecret(talk)) trace.moves = understanding.moves;
  trace.candidates = understanding.candidates;
  trace.llmCalls += understanding.llmCalls;
  if (understanding.route !== 'none') trace.route = understanding.route;
  trace.score = understanding.probability;
  const named = understanding.moves.find((move) => move.kind !== 'fill');
  if (named)
    trace.intent = named.kind === 'start' ? named.flow : named.kind === 'transition' ? named.intent : named.name;
}

/** None of the options is `not_listed`, where a transition waits for it; else no match. */
function onNothingUnderstood(talk: Talk, text: string): void {
  const frame = topFrame(talk.s);
  const question = frame?.question;
  const slot = frame && question?.kind === 'slot' ? findSlot(talk.agent, frame.flow, question.slot) : undefined;
  if (slot?.type === 'choice' && isAwaited(talk, { kind: 'on', name: 'not_listed' })) {
    talk.s.turnValue = bare(text);
    if (offer(talk, { kind: 'on', name: 'not_listed' })) return;
  }
  climb(talk, 'no_match');
}

/** An answer without the words that people wrap it in. */
function bare(text: string): string {
  const words = text
    .replace(/[.,!?]+/g, ' ')
    .trim()
    .split(/\s+/);
  while (words.length > 1 && wrapping.has(words[0]!.toLowerCase())) words.shift();
  while (words.length > 1 && wrapping.has(words.at(-1)!.toLowerCase())) words.pop();
  return words.join(' ');
}

/** "Did you mean": once; who is not understood a second time climbs the ladder. */
function clarify(talk: Talk, understanding: Understanding, before: Clarify | null): void {
  const { s } = talk;
  const offered = understanding.clarify!;
  if (before) return climb(talk, 'no_match');
  if (offered.kind === 'value') return clarifyValue(talk, offered.slot, offered.values, understanding.moves);
  const fills = understanding.moves.filter((move): move is Fill => move.kind === 'fill');
  s.clarify = { kind: 'intent', intents: offered.intents, values: fills };
  const running = topFrame(s)?.flow;
  const names = offered.intents.map((intent) => titleOfIntent(talk.agent, intent, running));
  s.trace.clarify = offered.intents;
  sayBuiltIn(talk, 'clarify', { it: orList(names), extra: { options: names } });
}

/** The rest of the sentence counts; which value was meant is asked when its slot's turn comes. */
function clarifyValue(talk: Talk, name: string, values: Json[], moves: readonly Move[]): void {
  const { s } = talk;
  const before = topFrame(s);
  if (moves.some((move) => move.kind !== 'fill')) applyMoves(talk, moves);
  else
    takeBeside(
      talk,
      moves.filter((move): move is Fill => move.kind === 'fill'),
    );
  const frame = topFrame(s);
  if (!frame || talk.effect || !findSlot(talk.agent, frame.flow, name)) return;
  frame.near[name] = values;
  if (frame !== before || frame.phase !== 'waiting') return;
  if (stateOf(talk, frame).collect?.slots.includes(name)) {
    if (frame.question?.kind === 'open') frame.openOver.push(frame.state);
    frame.question = { kind: 'slot', slot: name };
  }
  askWhichOne(talk, frame, name);
}

/** Values said beside one that is unclear are kept. */
function takeBeside(talk: Talk, fills: readonly Fill[]): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  const { phase, question } = frame;
  takeFills(talk, fills, false);
  if (topFrame(talk.s) === frame && phase === 'waiting') Object.assign(frame, { phase, question });
}

/** Applies the moves of one turn: cancel, person, hold on; then values; then one transition; then other requests. */
export function applyMoves(talk: Talk, moves: readonly Move[]): void {
  const urgent = moves.find((move) => move.kind === 'repair' && urgentNames.includes(move.name));
  if (urgent?.kind === 'repair') return doRepair(talk, urgent);
  const frame = topFrame(talk.s);
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
    if (taken === 'answered') talk.s.floor.asked = false;
    else climb(talk, 'no_match');
    return;
  }
  if (taken === 'answered' || isSaidOnceMore(frame, fills)) return goOnAfterAnswer(talk, frame);
  climb(talk, 'no_match');
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
  if (frame.flow === flow && frame.phase === 'waiting') return answerInPassing(talk, frame, fills);
  const isRunning = s.frames.some((one) => one.flow === flow);
  const digress = nearest(talk, frame, 'digress') ?? 'allow';
  if (!isRunning && digress === 'queue') return queueFlow(talk, flow, fills);
  // In one sentence values come first: what was said for the running flow stays with it.
  const own = fills.filter(
    (fill) => findSlot(talk.agent, frame.flow, fill.slot) && !talk.agent.flows.get(flow)?.slots.has(fill.slot),
  );
  if (own.length > 0 && !isRunning) takeBeside(talk, own);
  startFlow(talk, flow, fills, 'digression');
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
  if (intent === 'done') return askAgainOrClimb(talk);
  climb(talk, 'no_match');
}

function askAgainOrClimb(talk: Talk): void {
  climb(talk, 'no_match');
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
      if (answer === 'no') {
        discard(talk);
        afterTask(talk, false);
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
  climb(talk, 'no_match');
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
  if (['done', 'no', 'goodbye'].includes(intent)) return sayGoodbye(talk);
  if (intent === 'yes') return sayBuiltIn(talk, 'go_ahead');
  climb(talk, 'no_match');
}

/** The caller speaks while a tool runs: the position stays, and only what leaves the tool alone is done. */
function onSpokenBeside(talk: Talk, understanding: Understanding | null): void {
  const { s } = talk;
  const pending = s.pending!;
  pending.outlived = true;
  const move = understanding?.moves.find((one) => one.kind === 'repair');
  if (move?.kind === 'repair' && ['hold_on', 'repeat', 'slower'].includes(move.name)) return doRepair(talk, move);
  if (move?.kind === 'repair' && (move.name === 'cancel' || move.name === 'human')) {
    // A write that is under way cannot be called back.
    if (pending.write && move.name === 'cancel') return sayBuiltIn(talk, 'too_late');
    if (!pending.write) return doRepair(talk, move);
  }
  const start = understanding?.moves.find((one) => one.kind === 'start');
  if (start?.kind === 'start' && isHarmless(talk, start.flow)) {
    return startFlow(
      talk,
      start.flow,
      understanding!.moves.filter((one): one is Fill => one.kind === 'fill'),
      'digression',
    );
  }
  sayBuiltIn(talk, 'one_moment', { remembered: false });
}

/** A flow that writes nothing and waits for no tool may be served while a tool runs. */
function isHarmless(talk: Talk, name: string): boolean {
  const flow = talk.agent.flows.get(name);
  if (!flow || !mayStart(talk, flow)) return false;
  return [...flow.states.values()].every((state) => !state.call && !state.callFlow && !state.transfer && !state.hangUp);
}

// ---- Out ---------------------------------------------------------------------------------------

/** Closes the turn: its trace and its last out, and holds back what comes after words that a model gives. */
function release(talk: Talk): StepResult {
  const effect: Effect = talk.effect ?? { kind: 'listen' };
  if (effect.kind === 'listen' || effect.kind === 'wait' || effect.kind === 'end') closeTurn(talk, effect);
  return cut(talk, effect);
}

function closeTurn(talk: Talk, effect: Extract<Effect, { kind: 'listen' | 'wait' | 'end' }>): void {
  const { s } = talk;
  if (s.turnWords.length > 0)
    s.last = effect.kind === 'listen' && s.lastWaited ? [...s.last, ...s.turnWords] : s.turnWords;
  s.lastWaited = effect.kind === 'wait';
  talk.out.push({ kind: 'trace', trace: finishTrace(talk) });
  if (effect.kind === 'listen') talk.out.push({ kind: 'listen', listening: makeListening(talk) });
  else if (effect.kind === 'wait') talk.out.push({ kind: 'wait', for: effect.for });
  else talk.out.push({ kind: 'end', hangUp: effect.hangUp });
}

/** Outs up to the first words that a model gives; the rest waits in the state. */
function cut(talk: Talk, effect: Effect): StepResult {
  const { s, out } = talk;
  const at = out.findIndex((one) => one.kind === 'model');
  const done = (outs: Out[], next: Effect): StepResult => ({
    state: s as unknown as DialogState,
    out: outs,
    effect: next,
  });
  const model = out[at];
  if (model?.kind !== 'model') {
    s.later = null;
    return done(out as Out[], effect);
  }
  s.later = { out: out.slice(at + 1), effect };
  const { kind: _, ...words } = model;
  return done(out.slice(0, at) as Out[], { kind: 'model_words', ...words });
}

/** The model's words were given: what was said is remembered as it was said, and the turn goes on. */
function takeModelWords(talk: Talk, event: Extract<StepEvent, { kind: 'words_done' }>): void {
  const { s } = talk;
  const { later } = s;
  for (const list of [s.last, s.turnWords]) {
    const spoken = list.findLast((one) => one.id === event.id);
    if (spoken) spoken.text = event.text;
  }
  const entry = s.history.findLast((one) => one.from === 'agent' && one.id === event.id);
  if (entry) entry.text = event.text;
  talk.out = later?.out ?? [];
  // Who was interrupted does not go on to say the rest.
  if (event.interrupted) talk.out = talk.out.filter((one) => one.kind !== 'words' && one.kind !== 'model');
  talk.effect = later?.effect ?? { kind: 'listen' };
  s.later = null;
}
