/** Transitions: what happened goes down the list once; every trigger on a line must hold. */
import type { TransferOutcome } from '../contracts.js';
import type { Flow, Resume, Target, Transition } from '../language/flow.js';
import { endCall } from './ending.js';
import { hideFromModels } from './for-model.js';
import { collect, putQuestion } from './questions.js';
import { makeScope } from './scope.js';
import { canonical, clearSlot, evaluate, findSlot, store, valueOf } from './slots.js';
import type { Frame } from './state.js';
import { freshCounters } from './state.js';
import { leaveFor } from './leave-for.js';
import { afterTask, endFlow, replaceFlow, startFlow } from './stack.js';
import type { Talk } from './talk.js';
import { callChain, flowOf, note, stateOf, topFrame } from './talk.js';
import { callPerson } from './transfers.js';
import { repairOf, say, sayBuiltIn } from './words.js';

/** The caller's move, the outcome of a tool or a flow, an event, or the end of the state's work. */
export type Happening =
  { kind: 'work' } | { kind: 'intent'; intent: string } | { kind: 'key'; key: string } | { kind: 'on'; name: string };

/** Whose transition it is: the state's, or one that a flow or the agent listens for. */
interface Level {
  kind: 'state' | 'flow' | 'agent';
  frame?: Frame;
  transitions: readonly Transition[];
}

/** Offers what happened to the state, then to those who listen. True when a transition was taken. */
export function offer(talk: Talk, happening: Happening): boolean {
  for (const level of levels(talk, happening)) {
    const transition = level.transitions.find((one) => isTriggered(one, happening) && holds(talk, level.frame, one));
    if (!transition) continue;
    take(talk, level, transition, happening);
    return true;
  }
  return false;
}

/**
 * The caller asks in their own words for what a key of this menu leads to: the line of that key is taken, and the talk
 * does not come back to the menu, as it would from a flow that only interrupts.
 */
export function takeMenuLine(talk: Talk, flow: string): boolean {
  const frame = topFrame(talk.s);
  if (frame?.phase !== 'waiting' || frame.question?.kind !== 'state') return false;
  const line = stateOf(talk, frame).transitions.find(
    ({ key, on, to, resume }) => key !== undefined && on.length === 0 && !resume && to?.kind === 'flow' && to.flow === flow,
  ); // prettier-ignore
  return line?.key !== undefined && offer(talk, { kind: 'key', key: line.key }) && topFrame(talk.s)?.flow === flow;
}

/** Whether some transition in scope has this trigger, whatever its condition. */
export function isAwaited(talk: Talk, happening: Happening): boolean {
  return levels(talk, happening).some((level) => level.transitions.some((one) => isTriggered(one, happening)));
}

/** The flow that an intent leads to by a line that holds whatever happens: asking for it is asking for that flow. */
export function flowBehind(talk: Talk, intent: string): string | undefined {
  const happening: Happening = { kind: 'intent', intent };
  for (const level of levels(talk, happening)) {
    const first = level.transitions.find((one) => isTriggered(one, happening));
    if (!first) continue;
    const isPlain =
      level.kind !== 'state' && !first.if && !first.say && first.set.length === 0 && first.clear.length === 0;
    return isPlain && first.to?.kind === 'flow' ? first.to.flow : undefined;
  }
  return undefined;
}

/** Who hears: the state, its flow, the flows that called it, the agent. A deaf state or flow hears only its own. */
export function levels(talk: Talk, happening: Happening): Level[] {
  const { s, agent } = talk;
  const top = topFrame(s);
  const everyone: Level = { kind: 'agent', transitions: agent.listen };
  if (!top) return [everyone];
  const state = stateOf(talk, top);
  const own: Level = { kind: 'state', frame: top, transitions: state.transitions };
  if (happening.kind === 'work') return [own];
  const isCallers = happening.kind !== 'on';
  if (isCallers && state.deaf) return [own];
  const flow = flowOf(talk, top);
  const its: Level = { kind: 'flow', frame: top, transitions: flow.listen };
  if (isCallers && flow.deaf) return [own, its];
  const callers = callChain(s)
    .slice(1)
    .map((frame): Level => ({ kind: 'flow', frame, transitions: flowOf(talk, frame).listen }));
  return [own, its, ...callers, everyone];
}

function isTriggered(transition: Transition, happening: Happening): boolean {
  const { intents, key, on } = transition;
  const isCallers = intents.length > 0 || key !== undefined;
  switch (happening.kind) {
    case 'work':
      return !isCallers && on.length === 0;
    case 'intent':
      return intents.includes(happening.intent) && on.length === 0;
    case 'key':
      return key === happening.key && on.length === 0;
    case 'on':
      return on.includes(happening.name) && !isCallers;
  }
}

function holds(talk: Talk, frame: Frame | undefined, transition: Transition): boolean {
  if (!transition.if) return true;
  const { value, problem } = transition.if.evaluate(makeScope(talk, frame));
  if (problem !== undefined) note(talk, `if: ${transition.if.source}: ${problem}`);
  return value === true;
}

function take(talk: Talk, level: Level, transition: Transition, happening: Happening): void {
  const top = topFrame(talk.s);
  noteTaken(talk, level, transition, happening);
  if (transition.say) say(talk, wordsId(level, transition, happening), transition.say, { frame: level.frame ?? top });
  change(talk, level.frame ?? top, transition);
  if (transition.to ?? transition.outcome) return leave(talk, level, transition, happening);
  if (!top) return;
  if (top.phase === 'waiting') return askAgain(talk, top);
  if (happening.kind === 'work') return void goOn(talk, top);
  // An outcome that was answered with words only is not dealt with: it goes up.
  unhandled(talk);
}

/** For the trace: which line was taken, and where it stands in the designer's file. */
function noteTaken(talk: Talk, level: Level, { place, to }: Transition, happening: Happening): void {
  const by = { work: () => 'done', intent: (one: string) => one, key: (one: string) => `key ${one}`, on: (one: string) => `on ${one}` };
  const name = 'intent' in happening ? happening.intent : 'key' in happening ? happening.key : 'name' in happening ? happening.name : '';
  const target = to && (to.kind === 'state' ? to.state : to.kind === 'flow' ? to.flow : to.kind);
  const from = level.kind === 'state' && level.frame ? `${level.frame.flow}/${level.frame.state}` : `listen of ${level.frame?.flow ?? 'the agent'}`;
  (talk.s.trace.taken ??= []).push({ from, by: by[happening.kind](name), to: target ?? null, file: place.file, line: place.line });
} // prettier-ignore

function wordsId(level: Level, transition: Transition, happening: Happening): string {
  const label =
    happening.kind === 'intent'
      ? (happening.intent.split('.').at(-1) ?? happening.intent)
      : happening.kind === 'key'
        ? (transition.intents[0]?.split('.').at(-1) ?? happening.key)
        : happening.kind === 'on'
          ? happening.name
          : 'to';
  return level.kind === 'state' && level.frame
    ? `${level.frame.flow}/${level.frame.state}.${label}`
    : `listen.${label}`;
}

/** `set` in the order written, then `clear`. */
function change(talk: Talk, frame: Frame | undefined, transition: Transition): void {
  for (const { slot: name, value } of transition.set) {
    const slot = findSlot(talk.agent, frame?.flow, name);
    if (slot) store(talk, frame, slot, canonical(talk, frame, slot, evaluate(talk, frame, value)));
  }
  for (const name of transition.clear) {
    const slot = findSlot(talk.agent, frame?.flow, name);
    if (slot) clearSlot(talk, frame, slot);
  }
}

function leave(talk: Talk, level: Level, transition: Transition, happening: Happening): void {
  const isSuccess = happening.kind !== 'on';
  if (level.kind !== 'state') return leaveFromListen(talk, level, transition, happening);
  const frame = level.frame!;
  if (transition.resume && transition.to?.kind === 'flow' && frame.phase === 'waiting')
    return interruptWith(talk, transition.to.flow, transition.resume);
  if (isSuccess) frame.counters[frame.state] = freshCounters();
  frame.over = frame.over.filter((name) => name !== frame.state);
  if (transition.to === undefined || transition.to.kind === 'end') return endFlow(talk, transition.outcome ?? 'ok');
  goTo(talk, frame, transition.to);
}

/** Goes to a flow and comes back from it. */
function interruptWith(talk: Talk, flow: string, resume: Resume | undefined): void {
  const { s } = talk;
  const isRunning = s.frames.some((frame) => frame.flow === flow);
  startFlow(talk, flow, [], topFrame(s) ? 'digression' : 'task');
  const top = topFrame(s);
  if (resume && !isRunning && top?.flow === flow) top.resume = resume;
}

/** What a flow listens for ends the flows above it; a flow that is gone to from there comes back. */
function leaveFromListen(talk: Talk, level: Level, transition: Transition, happening: Happening): void {
  const { s } = talk;
  const target: Target = transition.to ?? { kind: 'end' };
  const isWaiting = topFrame(s)?.phase === 'waiting' || !topFrame(s);
  if (target.kind === 'human') return callPerson(talk, false, true);
  if (target.kind === 'flow') {
    if (happening.kind === 'on' && !isWaiting) return giveUpTaskFor(talk, target.flow);
    return interruptWith(talk, target.flow, transition.resume);
  }
  if (!level.frame) {
    // The agent has no states: `end` from its listen ends the task, and on the open floor the call's talk goes on.
    if (topFrame(s)) dropCallChain(talk, transition.outcome ?? 'ok');
    return;
  }
  while (topFrame(s) !== level.frame) discard(talk);
  if (target.kind === 'end') return endFlow(talk, transition.outcome ?? 'ok');
  goTo(talk, level.frame, target);
}

/** The flow that failed is over, for good, and another takes its place. */
function giveUpTaskFor(talk: Talk, flow: string): void {
  const chain = callChain(talk.s);
  discardFlows(talk, chain.length - 1);
  const frame = topFrame(talk.s);
  if (frame) replaceFlow(talk, frame, flow);
}

function dropCallChain(talk: Talk, outcome: string): void {
  const chain = callChain(talk.s);
  discardFlows(talk, chain.length - 1);
  endFlow(talk, outcome);
}

/** Takes a flow off the stack without an outcome for anyone. */
export function discard(talk: Talk): Frame | undefined {
  const frame = talk.s.frames.pop();
  if (frame) closeFrame(talk, frame);
  return frame;
}

/** Takes so many flows off the stack, from the top. */
export function discardFlows(talk: Talk, count: number): void {
  for (let index = 0; index < count; index++) discard(talk);
}

/** Keeps what other flows may read of a flow that is over, and forgets its secrets at once. */
export function closeFrame(talk: Talk, frame: Frame): void {
  const { s } = talk;
  const flow: Flow = flowOf(talk, frame);
  const values: NonNullable<(typeof s.past)[string]> = {};
  hideFromModels(talk, frame);
  for (const slot of flow.slots.values()) {
    if (slot.sensitive === 'secret') delete s.secret[`${frame.n}.${slot.name}`];
    else if (slot.sensitive === undefined)
      values[slot.name] =
        slot.value || slot.fields
          ? valueOf(talk, frame, slot)
          : (frame.slots[slot.name] ?? (slot.default ? evaluate(talk, frame, slot.default) : null));
  }
  for (const called of frame.called) forgetSecrets(talk, called);
  s.past[frame.flow] = values;
  s.lastFlow = frame.flow;
  if (s.pending?.frame === frame.n) s.pending.orphan = true;
}

/** A called flow that was left in the middle may hold secrets for its return. */
function forgetSecrets({ s }: Talk, called: { n: number; called: readonly { n: number }[] }): void {
  for (const key of Object.keys(s.secret)) if (key.startsWith(`${called.n}.`)) delete s.secret[key];
}

/** Goes to a target from a state: a state, the end, a person, or another flow for good. */
export function goTo(talk: Talk, frame: Frame, target: Target): void {
  switch (target.kind) {
    case 'state':
      frame.state = target.state;
      frame.phase = 'enter';
      frame.question = null;
      return;
    case 'end':
      return endFlow(talk, 'ok');
    case 'human':
      return callPerson(talk, false, true);
    case 'flow':
      return replaceFlow(talk, frame, target.flow);
  }
}

/** The work of a state ended well: a transition without a trigger, else `to`. */
export function goOn(talk: Talk, frame: Frame): void {
  const { to } = stateOf(talk, frame);
  frame.counters[frame.state] = freshCounters();
  frame.over = frame.over.filter((name) => name !== frame.state);
  if (to) return goTo(talk, frame, to);
  if (waits(talk, frame)) {
    frame.question = { kind: 'state' };
    return putQuestion(talk, frame, 'first');
  }
  endFlow(talk, 'ok');
}

function waits(talk: Talk, frame: Frame): boolean {
  return stateOf(talk, frame).transitions.some((one) => one.intents.length > 0 || one.key !== undefined);
}

/** Puts the question again without a rung; a slot that was emptied meanwhile is asked. */
export function askAgain(talk: Talk, frame: Frame): void {
  if (stateOf(talk, frame).collect && (frame.question?.kind === 'slot' || frame.question?.kind === 'open'))
    collect(talk, frame, 'same');
  else putQuestion(talk, frame, 'same');
}

/** A rung with words or a way out. Its words, then the question; a way out goes there. */
export function applyRung(talk: Talk, transition: Transition, kind: string, rung: number): void {
  const frame = topFrame(talk.s);
  const id = frame ? `${frame.flow}/${frame.state}.${kind}.${rung}` : `${kind}.${rung}`;
  if (transition.say) say(talk, id, transition.say, { frame });
  change(talk, frame, transition);
  const target = transition.to;
  if (!target && transition.outcome === undefined) {
    if (frame) putQuestion(talk, frame, 'next');
    return;
  }
  if (target?.kind === 'human') return callPerson(talk, true, true);
  if (!frame) {
    if (target?.kind === 'flow') return startFlow(talk, target.flow, [], 'task');
    return sayGoodbye(talk);
  }
  if (target === undefined || target.kind === 'end') return endFlow(talk, transition.outcome ?? 'ok');
  if (target.kind === 'state' && !flowOf(talk, frame).states.has(target.state)) return unhandled(talk);
  goTo(talk, frame, target);
}

function sayGoodbye(talk: Talk): void {
  sayBuiltIn(talk, 'goodbye');
  endCall(talk, true);
}

/**
 * An outcome for which nobody had a transition: the built-in error. The task is over and a person is offered, unless
 * it is a person who was not reached (`unreached`).
 */
export function unhandled(talk: Talk, unreached?: TransferOutcome): void {
  note(talk, 'an outcome without a transition: the built-in error');
  const own = repairOf(talk, topFrame(talk.s), 'error');
  if (own?.to) return leaveFor(talk, 'error', own, own.to);
  if (unreached !== undefined && !own?.say) sayBuiltIn(talk, 'no_human', { it: unreached });
  else sayBuiltIn(talk, 'error');
  const chain = callChain(talk.s);
  discardFlows(talk, chain.length);
  afterTask(talk, unreached === undefined);
}

/** Offers an outcome to the state and upwards; `timeout` and `unknown` are errors to those who name only errors. */
export function raise(talk: Talk, outcome: string): void {
  const names = ['timeout', 'unknown'].includes(outcome) ? [outcome, 'error'] : [outcome];
  for (const name of names) if (offer(talk, { kind: 'on', name })) return;
  unhandled(talk);
}
