/** An example as a pattern: its words, with any words in the places of its values. */
import type { TrainingExample } from '../contracts.js';

const currencyAfter = /^\s+(?:euros?|pounds?|dollars?|quid|bucks|pesos?|francs?)(?![\p{L}])/iu;

const patterns = new WeakMap<TrainingExample, RegExp>();

export function patternOf(example: TrainingExample): RegExp {
  let pattern = patterns.get(example);
  if (pattern) return pattern;
  const values = [...example.values].sort((a, b) => a.start - b.start);
  let source = '';
  let at = 0;
  for (const value of values) {
    source += `${literal(example.text.slice(at, value.start))}(.+?)`;
    at = value.end;
    // "[Fifty] euros to [Orla]" is also "thirty to Orla": who speaks to a bank leaves the currency out.
    const currency = value.type === 'money' ? currencyAfter.exec(example.text.slice(at))?.[0] : undefined;
    if (currency === undefined) continue;
    source += `(?:${literal(currency)})?`;
    at += currency.length;
  }
  source += literal(example.text.slice(at));
  patterns.set(
    example,
    (pattern = new RegExp(
      `^(?:[\\p{L}']+[\\s,]+){0,3}?${source}[\\s.!?]*(?:please|thanks|por favor|gracias)?[\\s.!?]*$`,
      'iud',
    )),
  );
  return pattern;
}

function literal(text: string): string {
  return escape(text).replace(/\s+/g, '[\\s,]+');
}

export function escape(text: string): string {
  return text.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
