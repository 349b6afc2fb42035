import { readFile } from 'node:fs/promises';
import { UsageError } from '../engine/errors.js';
import { ownPrices, readPrices, type Prices } from '../runtime/observe/cost.js';

/** What providers cost: `PARLEY_PRICES` is a JSON file. @throws UsageError for a file that cannot be read or is wrong */
export async function pricesIn(env: Readonly<Record<string, string | undefined>>): Promise<Prices> {
  const file = env.PARLEY_PRICES;
  if (!file) return ownPrices;
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`PARLEY_PRICES: ${file} cannot be read (${error.code ?? error.message})`);
  });
  return readPrices(text, file);
}
