/** "The same dates", "same as the car": the value of another slot, which the designer names with `same_as:`. */
import type { Json } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import type { Reading } from '../slot-types/slot-type.js';
import { makeScope } from './scope.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';

const likeWhat = "(?:\\s+(?:as|like)\\s+(?:for\\s+|with\\s+|in\\s+|on\\s+)?(?:the|my|our|that)?\\s*([\\p{L}' ]+))?";
const named = (words: readonly string[]): RegExp =>
  new RegExp(`\\b(?:the\\s+)?(?:very\\s+)?same\\s+(?:${words.join('|')})${likeWhat}`, 'iu');
const alike = /\b(?:the\s+)?same\s+(?:as|like)\s+(?:for\s+|with\s+|in\s+|on\s+)?(?:the|my|our|that)?\s*([\p{L}' ]+)/iu;
const bare =
  /^\s*(?:(?:just|exactly|uh|um|well|for|on|it's|yes)[\s,]+)*(?:the\s+)?same(?:\s+(?:again|please|ones?))*[\s.!]*$/iu;

/** What these words say of a slot that may be the same as others, surest first. */
export function sameAsReadings(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  text: string,
  isAsked: boolean,
): Reading[] {
  if (!slot.sameAs || slot.sameAs.length === 0) return [];
  const names = [...slot.called, 'dates?', 'days?', slot.name.replace(/_/g, ' ')];
  const match = named(names).exec(text) ?? alike.exec(text) ?? (isAsked ? bare.exec(text) : null);
  if (!match) return [];
  const value = valueOfSame(talk, frame, slot, match[1]);
  if (value === null) return [];
  const start = match.index + match[0].search(/\S/u);
  const said = match[0].trim();
  return [{ value, text: said, start, end: start + said.length, confidence: 1 }];
}

/** The first of the slots that has a value, among those that the caller's words name. */
function valueOfSame(talk: Talk, frame: Frame | undefined, slot: Slot, like: string | undefined): Json {
  const words = wordsOf(like ?? '');
  const scope = makeScope(talk, frame);
  for (const ref of slot.sameAs ?? []) {
    if (words.length > 0 && !words.some((word) => namesOf(talk, ref).has(word))) continue;
    const owner = ref.flow === undefined ? undefined : scope(ref.flow);
    const value =
      ref.flow === undefined
        ? scope(ref.slot)
        : owner !== null && typeof owner === 'object' && !Array.isArray(owner)
          ? owner[ref.slot]
          : null;
    if (value !== null && value !== undefined) return value;
  }
  return null;
}

/** How callers may speak of the other slot: its flow's name and title, and what the slot is called. */
function namesOf({ agent }: Talk, { flow, slot }: { flow?: string; slot: string }): Set<string> {
  const owner = flow === undefined ? undefined : agent.flows.get(flow);
  const spec = owner?.slots.get(slot) ?? agent.slots.get(slot);
  return new Set(wordsOf([flow ?? '', owner?.title ?? '', slot, ...(spec?.called ?? [])].join(' ')));
}

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}]+/u)
    .filter((word) => word !== '' && !['please', 'then', 'your', 'my', 'the', 'again'].includes(word));
}
