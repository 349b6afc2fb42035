import { inOrder, maybe, oneOf, reading, words } from '../define.js';
import type { Token } from '../normalise.js';
import type { Reading } from '../slot-type.js';
import { time as english } from '../time.js';
import { isWrapped, spanish } from './define.js';
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
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readTime(tokens, index);
      if (!one || !(one.isClear || (context.asked && isWrapped(tokens, index, one.next)))) {
        index = one?.next ?? index + 1;
        continue;
      }
      const times = one.isWhole
        ? [write(one.hour, one.minute)]
        : [write(one.hour % 12, one.minute), write((one.hour % 12) + 12, one.minute)];
      found.push(reading(text, tokens, index, one.next, times[0]!, 1, times.slice(1)));
      index = one.next;
    }
    return found;
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
  const article = word === 'las' || word === 'la';
  const hour = readCardinal(tokens, article ? index + 1 : index);
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
  if (/^horas?$/.test(tokens[next]?.word ?? '') && hour.value > 12) [next, isClear] = [next + 1, true];
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

/** "De la tarde", "de la mañana", "por la noche". */
function partOfDay(tokens: readonly Token[], clock: Clock): Clock {
  const { hour, next } = clock;
  const word = (offset: number): string => tokens[next + offset]?.word ?? '';
  const part = /^(?:de|por)$/.test(word(0)) && word(1) === 'la' ? word(2) : word(0) === 'del' ? word(1) : '';
  const length = word(0) === 'del' ? 2 : 3;
  const to = {
    manana: hour % 12,
    madrugada: hour % 12,
    mediodia: 12 + (hour % 12),
    tarde: (hour % 12) + 12,
    noche: hour === 12 || hour < 5 ? hour % 12 : (hour % 12) + 12,
  }[part];
  if (to === undefined || hour > 12) return clock;
  return { ...clock, hour: to, next: next + length, isClear: true, isWhole: true };
}

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
  const part = hour < 6 ? 'de la madrugada' : hour < 12 ? 'de la mañana' : hour < 20 ? 'de la tarde' : 'de la noche';
  return `${clock}${rest} ${part}`;
}
