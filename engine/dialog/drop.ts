/** Dropping a task: cancel, cancel by name, and beginning again. */
import { afterTask, push } from './stack.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, callChain, flowOf, stateOf, topFrame } from './talk.js';
import { askAgain, closeFrame, discard, discardFlows, offer } from './transitions.js';
import { examplesOf } from './intents.js';
import { repairOf, sayBuiltIn } from './words.js';

/**
 * Drops the task on top without a write. A called flow takes its callers along, up to the first
 * that has a transition for `cancelled`.
 */
export function cancelTask(talk: Talk, text: string): void {
  const { s } = talk;
  if (builtIns(talk).everything.test(text)) {
    const [bottom] = s.frames;
    const isOne = s.queue.length === 0 && callChain(s).length === s.frames.length;
    s.queue = [];
    const isOwn = repairOf(talk, topFrame(s), 'cancel')?.say !== undefined;
    sayBuiltIn(talk, isOne || isOwn ? 'cancel' : 'cancel_all', {
      title: bottom ? (flowOf(talk, bottom).title ?? '') : '',
      id: 'cancel',
    });
    while (topFrame(s)) discard(talk);
    return afterTask(talk, false);
  }
  if (!topFrame(s)) {
    // "I want to cancel my booking": that is a request, and nobody here serves it.
    if (!isPlainCancel(talk, text)) sayBuiltIn(talk, 'out_of_scope');
    s.floor.asked = false;
    return;
  }
  // The words are those of the place where the caller said it; the title is that of the task that is dropped.
  const chain = callChain(s);
  const handler = chain.findIndex((frame, index) => index > 0 && handlesCancel(talk, frame));
  const dropped = handler === -1 ? chain : chain.slice(0, handler);
  const top = dropped.at(-1)!;
  sayBuiltIn(talk, 'cancel', { title: flowOf(talk, top).title ?? '' });
  discardFlows(talk, dropped.length);
  if (handler === -1) return afterTask(talk, false);
  const caller = topFrame(s)!;
  caller.phase = 'done';
  offer(talk, { kind: 'on', name: 'cancelled' });
}

/** One of the ways to say it, or nothing but what it is about here: "please cancel it all". */
function isPlainCancel(talk: Talk, text: string): boolean {
  const { wrapping } = builtIns(talk);
  const ways = new Set(examplesOf(talk.agent, 'cancel').map(plainWords));
  const said = plainWords(text);
  const known = new Set([...ways].flatMap((way) => way.split(' ')));
  return ways.has(said) || said.split(' ').every((word) => known.has(word) || wrapping.has(word));
}

function plainWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}' ]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

function handlesCancel(talk: Talk, frame: Frame): boolean {
  return [...stateOf(talk, frame).transitions, ...flowOf(talk, frame).listen].some((one) =>
    one.on.includes('cancelled'),
  );
}

/** The flow that runs begins again, with nothing said. */
export function startOver(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (!frame) {
    talk.s.floor.asked = false;
    return;
  }
  sayBuiltIn(talk, 'start_over', { title: flowOf(talk, frame).title ?? '' });
  // The task, and not only the flow that it called: what was given to that one would be missing.
  const chain = callChain(talk.s);
  const task = chain.at(-1)!;
  discardFlows(talk, chain.length);
  const again = push(talk, talk.agent.flows.get(task.flow)!, task.kind, []);
  if (task.resume) again.resume = task.resume;
}

/**
 * "Forget the balance": a request that waits is taken out of the queue, one that was interrupted off the stack.
 * False when the flow is what runs on top: that is a cancel as any other.
 */
export function dropByName(talk: Talk, name: string): boolean {
  const { s } = talk;
  const isQueued = s.queue.some((one) => one.flow === name);
  const at = s.frames.findIndex((frame) => frame.flow === name);
  const isBeneath = at !== -1 && at < s.frames.length - callChain(s).length;
  if (!isQueued && !isBeneath) return false;
  sayBuiltIn(talk, 'drop', { title: talk.agent.flows.get(name)?.title ?? '', id: 'cancel' });
  s.queue = s.queue.filter((one) => one.flow !== name);
  if (isBeneath) dropTaskAt(talk, at);
  const top = topFrame(s);
  if (top?.phase === 'waiting') askAgain(talk, top);
  else if (!top) s.floor.asked = false;
  return true;
}

/** Takes the whole task that a flow belongs to off the stack; what interrupted it stays. */
function dropTaskAt(talk: Talk, at: number): void {
  const { frames } = talk.s;
  let first = at;
  while (first > 0 && frames[first]!.kind === 'call') first -= 1;
  let last = at;
  while (frames[last + 1]?.kind === 'call') last += 1;
  for (const frame of frames.splice(first, last - first + 1)) closeFrame(talk, frame);
  if (first === 0 && frames[0]) frames[0] = { ...frames[0], kind: 'task' };
}
