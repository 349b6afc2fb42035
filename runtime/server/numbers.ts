/** Which numbers are called: looked at before any carrier is asked. */
import { UsageError } from '../../engine/errors.js';

/**
 * Numbers that are charged by the minute or the call to whoever dials them, as they begin: international ones as the ITU
 * assigned them (E.164: satellites, networks without a country, +979), national ones by the plans of their countries.
 * Not all of the world's: a carrier's own limits by country are the second line.
 */
const dearBeginnings: readonly string[] = [
  '870', '878', '881', '882', '883', '979',
  '1900', '1976', '449', '44871', '44872', '44873', '3389', '34803', '34806', '34807', '34905', '34907', '49900', '49137', '43900', '43901',
  '43930', '43931', '41900', '41901', '41906', '39892', '39894', '39895', '39899', '31900', '31906', '31909', '3290', '351601', '351607',
  '351646', '61190', '64900', '4590', '46900', '46939', '46944', '47820', '47829', '48700', '48701', '48703', '48704',
]; // prettier-ignore
/** Ireland's begin as numbers of Dublin do, and are longer. */
const dearIrish = /^\+35315\d{8}$/;

/**
 * @param text as somebody wrote it: spaces, dots, dashes and brackets are passed over
 * @returns in E.164: `+353870000001`
 * @throws UsageError, which never holds the number
 */
export function numberToCall(
  text: string,
  { what, allowPremium = false }: { what: string; allowPremium?: boolean },
): string {
  const number = text.replace(/[\s().-]/g, '');
  if (!/^\+[1-9]\d{7,14}$/.test(number))
    throw new UsageError(`${what} takes a number with + and its country: +353 87 000 0001`);
  const isDear = dearIrish.test(number) || dearBeginnings.some((one) => number.startsWith(`+${one}`));
  if (!allowPremium && isDear)
    throw new UsageError(`${what} is a number that charges whoever calls it; PARLEY_ALLOW_PREMIUM=on allows that`);
  return number;
}
