/** The stretches of an utterance that do something to lists and records, beside those of other slots. */
import type { Agent } from '../language/flow.js';
import { asJson } from './item-edits.js';
import { itemsIn, readItems } from './items.js';
import { readEdits } from './read-items.js';
import type { Ask, Assigned } from './readings.js';
import { round } from './readings.js';
import type { Talk } from './talk.js';

/** What the sentence does to lists and records, where its words are not the answer to another question. */
export function takeItemReadings(talk: Talk, ask: Ask, result: Assigned): void {
  for (const slot of ask.slots) {
    const items = itemsIn(talk, ask.frame, slot);
    if (!items || slot.value !== undefined) continue;
    const isAsked = slot.name === ask.asked;
    if (!isAsked && slot.ask.length === 0 && !collectedIn(talk.agent).has(slot.name)) continue;
    const isLoose = isAsked || ask.asked === undefined;
    const found = readEdits(items, ask.text, isAsked, isLoose);
    if (!found) continue;
    const clashes = found.used.some((one) =>
      result.used.some((other) => one.start < other.end && one.end > other.start),
    );
    if (clashes && !isAsked) continue;
    for (const { start, end } of found.used) result.used.push({ start, end, type: slot.type, slot: slot.name });
    if (found.unsure) result.unsure ??= { slot: slot.name, values: found.unsure.map(asJson) };
    if (found.edits.length === 0) continue;
    const correction = !isAsked && readItems(items).length > 0;
    const value = asJson(found.edits);
    result.fills.push({
      kind: 'fill',
      slot: slot.name,
      value,
      text: ask.text,
      confidence: round(ask.heard),
      correction,
    });
  }
}

const collected = new WeakMap<Agent, ReadonlySet<string>>();

/** Slots that some state asks for. A list that nobody asks callers for is the agent's own: "make it forty" is no change of it. */
function collectedIn(agent: Agent): ReadonlySet<string> {
  let names = collected.get(agent);
  if (!names) {
    const states = [...agent.flows.values()].flatMap((flow) => [...flow.states.values()]);
    names = new Set(states.flatMap((state) => state.collect?.slots ?? []));
    collected.set(agent, names);
  }
  return names;
}
