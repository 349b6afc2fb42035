/** Values said back in passing, as people would: "2 tickets for Friday at seven." rather than one sentence each. */
import { joinWords } from '../language/filters.js';
import type { Slot } from '../language/flow.js';
import type { Reading, SlotTypeName } from '../slot-types/slot-type.js';
import { surely } from './answer.js';
import { findSlot, sayValue, stored } from './slots.js';
import type { Frame } from './state.js';
import type { EchoWords } from './built-ins/built-ins.js';
import type { Talk } from './talk.js';
import { builtIns } from './talk.js';
import { sayBuiltIn } from './words.js';

/** What, where, when: the order in which values are said in one breath. */
const order: readonly SlotTypeName[] = ['city', 'date_range', 'date', 'datetime', 'time', 'duration'];

/**
 * Says back the values that were taken in passing, at the head of the next words: those that these do not mention.
 * Several are one sentence, under the id of the first.
 */
export function flushEchoes(talk: Talk, frame: Frame, mentioned: readonly string[]): void {
  const names = frame.toEcho;
  frame.toEcho = [];
  const slots = names.flatMap((name): Slot[] => {
    const slot = findSlot(talk.agent, frame.flow, name);
    const isSaid =
      slot && stored(talk, frame, slot) !== null && !mentioned.includes(name) && slot.sensitive !== 'secret';
    return isSaid ? [slot] : [];
  });
  const [first] = slots;
  if (!first) return;
  const say = (slot: Slot): string => sayValue(talk, frame, slot, stored(talk, frame, slot));
  const it = slots.length === 1 ? say(first) : inOneBreath(talk, slots, say, (slot) => stored(talk, frame, slot) === 1);
  sayBuiltIn(talk, 'echo', { frame, it: capital(it), id: `confirm.${first.name}` });
}

/**
 * "4. Which day?" - "no, five": what was said back a moment ago is denied before all else. So is a day or a time that was
 * just given, where another one is asked for: "And when does it end?" - "no, the second".
 */
export function isJustDenied(talk: Talk, slot: Slot, { confidence }: Reading, text: string): boolean {
  if (confidence >= surely && talk.s.last.some(({ id }) => id === `confirm.${slot.name}`)) return true;
  const isGiven = ['date', 'time', 'datetime'].includes(slot.type) && talk.s.turnSlots.includes(slot.name);
  return isGiven && builtIns(talk).hearing.no.test(text);
}

function inOneBreath(
  talk: Talk,
  slots: readonly Slot[],
  say: (slot: Slot) => string,
  isOne: (slot: Slot) => boolean,
): string {
  const words = builtIns(talk).echoes;
  const sorted = [...slots].sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type));
  const bare: string[] = [];
  const led: string[] = [];
  for (const slot of sorted) {
    const said = say(slot);
    const role = slot.called.find((word) => words.roles.has(word.toLowerCase())) ?? words.before[slot.type];
    if (role !== undefined) led.push(`${role} ${said}`);
    else bare.push(slot.type === 'integer' ? counted(slot, said, isOne(slot), words) : said);
  }
  return [joinWords(bare, 'and', talk.agent.language), ...led].filter((part) => part !== '').join(' ');
}

/** "2 tickets", by what the slot is called in the plural. */
function counted({ called }: Slot, said: string, isOne: boolean, words: EchoWords): string {
  const noun = called.find((word) => words.plural.test(word));
  if (noun === undefined || said.includes(noun)) return said;
  return isOne ? `${said} ${words.singular(noun)}` : `${said} ${noun}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
