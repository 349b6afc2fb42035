/** A caller who calls again after a call that broke off: whether there is anything to go on with, and the offer. */
import type { Out } from '../contracts.js';
import type { Agent } from '../language/flow.js';
import { questionOfState } from './answer.js';
import { firstState, newFrame, startFlow } from './open-state.js';
import { putQuestion } from './questions.js';
import type { DialogState, StepWorld } from './seam.js';
import type { Frame, Inside, Phase } from './state.js';
import { copyState, freshCounters, inside } from './state.js';
import type { Talk } from './talk.js';
import { callChain, flowOf, stateOf, topFrame } from './talk.js';
import { discard, discardFlows } from './transitions.js';
import { sayBuiltIn } from './words.js';

/**
 * Whether a stored dialog is worth going on with: it broke off in the middle of a task for which the caller had said
 * something. Not after a goodbye, and not once a person had the call.
 */
export function isUnfinished(agent: Agent, state: DialogState): boolean {
  const s = inside(state);
  const top = topFrame(s);
  if (!top || s.opening || s.human || (s.ended && !s.dropped)) return false;
  if (s.awaiting !== null && s.awaiting !== 'work') return false;
  if (top.phase === 'transfer' || s.frames.some((frame) => !agent.flows.get(frame.flow)?.states.has(frame.state)))
    return false;
  // What a tool came to is nothing to tell somebody of whom only the number is known.
  if (isUnderWay(top) && askedForSecret(agent, s)) return false;
  const begins = startFlow(agent);
  return s.frames.some(({ flow, slots }) => flow !== begins || Object.values(slots).some((value) => value !== null));
}

/** A tool runs, or what it came to was not said yet: that comes first, and nothing needs to be offered. */
function isUnderWay({ phase }: Frame): boolean {
  return phase === 'tool' || phase === 'done';
}

/** The first turn of the new call. */
export function welcomeBack(talk: Talk): void {
  const { s } = talk;
  s.ended = s.gone = false;
  s.awaiting = s.clarify = null;
  delete s.dropped;
  // Whoever calls anew is not told of what they were not told they had lost.
  delete s.changed;
  const top = topFrame(s);
  if (!top) return beginAfresh(talk);
  if (isUnderWay(top)) return sayUnderWay(talk, top);
  const isToBeKnown = askedForSecret(talk.agent, s);
  if (isToBeKnown) forgetWhoItWas(talk);
  const frame = isToBeKnown ? backToItsBeginning(talk) : top;
  frame.question = { kind: 'resume', back: isToBeKnown ? 'enter' : phaseToGoOnIn(talk, frame) };
  frame.counters[frame.state] = freshCounters();
  putQuestion(talk, frame, 'first');
}

/** "Welcome back. We were cut off in the middle of …", before what a tool came to. */
function sayUnderWay(talk: Talk, frame: Frame): void {
  sayBuiltIn(talk, 'welcome_under_way', { frame, title: flowOf(talk, callChain(talk.s).at(-1)!).title ?? '' });
}

/** The same for a driver that takes up a tool, or a model's words, before the first turn of the new call. */
export function wordsUnderWay(world: StepWorld, state: DialogState): Out[] {
  const talk: Talk = { world, agent: world.agent, s: copyState(inside(state)), out: [], effect: null };
  const top = topFrame(talk.s);
  if (top) sayUnderWay(talk, top);
  return talk.out.filter((out) => out.kind === 'words');
}

export function isOffered(frame: Frame | undefined): boolean {
  return frame?.phase === 'waiting' && frame.question?.kind === 'resume' && frame.question.back !== undefined;
}

/** The caller wants to go on: where the talk was, with its question. */
export function takeOffer(talk: Talk, frame: Frame): void {
  const back = frame.question?.kind === 'resume' ? frame.question.back : undefined;
  if (back === undefined) return;
  if (back !== 'waiting') {
    frame.phase = back;
    frame.question = null;
    frame.again = back === 'enter';
  } else if (stateOf(talk, frame).collect) {
    frame.phase = 'work';
  } else {
    frame.question = questionOfState(talk, frame);
    putQuestion(talk, frame, 'same');
  }
}

/** The caller does not want to go on: as if nothing had been said before. Who calls may be somebody else. */
export function beginAfresh(talk: Talk): void {
  const { s, agent } = talk;
  while (topFrame(s)) discard(talk);
  delete s.farewell;
  Object.assign(s, {
    shared: rememberedOf(talk), past: {}, pastWrites: [], lastFlow: null, results: {}, queue: [], history: [], heard: {}, last: [], variants: {}, opening: true,
    floor: { ...freshCounters(), offered: false, asked: false }, secret: {},
  }); // prettier-ignore
  const start = startFlow(agent);
  if (start !== undefined) s.frames.push(newFrame(s, start, firstState(agent, start), 'task'));
  else {
    s.floor.asked = true;
    sayBuiltIn(talk, 'greeting');
  }
}

/** What is kept of the caller from call to call was not said in the task that is dropped. */
function rememberedOf({ s, agent }: Talk): Inside['shared'] {
  return Object.fromEntries(Object.entries(s.shared).filter(([name]) => agent.slots.get(name)?.scope === 'caller'));
}

function phaseToGoOnIn(talk: Talk, frame: Frame): Phase {
  // A value that was to be confirmed before its state was entered.
  const isBefore = frame.question?.kind === 'slot_confirm' && !stateOf(talk, frame).collect;
  return isBefore ? 'enter' : frame.phase;
}

/** Flows in which a caller shows who they are. */
function flowsWithSecrets(agent: Agent): string[] {
  return [...agent.flows.values()]
    .filter(({ slots }) => [...slots.values()].some((slot) => slot.sensitive === 'secret'))
    .map(({ name }) => name);
}

function askedForSecret(agent: Agent, s: Inside): boolean {
  return flowsWithSecrets(agent).some(
    (flow) => Object.hasOwn(s.past, flow) || s.frames.some((one) => one.flow === flow),
  );
}

/** What those flows found out holds for the call in which it was found out: a number is no proof of who calls. */
function forgetWhoItWas(talk: Talk): void {
  const { s, agent } = talk;
  for (const name of flowsWithSecrets(agent)) {
    const flow = agent.flows.get(name)!;
    const transitions = [...flow.states.values()].flatMap((state) => state.transitions).concat(flow.listen);
    for (const { slot } of transitions.flatMap(({ set }) => set)) if (agent.slots.has(slot)) delete s.shared[slot];
    for (const state of flow.states.values())
      for (const slot of state.collect?.slots ?? []) if (agent.slots.has(slot)) delete s.shared[slot];
    delete s.past[name];
    for (const key of Object.keys(s.results)) if (key.startsWith(`${name}/`)) delete s.results[key];
  }
}

/** The task passes its states once more, with what was said: what asks who calls asks again, a write is not made again. */
function backToItsBeginning(talk: Talk): Frame {
  const { s, agent } = talk;
  const chain = callChain(s);
  discardFlows(talk, chain.length - 1);
  const frame = topFrame(s)!;
  const secrets = [...(agent.flows.get(frame.flow)?.slots.values() ?? [])].filter(
    (slot) => slot.sensitive === 'secret',
  );
  for (const { name } of secrets) delete s.secret[`${frame.n}.${name}`];
  Object.assign(frame, {
    state: firstState(agent, frame.flow), phase: 'waiting', visits: {}, path: [], called: [], counters: {}, openOver: [],
    over: frame.writes.map(({ state }) => state),
  }); // prettier-ignore
  return frame;
}
