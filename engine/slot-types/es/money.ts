import type { Token } from '../normalise.js';
import { money as english } from '../money.js';
import { oneOf, inOrder, reading } from '../define.js';
import { currencyOf } from '../regions.js';
import type { Reading } from '../slot-type.js';
import { isWrapped, spanish } from './define.js';
import { numberWords, readCardinal } from './numbers.js';
import { readNumber } from './counting.js';

const names: Readonly<Record<string, string>> = {
  euro: 'EUR', euros: 'EUR', eur: 'EUR', '€': 'EUR', dolar: 'USD', dolares: 'USD', usd: 'USD', $: 'USD', libra: 'GBP', libras: 'GBP', '£': 'GBP',
  peso: 'here', pesos: 'here', sol: 'PEN', soles: 'PEN', franco: 'CHF', francos: 'CHF', yen: 'JPY', yenes: 'JPY',
}; // prettier-ignore
const spoken: Readonly<Record<string, readonly [one: string, many: string]>> = {
  EUR: ['euro', 'euros'], USD: ['dólar', 'dólares'], GBP: ['libra', 'libras'], MXN: ['peso', 'pesos'], ARS: ['peso', 'pesos'],
  COP: ['peso', 'pesos'], CLP: ['peso', 'pesos'], PEN: ['sol', 'soles'], CHF: ['franco', 'francos'], JPY: ['yen', 'yenes'],
}; // prettier-ignore

/** An amount in Spanish: "treinta euros", "doce con cincuenta", "mil doscientos pesos", `12,50 €`. */
export const money = spanish({
  name: 'money',
  read(tokens, context, text) {
    const found: Reading[] = [];
    const home = currencyOf(context.language);
    for (let index = 0; index < tokens.length;) {
      const one = readSum(tokens, index, home);
      if (!one) {
        index += 1;
        continue;
      }
      const isBare = one.currency === undefined;
      if (!isBare || (context.asked && isWrapped(tokens, index, one.next)))
        found.push(reading(text, tokens, index, one.next, write(one.amount, one.currency ?? home), isBare ? 0.9 : 1));
      index = one.next;
    }
    return found;
  },
  parse: english.parse,
  say: (value) => sayMoney(String(value)),
  spoken: (context) =>
    inOrder(
      oneOf(Array.from({ length: 99 }, (_, index) => numberWords(index + 1))),
      oneOf([...(spoken[currencyOf(context.language)] ?? spoken['EUR']!)]),
    ),
});

function write(amount: number, currency: string): string {
  return `${Number.isInteger(amount) ? amount : amount.toFixed(2)} ${currency}`;
}

function readSum(
  tokens: readonly Token[],
  index: number,
  home: string,
): { amount: number; currency?: string; next: number } | undefined {
  const before = names[tokens[index]!.word];
  const whole = readNumber(tokens, /^[€$£]$/.test(tokens[index]!.word) ? index + 1 : index);
  if (!whole) return undefined;
  let { value: amount, next } = whole;
  let currency = /^[€$£]$/.test(tokens[index]!.word) ? before : undefined;
  const name =
    names[tokens[next]?.word ?? ''] ?? (tokens[next]?.word === 'de' ? names[tokens[next + 1]?.word ?? ''] : undefined);
  if (name !== undefined) {
    currency = name;
    next += tokens[next]?.word === 'de' ? 2 : 1;
  }
  // "Doce con cincuenta", "doce euros con cincuenta céntimos", "doce euros cincuenta".
  const joint = tokens[next]?.word === 'con' || tokens[next]?.word === 'y';
  const cents =
    (joint && tokens[next]?.word === 'con') || currency !== undefined
      ? readCardinal(tokens, joint ? next + 1 : next)
      : undefined;
  if (cents && Number.isInteger(cents.value) && cents.value < 100 && Number.isInteger(amount)) {
    amount += cents.value / 100;
    next = cents.next + (/^(?:centimos?|centavos?)$/.test(tokens[cents.next]?.word ?? '') ? 1 : 0);
    const late = names[tokens[next]?.word ?? ''];
    if (currency === undefined && late !== undefined) [currency, next] = [late, next + 1];
  } else if (/^(?:centimos?|centavos?)$/.test(tokens[next]?.word ?? '') && currency === undefined) {
    return { amount: amount / 100, currency: home, next: next + 1 };
  }
  return { amount, ...(currency !== undefined && { currency: currency === 'here' ? home : currency }), next };
}

/** `12.50 EUR` → "12 euros con 50". */
export function sayMoney(written: string): string {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?(?: ([A-Z]{3}))?$/.exec(written);
  if (!match) return written;
  const [, sign, whole = '0', part = '', currency = ''] = match;
  const [one, many] = spoken[currency] ?? [currency, currency];
  const cents = Number(part.padEnd(2, '0'));
  const unit = currency === '' ? '' : ` ${Number(whole) === 1 ? one : many}`;
  return `${sign === '-' ? 'menos ' : ''}${Number(whole) === 1 && unit !== '' ? (one.endsWith('a') ? 'una' : 'un') : whole}${unit}${cents > 0 ? ` con ${cents}` : ''}`;
}
