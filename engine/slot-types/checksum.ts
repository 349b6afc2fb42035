/** Check digits, by the name that a slot gives in `checksum:`. Signs and spaces have been taken out; letters are capitals. */

const letterValue = (sign: string): number => parseInt(sign, 36);

/** ISO/IEC 7812-1, annex B: payment cards, IMEI. From the right, every second figure counts double. */
function luhn(value: string): boolean {
  if (!/^\d{2,}$/.test(value)) return false;
  const sum = [...value].reverse().reduce((total, figure, index) => {
    const doubled = Number(figure) * (index % 2 === 1 ? 2 : 1);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** The remainder by 97 of a number of any length, letters as 10 to 35 (ISO/IEC 7064, MOD 97-10). */
function mod97(value: string): number {
  let rest = 0;
  for (const sign of value) for (const figure of String(letterValue(sign))) rest = (rest * 10 + Number(figure)) % 97;
  return rest;
}

/** ISO 13616-1: the country and the check figures go to the end; the whole leaves 1. */
function iban(value: string): boolean {
  return /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(value) && mod97(value.slice(4) + value.slice(0, 4)) === 1;
}

/** ISO 2108: ten signs weighted 10 to 1 by 11 (X is 10), or thirteen as an EAN. */
function isbn(value: string): boolean {
  if (/^\d{9}[\dX]$/.test(value)) {
    const sum = [...value].reduce((total, sign, index) => total + (10 - index) * (sign === 'X' ? 10 : Number(sign)), 0);
    return sum % 11 === 0;
  }
  return /^97[89]\d{10}$/.test(value) && ean(value);
}

/** GS1 General Specifications 7.9: EAN-8, UPC-A, EAN-13, GTIN-14. From the right, every second figure counts three times. */
function ean(value: string): boolean {
  if (!/^(?:\d{8}|\d{12,14})$/.test(value)) return false;
  return [...value].reverse().reduce((total, figure, index) => total + Number(figure) * (index % 2 === 1 ? 3 : 1), 0) % 10 === 0; // prettier-ignore
}

const vinValues: Readonly<Record<string, number>> = {
  A: 1, B: 2, C: 3, D: 4, E: 5, F: 6, G: 7, H: 8, J: 1, K: 2, L: 3, M: 4, N: 5, P: 7, R: 9, S: 2, T: 3, U: 4, V: 5, W: 6, X: 7,
  Y: 8, Z: 9,
}; // prettier-ignore
const vinWeights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/** 49 CFR 565.15 (North America): the ninth sign of a vehicle's number is its weighted sum by 11. */
function vin(value: string): boolean {
  if (!/^[A-HJ-NPR-Z0-9]{17}$/.test(value)) return false;
  const sum = [...value].reduce(
    (total, sign, index) => total + (vinValues[sign] ?? Number(sign)) * vinWeights[index]!,
    0,
  );
  return value[8] === (sum % 11 === 10 ? 'X' : String(sum % 11));
}

const dihedral = ['0123456789', '1234067895', '2340178956', '3401289567', '4012395678', '5987604321', '6598710432', '7659821043', '8765932104', '9876543210']; // prettier-ignore
const permuted = ['0123456789', '1576283094', '5803796142', '8916043527', '9453126870', '4286573901', '2793806415', '7046913258']; // prettier-ignore

/** J. Verhoeff, "Error Detecting Decimal Codes" (1969): Aadhaar numbers and others. */
function verhoeff(value: string): boolean {
  if (!/^\d{2,}$/.test(value)) return false;
  const left = [...value].reverse().reduce((row, figure, index) => Number(dihedral[row]![Number(permuted[index % 8]![Number(figure)])]), 0); // prettier-ignore
  return left === 0;
}

/** NHS Data Dictionary, "NHS Number": ten figures, weights 10 to 2 by 11. */
function nhs(value: string): boolean {
  if (!/^\d{10}$/.test(value)) return false;
  const sum = [...value.slice(0, 9)].reduce((total, figure, index) => total + Number(figure) * (10 - index), 0);
  return (11 - (sum % 11)) % 11 === Number(value[9]);
}

/** Irish Revenue, PPS numbers: seven figures weighted 8 to 2, an added letter by 9; the rest by 23 is a letter. */
function pps(value: string): boolean {
  const match = /^(\d{7})([A-W])([A-IW]?)$/.exec(value);
  if (match === null) return false;
  const figures = [...match[1]!].reduce((total, figure, index) => total + Number(figure) * (8 - index), 0);
  const added = match[3] === '' || match[3] === 'W' ? 0 : (match[3]!.charCodeAt(0) - 64) * 9;
  return 'WABCDEFGHIJKLMNOPQRSTUV'[(figures + added) % 23] === match[2];
}

/** ABA routing numbers: weights 3, 7, 1 by 10 (American Bankers Association, Key to Routing Numbers). */
function routing(value: string): boolean {
  return /^\d{9}$/.test(value) && [...value].reduce((sum, figure, index) => sum + Number(figure) * [3, 7, 1][index % 3]!, 0) % 10 === 0; // prettier-ignore
}

export const checksums = { luhn, iban, isbn, ean, vin, verhoeff, nhs, pps, routing } as const;
export type ChecksumName = keyof typeof checksums;
export const checksumNames = Object.keys(checksums) as ChecksumName[];

/** Whether the check digits of a value are right; spaces and hyphens do not count. */
export function isChecked(name: ChecksumName, value: string): boolean {
  return checksums[name](value.toUpperCase().replace(/[^A-Z0-9]/g, ''));
}
