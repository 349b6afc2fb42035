/** Flows on the stack: starting, calling, ending, interrupting and coming back. */
import type { Json } from '../contracts.js';
import { joinWords } from '../language/filters.js';
import type { Flow, Resume } from '../language/flow.js';
import { askToRemember, learnOfCaller, recallSlots } from './caller-memory.js';
import { fillNewFlow } from './answer.js';
import { calledBefore, giveBack, keepCalled, slotsBehind, takeGiven, takeOver } from './called-flows.js';
import { forgetResults } from './correct.js';
import { leaveFor, partFrom } from './leave-for.js';
import { firstState, newFrame } from './open-state.js';
import { announceQueued, enqueue, titleOfQueued } from './queue.js';
import { putQuestion } from './questions.js';
import { makeScope } from './scope.js';
import { canonical, evaluate, findSlot, sayValue, store, stored } from './slots.js';
import type { Fill, Frame, FrameKind } from './state.js';
import { freshCounters } from './state.js';
import type { Talk } from './talk.js';
import { callChain, flowOf, note, same, stateOf, topFrame } from './talk.js';
import { canReachPerson } from './transfers.js';
import { askAgain, closeFrame, discard, unhandled } from './transitions.js';
import { nearest, repairOf, say, sayBuiltIn } from './words.js';

/** So many tasks may interrupt each other: who is asked back to a fourth has forgotten the first. More are queued. */
const maxDigressions = 3;

/** Starts a flow that the caller asked for, or that a transition goes to and comes back from. */
export function startFlow(talk: Talk, name: string, fills: readonly Fill[], kind: FrameKind, retry = false): void {
  const { s, agent } = talk;
  const flow = agent.flows.get(name);
  if (!flow) return unhandled(talk);
  if (s.frames.some((frame) => frame.flow === name)) return returnTo(talk, name, fills);
  if (s.frames.filter((frame) => frame.kind === 'digression').length >= maxDigressions && kind === 'digression')
    return queueFlow(talk, name, fills);
  if (!mayStart(talk, flow)) return refuseStart(talk, flow, fills, kind, retry);
  push(talk, flow, kind, fills);
}

/** A request is served after this task: it is announced before the question that is put again. */
export function queueFlow(talk: Talk, name: string, fills: readonly Fill[]): void {
  enqueue(talk, { flow: name, fills: [...fills] });
  const top = topFrame(talk.s);
  if (top?.phase === 'waiting') askAgain(talk, top);
  else announceQueued(talk);
}

/** Puts a flow on the stack, with what was said for it. */
export function push(talk: Talk, flow: Flow, kind: FrameKind, fills: readonly Fill[], isAgain = false): Frame {
  const { s } = talk;
  const before = s.past[flow.name];
  delete s.past[flow.name];
  if (!isAgain) for (const key of Object.keys(s.results)) if (key.startsWith(`${flow.name}/`)) delete s.results[key];
  const frame = newFrame(s, flow.name, firstState(talk.agent, flow.name), kind);
  s.frames.push(frame);
  for (const slot of flow.slots.values())
    if (slot.scope === 'call' && before?.[slot.name] != null) frame.slots[slot.name] = before[slot.name]!;
  frame.given = fills.filter((fill) => fill.slot.includes('.'));
  recallSlots(talk.agent, s, frame);
  fillNewFlow(talk, frame, fills);
  return frame;
}

/** Whether a flow's guard lets it start now. */
export function mayStart(talk: Talk, flow: Flow): boolean {
  if (!flow.startIf) return true;
  const { value, problem } = flow.startIf.evaluate(makeScope(talk, undefined));
  if (problem !== undefined) note(talk, `start_if of ${flow.name}: ${problem}`);
  return value === true;
}

/** Refused with words; the flow named there runs first, and then this one is tried again with what was said. */
function refuseStart(talk: Talk, flow: Flow, fills: readonly Fill[], kind: FrameKind, retry: boolean): void {
  const { s } = talk;
  if (flow.otherwise?.say) say(talk, `${flow.name}.otherwise`, flow.otherwise.say);
  const target = retry ? undefined : flow.otherwise?.to;
  if (target?.kind === 'flow' && !s.frames.some((frame) => frame.flow === target.flow)) {
    s.queue.unshift({ flow: flow.name, fills: [...fills], retry: true, announced: true });
    return startFlow(talk, target.flow, [], kind);
  }
  const top = topFrame(s);
  if (top?.phase === 'waiting') askAgain(talk, top);
}

/** A flow that runs is not started anew: what interrupts it ends, and it goes on with what was said. */
function returnTo(talk: Talk, name: string, fills: readonly Fill[]): void {
  const { s } = talk;
  const wasTop = topFrame(s)?.flow === name;
  while (topFrame(s) && topFrame(s)!.flow !== name) discard(talk);
  const frame = topFrame(s);
  if (!frame) return;
  fillNewFlow(talk, frame, fills);
  if (frame.phase === 'calling') {
    frame.phase = 'work';
    return;
  }
  if (frame.phase !== 'waiting') return;
  if (wasTop) askAgain(talk, frame);
  else resume(talk, frame);
}

/** Runs another flow and comes back to the calling state. */
export function callFlow(talk: Talk, caller: Frame): void {
  const { callFlow: call } = stateOf(talk, caller);
  const flow = call ? talk.agent.flows.get(call.flow) : undefined;
  if (!call || !flow || callChain(talk.s).some((frame) => frame.flow === flow.name)) {
    note(talk, `${caller.flow}/${caller.state} calls a flow that cannot run here`);
    caller.phase = 'done';
    caller.outcome = 'error';
    return;
  }
  if (!mayStart(talk, flow)) {
    if (flow.otherwise?.say) say(talk, `${flow.name}.otherwise`, flow.otherwise.say, { frame: caller });
    caller.phase = 'done';
    caller.outcome = 'refused';
    return;
  }
  takeOver(talk, caller, flow.name);
  const inputs: Record<string, Json> = {};
  for (const name of flow.in) {
    const given = call.with.get(name);
    const own = findSlot(talk.agent, caller.flow, name);
    inputs[name] = given ? evaluate(talk, caller, given) : own ? stored(talk, caller, own) : null;
  }
  const before = caller.over.includes(caller.state) ? calledBefore(caller, flow.name) : undefined;
  if (before?.outcome === 'ok' && same(before.inputs, { ...before.inputs, ...inputs })) {
    caller.phase = 'done';
    caller.outcome = 'ok';
    return;
  }
  caller.phase = 'calling';
  const from = slotsBehind(talk, caller, flow);
  const frame = push(talk, flow, 'call', takeGiven(talk, flow.name), before !== undefined);
  frame.from = from;
  const changed = before ? giveBack(frame, before, inputs) : [];
  for (const [name, value] of Object.entries(inputs)) {
    const slot = findSlot(talk.agent, flow.name, name);
    if (slot && value !== null) store(talk, frame, slot, canonical(talk, frame, slot, value));
  }
  forgetResults(talk, frame, new Set(changed));
}

/** The flow on top goes over into another, for good, which takes its place on the stack. */
export function replaceFlow(talk: Talk, frame: Frame, name: string): void {
  const { s, agent } = talk;
  const flow = agent.flows.get(name);
  while (topFrame(s) !== frame) discard(talk);
  if (!flow) return unhandled(talk);
  const isBelow = s.frames.some((one) => one !== frame && one.flow === name);
  finish(talk, frame);
  if (isBelow) return returnTo(talk, name, []);
  if (!mayStart(talk, flow)) {
    refuseStart(talk, flow, [], frame.kind, false);
    if (topFrame(s) === undefined || topFrame(s)!.phase !== 'enter') afterFrame(talk, frame, 'refused');
    return;
  }
  push(talk, flow, frame.kind, []);
}

function finish(talk: Talk, frame: Frame): void {
  const { s } = talk;
  s.frames.pop();
  closeFrame(talk, frame);
  s.trace.finished.push(frame.flow);
  const { out } = flowOf(talk, frame);
  if (out.length > 0) s.trace.out = Object.fromEntries(out.map((name) => [name, s.past[frame.flow]?.[name] ?? null]));
  s.pastWrites = frame.writes.map((write) => ({ flow: frame.flow, used: write.used }));
}

/** Ends the flow that runs. Its outcome goes to the flow that called it; what it interrupted goes on. */
export function endFlow(talk: Talk, outcome: string): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  finish(talk, frame);
  afterFrame(talk, frame, outcome);
}

function afterFrame(talk: Talk, frame: Frame, outcome: string): void {
  const below = topFrame(talk.s);
  if (frame.kind === 'call' && below) {
    keepCalled(talk, below, frame, outcome);
    below.phase = 'done';
    below.outcome = outcome;
    return;
  }
  afterTask(talk, false, frame.resume);
}

/** A task is over: what was asked for in its place comes, then what it interrupted goes on, else the floor is open. */
export function afterTask(talk: Talk, failed: boolean, manner?: Resume): void {
  const { s, instead } = talk;
  const below = topFrame(s);
  if (instead) {
    delete talk.instead;
    return startFlow(talk, instead.flow, instead.fills, below ? 'digression' : 'task');
  }
  if (below) return resume(talk, below, manner);
  s.floor = { ...freshCounters(), offered: failed && canReachPerson(talk), asked: false };
}

/** Goes on with a task that was interrupted, at its question. */
function resume(talk: Talk, frame: Frame, manner?: Resume): void {
  const mode = manner ?? nearest(talk, frame, 'resume') ?? 'reask';
  // A change made meanwhile leads back to a state before: what is asked there is asked anew.
  const isBack = frame.phase === 'enter' && frame.again;
  if (isBack && mode !== 'silent') return sayBuiltIn(talk, 'resume', { frame, title: flowOf(talk, frame).title ?? '' });
  if (frame.phase !== 'waiting') return;
  if (mode === 'ask' || frame.question?.kind === 'resume') {
    if (frame.question?.kind !== 'resume') frame.question = { kind: 'resume' };
    return putQuestion(talk, frame, 'same');
  }
  if (mode !== 'silent') sayBuiltIn(talk, 'resume', { frame, title: flowOf(talk, frame).title ?? '' });
  if (mode === 'summarise') summarise(talk, frame);
  askAgain(talk, frame);
}

/** What the caller has said for this task so far, in one sentence. */
function summarise(talk: Talk, frame: Frame): void {
  const said = [...flowOf(talk, frame).slots.values()].flatMap((slot) => {
    const value = slot.value === undefined ? stored(talk, frame, slot) : null;
    // A bare "yes" tells nothing without its question.
    if (value === null || slot.sensitive !== undefined || slot.type === 'yes_no') return [];
    return [sayValue(talk, frame, slot, value)];
  });
  if (said.length > 0) sayBuiltIn(talk, 'so_far', { frame, it: joinWords(said, 'and'), id: 'resume.so_far' });
}

/** Nothing runs: the next request in the queue, else what else there is to do, and an open ear. */
export function openFloor(talk: Talk): void {
  const { s } = talk;
  const next = s.queue.shift();
  if (next) {
    const title = titleOfQueued(talk, next);
    if (next.announced && !next.retry && title !== '') sayBuiltIn(talk, 'next', { title });
    startFlow(talk, next.flow, next.fills, 'task', next.retry);
    const frame = topFrame(s);
    if (next.unsure && frame?.flow === next.flow) frame.near[next.unsure.slot] = next.unsure.values;
    return;
  }
  learnOfCaller(talk);
  // The caller has taken leave before, and was only sent here for a last thing.
  const hasLeft = s.farewell !== undefined && s.farewell.split('/')[0] === s.lastFlow && !s.floor.offered;
  if (!s.floor.asked && hasLeft) return partFrom(talk);
  if (!s.floor.asked) {
    s.floor.asked = true;
    if (askToRemember(talk)) {
      talk.effect = { kind: 'listen' };
      return;
    }
    if (s.floor.offered) sayBuiltIn(talk, 'offer_human');
    else if (!s.opening) {
      const own = repairOf(talk, undefined, 'anything_else');
      if (own?.to) return leaveFor(talk, 'anything_else', own, own.to);
      if (!own?.off) sayBuiltIn(talk, 'anything_else');
    }
  }
  talk.effect = { kind: 'listen' };
}
