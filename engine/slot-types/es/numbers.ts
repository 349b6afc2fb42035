/** Spanish numbers: read from folded tokens, and said. */
import type { Token } from '../normalise.js';

export interface NumberRead {
  value: number;
  next: number;
}

const small: Readonly<Record<string, number>> = {
  cero: 0, uno: 1, un: 1, una: 1, dos: 2, tres: 3, cuatro: 4, cinco: 5, seis: 6, siete: 7, ocho: 8, nueve: 9, diez: 10, once: 11, doce: 12,
  trece: 13, catorce: 14, quince: 15, dieciseis: 16, diecisiete: 17, dieciocho: 18, diecinueve: 19, veinte: 20, veintiuno: 21, veintiun: 21,
  veintiuna: 21, veintidos: 22, veintitres: 23, veinticuatro: 24, veinticinco: 25, veintiseis: 26, veintisiete: 27, veintiocho: 28, veintinueve: 29,
}; // prettier-ignore
const tens: Readonly<Record<string, number>> = {
  treinta: 30, cuarenta: 40, cincuenta: 50, sesenta: 60, setenta: 70, ochenta: 80, noventa: 90,
}; // prettier-ignore
const hundreds: Readonly<Record<string, number>> = {
  cien: 100, ciento: 100, doscientos: 200, doscientas: 200, trescientos: 300, trescientas: 300, cuatrocientos: 400, cuatrocientas: 400,
  quinientos: 500, quinientas: 500, seiscientos: 600, seiscientas: 600, setecientos: 700, setecientas: 700, ochocientos: 800, ochocientas: 800,
  novecientos: 900, novecientas: 900,
}; // prettier-ignore
const places: Readonly<Record<string, number>> = {
  primero: 1, primera: 1, primer: 1, segundo: 2, segunda: 2, tercero: 3, tercera: 3, tercer: 3, cuarto: 4, cuarta: 4, quinto: 5, quinta: 5,
  sexto: 6, sexta: 6, septimo: 7, septima: 7, octavo: 8, octava: 8, noveno: 9, novena: 9, decimo: 10, decima: 10, undecimo: 11, undecima: 11,
  duodecimo: 12, duodecima: 12, onceavo: 11, onceava: 11, doceavo: 12, doceava: 12, decimoprimero: 11, decimoprimera: 11,
  decimosegundo: 12, decimosegunda: 12, decimotercero: 13, decimotercera: 13, decimocuarto: 14, decimocuarta: 14, decimoquinto: 15,
  decimoquinta: 15, decimosexto: 16, decimosexta: 16, decimoseptimo: 17, decimoseptima: 17, decimoctavo: 18, decimoctava: 18,
  decimonoveno: 19, decimonovena: 19, vigesimo: 20, vigesima: 20, trigesimo: 30, trigesima: 30,
}; // prettier-ignore

function own(table: Readonly<Record<string, number>>, word: string | undefined): number | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}

/** `1.000`, `4,5`, `30`: a point divides thousands, a comma the fraction. */
export function figureValue(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word);
  if (/^\d{1,3}(?:\.\d{3})+(?:,\d+)?$/.test(word)) return Number(word.replace(/\./g, '').replace(',', '.'));
  if (/^\d+,\d+$/.test(word)) return Number(word.replace(',', '.'));
  return /^\d+\.\d{1,2}$/.test(word) ? Number(word) : undefined;
}

function belowHundred(tokens: readonly Token[], index: number): NumberRead | undefined {
  const word = tokens[index]?.word;
  const one = own(small, word);
  if (one === 10 && tokens[index + 1]?.word === 'y') {
    const unit = own(small, tokens[index + 2]?.word);
    if (unit !== undefined && unit > 5 && unit < 10) return { value: 10 + unit, next: index + 3 };
  }
  if (one !== undefined) return { value: one, next: index + 1 };
  const ten = own(tens, word);
  if (ten === undefined) return undefined;
  const unit = tokens[index + 1]?.word === 'y' ? own(small, tokens[index + 2]?.word) : undefined;
  return unit !== undefined && unit > 0 && unit < 10
    ? { value: ten + unit, next: index + 3 }
    : { value: ten, next: index + 1 };
}

/** "Ciento cincuenta", "treinta y dos", "siete". */
export function readBelowThousand(tokens: readonly Token[], index: number): NumberRead | undefined {
  const hundred = own(hundreds, tokens[index]?.word);
  if (hundred === undefined) return belowHundred(tokens, index);
  const rest = tokens[index]!.word === 'cien' ? undefined : belowHundred(tokens, index + 1);
  return rest && rest.value > 0
    ? { value: hundred + rest.value, next: rest.next }
    : { value: hundred, next: index + 1 };
}

/** A cardinal in words or figures: "mil doscientos", "dos millones", `1.500`. */
export function readCardinal(tokens: readonly Token[], index: number): NumberRead | undefined {
  if (tokens[index]?.word === 'medio' && tokens[index + 1]?.word === 'millon') return { value: 5e5, next: index + 2 };
  const figure = figureValue(tokens[index]?.word ?? '');
  if (figure !== undefined) {
    const word = tokens[index + 1]?.word;
    const times = word === 'mil' ? 1000 : word === 'millones' || word === 'millon' ? 1e6 : 1;
    return { value: figure * times, next: index + (times === 1 ? 1 : 2) };
  }
  let total = 0;
  let next = index;
  for (const [scale, names] of [
    [1e6, ['millon', 'millones']],
    [1000, ['mil']],
  ] as const) {
    const count = readBelowThousand(tokens, next);
    if (count && names.some((name) => name === tokens[count.next]?.word)) {
      total += count.value * scale;
      next = count.next + 1;
    } else if (scale === 1000 && tokens[next]?.word === 'mil') {
      total += 1000;
      next += 1;
    }
  }
  const rest = readBelowThousand(tokens, next);
  if (rest && (next === index || rest.value > 0)) return { value: total + rest.value, next: rest.next };
  return next > index ? { value: total, next } : undefined;
}

/** "Segunda", "el tercero", `2º`. */
export function readOrdinal(tokens: readonly Token[], index: number): NumberRead | undefined {
  const word = tokens[index]?.word;
  const place = own(places, word);
  if (place !== undefined) {
    // "Vigésimo primero".
    const unit = place >= 20 ? own(places, tokens[index + 1]?.word) : undefined;
    return unit !== undefined && unit < 10
      ? { value: place + unit, next: index + 2 }
      : { value: place, next: index + 1 };
  }
  const sign = tokens[index + 1];
  if (/^\d{1,3}$/.test(word ?? '') && sign && /^[ºªoa]$/.test(sign.word) && sign.gap === '')
    return { value: Number(word), next: index + 2 };
  return undefined;
}

/**
 * Figures in a row, zeros kept: "cuatro cuatro siete uno", "doble cero siete", "seiscientos doce treinta y cuatro".
 * @returns undefined where no figure stands
 */
export function readDigits(
  tokens: readonly Token[],
  index: number,
): { digits: string; groups: number; next: number } | undefined {
  let digits = '';
  let groups = 0;
  let next = index;
  while (next < tokens.length) {
    const { word, gap } = tokens[next]!;
    if (digits !== '' && /[;!?]|\.\s/.test(gap)) break;
    const told = /^(?:dos|tres)$/.test(word) && tokens[next + 1]?.word === 'veces';
    const times = word === 'doble' || (told && word === 'dos') ? 2 : word === 'triple' || told ? 3 : 1;
    const at = next + (times === 1 ? 0 : told ? 2 : 1);
    const written = /^\d+(?:\.\d{3})*$/.test(tokens[at]?.word ?? '') ? tokens[at]!.word.replace(/\./g, '') : undefined;
    const said = written === undefined ? figuresSaid(tokens, at) : undefined;
    // "Un" and "una" are articles.
    if (written === undefined && (!said || /^(?:un|una)$/.test(tokens[at]!.word))) break;
    digits += (written ?? String(said!.value)).repeat(times);
    groups += 1;
    next = written === undefined ? said!.next : at + 1;
  }
  return groups === 0 ? undefined : { digits, groups, next };
}

/** One group of figures: up to three of them, or what is counted in thousands ("veintiocho mil uno"). */
function figuresSaid(tokens: readonly Token[], index: number): NumberRead | undefined {
  const group = readBelowThousand(tokens, index);
  return tokens[group?.next ?? index]?.word === 'mil' ? readCardinal(tokens, index) : group;
}

const unitNames = Object.keys(small).filter((name) => !['un', 'una', 'veintiun', 'veintiuna'].includes(name));

/** A number from 0 to 999,999 in words. */
export function numberWords(value: number): string {
  if (value < 30) return unitNames.find((name) => small[name] === value) ?? String(value);
  if (value < 100) {
    const ten = Object.keys(tens).find((name) => tens[name] === value - (value % 10))!;
    return value % 10 === 0 ? ten : `${ten} y ${numberWords(value % 10)}`;
  }
  if (value < 1000) {
    const hundred = Object.keys(hundreds).find((name) => hundreds[name] === value - (value % 100) && name !== 'cien')!;
    return value === 100 ? 'cien' : value % 100 === 0 ? hundred : `${hundred} ${numberWords(value % 100)}`;
  }
  const thousands = Math.floor(value / 1000);
  const head = thousands === 1 ? 'mil' : `${numberWords(thousands)} mil`;
  return value % 1000 === 0 ? head : `${head} ${numberWords(value % 1000)}`;
}

const placeNames = [
  '',
  'primero',
  'segundo',
  'tercero',
  'cuarto',
  'quinto',
  'sexto',
  'séptimo',
  'octavo',
  'noveno',
  'décimo',
];

export function ordinalWords(value: number): string {
  return placeNames[value] ?? `número ${value}`;
}
