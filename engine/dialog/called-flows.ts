/** Flows that another one called: what is kept of them, so that a correction neither runs nor asks them twice. */
import type { Json } from '../contracts.js';
import type { Flow } from '../language/flow.js';
import { leaveCalled } from './correct.js';
import { findSlot } from './slots.js';
import type { CalledFlow, Fill, Frame } from './state.js';
import type { Talk } from './talk.js';
import { flowOf, same } from './talk.js';
import { expandRead } from './tool-calls.js';

/** What a called flow came to when it last ran for this caller. */
export function calledBefore(caller: Frame, flow: string): CalledFlow | undefined {
  return caller.called.find((one) => one.flow === flow);
}

/** Keeps a called flow with its caller. A sensitive value outlives only a flow that was left in the middle. */
export function keepCalled(talk: Talk, caller: Frame, frame: Frame, outcome: string | null): void {
  const slots: Record<string, Json> = {};
  for (const [name, value] of Object.entries(frame.slots))
    if (outcome === null || findSlot(talk.agent, frame.flow, name)?.sensitive === undefined) slots[name] = value;
  const inputs = Object.fromEntries(Object.keys(frame.from).map((name) => [name, frame.slots[name] ?? null]));
  const { n, flow, said, path, left, writes, called } = frame;
  caller.called = [
    ...caller.called.filter((one) => one.flow !== flow),
    { n, flow, slots, said, path, left, writes, called, inputs, outcome },
  ];
  // What the called flow wrote, its caller has written: a correction of what went into it comes too late there too.
  for (const write of writes) {
    const used = write.used.flatMap((name) => [`${flow}.${name}`, ...(frame.from[name] ?? [])]);
    caller.writes.push({ tool: write.tool, state: '', used });
  }
}

/** Gives a flow that is called again what was said in it before; `changed`: inputs that have another value now. */
export function giveBack(frame: Frame, before: CalledFlow, inputs: Readonly<Record<string, Json>>): string[] {
  const { n, slots, said, path, left, writes, called } = before;
  const changed = Object.keys(inputs).filter((name) => !same(inputs[name] ?? null, before.inputs[name] ?? null));
  Object.assign(frame, {
    n,
    slots: { ...slots },
    said: { ...said },
    left: [...left],
    writes: [...writes],
    called: [...called],
  });
  frame.again = true;
  frame.over = [...path];
  return changed;
}

/** What the request that started this task said already of a flow that it calls now. */
export function takeGiven({ s }: Talk, flow: string): Fill[] {
  const taken: Fill[] = [];
  for (const frame of s.frames) {
    const own = frame.given.filter((fill) => fill.slot.startsWith(`${flow}.`));
    if (own.length === 0) continue;
    frame.given = frame.given.filter((fill) => !own.includes(fill));
    taken.push(...own.map((fill) => ({ ...fill, slot: fill.slot.slice(flow.length + 1) })));
  }
  return taken;
}

/** The caller's slots behind each input of the flow it calls. */
export function slotsBehind(talk: Talk, caller: Frame, flow: Flow): Record<string, string[]> {
  const { callFlow } = flowOf(talk, caller).states.get(caller.state) ?? {};
  const behind: Record<string, string[]> = {};
  for (const name of flow.in) {
    const given = callFlow?.with.get(name);
    const reads = !given
      ? [name]
      : given.kind === 'expression'
        ? given.expression.reads
        : given.kind === 'template'
          ? given.template.reads
          : [];
    const used = new Set<string>();
    for (const read of reads) expandRead(talk, caller, read, used);
    behind[name] = [...used];
  }
  return behind;
}

/**
 * A flow is on the stack once. Where the task that was interrupted is in the middle of it, the one that runs calls it
 * now: the other calls it again when its turn comes. Where the caller had asked for it by itself, it goes on from here.
 */
export function takeOver(talk: Talk, caller: Frame, flow: string): void {
  const { frames } = talk.s;
  const at = frames.findIndex((frame) => frame.flow === flow);
  if (at === -1) return;
  let top = at;
  while (frames[top + 1]?.kind === 'call') top += 1;
  const own = frames[at]!;
  if (own.kind === 'call') {
    const before = frames[at - 1]!;
    leaveCalled(talk, at - 1, top);
    Object.assign(before, { phase: 'enter', question: null, again: true });
    before.over = [...new Set([...before.over, before.state])];
    return;
  }
  leaveCalled(talk, at, top);
  frames.splice(at, 1);
  keepCalled(talk, caller, own, null);
  caller.over = [...new Set([...caller.over, caller.state])];
}
