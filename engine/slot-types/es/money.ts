import type { Token } from '../normalise.js';
import { money as english } from '../money.js';
import { oneOf, inOrder, reading } from '../define.js';
import { currencyOf } from '../regions.js';
import type { Reading } from '../slot-type.js';
import { isWrappedBeside, spanish } from './define.js';
import { numberWords, readCardinal } from './numbers.js';
import { readNumber } from './counting.js';

const names: Readonly<Record<string, string>> = {
  euro: 'EUR', euros: 'EUR', eur: 'EUR', '€': 'EUR', dolar: 'USD', dolares: 'USD', usd: 'USD', $: 'USD', libra: 'GBP', libras: 'GBP', '£': 'GBP',
  peso: 'here', pesos: 'here', pavo: 'here', pavos: 'here', varo: 'here', varos: 'here', mxn: 'MXN', ars: 'ARS', cop: 'COP', clp: 'CLP', sol: 'PEN', soles: 'PEN', franco: 'CHF', francos: 'CHF', yen: 'JPY', yenes: 'JPY',
}; // prettier-ignore
/** Where these are at home, `$` is one of them. */
const pesos = new Set(['MXN', 'ARS', 'COP', 'CLP', 'DOP', 'UYU', 'CUP']);
const spoken: Readonly<Record<string, readonly [one: string, many: string]>> = {
  EUR: ['euro', 'euros'], USD: ['dólar', 'dólares'], GBP: ['libra', 'libras'], MXN: ['peso', 'pesos'], ARS: ['peso', 'pesos'],
  COP: ['peso', 'pesos'], CLP: ['peso', 'pesos'], PEN: ['sol', 'soles'], DOP: ['peso', 'pesos'], UYU: ['peso', 'pesos'], CUP: ['peso', 'pesos'], CHF: ['franco', 'francos'], JPY: ['yen', 'yenes'],
}; // prettier-ignore

/** An amount in Spanish: "treinta euros", "doce con cincuenta", "mil doscientos pesos", `12,50 €`. */
export const money = spanish({
  name: 'money',
  read(tokens, context, text) {
    const home = currencyOf(context.language);
    const sums: (Sum & { from: number })[] = [];
    for (let index = 0; index < tokens.length;) {
      const one = readSum(tokens, index, home, context.asked);
      if (one) sums.push({ ...one, from: index });
      index = one?.next ?? index + 1;
    }
    const mayBeBare = context.asked && isWrappedBeside(tokens, sums.map(({ from, next }) => ({ from, to: next }))); // prettier-ignore
    // "Treinta o cuarenta euros", "cincuenta dólares, no, sesenta": one currency for both.
    const named = sums.find(({ currency }) => currency !== undefined)?.currency;
    return sums.flatMap((one, at): Reading[] => {
      const isBare = one.currency === undefined;
      // "A las ocho" is a time.
      if (isBare && /^las?$/.test(tokens[one.from - 1]?.word ?? '')) return [];
      const joined = tokens[one.next]?.word === 'o' && sums[at + 1]?.from === one.next + 1;
      if (isBare && !mayBeBare && !(joined && sums[at + 1]!.currency !== undefined)) return [];
      const value = write(one.amount, one.currency ?? named ?? home);
      return [reading(text, tokens, one.from, one.next, value, isBare ? 0.9 : 1)];
    });
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

interface Sum {
  amount: number;
  currency?: string;
  next: number;
}

function readSum(tokens: readonly Token[], index: number, home: string, asked: boolean): Sum | undefined {
  const word = (at: number): string => tokens[at]?.word ?? '';
  const currencyAt = (at: number): string | undefined => {
    if (word(at) === '$') return pesos.has(home) ? home : 'USD';
    const name = Object.hasOwn(names, word(at)) ? names[word(at)] : undefined;
    return name === 'here' ? home : name;
  };
  // "Euro y medio".
  if (/^(?:euro|dolar|peso|sol)$/.test(word(index)) && word(index + 1) === 'y' && word(index + 2) === 'medio')
    return { amount: 1.5, currency: currencyAt(index)!, next: index + 3 };
  const sign = /^[€$£]$/.test(word(index));
  const whole = readNumber(tokens, sign ? index + 1 : index);
  if (!whole || !(whole.value >= 0)) return undefined;
  let { value: amount, next } = whole;
  let currency = sign ? currencyAt(index) : undefined;
  if (/^(?:centimos?|centavos?)$/.test(word(next)) && currency === undefined)
    return { amount: amount / 100, currency: home, next: next + 1 };
  const of = word(next) === 'de' ? next + 1 : next;
  const name = currencyAt(of);
  if (name !== undefined) [currency, next] = [name, of + 1];
  if (currency !== undefined && word(next) === 'y' && word(next + 1) === 'medio')
    return { amount: amount + 0.5, currency, next: next + 2 };
  // "Doce con cincuenta", "doce euros con cincuenta céntimos", "doce euros cincuenta"; asked, "doce cincuenta".
  const joint = word(next) === 'con' || (word(next) === 'y' && currency !== undefined);
  const cents = joint || currency !== undefined || asked ? readCardinal(tokens, joint ? next + 1 : next) : undefined;
  const isPart = cents && Number.isInteger(cents.value) && cents.value < 100 && Number.isInteger(amount);
  if (isPart && (joint || currency !== undefined || (cents.value > 9 && amount < 1000))) {
    amount += cents.value / 100;
    next = cents.next + (/^(?:centimos?|centavos?)$/.test(word(cents.next)) ? 1 : 0);
    const late = currencyAt(next);
    if (currency === undefined && late !== undefined) [currency, next] = [late, next + 1];
  }
  return { amount, ...(currency !== undefined && { currency }), next };
}

/** `12.50 EUR` → "12 euros con 50". */
export function sayMoney(written: string): string {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?(?: ([A-Z]{3}))?$/.exec(written);
  if (!match) return written;
  const [, sign, whole = '0', part = '', currency = ''] = match;
  const [one, many] = spoken[currency] ?? [currency, currency];
  const cents = Number(part.padEnd(2, '0'));
  if (Number(whole) === 0 && cents > 0 && currency !== '') {
    const [small, all] = currency === 'EUR' ? ['céntimo', 'céntimos'] : ['centavo', 'centavos'];
    return `${sign === '-' ? 'menos ' : ''}${cents} ${cents === 1 ? small : all}`;
  }
  const millions = Number(whole) / 1e6;
  if (millions >= 1 && Number.isInteger(millions) && cents === 0 && currency !== '')
    return `${sign === '-' ? 'menos ' : ''}${millions} ${millions === 1 ? 'millón' : 'millones'} de ${many}`;
  const unit = currency === '' ? '' : ` ${Number(whole) === 1 ? one : many}`;
  return `${sign === '-' ? 'menos ' : ''}${Number(whole) === 1 && unit !== '' ? (one.endsWith('a') ? 'una' : 'un') : whole}${unit}${cents > 0 ? ` con ${cents}` : ''}`;
}
