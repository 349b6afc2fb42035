import { inOrder, maybe, oneOf, reading, words } from '../define.js';
import type { Token } from '../normalise.js';
import type { Reading } from '../slot-type.js';
import { time as english } from '../time.js';
import { within } from '../read-time.js';
import { isWrappedBeside, spanish } from './define.js';
import { readSpan } from './duration.js';
import { numberWords, readCardinal } from './numbers.js';

interface Clock {
  hour: number;
  minute: number;
  next: number;
  /** With "las", a part of the day, a colon or minutes: surely a time. */
  isClear: boolean;
  /** The part of the day was said, or the hour leaves no doubt. */
  isWhole: boolean;
}

/** A time of day in Spanish: "a las siete y media", "las ocho menos cuarto de la tarde", "mediodía", `19:30`. */
export const time = spanish({
  name: 'time',
  read(tokens, context, text) {
    const soon = fromNow(tokens, context.now);
    if (soon) return [reading(text, tokens, soon.from, soon.next, soon.time)];
    const clocks: (Clock & { from: number })[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readTime(tokens, index);
      if (one) clocks.push({ ...one, from: index });
      index = one?.next ?? index + 1;
    }
    const spans = clocks.map(({ from, next }) => ({ from, to: next }));
    const hasClear = clocks.some(({ isClear }) => isClear);
    const mayBeBare = context.asked && isWrappedBeside(tokens, spans);
    return clocks.flatMap((one, at): Reading[] => {
      // "El quince a las doce": beside a clear one, and after "el", a number is no hour.
      if (!one.isClear && (!mayBeBare || hasClear || /^(?:el|dia|al|del)$/.test(tokens[one.from - 1]?.word ?? '')))
        return [];
      const part = one.isWhole ? undefined : (partAfterOr(tokens, one, clocks[at + 1]) ?? partElsewhere(tokens, spans));
      const clock = part === undefined ? one : { ...one, ...inPart(part, one.hour) };
      const times = clock.isWhole
        ? [write(clock.hour, clock.minute)]
        : within([write(clock.hour % 12, clock.minute), write((clock.hour % 12) + 12, clock.minute)], context.range);
      return [reading(text, tokens, one.from, one.next, times[0]!, 1, times.slice(1))];
    });
  },
  parse: english.parse,
  say: (value) => sayTime(String(value)),
  spoken: () =>
    oneOf([
      inOrder(maybe(words('a')), words('las'), oneOf(Array.from({ length: 11 }, (_, index) => numberWords(index + 2))), maybe(oneOf(['y media', 'y cuarto', 'menos cuarto', 'y diez', 'y veinte', 'menos diez', 'en punto'])), maybe(oneOf(['de la mañana', 'de la tarde', 'de la noche']))),
      'la una',
      'la una y media',
      'mediodía',
      'medianoche',
    ]), // prettier-ignore
});

function write(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

function readTime(tokens: readonly Token[], index: number): Clock | undefined {
  const { word } = tokens[index]!;
  if (word === 'mediodia') return { hour: 12, minute: 0, next: index + 1, isClear: true, isWhole: true };
  if (word === 'medianoche') return { hour: 0, minute: 0, next: index + 1, isClear: true, isWhole: true };
  const written = /^(\d{1,2}):(\d{2})$/.exec(word);
  if (written && Number(written[1]) < 24 && Number(written[2]) < 60) {
    return partOfDay(tokens, {
      hour: Number(written[1]),
      minute: Number(written[2]),
      next: index + 1,
      isClear: true,
      isWhole: Number(written[1]) > 12 || /^0/.test(word),
    });
  }
  const before = readTo(tokens, index);
  if (before) return before;
  const article = word === 'las' || word === 'la';
  const at = article ? index + 1 : index;
  // "Las diez y seis" is six past ten.
  const isTen = article && tokens[at]?.word === 'diez' && tokens[at + 1]?.word === 'y';
  const hour = isTen ? { value: 10, next: at + 1 } : readCardinal(tokens, at);
  if (!hour || !Number.isInteger(hour.value) || hour.value > 24 || (word === 'la' && hour.value !== 1) || word === 'un')
    return undefined;
  // "La una" only, "las dos entradas" never: what is counted follows.
  let [minute, next] = [0, hour.next];
  let isClear = article;
  const [sign, amount] = [tokens[next]?.word, tokens[next + 1]?.word];
  const said = amount === 'media' ? 30 : amount === 'cuarto' ? 15 : (readCardinal(tokens, next + 1)?.value ?? -1);
  if ((sign === 'y' || sign === 'menos') && said > 0 && said < 60) {
    minute = sign === 'y' ? said : 60 - said;
    next = amount === 'media' || amount === 'cuarto' ? next + 2 : readCardinal(tokens, next + 1)!.next;
    isClear ||= amount === 'media' || amount === 'cuarto' || sign === 'menos';
    if (sign === 'menos') hour.value -= 1;
  } else {
    const plain = readCardinal(tokens, next);
    if (article && plain && plain.value > 0 && plain.value < 60 && Number.isInteger(plain.value))
      [minute, next] = [plain.value, plain.next];
  }
  if (tokens[next]?.word === 'en' && tokens[next + 1]?.word === 'punto') [next, isClear] = [next + 2, true];
  // "Las ocho y pico" tells no time.
  if (tokens[next]?.word === 'y' && tokens[next + 1]?.word === 'pico') return undefined;
  if (/^(?:horas?|h|hs)$/.test(tokens[next]?.word ?? '') && (hour.value > 12 || article))
    [next, isClear] = [next + 1, true];
  const clock = partOfDay(tokens, {
    hour: hour.value,
    minute,
    next,
    isClear,
    isWhole: hour.value > 12 || hour.value === 0,
  });
  // "Las dos entradas": a noun after the hour.
  const after = tokens[clock.next];
  const counts =
    article &&
    tokens[index - 1]?.word !== 'a' &&
    !clock.isWhole &&
    minute === 0 &&
    after &&
    /s$/.test(after.word) &&
    !/^(?:gracias|pues|es)$/.test(after.word);
  return counts ? undefined : { ...clock, hour: clock.hour === 24 ? 0 : clock.hour < 0 ? 23 : clock.hour };
}

/** "Cuarto para las ocho", "diez para las nueve de la noche". */
function readTo(tokens: readonly Token[], index: number): Clock | undefined {
  const minutes = tokens[index]!.word === 'cuarto' ? { value: 15, next: index + 1 } : readCardinal(tokens, index);
  const article = tokens[minutes && tokens[minutes.next]?.word === 'para' ? minutes.next + 1 : -1]?.word;
  if (!minutes || (article !== 'las' && article !== 'la')) return undefined;
  const hour = readCardinal(tokens, minutes.next + 2);
  if (!hour || !Number.isInteger(hour.value) || hour.value < 1 || hour.value > 12 || minutes.value > 30)
    return undefined;
  return partOfDay(tokens, {
    hour: hour.value - 1,
    minute: 60 - minutes.value,
    next: hour.next,
    isClear: true,
    isWhole: false,
  });
}

/** "Dentro de dos horas", "en media hora". */
export function fromNow(
  tokens: readonly Token[],
  now: string,
): { time: string; days: number; from: number; next: number } | undefined {
  for (let from = 0; from < tokens.length; from++) {
    const at =
      tokens[from]!.word === 'en'
        ? from + 1
        : tokens[from]!.word === 'dentro' && tokens[from + 1]?.word === 'de'
          ? from + 2
          : -1;
    const span = at < 0 ? undefined : readSpan(tokens, at);
    if (!span || span.unit > 3600 || span.seconds > 86_400) continue;
    const total = Number(now.slice(11, 13)) * 60 + Number(now.slice(14, 16)) + Math.round(span.seconds / 60);
    return {
      time: write(Math.floor(total / 60) % 24, total % 60),
      days: Math.floor(total / 1440),
      from,
      next: span.next,
    };
  }
  return undefined;
}

type Part = 'manana' | 'madrugada' | 'mediodia' | 'tarde' | 'noche';
const parts: Readonly<Record<Part, (hour: number) => number>> = {
  manana: (hour) => hour % 12,
  madrugada: (hour) => hour % 12,
  mediodia: (hour) => 12 + (hour % 12),
  tarde: (hour) => (hour % 12) + 12,
  noche: (hour) => (hour === 12 || hour < 5 ? hour % 12 : (hour % 12) + 12),
};
const isPart = (word: string): word is Part => Object.hasOwn(parts, word);

function inPart(part: Part, hour: number): { hour: number; isWhole: true } {
  return { hour: parts[part](hour), isWhole: true };
}

/** "De la tarde", "de la mañana", "por la noche", `pm`. */
function partOfDay(tokens: readonly Token[], clock: Clock): Clock {
  const { hour, next } = clock;
  const word = (offset: number): string => tokens[next + offset]?.word ?? '';
  if (/^[ap]m$/.test(word(0)) && hour >= 0 && hour <= 12) {
    const from = word(0) === 'pm' ? 12 : 0;
    return { ...clock, hour: (hour % 12) + from, next: next + 1, isClear: true, isWhole: true };
  }
  const part = /^(?:de|por|en)$/.test(word(0)) && word(1) === 'la' ? word(2) : word(0) === 'del' ? word(1) : '';
  if (!isPart(part) || hour > 12) return clock;
  return { ...clock, ...inPart(part, hour), next: next + (word(0) === 'del' ? 2 : 3), isClear: true };
}

/** "A las ocho o a las nueve de la noche": the part belongs to both. */
function partAfterOr(
  tokens: readonly Token[],
  one: Clock,
  next: (Clock & { from: number }) | undefined,
): Part | undefined {
  if (!next?.isWhole || tokens[one.next]?.word !== 'o' || next.from > one.next + 2) return undefined;
  const said = tokens[next.next - 1]!.word;
  return isPart(said) ? said : undefined;
}

/** "Esta noche a las nueve", "mañana por la tarde a las cinco": the part of the day stands elsewhere. */
function partElsewhere(tokens: readonly Token[], spans: readonly { from: number; to: number }[]): Part | undefined {
  for (let index = 1; index < tokens.length; index++) {
    const { word } = tokens[index]!;
    const before = tokens[index - 1]!.word;
    const led = before === 'esta' || (before === 'la' && /^(?:por|en|de)$/.test(tokens[index - 2]?.word ?? ''));
    if (led && isPart(word) && !spans.some(({ from, to }) => index >= from && index < to)) return word;
  }
  return undefined;
}

const partNames: readonly (readonly [until: number, name: string])[] = [
  [1, 'de la noche'], [6, 'de la madrugada'], [12, 'de la mañana'], [13, 'del mediodía'], [20, 'de la tarde'], [24, 'de la noche'],
]; // prettier-ignore

/** `19:30` → "las siete y media de la tarde". */
export function sayTime(value: string): string {
  const match = /^(\d{2}):(\d{2})/.exec(value);
  if (!match) return value;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  if (hour === 12 && minute === 0) return 'las doce del mediodía';
  if (hour === 0 && minute === 0) return 'medianoche';
  const isBefore = minute > 30 && minute % 5 === 0;
  const named = (hour + (isBefore ? 1 : 0)) % 12 || 12;
  const clock = named === 1 ? 'la una' : `las ${numberWords(named)}`;
  const rest =
    minute === 0
      ? ''
      : minute === 30
        ? ' y media'
        : minute === 15
          ? ' y cuarto'
          : isBefore
            ? ` menos ${minute === 45 ? 'cuarto' : numberWords(60 - minute)}`
            : ` y ${numberWords(minute)}`;
  const part = partNames.find(([until]) => hour < until)![1];
  return `${clock}${rest} ${part}`;
}
