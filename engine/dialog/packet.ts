/** What goes along with a caller who is handed to a person, so that nobody is asked twice. */
import type { Json, TransferPacket } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { titleOfQueued } from './queue.js';
import { sayValue, slotsInScope, stored, valueOf } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { flowOf, topFrame } from './talk.js';

/**
 * Where the talk stood and what is known: of the flow that runs under the slots' own names, of those beneath it as
 * `flow.slot`. Secrets are not in it, nor in the words; personal values are, since whoever takes the call needs them.
 * @param withHistory also what was said
 */
export function packetOf(talk: Talk, withHistory: boolean): TransferPacket {
  const { s, agent } = talk;
  const top = topFrame(s);
  return {
    agent: agent.name,
    call: s.call,
    language: agent.language,
    reason: s.human === null ? 'flow' : s.human.ladder ? 'gave_up' : s.human.asked ? 'asked' : 'flow',
    flow: top?.flow ?? null,
    state: top?.state ?? null,
    title: top ? (flowOf(talk, top).title ?? null) : null,
    beneath: s.frames.slice(0, -1).reverse().map(({ flow }) => flow),
    queue: s.queue.map(({ flow }) => flow),
    slots: knownValues(talk),
    brief: briefOf(talk),
    ...(withHistory && { history: s.history.map(({ from, text }) => ({ from, text })) }),
  }; // prettier-ignore
}

function knownValues(talk: Talk): Record<string, Json> {
  const { s, agent } = talk;
  const top = topFrame(s);
  const known: Record<string, Json> = {};
  const add = (key: string, value: Json | undefined): void => {
    if (value !== null && value !== undefined) known[key] = value;
  };
  // Nothing runs: what the last task was about.
  if (!top && s.lastFlow !== null)
    for (const [name, value] of Object.entries(s.past[s.lastFlow] ?? {})) add(name, value);
  for (const frame of s.frames.slice(0, -1))
    for (const slot of agent.flows.get(frame.flow)?.slots.values() ?? [])
      if (slot.sensitive !== 'secret') add(`${frame.flow}.${slot.name}`, valueOf(talk, frame, slot));
  for (const slot of slotsInScope(agent, top?.flow))
    if (slot.sensitive !== 'secret') add(slot.name, valueOf(talk, top, slot));
  return known;
}

/** A sentence for each task and each value that the caller gave, as it is said; what runs comes first. */
function briefOf(talk: Talk): string[] {
  const { s, agent } = talk;
  const tasks = [...s.frames].reverse().flatMap((frame) => {
    const flow = flowOf(talk, frame);
    const values = [...flow.slots.values()].flatMap((slot) => wordsOf(talk, frame, slot));
    return [...(flow.title === undefined ? [] : [`${flow.title}.`]), ...values];
  });
  const waiting = s.queue.map((queued) => titleOfQueued(talk, queued)).filter((title) => title !== '');
  return [
    ...tasks,
    ...[...agent.slots.values()].flatMap((slot) => wordsOf(talk, undefined, slot)),
    ...waiting.map((title) => `next: ${title}.`),
  ];
}

/** `order number: 4 4 7 1.`: the slot as callers call it, and its value. */
function wordsOf(talk: Talk, frame: Frame | undefined, slot: Slot): string[] {
  const value = slot.sensitive === 'secret' ? null : stored(talk, frame, slot);
  if (value === null) return [];
  return [`${slot.called[0] ?? slot.name.replaceAll('_', ' ')}: ${sayValue(talk, frame, slot, value)}.`];
}
