/** A person: who is called, when the desk is open, and what comes of it. */
import type { Input, Json, TransferOutcome, Understanding } from '../contracts.js';
import type { TransferSpec } from '../language/flow.js';
import { endCall, waitForWords } from './ending.js';
import { isOpen } from './hours.js';
import { packetOf } from './packet.js';
import { makeScope } from './scope.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { stateOf, topFrame } from './talk.js';
import { askAgain, goOn, isAwaited, levels, offer, unhandled } from './transitions.js';
import { sayAgain, sayBuiltIn } from './words.js';

/** Whether a request for a person leads anywhere. */
export function canReachPerson(talk: Talk): boolean {
  return talk.agent.transfer !== undefined || ownHandler(talk);
}

/** Some flow or the agent has a road of its own for the intent `human`. */
function ownHandler(talk: Talk): boolean {
  return levels(talk, { kind: 'on', name: 'human' }).some((level) =>
    level.transitions.some((one) => one.intents.includes('human') && one.to?.kind !== 'human'),
  );
}

/**
 * What the intent `human` does here: the designer's transition, else the words `human` and the agent's transfer.
 * @param ladder the caller did not ask: when nobody can be reached the call ends
 */
export function callPerson(talk: Talk, ladder: boolean, explicit = false): void {
  const { s, agent } = talk;
  if (ownHandler(talk)) {
    const before = s.frames.length;
    if (offerPerson(talk, ladder)) return;
    if (s.frames.length !== before || talk.effect) return;
  }
  if (!explicit && agent.transfer === undefined) {
    sayBuiltIn(talk, 'no_human');
    return goOnAlone(talk, ladder);
  }
  sayBuiltIn(talk, 'human');
  s.human = { ladder, ...((!explicit || s.trace.intent === 'human') && { asked: true }) };
  if (!waitForWords(talk, 'human')) sendHuman(talk);
}

function offerPerson(talk: Talk, ladder: boolean): boolean {
  const { s } = talk;
  for (const level of levels(talk, { kind: 'on', name: 'human' })) {
    const transition = level.transitions.find((one) => one.intents.includes('human') && one.to?.kind === 'flow');
    const target = transition?.to?.kind === 'flow' ? transition.to.flow : undefined;
    if (target === undefined || !s.frames.some((frame) => frame.flow === target)) continue;
    // The flow that looks for a person runs already: its own silence must not begin it again.
    if (!ladder) return false;
    sayBuiltIn(talk, 'give_up', { id: 'error' });
    endCall(talk, true);
    return true;
  }
  return offer(talk, { kind: 'intent', intent: 'human' });
}

/** Sends the transfer of the built-in road to a person. */
export function sendHuman(talk: Talk): void {
  send(talk, talk.agent.transfer);
}

/**
 * The process went while a person was being called, and the caller is still here: nobody has the call, so the words before
 * the transfer and the transfer come again. False: nobody was being called.
 */
export function callPersonAgain(talk: Talk): boolean {
  const { s } = talk;
  const frame = topFrame(s);
  if (!s.human && frame?.phase !== 'transfer') return false;
  sayAgain(talk, s.last);
  if (!s.human) frame!.phase = 'work';
  else if (!waitForWords(talk, 'human')) sendHuman(talk);
  return true;
}

/** The work of a `transfer` state. */
export function transferFrom(talk: Talk, frame: Frame): void {
  if (waitForWords(talk, 'transfer')) return;
  frame.phase = 'transfer';
  send(talk, stateOf(talk, frame).transfer ?? talk.agent.transfer);
}

/** The flow has something for the caller when the person has hung up: a road for that, or words after the transfer. */
function comesBack(talk: Talk): boolean {
  const isHeard = (name: string): boolean => isAwaited(talk, { kind: 'on', name });
  if (isHeard('far_hang_up') || isHeard('max_time')) return true;
  const frame = topFrame(talk.s);
  if (talk.s.human || frame?.phase !== 'transfer') return false;
  const { to } = stateOf(talk, frame);
  return isHeard('ok') || (to !== undefined && to.kind !== 'end');
}

function send(talk: Talk, spec: TransferSpec | undefined): void {
  const { s } = talk;
  s.transferSeconds = 0;
  if (!isOpen(spec?.hours, talk.world.now)) return settleTransfer(talk, 'closed');
  s.transferFromMs = s.inputAtMs;
  const to = spec ? spec.to.render(makeScope(talk, topFrame(talk.s))).trim() : '';
  const mode = spec?.mode ?? 'cold';
  s.trace.transfer = { to, mode };
  talk.out.push({
    kind: 'transfer', to, mode, packet: packetOf(talk, spec?.summary ?? false) as unknown as Json,
    ...(spec?.waitMs !== undefined && { answerWithinMs: spec.waitMs }), ...(spec?.maxMs !== undefined && { maxMs: spec.maxMs }),
    ...(comesBack(talk) && { comesBack: true as const }),
  }); // prettier-ignore
  talk.effect = { kind: 'wait', for: 'transfer' };
}

const saysNothing: readonly Input['kind'][] = ['no_input', 'not_heard', 'too_long', 'keys'];

/**
 * A person is being called, and what came asks for nothing but that: one moment, and the line rings on. What the caller
 * wants otherwise (cancel, another task, goodbye) is served. True: nothing more to do.
 */
export function ringsOn(talk: Talk, input: Input, understanding: Understanding | undefined): boolean {
  const { s } = talk;
  if (!s.human && topFrame(s)?.phase !== 'transfer') return false;
  const [move] = understanding?.moves ?? [];
  const isHuman = move?.kind === 'repair' && move.name === 'human';
  if (!saysNothing.includes(input.kind) && (input.kind !== 'utterance' || (move && !isHuman))) return false;
  sayBuiltIn(talk, 'one_moment');
  talk.effect = { kind: 'wait', for: 'transfer' };
  return true;
}

/** What came of a transfer. */
export function settleTransfer(talk: Talk, outcome: TransferOutcome): void {
  const { s } = talk;
  if (s.human) return settleHuman(talk, outcome, s.human.ladder);
  const frame = topFrame(s);
  if (frame?.phase !== 'transfer') return;
  frame.outcome = outcome;
  frame.phase = 'done';
  const isOver = outcome === 'far_hang_up' || outcome === 'max_time';
  if (isOver && offer(talk, { kind: 'on', name: outcome })) return;
  if (outcome !== 'ok' && !isOver) {
    if (!offer(talk, { kind: 'on', name: outcome })) unhandled(talk, outcome);
    return;
  }
  if (offer(talk, { kind: 'on', name: 'ok' }) || offer(talk, { kind: 'work' })) return;
  const { to } = stateOf(talk, frame);
  // The caller is with a person, or was: without words to say afterwards the agent leaves, or the call is over.
  if (to === undefined || to.kind === 'end') return endCall(talk, isOver);
  goOn(talk, frame);
}

function settleHuman(talk: Talk, outcome: TransferOutcome, ladder: boolean): void {
  talk.s.human = null;
  if (outcome === 'ok') return endCall(talk, false);
  if (offer(talk, { kind: 'on', name: outcome })) return;
  if (outcome === 'far_hang_up' || outcome === 'max_time') return endCall(talk, true);
  sayBuiltIn(talk, 'no_human', { it: outcome });
  goOnAlone(talk, ladder);
}

function goOnAlone(talk: Talk, ladder: boolean): void {
  const { s } = talk;
  if (ladder) {
    sayBuiltIn(talk, 'goodbye');
    return endCall(talk, true);
  }
  const frame = topFrame(s);
  if (!frame) {
    s.floor.asked = false;
    s.floor.offered = false;
    return;
  }
  if (frame.phase === 'waiting') return askAgain(talk, frame);
  // A state went to a person and nobody came: its task cannot go on.
  while (topFrame(s) !== undefined) s.frames.pop();
  s.floor = { ...s.floor, asked: false, offered: false };
}
