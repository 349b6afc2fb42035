/**
 * What a call cost, by what providers had to do for it. A price is said by who knows it: the operator, whose contract
 * it stands in. Where one is missing nothing is said of the cost, rather than something wrong.
 */
import { UsageError } from '../../engine/errors.js';
import type { Usage } from '../contracts.js';

/** US dollars for one second, character or token, by the provider's name. */
export type Prices = Readonly<Record<string, Partial<Record<Usage['what'], number>>>>;

/** What runs in our own process. Lists of vendors are not kept here: they differ by model and contract, and grow old. */
export const ownPrices: Prices = {
  embedded: { stt_seconds: 0, tts_characters: 0 },
};

const units: readonly Usage['what'][] = ['stt_seconds', 'tts_characters', 'llm_input_tokens', 'llm_output_tokens'];

/**
 * `{"deepgram": {"stt_seconds": 0.0001283, "source": "the contract", "date": "2026-10-01"}}`; `source` and `date` are
 * for whoever reads the file.
 *
 * @param name of the file, for the error
 * @throws UsageError naming the provider and the field
 */
export function readPrices(text: string, name: string): Prices {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name}: this is no JSON: ${(error as Error).message}`);
  }
  if (!isRecord(given)) throw new UsageError(`${name}: prices are an object with a provider's name as key`);
  const prices = Object.entries(given).map(([provider, fields]) => {
    if (!isRecord(fields)) throw new UsageError(`${name}: ${provider} takes an object such as {"stt_seconds": 0.0001}`);
    const known = Object.entries(fields).flatMap(([what, price]): [Usage['what'], number][] => {
      if (what === 'source' || what === 'date') return [];
      const unit = units.find((one) => one === what);
      if (!unit)
        throw new UsageError(`${name}: ${provider} has "${what}"; there are ${units.join(', ')}, source, date`);
      if (typeof price !== 'number' || !Number.isFinite(price) || price < 0)
        throw new UsageError(`${name}: ${provider}.${what} takes US dollars for one, as a number`);
      return [[unit, price]];
    });
    return [provider, Object.fromEntries(known)] as const;
  });
  return { ...ownPrices, ...Object.fromEntries(prices) };
}

export interface Cost {
  who: string;
  what: Usage['what'];
  usd: number;
}

/** What is known of the cost, and who has no price. */
export function costOf(usage: readonly Usage[], prices: Prices): { costs: Cost[]; unpriced: string[] } {
  const costs: Cost[] = [];
  const unpriced = new Set<string>();
  for (const { who, what, amount } of usage) {
    const price = Object.hasOwn(prices, who) ? prices[who]![what] : undefined;
    if (price === undefined) unpriced.add(who);
    else costs.push({ who, what, usd: price * amount });
  }
  return { costs, unpriced: [...unpriced] };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
