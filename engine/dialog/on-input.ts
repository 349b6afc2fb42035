/** What each kind of input does, before anything is walked. */
import type { Input, Move, Understanding } from '../contracts.js';
import { callsOf } from '../language/calls-of.js';
import type { Slot } from '../language/flow.js';
import { builtInEvents } from '../language/build-transition.js';
import { hardly } from './answer.js';
import { onSpokenBeside } from './beside-tool.js';
import { clarify } from './clarify.js';
import { endCall } from './ending.js';
import { answerGenerating, isGenerating } from './generate.js';
import { head, heardFor, itemsIn, pendingItem } from './items.js';
import { onKeys } from './keys.js';
import { climb } from './ladders.js';
import { legalOrNone } from './legal-moves.js';
import { tellOfNewVersion } from './new-version.js';
import { welcomeBack } from './returning.js';
import { applyMoves } from './moves.js';
import type { RuleName } from './rules.js';
import { ruleOfInput } from './rules.js';
import { findSlot } from './slots.js';
import { afterTask } from './stack.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, flowOf, note, stateOf, topFrame } from './talk.js';
import { settleTool } from './tool-calls.js';
import { callPersonAgain, ringsOn, sendHuman, settleTransfer } from './transfers.js';
import { askAgain, isAwaited, offer } from './transitions.js';
import { remember, sayAgain, sayBuiltIn } from './words.js';

export function onInput(talk: Talk, input: Input, understanding: Understanding | undefined): void {
  const { s } = talk;
  const rule = ruleOfInput[input.kind];
  if (rule) s.trace.rule = rule;
  if (input.kind === 'hang_up') return onHangUp(talk);
  if (input.kind === 'open' && input.returning) {
    s.trace.rule = 'returning' satisfies RuleName;
    return welcomeBack(talk);
  }
  if (s.ended) {
    if (input.kind === 'tool') settleTool(talk, input.callId, input.result);
    talk.effect = { kind: 'end', hangUp: true };
    return;
  }
  if (s.changed && tellOfNewVersion(talk, input, understanding)) return;
  if (s.awaiting && onAwaited(talk, input, understanding)) return;
  if (ringsOn(talk, input, understanding)) return;
  switch (input.kind) {
    case 'open':
      return input.answeredBy === 'machine' ? onMachine(talk) : onOpen(talk);
    case 'utterance':
      return onUtterance(talk, input, understanding);
    case 'keys':
      if (s.pending) return onSpokenBeside(talk, null);
      s.clarify = null;
      return onKeys(talk, input);
    case 'no_input':
      if (s.pending) return;
      s.clarify = null;
      return climb(talk, 'no_input');
    case 'not_heard':
      return s.pending ? onSpokenBeside(talk, null) : climb(talk, 'no_match');
    case 'too_long':
      if (!asksForSecret(talk)) s.trace.text = input.text;
      if (offer(talk, { kind: 'on', name: 'too_long' })) return;
      return climb(talk, 'no_match', 'too_much');
    case 'played':
      return;
    case 'tool':
      return settleTool(talk, input.callId, input.result);
    case 'transfer':
      return settleTransfer(talk, input.outcome);
    case 'event':
      s.trace.event = input.name;
      if (isOurs(talk, input.name)) return note(talk, 'an event from outside that has a name of ours');
      s.turnValue = input.data ?? null;
      if (!offer(talk, { kind: 'on', name: input.name })) note(talk, 'an event for which nothing listens');
      return;
  }
}

/**
 * What only the engine can know: that a tool failed, that a confirmed write was declined, what the state's tool or
 * flow came to. Whoever is on the line may send events, and must not answer in their place.
 */
function isOurs(talk: Talk, name: string): boolean {
  const { agent, s } = talk;
  if (name === 'refused' || (builtInEvents as readonly string[]).includes(name)) return true;
  return s.frames.some((frame) => {
    const state = stateOf(talk, frame);
    const isOutcome = callsOf(state).some(({ tool }) =>
      (flowOf(talk, frame).tools.get(tool) ?? agent.tools.get(tool))?.outcomes.some((one) => one.name === name),
    );
    if (isOutcome) return true;
    const { callFlow } = state;
    const called = callFlow && agent.flows.get(callFlow.flow);
    return [...(called?.states.values() ?? [])].some((its) => its.transitions.some((one) => one.outcome === name));
  });
}

/** A machine takes a message: the flow's words for it, and nothing else. Where it has none the call is over. */
function onMachine(talk: Talk): void {
  const { s } = talk;
  const machine = { kind: 'on', name: 'machine' } as const;
  s.trace.event = machine.name;
  if (!isAwaited(talk, machine) || !offer(talk, machine)) {
    s.frames = [];
    endCall(talk, true);
  }
}

function onOpen(talk: Talk): void {
  const { s } = talk;
  if (s.turn > 1 && callPersonAgain(talk)) return;
  // A new call to an old dialog: what it was about, and its question again.
  if (s.turn > 1 && topFrame(s)) return afterTask(talk, false);
  if (s.turn > 1 && s.last.length > 0) return sayAgain(talk, s.last);
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
  if (input.kind === 'utterance') {
    recordText(talk, input);
    s.trace.rule = 'speech-before-end' satisfies RuleName;
  }
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
  s.dropped = s.awaiting === null || s.awaiting === 'work';
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
  understanding &&= legalOrNone(talk, understanding);
  if (understanding) recordUnderstanding(talk, understanding);
  if (s.pending) return onSpokenBeside(talk, understanding ?? null);
  const asked = s.clarify;
  s.clarify = null;
  if (asked?.kind === 'intent' && asked.offer) {
    talk.agreed = asked.intents[0];
    const [move] = understanding?.moves ?? [];
    if (move?.kind === 'transition' && move.intent === 'no') return goBackToQuestion(talk);
  }
  const frame = topFrame(s);
  if (isGenerating(frame)) {
    if (understanding?.moves.length === 0) s.trace.rule = 'to-the-model' satisfies RuleName;
    return answerGenerating(talk, frame, understanding);
  }
  if (understanding?.clarify) return clarify(talk, understanding, asked);
  const moves = understanding?.moves ?? [];
  if (moves.length === 0) return onNothingUnderstood(talk, input);
  applyMoves(talk, moves);
}

function recordUnderstanding(talk: Talk, understanding: Understanding): void {
  const { trace } = talk.s;
  if (!asksForSecret(talk)) trace.moves = understanding.moves;
  trace.candidates = understanding.candidates;
  trace.llmCalls += understanding.llmCalls;
  if (understanding.route !== 'none') trace.route = understanding.route;
  if (understanding.rule !== undefined) trace.rule = understanding.rule;
  trace.score = understanding.probability;
  const named = understanding.moves.find((move) => move.kind !== 'fill' && move.kind !== 'queue');
  if (named) trace.intent = nameOf(named);
}

function nameOf(move: Move): string | undefined {
  switch (move.kind) {
    case 'start':
      return move.flow;
    case 'transition':
      return move.intent;
    case 'repair':
      return move.name;
    default:
      return undefined;
  }
}

/** What was offered is not wanted: all stays as it is. */
function goBackToQuestion(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (frame) askAgain(talk, frame);
  else sayBuiltIn(talk, 'go_ahead');
}

/** None of the options is `not_listed`, where a transition waits for it; else no match. */
function onNothingUnderstood(talk: Talk, { text, confidence = 1 }: Extract<Input, { kind: 'utterance' }>): void {
  const frame = topFrame(talk.s);
  // Back from looking something up: whatever that was, it was not the answer yet.
  if (talk.held && frame?.phase === 'waiting') return askAgain(talk, frame);
  // Whoever changes the language has not failed to answer: the question again, in theirs.
  if (talk.hasSwitched) return frame ? askAgain(talk, frame) : sayBuiltIn(talk, 'go_ahead');
  const question = frame?.question;
  const slot = frame && question?.kind === 'slot' ? findSlot(talk.agent, frame.flow, question.slot) : undefined;
  if (
    slot &&
    asksForChoice(talk, frame!, slot) &&
    // What was hardly heard names nothing: "I have no 'purple'" would be said to who never said it.
    confidence >= hardly &&
    namesSomething(talk, text) &&
    isAwaited(talk, { kind: 'on', name: 'not_listed' })
  ) {
    const { wrapping, hearing } = builtIns(talk);
    talk.s.turnValue = bare(text.replace(hearing.wishing, ''), wrapping);
    if (offer(talk, { kind: 'on', name: 'not_listed' })) return;
  }
  climb(talk, 'no_match');
}

/** "Who is on it?", "okay, do it": no option was named, so none of them is not on the list. */
function namesSomething(talk: Talk, text: string): boolean {
  const { hearing, wrapping, examples } = builtIns(talk);
  if (hearing.asksWhich.test(text)) return false;
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => word !== '');
  const said = words.join(' ');
  if (Object.values(examples).some((ways) => ways.includes(said))) return false;
  return words.some((word) => !wrapping.has(word) && !hearing.answers.has(word));
}

/** A choice, an item known by one, or a field of an item that is one. */
function asksForChoice(talk: Talk, frame: Frame, slot: Slot): boolean {
  const items = itemsIn(talk, frame, slot);
  if (!items) return slot.type === 'choice';
  const pending = pendingItem(items);
  return (pending ? heardFor(pending.missing).field : head(items))?.type === 'choice';
}

/** An answer without the words that people wrap it in. */
function bare(text: string, wrapping: ReadonlySet<string>): string {
  const words = text
    // It may be said back: what no voice can say is left out.
    .replace(/[^\p{L}\p{M}\p{N}'’&+/-]+/gu, ' ')
    .trim()
    .split(/\s+/);
  while (words.length > 1 && wrapping.has(words[0]!.toLowerCase())) words.shift();
  while (words.length > 1 && wrapping.has(words.at(-1)!.toLowerCase())) words.pop();
  return words.join(' ');
}
