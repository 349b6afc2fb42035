/**
 * Half of an answer: the first digits of a number, a birthday without its year. People breathe in the middle of what is
 * long. The other half comes with the next turn, and only with that one: who was asked once more begins anew.
 */
import type { Slot } from '../language/flow.js';
import { matchesWhole } from '../slot-types/pattern.js';
import { slotType } from '../slot-types/index.js';
import type { Reading, SlotContext, SlotTypeName } from '../slot-types/slot-type.js';
import type { Moment } from './moment.js';
import { lacksYear } from './partial-values.js';
import { isBare } from './readings.js';
import { contextOf, findSlot, stored } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, topFrame } from './talk.js';
import { askAgain } from './transitions.js';
import { sayBuiltIn } from './words.js';

/** What is missing, by the name of the words that ask for it. */
type Missing = 'half' | 'half_year' | 'half_time' | 'half_day';

/** Fewer figures than these are no part of a telephone number; so many are a whole one. */
const phoneFigures = { least: 3, most: 9 };

/** What the words for a slot's question lack, where they are nothing but the beginning of a value; else undefined. */
function lacking(talk: Talk, frame: Frame | undefined, slot: Slot, text: string): Missing | undefined {
  if (slot.by === 'keys' || slot.sensitive === 'secret' || slot.parts || slot.fields) return undefined;
  const context = contextOf(talk, frame, slot, true);
  const found = begins[slot.type]?.(talk, slot, text, context);
  if (!found) return undefined;
  const spans = [found.reading, ...(found.beside ?? [])].map((one) => ({ ...one, type: slot.type, slot: slot.name }));
  return isBare(talk, text, { fills: [], used: spans }, slot.called) ? found.lacks : undefined;
}

type Begins = (
  talk: Talk,
  slot: Slot,
  text: string,
  context: SlotContext,
) => { reading: Reading; lacks: Missing; beside?: { start: number; end: number }[] } | undefined;

const begins: Partial<Record<SlotTypeName, Begins>> = {
  digits: (_, slot, text, context) => beginOfPattern(slot, text, context, ['digits']),
  code: (_, slot, text, context) => beginOfPattern(slot, text, context, ['code', 'spelled']),
  phone: (_, _slot, text, { language, now }) => {
    const [reading] = slotType('digits').find(text, { language, now, asked: true });
    const figures = String(reading?.value ?? '').length;
    return reading && figures >= phoneFigures.least && figures <= phoneFigures.most
      ? { reading, lacks: 'half' }
      : undefined;
  },
  datetime: (talk, _slot, text, context) => {
    if (slotType('datetime').find(text, context).length > 0) return undefined;
    const { language, now } = context;
    const only = (type: 'date' | 'time'): Reading | undefined =>
      slotType(type).find(text, { language, now, asked: true })[0];
    const day = only('date');
    const beside = [...text.matchAll(builtIns(talk).hearing.partOfDay)].map(({ index, 0: { length } }) => ({ start: index, end: index + length })); // prettier-ignore
    if (day) return { reading: day, lacks: 'half_time', beside };
    const time = only('time');
    return time && { reading: time, lacks: 'half_day', beside };
  },
  date: (_, slot, text, context) => {
    const [reading, ...others] = slotType('date').find(text, context);
    return reading && others.length === 0 && lacksYear(slot, reading, null, context)
      ? { reading, lacks: 'half_year' }
      : undefined;
  },
};

function beginOfPattern(
  slot: Slot,
  text: string,
  { language, now }: SlotContext,
  types: readonly SlotTypeName[],
): { reading: Reading; lacks: Missing } | undefined {
  const { pattern } = slot;
  if (pattern === undefined) return undefined;
  const bare: SlotContext = { language, now, asked: true };
  const readings = types.flatMap((type) => slotType(type).find(text, bare));
  // "AB", as recognisers write two letters; "no" and "it" are none.
  const letters = types.flatMap((type) => slotType(type).find(text, { ...bare, pattern: '[A-Z0-9]{1,24}' }));
  readings.push(...letters.filter((one) => !/\p{Ll}/u.test(one.text)));
  const reading = readings.find(({ value }) => typeof value === 'string' && mayGoOn(pattern, value));
  return reading && { reading, lacks: 'half' };
}

/** So many letters and figures more are tried behind what was said. */
const most = { letters: 4, figures: 18 };

/** Whether something may follow the text so that all of it matches the pattern. */
function mayGoOn(pattern: string, text: string): boolean {
  const start = text.toUpperCase();
  for (let letters = 0; letters <= most.letters; letters++)
    for (let figures = letters === 0 ? 1 : 0; figures <= most.figures; figures++)
      for (const figure of ['0', '1'])
        for (const rest of ['A'.repeat(letters) + figure.repeat(figures), figure.repeat(figures) + 'A'.repeat(letters)])
          if (matchesWhole(pattern, start + rest)) return true;
  return false;
}

/** The slot whose value began in the turn before, or begins with these words; undefined where they begin none. */
export function beginsAnswer({ talk, frame, askedSlot, text }: Moment): string | undefined {
  if (!askedSlot || frame?.question?.kind !== 'slot' || stored(talk, frame, askedSlot) !== null) return undefined;
  const isBegun = [joined(talk, askedSlot.name, text, 0), text].some(
    (words) => words !== undefined && lacking(talk, frame, askedSlot, words) !== undefined,
  );
  return isBegun ? askedSlot.name : undefined;
}

/** The words of the turn before and these, where neither is an answer by itself and both together are one. */
export function joinedAnswer(moment: Moment): Moment | undefined {
  const { talk, frame, askedSlot, text } = moment;
  if (!askedSlot || !frame) return undefined;
  const words = joined(talk, askedSlot.name, text, 0);
  if (words === undefined) return undefined;
  const find = (all: string): Reading | undefined => {
    const context = contextOf(talk, frame, askedSlot, true);
    return slotType(askedSlot.type)
      .find(all, context)
      .find((reading) => !lacksYear(askedSlot, reading, null, context));
  };
  const border = words.length - text.length;
  const both = find(words);
  if (!both || both.start >= border || both.end <= border || find(text)) return undefined;
  return { ...moment, text: words };
}

/** @param turnsAgo of the turn that began: the one that was over last, or the one before the turn that runs */
function joined({ s }: Talk, slot: string, text: string, turnsAgo: 0 | 1): string | undefined {
  return s.half?.slot === slot && s.half.turn === s.turn - turnsAgo ? `${s.half.words} ${text}` : undefined;
}

/** Keeps the words for the next turn, and asks for the rest; no rung up. */
export function keepHalf(talk: Talk, name: string, text: string): void {
  const frame = topFrame(talk.s);
  const slot = frame && findSlot(talk.agent, frame.flow, name);
  if (!frame || !slot) return;
  const before = joined(talk, name, text, 1);
  const both = before === undefined ? undefined : lacking(talk, frame, slot, before);
  const missing = both ?? lacking(talk, frame, slot, text);
  if (missing === undefined) return askAgain(talk, frame);
  talk.s.half = { slot: name, words: both === undefined ? text : before!, turn: talk.s.turn };
  sayBuiltIn(talk, missing);
}
