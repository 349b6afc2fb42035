/**
 * Which stretch of an utterance is the value of which slot: by its role ("from York"), by the examples that
 * mark it, by the question, by what is still empty; and which values are corrections.
 */
import type { Json, TrainingExample } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import type { Reading, SlotContext, SlotTypeName } from '../slot-types/slot-type.js';
import { slotType, soundAlikes } from '../slot-types/index.js';
import type { Hearing } from './built-ins/built-ins.js';
import { keptMark, surely } from './answer.js';
import { takeItemReadings } from './item-readings.js';
import { itemsIn, knowsItsItems } from './items.js';
import { isJustDenied } from './echoes.js';
import { escape, patternOf } from './example-pattern.js';
import { isBareAmount, isBetterElsewhere, isMereGuess, isPartOfAnother } from './guessed-values.js';
import { looselyKept, mayHoldOption } from './kept-words.js';
import { besideDenied, besideKnown, lacksYear, nameBeforeOthers, nameInstead, restOfName } from './partial-values.js';
import type { PartReading } from './parts.js';
import { partReadings } from './parts.js';
import { sameAsReadings } from './same-as.js';
import { contextOf, isOutside, stored } from './slots.js';
import type { Fill, Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, same } from './talk.js';

export interface Assigned {
  fills: Fill[];
  /** The stretches that were used, and the types they are of. */
  used: { start: number; end: number; type: SlotTypeName; slot: string }[];
  /** What callers call the slots of other flows that are put right. */
  called?: string[];
  /** A slot whose value was said in a way that may mean several. */
  unsure?: { slot: string; values: Json[] };
}

export interface Ask {
  text: string;
  /** How surely the utterance was heard, 0 to 1. */
  heard: number;
  frame: Frame | undefined;
  slots: readonly Slot[];
  /** The slot that was asked for. */
  asked?: string | undefined;
  /** Slots that the open question or the state asks for. */
  wanted: readonly string[];
  /** The starting flow's examples, when the utterance starts one. */
  examples: readonly TrainingExample[];
  /** Whether a filled slot may be changed by a value that nothing else claims. */
  mayCorrect: boolean;
}

export interface Candidate {
  slot: Slot;
  reading: Reading;
  score: number;
}

/** Types that fit nearly anything: taken only when asked for, named, or marked by an example. */
const loose: readonly SlotTypeName[] = ['text', 'name', 'spelled', 'yes_no'];

/** Types that are read out of a bare number. */
const bareTypes: readonly SlotTypeName[] = ['number', 'integer', 'ordinal', 'money', 'digits', 'code'];

/** Gives every stretch to at most one slot, the likeliest first. */
export function assignReadings(talk: Talk, ask: Ask): Assigned {
  const marked = markedWords(talk, ask);
  const all = ask.slots.flatMap((slot) => candidatesOf(talk, ask, slot, marked));
  const candidates = all.filter((one) => !isBetterElsewhere(talk, ask, one, all));
  candidates.sort(
    (a, b) => b.score - a.score || b.reading.confidence - a.reading.confidence || a.reading.start - b.reading.start,
  );
  const result: Assigned = { fills: [], used: [] };
  const asked = ask.slots.find((slot) => slot.name === ask.asked);
  // Asked for items, their words are theirs.
  if (asked?.fields) takeItemReadings(talk, { ...ask, slots: [asked] }, result);
  for (const { slot, reading } of candidates) {
    const isTaken = result.used.some(
      (one) => one.slot === slot.name || (reading.start < one.end && reading.end > one.start),
    );
    if (isTaken) continue;
    result.used.push({ start: reading.start, end: reading.end, type: slot.type, slot: slot.name });
    const before = stored(talk, ask.frame, slot);
    const values = meanings(talk, ask, slot, reading);
    if (values.length > 1) {
      result.unsure ??= { slot: slot.name, values };
      continue;
    }
    const value = values[0] ?? reading.value;
    if (same(before, value) && !ask.frame?.toConfirm.includes(slot.name)) continue;
    result.fills.push({
      kind: 'fill', slot: slot.name, value, text: reading.text, confidence: round(ask.heard * reading.confidence), correction: before !== null,
    }); // prettier-ignore
  }
  takeItemReadings(talk, { ...ask, slots: ask.slots.filter((slot) => slot !== asked) }, result);
  result.fills.sort((a, b) => order(ask, a.slot) - order(ask, b.slot));
  keepWordsForLater(talk, ask, marked, result);
  return result;
}

export function round(confidence: number): number {
  return Math.round(confidence * 1000) / 1000;
}

function order(ask: Ask, name: string): number {
  return ask.slots.findIndex((slot) => slot.name === name);
}

function candidatesOf(
  talk: Talk,
  ask: Ask,
  slot: Slot,
  marked: ReadonlyMap<string, { start: number; end: number }>,
): Candidate[] {
  const isAsked = slot.name === ask.asked;
  if (slot.value !== undefined || slot.by === 'keys' || slot.fields !== undefined) return [];
  const before = stored(talk, ask.frame, slot);
  if (slot.askFirst && !isAsked && before === null && !isConfirmedAnyway(ask, slot)) return [];
  if (slot.sensitive === 'secret' && !isAsked) return [];
  const context = contextOf(talk, ask.frame, slot, isAsked);
  const mark = marked.get(slot.name);
  const readings = readingsOf(talk, ask, slot, context);
  if (mark && !slot.parts) {
    const inside = markedReadings(slot, ask.text, mark, context);
    readings.push(...inside.filter((reading) => !mustWait(slot, ask.text, reading, context)));
  }
  if (isAsked && readings.length === 0) readings.push(...nameBeforeOthers(slot, ask.text, context));
  const ofName = isAsked ? [] : nameReadings(talk, ask, slot, before, context);
  if (ofName.length > 0) return ofName;
  return withoutDenied(talk, ask, slot, readings).flatMap((said): Candidate[] => {
    const reading = besideDenied(slot, said, before, context);
    const score = lacksYear(slot, reading, before, context) ? null : scoreOf(talk, ask, slot, reading, before, mark);
    return score === null ? [] : [{ slot, reading, score }];
  });
}

/**
 * What must be asked first is never filled by the way, and consent never at all. "Aoife Murphy, born on the fourth of
 * May", to a question of the same flow, may be taken where the value is asked about before it counts.
 */
function isConfirmedAnyway(ask: Ask, slot: Slot): boolean {
  return slot.confirm === 'explicit' && slot.type !== 'yes_no' && ask.frame !== undefined && ask.asked !== undefined;
}

/** A filled name that goes on in the next turn, or is put right; of several the one that was filled last. */
function nameReadings(talk: Talk, ask: Ask, slot: Slot, before: Json, context: SlotContext): Candidate[] {
  const isSlip = builtIns(talk).hearing.slip.some((pattern) => pattern.test(ask.text));
  const isJust = ask.asked !== undefined && !ask.mayCorrect && talk.s.turnSlots.includes(slot.name);
  const found = [
    ...restOfName(slot, ask.text, before, isJust, context),
    ...(ask.asked === undefined && isSlip ? nameInstead(slot, ask.text, before, context) : []),
  ];
  const place = Object.keys(ask.frame?.slots ?? {}).indexOf(slot.name) + 1;
  return withoutDenied(talk, ask, slot, found).flatMap((reading) => {
    const named = scoreOf(talk, ask, slot, reading, before, undefined);
    return { slot, reading, score: named ?? reading.confidence * 9 + place / 100 };
  });
}

/** "Not the 12th, the 13th": what is denied is no value, where another is given. */
function withoutDenied(talk: Talk, ask: Ask, slot: Slot, readings: PartReading[]): PartReading[] {
  const { denialBefore, denies } = builtIns(talk).corrections;
  if (slot.type === 'yes_no' || slot.type === 'text' || !denies.test(ask.text)) return readings;
  const left = readings.filter((reading) => !denialBefore.test(ask.text.slice(0, reading.start)));
  return left.length > 0 ? left : readings;
}

/** What the slot's type reads, with its parts apart, what is the same as another slot's, and without what must wait. */
function readingsOf(talk: Talk, ask: Ask, slot: Slot, context: SlotContext): PartReading[] {
  const { frame, text } = ask;
  const found = besideKnown(
    slot,
    text,
    stored(talk, frame, slot),
    context,
    slot.parts ? partReadings(talk, frame, slot, text, context) : slotType(slot.type).find(text, context),
  );
  const like = sameAsReadings(talk, frame, slot, text, context.asked);
  return [...like, ...found.filter((reading) => !mustWait(slot, text, reading, context))];
}

/** A day that stands for any: what is read otherwise from there counts from what is not known yet. */
const someDay = '2001-05-17';

/** "The same week", while it is not known from where it counts: what is read otherwise from some day, or only then. */
function waitingWords(slot: Slot, text: string, context: SlotContext): Reading[] {
  if (slot.relativeTo === undefined || context.relativeTo !== undefined) return [];
  const now = slotType(slot.type).find(text, context);
  return slotType(slot.type)
    .find(text, { ...context, relativeTo: someDay })
    .filter((one) => !now.some((other) => other.start === one.start && same(other.value, one.value)));
}

function mustWait(slot: Slot, text: string, reading: Reading, context: SlotContext): boolean {
  return waitingWords(slot, text, context).some((one) => reading.start < one.end && one.start < reading.end);
}

/** A value in the place where an example marks one. */
function markedReadings(
  slot: Slot,
  text: string,
  mark: { start: number; end: number },
  context: SlotContext,
): Reading[] {
  const words = text.slice(mark.start, mark.end);
  return slotType(slot.type)
    .find(words, { ...context, asked: true })
    .slice(0, 1)
    .map((reading) => ({ ...reading, start: mark.start + reading.start, end: mark.start + reading.end }));
}

function scoreOf(
  talk: Talk,
  ask: Ask,
  slot: Slot,
  reading: PartReading,
  before: Json,
  mark: { start: number; end: number } | undefined,
): number | null {
  const isAsked = slot.name === ask.asked;
  // "A table for [two] tomorrow" marks the first word of "two adults and two kids": the whole of it is as much meant.
  const isMarked =
    mark !== undefined &&
    ((reading.start >= mark.start && reading.end <= mark.end) ||
      (reading.start <= mark.start && reading.end >= mark.end));
  const { hearing } = builtIns(talk);
  const isNamed =
    reading.named === true ||
    roleBefore(ask.text, reading.start, slot.called, hearing) ||
    roleAfter(ask.text, reading.end, slot.called);
  const isMentioned = slot.called.some((word) => mentions(ask.text, word, reading));
  const isAnew = ask.mayCorrect && isJustDenied(talk, slot, reading, ask.text);
  const isDenied = before !== null && (isAnew || denies(talk, ask, slot, before));
  if (slot.type === 'yes_no' && !isAsked && !isMarked) return null;
  if (loose.includes(slot.type) && !isAsked && !isMarked && !isNamed) return null;
  if (slot.type === 'text' && !isAsked && !isMarked) return null;
  // A number that no question asks for means a slot only when the caller names it.
  if (slot.ask.length === 0 && bareTypes.includes(slot.type) && !isAsked && !isMarked && !isNamed && !isMentioned)
    return null;
  const hasContext = hasExampleContext(ask, slot, reading, hearing);
  const isMeant = isAsked || isMarked || isNamed || isMentioned || isDenied || hasContext;
  // "Around five" is more likely a time than an amount of anything.
  const isAbout = !isMeant && isBareAmount(talk, ask, slot, reading) && hearing.approximates.has(lastWord(ask.text.slice(0, reading.start))); // prettier-ignore
  if (isAbout) return null;
  if (!isMeant && isMereGuess(talk, ask, slot, reading)) return null;
  if (isAsked && !isNamed && isPartOfAnother(talk, ask, slot, reading)) return null;
  let score = reading.confidence * 9 + Math.min(reading.end - reading.start, 40) / 10;
  if (isMarked) score += 120;
  if (isNamed) score += 100;
  if (isDenied) score += 80;
  if (hasContext) score += 60;
  if (isAsked) score += 50;
  if (isMentioned) score += 30;
  if (before !== null && !isAsked) {
    const isClear = isNamed || isDenied || isMentioned || ask.mayCorrect;
    return isClear ? score : null;
  }
  if (before === null) score += ask.wanted.includes(slot.name) ? 20 : 10;
  // Of two slots that a day fits the one that is asked for somewhere, and says which days it takes.
  score += (slot.ask.length > 0 ? 2 : 0) + (slot.range ? 2 : 0);
  // A bare number that nobody asked for gives way to a date, a time or a name in the same words.
  if (
    (slot.type === 'integer' || slot.type === 'number' || isBareAmount(talk, ask, slot, reading)) &&
    !isAsked &&
    !isMarked &&
    !isNamed
  ) {
    if (reading.confidence < 0.5) return null;
    score -= 15;
  }
  return score;
}

/** "from York", "the number is 4471", "call it party of four". */
function roleBefore(text: string, start: number, called: readonly string[], { articles }: Hearing): boolean {
  const head = text.slice(0, start).toLowerCase();
  return called.some((word) =>
    new RegExp(`(?:^|[^\\p{L}])${escape(word)}(?:['’]s)?[\\s,:]*(?:${articles}[\\s,]+){0,3}$`, 'u').test(head),
  );
}

/** "four people": the name right after the value. */
function roleAfter(text: string, end: number, called: readonly string[]): boolean {
  const tail = text.slice(end).toLowerCase();
  return called.some((word) => new RegExp(`^\\s*(?:of\\s+)?${escape(word)}(?:$|[^\\p{L}])`, 'u').test(tail));
}

/** The slot is named somewhere outside the value itself: "it should start on the first of June". */
function mentions(text: string, word: string, reading: Reading): boolean {
  const outside = `${text.slice(0, reading.start)} | ${text.slice(reading.end)}`.toLowerCase();
  return new RegExp(`(?:^|[^\\p{L}])${escape(word)}(?:$|[^\\p{L}])`, 'u').test(outside);
}

/** "not York, Leeds": the value that is denied is this slot's. */
function denies(talk: Talk, ask: Ask, slot: Slot, before: Json): boolean {
  const said = slotType(slot.type).say(before, contextOf(talk, ask.frame, slot, false));
  const { articles, denials } = builtIns(talk).hearing;
  const forms = [said, String(before)]
    .map((form) => escape(form.toLowerCase().replace(/_/g, ' ')))
    .filter((form) => form !== '');
  return forms.some((form) =>
    new RegExp(`(?<![\\p{L}])${denials}\\s+(?:${articles}\\s+)?${form}(?:$|[^\\p{L}\\d])`, 'u').test(
      ask.text.toLowerCase(),
    ),
  );
}

/** The word before a marked value in the flow's examples stands before this one too: "for [four](people)". */
function hasExampleContext(ask: Ask, slot: Slot, reading: Reading, { determiners }: Hearing): boolean {
  const before = lastWord(ask.text.slice(0, reading.start));
  if (before === '' || determiners.has(before)) return false;
  return ask.examples.some((example) =>
    example.values.some((value) => value.slot === slot.name && lastWord(example.text.slice(0, value.start)) === before),
  );
}

export function lastWord(text: string): string {
  return /([\p{L}']+)[^\p{L}]*$/u.exec(text.toLowerCase())?.[1] ?? '';
}

/** Where an example of the flow, read as a pattern, finds its marked values in the utterance. */
function markedWords(talk: Talk, ask: Ask): Map<string, { start: number; end: number }> {
  const found = new Map<string, { start: number; end: number }>();
  for (const example of ask.examples) {
    const slots = example.values.flatMap((value) => value.slot ?? []);
    if (slots.length === 0 || slots.length !== example.values.length) continue;
    const match = patternOf(example).exec(ask.text);
    if (!match?.indices || slots.some((slot, index) => isNoValueOf(talk, ask, slot, match[index + 1] ?? ''))) continue;
    slots.forEach((slot, index) => {
      const span = match.indices?.[index + 1];
      if (span && !found.has(slot)) found.set(slot, { start: span[0], end: span[1] });
    });
  }
  return found;
}

/** In "pay ten euros to Orla" the pattern "pay [who] [amount]" finds "euros to Orla", and that is no amount. */
function isNoValueOf(talk: Talk, ask: Ask, name: string, words: string): boolean {
  const slot = ask.slots.find((one) => one.name === name);
  if (!slot || loose.includes(slot.type) || slot.type === 'choice' || slot.fields || slot.parts) return false;
  return slotType(slot.type).find(words, contextOf(talk, ask.frame, slot, true)).length === 0;
}

/** Whether the utterance is one of the flow's examples with other values in its marked places, each read by its slot. */
export function isExampleWithValues(talk: Talk, ask: Ask): boolean {
  return ask.examples.some((example) => {
    const slots = example.values.flatMap((value) => value.slot ?? []);
    const literalWords = example.values.reduce(
      (words, value) => words.replace(example.text.slice(value.start, value.end), ' '),
      example.text,
    );
    if (slots.length === 0 || slots.length !== example.values.length || literalWords.trim().split(/\s+/).length < 2)
      return false;
    const match = patternOf(example).exec(ask.text);
    return (
      match !== null &&
      slots.every((name, index) => {
        const slot = ask.slots.find((one) => one.name === name);
        const said = match[index + 1] ?? '';
        if (!slot || loose.includes(slot.type)) return false;
        const [reading] = slotType(slot.type).find(said, contextOf(talk, ask.frame, slot, true));
        return (
          reading !== undefined && reading.confidence >= 0.8 && reading.end - reading.start >= said.trim().length - 4
        );
      })
    );
  });
}

/** What a reading may mean: alone, or several that are as good; those out of range are left out. */
function meanings(talk: Talk, ask: Ask, slot: Slot, reading: Reading): Json[] {
  const all = [reading.value, ...(reading.others ?? [])];
  if (all.length > 1) {
    const inside = all.filter((value) => !isOutside(talk, ask.frame, slot, value));
    return inside.length > 0 ? inside : [reading.value];
  }
  // Badly heard, and another option sounds like it.
  if (slot.type === 'choice' && ask.heard < surely) {
    return [...new Set([reading.value, ...soundAlikes(reading.value, contextOf(talk, ask.frame, slot, false))])];
  }
  return all;
}

/** Words for a choice whose options are not known yet (where an example marks them), or that count from what is not. */
function keepWordsForLater(
  talk: Talk,
  ask: Ask,
  marked: ReadonlyMap<string, { start: number; end: number }>,
  result: Assigned,
): void {
  const keep = (slot: Slot, text: string): void => {
    const confidence = round(ask.heard);
    result.fills.push({ kind: 'fill', slot: slot.name, value: keptMark + text, text, confidence, correction: false });
  };
  for (const slot of ask.slots) {
    const items = itemsIn(talk, ask.frame, slot);
    // The request that starts a flow may name items which its tools have yet to list.
    if (items) {
      if (ask.examples.length > 0 && !slot.askFirst && !ask.frame && !knowsItsItems(items)) keep(slot, ask.text);
      continue;
    }
    if (slot.relativeTo !== undefined && !slot.askFirst && !result.used.some((one) => one.slot === slot.name)) {
      const context = contextOf(talk, ask.frame, slot, slot.name === ask.asked);
      const [waiting] = waitingWords(slot, ask.text, context);
      if (waiting) keep(slot, waiting.text);
      continue;
    }
    if (slot.type !== 'choice' || slot.askFirst || result.used.some((one) => one.slot === slot.name)) continue;
    if ((contextOf(talk, ask.frame, slot, true).options ?? []).length > 0) continue;
    const mark = marked.get(slot.name);
    if (mark) keep(slot, ask.text.slice(mark.start, mark.end));
    else if (mayHoldOption(talk, ask, slot)) keep(slot, looselyKept(ask.text, result.used));
  }
}

/** Whether nothing is left of an utterance beside its values and what people wrap them in. */
export function isBare(talk: Talk, text: string, assigned: Assigned, called: readonly string[]): boolean {
  let rest = '';
  let at = 0;
  for (const { start, end } of [...assigned.used].sort((a, b) => a.start - b.start)) {
    rest += ` ${text.slice(at, start)} `;
    at = Math.max(at, end);
  }
  rest = `${rest} ${text.slice(at)}`.toLowerCase();
  for (const word of called) rest = rest.replace(new RegExp(`(?<!\\p{L})${escape(word)}s?(?!\\p{L})`, 'gu'), ' ');
  const { correcting, wrapping, hearing } = builtIns(talk);
  rest = rest.replace(new RegExp(correcting.source, 'giu'), ' ');
  const words = rest
    .split(/[^\p{L}\d']+/u)
    .filter((word) => word !== '' && !wrapping.has(word) && !hearing.answers.has(word));
  return words.length === 0;
}
