/** Values said back in passing, as people would: "2 tickets for Friday at seven." rather than one sentence each. */
import { joinWords } from '../language/filters.js';
import type { Slot } from '../language/flow.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';
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

/** "4. Which day?" - "no, five": the value was said back a moment ago, so a denial means it before all else. */
export function isJustEchoed(talk: Talk, slot: Slot): boolean {
  return talk.s.last.some(({ id }) => id === `confirm.${slot.name}`);
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
