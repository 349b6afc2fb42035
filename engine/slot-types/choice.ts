import type { Json } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { byMoment } from './by-moment.js';
import { isWrapped, isWrapping } from './answer.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import type { Token } from './normalise.js';
import { extremeOf } from './extremes.js';
import { isQuestion, isWish, pauseBefore, tokenise, wordsAt } from './normalise.js';
import { readCardinal, readOrdinal } from './numbers.js';
import { likeness, soundKey } from './sound.js';

/** A word or a number ("twenty second", "22nd" and "22" are one) of an option or of what was said. */
interface Unit {
  key: string;
  from: number;
  to: number;
}

interface Phrase {
  option: string;
  units: string[];
  joined: string;
  /** As it is said, plurals and all. */
  said: string;
  /** The consonants one hears in it. */
  key: string;
}

/** A stretch of what was said, and the options it may be, the likeliest first. */
interface Match {
  from: number;
  to: number;
  options: string[];
  confidence: number;
}

/** One of the listed options, by its id or any other name, by a part of it, by its place in the list, or nearly. */
export const choice = defineType({
  name: 'choice',
  read(tokens, context, text) {
    const phrases = phrasesOf(context);
    if (phrases.length === 0) return [];
    const units = unitsOf(tokens);
    const found = wholeNames(units, phrases, tokens);
    const isChosen = (context.current ?? null) !== null;
    if (found.length > 0 && (context.asked || isChosen) && found.every((one) => isDenied(tokens, one.from))) {
      // "Not the pico", and nothing else: one of the others.
      const ids = (context.options ?? []).map((option) => option.id);
      found.splice(0, found.length, ...left(ids, found.flatMap((one) => one.options), 0, found.at(-1)!.to)); // prettier-ignore
    }
    const free = (from: number, to: number): boolean => !found.some((one) => from < one.to && to > one.from);
    const isAsking = isQuestion(text);
    if (!isAsking)
      for (const one of nearNames(units, phrases, tokens, context)) if (free(one.from, one.to)) found.push(one);
    if (found.length === 0 && (!isAsking || isWish(text) || context.sought))
      found.push(...indirectly(text, tokens, units, phrases, context));
    return found.map((one): Reading =>
      reading(
        text,
        tokens,
        one.from,
        one.to,
        one.options[0]!,
        Math.round(one.confidence * 100) / 100,
        one.options.slice(1),
      ),
    );
  },
  parse(written, context) {
    const value = writtenText(written);
    const options = context.options ?? [];
    const record =
      typeof written === 'object' && written !== null && !Array.isArray(written) ? written['id'] : undefined;
    const wanted = value ?? writtenText(record ?? null);
    if (wanted !== undefined) {
      if (options.length === 0 || options.some((option) => option.id === wanted)) return { value: wanted };
      const lower = wanted.toLowerCase();
      const near = options.find((option) => [option.id, ...option.also].some((name) => name.toLowerCase() === lower));
      if (near) return { value: near.id };
    }
    const example = options[0]?.id;
    return {
      problem: `One of the options is expected here${example === undefined ? '' : `, such as ${example.slice(0, 20)}`}.`,
    };
  },
  say(value, context) {
    const id = writtenText(value) ?? JSON.stringify(value);
    const option = context.options?.find((one) => one.id === id);
    if (option === undefined || /[\s]/.test(id)) return id;
    // An id made for machines (`big_bun`, `H1`) is said by the option's first other name.
    if (/\d/.test(id) && option.also[0] !== undefined) return option.also[0];
    return id.replace(/_/g, ' ');
  },
  spoken: (context) =>
    oneOf([...new Set((context.options ?? []).flatMap((one) => [one.id.replace(/_/g, ' '), ...one.also]))]),
});

/** Other options that sound like this one ("Tomas", "Tomasz"): what to offer when it was badly heard. */
export function soundAlikes(value: Json, context: SlotContext): string[] {
  const phrases = phrasesOf(context);
  const mine = phrases.filter((phrase) => phrase.option === value);
  const alike = phrases.filter(
    (phrase) =>
      phrase.option !== value &&
      mine.some((own) => soundKey(own.said) === soundKey(phrase.said) || likeness(own.said, phrase.said) >= 0.8),
  );
  return [...new Set(alike.map((phrase) => phrase.option))];
}

const phrasesCache = new WeakMap<object, Phrase[]>();

function phrasesOf(context: SlotContext): Phrase[] {
  const options = context.options;
  if (options === undefined) return [];
  const known = phrasesCache.get(options);
  if (known !== undefined) return known;
  const phrases = options.flatMap(({ id, also }) =>
    [id, ...also].flatMap((name): Phrase[] => {
      const tokens = tokenise(name);
      const units = unitsOf(tokens).map((unit) => unit.key);
      const said = tokens.map((token) => token.word).join('');
      const joined = units.join('');
      return units.length === 0 ? [] : [{ option: id, units, joined, said, key: soundKey(joined) }];
    }),
  );
  phrasesCache.set(options, phrases);
  return phrases;
}

const skipped = new Set(['the', 'my', 'your', 'our', 'this', 'that', 'some', '_', '&', '/', 'and']);

function unitsOf(tokens: readonly Token[]): Unit[] {
  const units: Unit[] = [];
  for (let index = 0; index < tokens.length;) {
    const { word } = tokens[index]!;
    const afterNumber = units.at(-1)?.key.startsWith('#') ?? false;
    const article = (word === 'a' || word === 'an') && !afterNumber && index < tokens.length - 1;
    if (skipped.has(word) || article) {
      index += 1;
      continue;
    }
    const number = readOrdinal(tokens, index) ?? readCardinal(tokens, index);
    const to = number?.next ?? index + 1;
    units.push({ key: number === undefined ? stem(word) : `#${number.value}`, from: index, to });
    index = to;
  }
  // A name made of nothing but small words ("The The") is still a name.
  if (units.length === 0) return tokens.map((token, index) => ({ key: token.word, from: index, to: index + 1 }));
  return units;
}

/** Without the plural, the possessive and accents: "kids'", "kid's" and "kids" are one. */
function stem(word: string): string {
  const plain = word.normalize('NFD').replace(/\p{M}/gu, '').replace(/'s?$/, '').replace(/'/g, '');
  if (plain.length < 4) return plain;
  if (plain.endsWith('ies')) return `${plain.slice(0, -3)}y`;
  if (/(?:ss|x|ch|sh)es$/.test(plain)) return plain.slice(0, -2);
  return /[^siu]s$/.test(plain) ? plain.slice(0, -1) : plain;
}

/** Words before a name that make it another thing: a "double hamburger" is not on a list that has hamburgers. */
const changing = new Set([
  'double',
  'triple',
  'diet',
  'mini',
  'half',
  'vegan',
  'veggie',
  'vegetarian',
  'gluten',
  'zero',
  'non',
  'un',
]);

function wholeNames(units: readonly Unit[], phrases: readonly Phrase[], tokens: readonly Token[]): Match[] {
  const found: Match[] = [];
  const denied = new Set(units.filter((_, index) => isDenial(units[index - 1]?.key)).map((unit) => unit.key));
  for (let at = 0; at < units.length;) {
    const here = phrases.filter((phrase) => phrase.units.every((key, offset) => units[at + offset]?.key === key));
    const length = Math.max(0, ...here.map((phrase) => phrase.units.length));
    if (length === 0) {
      at += 1;
      continue;
    }
    const longest = here.filter((phrase) => phrase.units.length === length);
    const options = [...new Set(longest.map((phrase) => phrase.option))];
    // "Big Bun" is a whole name, and the beginning of "Big Bun meal": either may be meant, unless one adds "no meal".
    for (const phrase of phrases) {
      const begins =
        phrase.units.length > length && longest[0]!.units.every((key, offset) => phrase.units[offset] === key);
      const isDenied = phrase.units.slice(length).some((key) => denied.has(key));
      if (begins && !isDenied && !options.includes(phrase.option)) options.push(phrase.option);
    }
    const from = units[at]!.from;
    const to = units[at + length - 1]!.to;
    const changed = from > 0 && changing.has(tokens[from - 1]!.word);
    found.push({ from, to, options, confidence: changed ? 0.6 : 1 });
    at += length;
  }
  return found;
}

/** Names that were said or written nearly right. */
function nearNames(
  units: readonly Unit[],
  phrases: readonly Phrase[],
  tokens: readonly Token[],
  context: SlotContext,
): Match[] {
  const found: Match[] = [];
  const least = context.asked ? 0.75 : 0.85;
  const longest = Math.max(...phrases.map((phrase) => phrase.units.length));
  for (const { size, said, from, to } of windows(units, longest + 1)) {
    const lone = context.asked && said.length >= 3 && isWrapped(tokens, from, to);
    let key: string | undefined;
    for (const phrase of phrases) {
      if (Math.abs(size - phrase.units.length) > 1 || phrase.joined.length < 4 || phrase.joined.startsWith('#'))
        continue;
      // Words of unlike length are unlike: most pairs end here.
      const wider = Math.max(said.length, phrase.joined.length);
      if (Math.abs(said.length - phrase.joined.length) > wider * (1 - (lone ? 0.5 : least))) continue;
      const written = likeness(said, phrase.joined);
      const long = phrase.joined.length >= (context.asked ? 5 : 6);
      let confidence = long && written >= least ? 0.8 * written : 0;
      if (lone && written >= 0.5 && phrase.key.length >= 2) {
        key ??= soundKey(said);
        if (key === phrase.key) confidence = Math.max(confidence, 0.55);
      }
      if (confidence > 0) found.push({ from, to, options: [phrase.option], confidence });
    }
  }
  found.sort((a, b) => b.confidence - a.confidence || b.to - b.from - (a.to - a.from));
  const kept: Match[] = [];
  for (const one of found) {
    const rival = kept.find((other) => one.from < other.to && one.to > other.from);
    if (rival === undefined) kept.push(one);
    else if (rival.confidence - one.confidence < 0.05 && !rival.options.includes(one.options[0]!)) {
      rival.options.push(one.options[0]!);
    }
  }
  return kept;
}

/** Every stretch of up to `most` words that holds no number and is not only wrapping. */
function windows(units: readonly Unit[], most: number): { size: number; said: string; from: number; to: number }[] {
  const all: { size: number; said: string; from: number; to: number }[] = [];
  for (let at = 0; at < units.length; at++) {
    let said = '';
    for (let size = 1; size <= most && at + size <= units.length; size++) {
      const unit = units[at + size - 1]!;
      if (unit.key.startsWith('#')) break;
      said += unit.key;
      if (size > 1 || !isWrapping(said)) all.push({ size, said, from: units[at]!.from, to: unit.to });
    }
  }
  return all;
}

/** By what it is not, by its day and time, by a part of its name, by what sets it apart, by its place: the first of these. */
function indirectly(
  text: string,
  tokens: readonly Token[],
  units: readonly Unit[],
  phrases: readonly Phrase[],
  context: SlotContext,
): Match[] {
  const others = beside(tokens, context);
  const isAnswer = context.asked || (context.current ?? null) !== null;
  if (others.length > 0 || !(isAnswer || context.sought)) return others;
  const moment = byMoment(text, context.options ?? [], context);
  if (moment) {
    const at = tokens.findIndex(({ end }) => end > moment.start);
    const to = tokens.findLastIndex(({ start }) => start < moment.end) + 1;
    return [{ from: at, to, options: moment.ids, confidence: 0.95 }];
  }
  if (!isAnswer) return [];
  for (const found of [byPart(units, phrases, tokens, context), byExtreme(tokens, context), byPlace(tokens, context)])
    if (found.length > 0) return found;
  return [];
}

/** A word or two of a longer name: "the luxury one", "the cathedral". What all options share says nothing. */
function byPart(
  units: readonly Unit[],
  phrases: readonly Phrase[],
  tokens: readonly Token[],
  context: SlotContext,
): Match[] {
  const all = new Set(phrases.map((phrase) => phrase.option));
  const counts = new Map<string, number>();
  let from = Infinity;
  let to = 0;
  const seen = new Set<string>();
  const denied = new Set<string>();
  for (const [index, unit] of units.entries()) {
    const named = phrases.filter((phrase) => names(phrase, unit.key)).map((phrase) => phrase.option);
    // "The burger, no meal": what has that in its name is not meant.
    if (isDeniedUnit(units, index, tokens) && named.length > 0 && new Set(named).size < all.size) {
      for (const option of named) denied.add(option);
      from = Math.min(from, unit.from);
      to = Math.max(to, unit.to);
      continue;
    }
    if (seen.has(unit.key) || unit.key === '#1' || unit.key.length < 2) continue;
    if (isWrapping(unit.key) || smallWords.has(unit.key)) continue;
    const having = new Set(phrases.filter((phrase) => names(phrase, unit.key)).map((phrase) => phrase.option));
    if (having.size === 0 || (having.size === all.size && all.size > 2)) continue;
    seen.add(unit.key);
    for (const option of having) counts.set(option, (counts.get(option) ?? 0) + 1);
    from = Math.min(from, unit.from);
    to = Math.max(to, unit.to);
  }
  for (const option of denied) counts.delete(option);
  const rest = [...all].filter((option) => !denied.has(option));
  if (counts.size === 0) {
    return denied.size > 0 && rest.length === 1 ? [{ from, to, options: rest, confidence: 0.85 }] : [];
  }
  const most = Math.max(...counts.values());
  const options = (context.options ?? []).map((one) => one.id).filter((id) => counts.get(id) === most);
  return [{ from, to, options, confidence: options.length === 1 ? 0.85 : 0.8 }];
}

/** "No meal", "without the meal"; in "no, the meal" the no is for something else. */
function isDeniedUnit(units: readonly Unit[], index: number, tokens: readonly Token[]): boolean {
  const before = units[index - 1];
  if (!isDenial(before?.key)) return false;
  const { from } = units[index]!;
  return before!.key !== 'no' || (before!.to === from && !pauseBefore(tokens, from));
}

function isDenial(key: string | undefined): boolean {
  return key !== undefined && /^(?:no|not|without)$/.test(key);
}

/** Whether the word is part of the name, and not what the name excludes ("Big Bun, no meal"). */
function names(phrase: Phrase, key: string): boolean {
  const at = phrase.units.indexOf(key);
  return at >= 0 && !isDenial(phrase.units[at - 1]);
}

const smallWords = new Set([
  'with', 'without', 'from', 'not', 'or', 'if', 'by', 'as', 'there', 'here', 'what', 'when', 'which', 'who', 'how', 'any', 'all',
  'other', 'more', 'less', 'your', 'mine', 'they', 'them', 'he', 'she', 'his', 'her', 'was', 'were', 'has', 'had', 'don', 'know',
]); // prettier-ignore

/** "The cheapest", "the earliest"; two that are equal are both offered. */
function byExtreme(tokens: readonly Token[], context: SlotContext): Match[] {
  const one = extremeOf(tokens, context.options ?? []);
  return one ? [{ from: one.from, to: one.to, options: one.ids, confidence: 0.95 }] : [];
}

/** More than these are not read out as "did you mean". */
const mostLeft = 4;

/** "The other one", "not that one", "not the first one", "anything but the pico": what is left. */
function beside(tokens: readonly Token[], context: SlotContext): Match[] {
  const ids = (context.options ?? []).map((option) => option.id);
  const current = ids.find((id) => id === context.current);
  for (let at = 0; at < tokens.length; at++) {
    const other = wordsAt(tokens, at, ['the', 'other']) && tokens[at + 2]?.word !== 'day';
    if (other && current !== undefined) return left(ids, [current], at, at + (tokens[at + 2]?.word === 'one' ? 3 : 2));
    const but = wordsAt(tokens, at, ['anything', 'but']) || wordsAt(tokens, at, ['any', 'but']);
    const denial = but ? 2 : /^(?:not|don't|dont)$/.test(tokens[at]!.word) ? (/^(?:want|like)$/.test(tokens[at + 1]?.word ?? '') ? 2 : 1) : 0; // prettier-ignore
    if (denial === 0) continue;
    const from = at + denial;
    const isThat = /^(?:that|this|it)$/.test(tokens[from]?.word ?? '');
    if (isThat && current !== undefined)
      return left(ids, [current], at, from + (tokens[from + 1]?.word === 'one' ? 2 : 1));
    const rest = tokens.slice(from);
    const [denied] = context.asked ? byPlace(rest, context) : [];
    if (denied && denied.from <= 1) return left(ids, denied.options, at, from + denied.to);
  }
  return [];
}

/** Whether "not" or "don't want" stands right before a name. */
function isDenied(tokens: readonly Token[], from: number): boolean {
  let at = from - 1;
  while (at >= 0 && /^(?:the|a|an|want|like)$/.test(tokens[at]!.word)) at -= 1;
  return at >= 0 && /^(?:not|don't|dont)$/.test(tokens[at]!.word);
}

function left(ids: readonly string[], denied: readonly string[], from: number, to: number): Match[] {
  const options = ids.filter((id) => !denied.includes(id));
  return options.length === 0 || options.length > mostLeft ? [] : [{ from, to, options, confidence: 0.9 }];
}

const nounsOfPlace = new Set(['one', 'ones', 'option', 'choice', 'of', 'on', 'thing', 'item', 'entry', 'you']);

/** "The second one", "number three", "the last", "the next one": places in the list that was read out. */
function byPlace(tokens: readonly Token[], context: SlotContext): Match[] {
  const ids = (context.options ?? []).map((option) => option.id);
  for (let index = 0; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const ordinal = readOrdinal(tokens, index);
    const next = ordinal?.next ?? index + 1;
    const follows = tokens[next];
    const closed = follows === undefined || nounsOfPlace.has(follows.word) || isWrapping(follows.word);
    let place: number | undefined;
    let to = next;
    if (ordinal !== undefined && closed) place = ordinal.value;
    else if ((word === 'last' || word === 'latter') && closed) place = ids.length;
    else if ((word === 'next' || word === 'former') && closed) place = 1;
    else if (word === 'number' || word === 'option') {
      const number = readCardinal(tokens, index + 1);
      if (number !== undefined) {
        place = number.value;
        to = number.next;
      }
    }
    if (place === undefined || ids[place - 1] === undefined) continue;
    if (ordinal === undefined && follows?.word === 'time') continue;
    return [
      { from: index, to: tokens[to]?.word === 'one' ? to + 1 : to, options: [ids[place - 1]!], confidence: 0.95 },
    ];
  }
  return [];
}
