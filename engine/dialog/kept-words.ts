/** Words of a request that may name an option which a tool has yet to list: tried, and never guessed at, when it has. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { SlotContext } from '../slot-types/slot-type.js';
import type { Ask, Assigned } from './readings.js';
import { findSlot, stored } from './slots.js';
import type { Talk } from './talk.js';

/** Before words that no example marks as the value: the rest of a sentence, in which nothing of it may stand. */
const looseMark = '\u0001';

/** A longer request is a story: nothing is looked for in it that no example marks. */
const mostLetters = 200;

/** From here an option was said by a name of its own, in full. */
const byName = 0.9;

/** Whether the request may name an option of the slot. Two slots of one list would both take it: then only an example tells. */
export function mayHoldOption(talk: Talk, ask: Ask, slot: Slot): boolean {
  const isRequest = ask.examples.length > 0 && !ask.frame && ask.text.length <= mostLetters;
  if (!isRequest || slot.flow === undefined || slot.by === 'keys' || slot.value !== undefined) return false;
  if (slot.sensitive === 'secret' || stored(talk, ask.frame, slot) !== null) return false;
  const source = sourceOf(findSlot(talk.agent, slot.flow, slot.name));
  return source !== undefined && ask.slots.filter((one) => sourceOf(one) === source).length === 1;
}

function sourceOf(slot: Slot | undefined): string | undefined {
  const options = slot?.options;
  return options !== undefined && 'source' in options ? options.source : undefined;
}

/** The words that nothing else claimed. */
export function looselyKept(text: string, used: Assigned['used']): string {
  let rest = '';
  let at = 0;
  for (const { start, end } of [...used].sort((a, b) => a.start - b.start)) {
    rest += `${text.slice(at, start)} | `;
    at = Math.max(at, end);
  }
  return looseMark + rest + text.slice(at);
}

export function isLooselyKept(words: string): boolean {
  return words.startsWith(looseMark);
}

/**
 * The one option that the words name in full, else the only one on the day or at the time that they say; undefined
 * where they name none, several, or only nearly one.
 */
export function theOneOption(words: string, context: SlotContext): Json | undefined {
  const found = slotType('choice')
    .find(words.slice(looseMark.length), { ...context, asked: false, sought: true })
    .filter(({ confidence, others }) => confidence >= byName && (others ?? []).length === 0);
  const values = [...new Set(found.map(({ value }) => value))];
  return values.length === 1 ? values[0] : undefined;
}
