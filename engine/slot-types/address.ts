import type { Json } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { isWrapping } from './answer.js';
import { cityNames } from './city-names.js';
import { defineType, reading } from './define.js';
import { readSpelled } from './letters.js';
import type { Token } from './normalise.js';
import { isQuestion, pauseBefore, tokenise, withoutThinking } from './normalise.js';
import { ordinalFigure, ordinalWords, readCardinal, readDigitRun, readOrdinal } from './numbers.js';
import { postcode } from './postcode.js';
import { streetTypes } from './street-types.js';

/** The parts of an address, in the order in which they are said here. */
export const addressParts = ['unit', 'number', 'street', 'city', 'postcode'] as const;
export type AddressPart = (typeof addressParts)[number];
export type Address = Partial<Record<AddressPart, string>>;

const unitNames: Readonly<Record<string, string>> = {
  flat: 'flat', apartment: 'apartment', apt: 'apartment', unit: 'unit', suite: 'suite', room: 'room',
}; // prettier-ignore
const directions: Readonly<Record<string, string>> = { n: 'North', s: 'South', e: 'East', w: 'West' };
/** Words that no name of a street or a town holds. */
const noName = new Set([
  'i', 'you', 'it', "it's", 'is', 'are', 'was', 'were', 'for', 'my', 'to', 'with', 'please', 'yes', 'no', 'a', 'table', 'live', 'wait',
  'sorry', 'actually', 'not', 'this', 'that', "that's", 'way', 'thanks', 'thank', 'address', 'but', 'or', 'from', 'make', 'send', 'in',
  'which', 'what', 'where', 'when', 'who', 'how', 'by', 'we', 'at', 'on', 'your', 'our', 'me', 'if', 'will', 'can', 'have', 'know', "don't", 'do', 'mean', 'rather', 'two-way', 'one-way',
]); // prettier-ignore

/** A street's address, with whatever of its parts was said: "flat 3b, 22 high road, N1 9GU", "fourteen Main Street". */
export const address = defineType({
  name: 'address',
  read(tokens, context, text) {
    if (isQuestion(text)) return [];
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readAddress(tokens, index, context, text);
      if (one === undefined) {
        index += 1;
        continue;
      }
      const value = inOrder(one.parts);
      const isWhole = value['street'] !== undefined && value['number'] !== undefined;
      found.push(reading(text, tokens, index, one.next, value, isWhole ? 1 : 0.75));
      index = one.next;
    }
    return found;
  },
  parse(written, context) {
    const value = typeof written === 'string' ? fromLine(written, context) : fromRecord(written, context);
    return value ? { value } : { problem: 'An address is expected here, such as { number: 14, street: Main Street }.' };
  },
  say: (value) => sayAddress(value),
  // Nobody can list streets; dictation recognisers hear them.
  spoken: () => ({ kind: 'choice', options: [] }),
});

interface Read {
  parts: Address;
  next: number;
}

/** The address that begins at `index`, if one does. */
function readAddress(tokens: readonly Token[], index: number, context: SlotContext, text: string): Read | undefined {
  const unit = readUnit(tokens, index);
  const afterUnit = unit?.next ?? index;
  const house = readHouse(tokens, afterUnit);
  const street = readStreet(tokens, house?.next ?? afterUnit, context.asked && house !== undefined);
  const parts: Address = {};
  if (unit) parts.unit = unit.text;
  if (street && (house || unit || mayOpen(tokens, index, context))) {
    if (house) parts.number = house.text;
    parts.street = street.text;
    return readRest(tokens, street.next, parts, context, text);
  }
  if (unit) return { parts, next: unit.next };
  // "Twenty two, N1 9GU" is a whole address where a postcode is a street.
  const code = readPostcode(tokens, house?.next ?? index, context, text);
  if (!code || !context.asked || !/[A-Z]/.test(code.text)) return undefined;
  if (house) parts.number = house.text;
  else if (index > 0 && !tokens.slice(0, index).every((token) => isWrapping(token.word))) return undefined;
  return { parts: { ...parts, postcode: code.text }, next: code.next };
}

/** A street without a number is one only as the answer to its question, at its beginning. */
function mayOpen(tokens: readonly Token[], index: number, context: SlotContext): boolean {
  return (
    context.asked &&
    !isWrapping(tokens[index]!.word) &&
    tokens.slice(0, index).every((token) => isWrapping(token.word) || noName.has(token.word))
  );
}

interface Piece {
  text: string;
  next: number;
}

/** "flat 3b", "flat three b", "apartment twelve oh four", "unit 4". */
function readUnit(tokens: readonly Token[], index: number): Piece | undefined {
  const name = unitNames[tokens[index]?.word ?? ''];
  if (name === undefined || !Object.hasOwn(unitNames, tokens[index]!.word)) return undefined;
  const at = tokens[index + 1]?.word === 'number' ? index + 2 : index + 1;
  const id = readNumber(tokens, at) ?? readLetter(tokens, at);
  return id && { text: `${name} ${id.text}`, next: id.next };
}

function readHouse(tokens: readonly Token[], index: number): Piece | undefined {
  return readNumber(tokens, tokens[index]?.word === 'number' ? index + 1 : index);
}

/** "fourteen", "two two one b", "221b", "sixteen hundred", "one oh one": figures, and one letter after them. */
function readNumber(tokens: readonly Token[], index: number): Piece | undefined {
  if (tokens[index] === undefined || /^(?:an?|half|dozen|couple)$/.test(tokens[index].word)) return undefined;
  // A comma ends a number: "unit 4, 18 dock road".
  let end = index + 1;
  while (end < tokens.length && !pauseBefore(tokens, end)) end += 1;
  const stretch = tokens.slice(0, end);
  const whole = readOrdinal(stretch, index) === undefined ? readCardinal(stretch, index) : undefined;
  const run = readOrdinal(stretch, index) === undefined ? readDigitRun(stretch, index) : undefined;
  const isWhole =
    whole !== undefined && Number.isInteger(whole.value) && whole.value > 0 && whole.next >= (run?.next ?? 0);
  const figures = isWhole
    ? { text: String(whole.value), next: whole.next }
    : run && { text: run.digits, next: run.next };
  if (figures === undefined || figures.text.length > 6) return undefined;
  // "20 W 34th St": the letter is a direction.
  const after = tokens[figures.next + 1];
  const isDirection =
    Object.hasOwn(directions, tokens[figures.next]?.word ?? '') && after !== undefined && (/^\d/.test(after.word) || readOrdinal(tokens, figures.next + 1) !== undefined); // prettier-ignore
  const letter = isDirection || figures.next >= end ? undefined : readLetter(tokens, figures.next);
  return letter ? { text: figures.text + letter.text, next: letter.next } : figures;
}

/** One letter: "b", "bravo", "b for bravo". */
function readLetter(tokens: readonly Token[], index: number): Piece | undefined {
  const step = readSpelled(tokens, index);
  const isLetter = step !== undefined && /^[a-z]$/.test(step.text) && (step.kind === 'named' || /^[a-z]$/.test(tokens[index]!.word)); // prettier-ignore
  return isLetter ? { text: step.text.toUpperCase(), next: step.next } : undefined;
}

/** The longest name of a street in words: "North Earl of Essex Street". */
const mostWords = 6;

/** "Main Street", "West 42nd Street", "The Green": up to a word that streets end in. */
function readStreet(tokens: readonly Token[], index: number, named: boolean): Piece | undefined {
  const words: string[] = [];
  for (let at = index; at < tokens.length && at - index < mostWords;) {
    const token = tokens[at]!;
    if (at > index && pauseBefore(tokens, at) && !/^[.'\s-]*$/.test(token.gap)) return undefined;
    const type = Object.hasOwn(streetTypes, token.word) ? streetTypes[token.word] : undefined;
    const isSaint = token.word === 'st' && at === index;
    const then = tokens[at + 1];
    const goesOn = then !== undefined && !pauseBefore(tokens, at + 1) && Object.hasOwn(streetTypes, then.word);
    if (type !== undefined && at > index && !goesOn) return { text: [...words, type].join(' '), next: at + 1 };
    const ordinal = readOrdinal(tokens, at);
    if (ordinal !== undefined) {
      words.push(/^\d/.test(token.word) || ordinal.value > 10 ? ordinalFigure(ordinal.value) : titled(ordinalWords(ordinal.value))); // prettier-ignore
      at = ordinal.next;
      continue;
    }
    const isName = /^\p{L}[\p{L}\p{M}']*$/u.test(token.word) && (!noName.has(token.word) || (named && token.word === 'way' && at > index)); // prettier-ignore
    if (!isName) return undefined;
    const direction = at === index ? directions[token.word] : undefined;
    words.push(isSaint ? 'St' : (direction ?? titled(token.word)));
    at += 1;
  }
  return undefined;
}

/** What follows the street: a flat, a town in one or more stretches, a postal code. */
function readRest(tokens: readonly Token[], index: number, parts: Address, context: SlotContext, text: string): Read {
  const towns: string[] = [];
  let next = index;
  for (let at = index; at < tokens.length;) {
    const joint = /^(?:in|and|near)$/.test(tokens[at]!.word) ? at + 1 : at;
    const unit = parts.unit === undefined ? readUnit(tokens, joint) : undefined;
    const code = unit ? undefined : readPostcode(tokens, joint, context, text);
    if (unit) parts.unit = unit.text;
    else if (code) parts.postcode = code.text;
    const isLed = joint > at || pauseBefore(tokens, at);
    const town = unit || code || towns.length > 2 ? undefined : readTown(tokens, joint, isLed, context, text);
    if (town) towns.push(town.text);
    const piece = unit ?? code ?? town;
    if (!piece) break;
    at = next = piece.next;
    if (code) break;
  }
  if (towns.length > 0) parts.city = towns.join(', ');
  return { parts, next };
}

const slips = /^(?:no|wait|sorry|actually|make|rather|not|or)$/;

/** "Ballymun", "Dublin eleven", "Mountain View"; a town nobody knows only where a pause or "in" leads to it. */
function readTown(
  tokens: readonly Token[],
  index: number,
  isLed: boolean,
  context: SlotContext,
  text: string,
): Piece | undefined {
  const words: string[] = [];
  let at = index;
  for (; at < tokens.length && words.length < 4; at++) {
    const { word } = tokens[at]!;
    if (at > index && pauseBefore(tokens, at)) break;
    if (slips.test(word) || (words.length === 0 && isWrapping(word)) || noName.has(word)) break;
    if (words.length > 0 && readPostcode(tokens, at, context, text)) break;
    const number = words.length > 0 ? readCardinal(tokens, at) : undefined;
    if (number) {
      // A postal district: "Dublin eleven".
      if (number.value > 99 || !Number.isInteger(number.value)) break;
      words.push(String(number.value));
      at = number.next;
      break;
    }
    if (!/^\p{L}[\p{L}\p{M}']*$/u.test(word) || isWrapping(word)) break;
    words.push(titled(word));
  }
  const name = words.join(' ');
  const isKnown = cityNames.some((city) => name === city || name.startsWith(`${city} `));
  if (name === '' || !(isKnown || isLed || context.asked)) return undefined;
  return { text: name, next: at };
}

/** The postal code that begins at the token; where codes are bare figures, only as many as they have. */
function readPostcode(tokens: readonly Token[], index: number, context: SlotContext, text: string): Piece | undefined {
  const from = tokens[index];
  if (from === undefined || !/^(?:\d|[a-z]$|[a-z]+$)/.test(from.word)) return undefined;
  const step = readSpelled(tokens, index);
  if (step === undefined && !/^[a-z]{1,2}$|\d/.test(from.word)) return undefined;
  const found = postcode
    .find(text.slice(from.start, from.start + 60), { language: context.language, now: context.now, asked: true })
    .find((one) => one.start === 0);
  if (!found) return undefined;
  const end = from.start + found.end;
  const last = tokens.findLastIndex((token) => token.end <= end);
  return { text: String(found.value), next: last + 1 };
}

/** The value of one part in the answer to its question: "twenty two", "broadway", "N1 9GU". */
export function readAddressPart(part: AddressPart, text: string, context: SlotContext): Reading | undefined {
  if (part === 'postcode') return postcode.find(text, { language: context.language, now: context.now, asked: true })[0];
  const tokens = withoutThinking(tokenise(text));
  const first = tokens.findIndex((token) => !isWrapping(token.word));
  if (first === -1) return undefined;
  const read = {
    number: () => readHouse(tokens, first),
    unit: () => readUnit(tokens, first) ?? readNumber(tokens, first) ?? readLetter(tokens, first),
    street: () => readStreet(tokens, first, true) ?? readTown(tokens, first, true, context, text),
    city: () => readTown(tokens, first, true, context, text),
  }[part]();
  if (read === undefined || !tokens.slice(read.next).every((token) => isWrapping(token.word))) return undefined;
  return reading(text, tokens, first, read.next, read.text);
}

/** "o'connell" → "O'Connell". */
function titled(word: string): string {
  if (/^(?:of|and|on)$/.test(word)) return word;
  return word.replace(/(^|[a-z]')(\p{L})/gu, (_, mark: string, letter: string) => mark + letter.toUpperCase()).replace(/'S$/, "'s"); // prettier-ignore
}

function inOrder(parts: Address): Record<string, Json> {
  return Object.fromEntries(addressParts.flatMap((part) => (parts[part] === undefined ? [] : [[part, parts[part]]])));
}

function fromLine(line: string, context: SlotContext): Json | undefined {
  const [found] = address.find(line, { ...context, asked: true });
  return found && found.start === 0 && line.slice(found.end).trim().length < 2 ? found.value : undefined;
}

function fromRecord(written: Json, context: SlotContext): Json | undefined {
  if (typeof written !== 'object' || written === null || Array.isArray(written)) return undefined;
  const parts: Address = {};
  for (const [key, value] of Object.entries(written)) {
    const part = addressParts.find((one) => one === key);
    if (part === undefined || (typeof value !== 'string' && typeof value !== 'number' && value !== null))
      return undefined;
    const text = value === null ? '' : String(value).trim();
    if (text === '') continue;
    const code = part === 'postcode' ? postcode.parse(text, { ...context, pattern: '[A-Z0-9]{3,10}' }) : undefined;
    if (code && 'problem' in code) return undefined;
    parts[part] = code ? String(code.value) : text;
  }
  return Object.keys(parts).length > 0 ? inOrder(parts) : undefined;
}

/** `{ number: 221B, street: Baker Street }` → "221 B Baker Street"; a postal code letter by letter. */
function sayAddress(value: Json): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return typeof value === 'string' ? value : '';
  const part = (name: AddressPart): string => {
    const text = value[name];
    return typeof text === 'string' ? text : '';
  };
  const apart = (text: string): string => text.replace(/(\d)([A-Z])$/, '$1 $2');
  const line = [apart(part('number')), part('street')].filter((one) => one !== '').join(' ');
  const code = [...part('postcode')].join(' ');
  return [apart(part('unit')), line, part('city'), code].filter((one) => one !== '').join(', ');
}
