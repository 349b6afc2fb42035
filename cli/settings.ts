import { UsageError } from '../engine/errors.js';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * A time that the operator sets in the environment: `45s`, `30m`, `off`.
 *
 * @returns milliseconds, 0 for `off`
 * @throws UsageError for anything else
 */
export function durationSetting(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  byDefaultMs: number,
): number {
  const text = env[name]?.trim();
  if (!text) return byDefaultMs;
  if (text === 'off') return 0;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  if (number === undefined || unit === undefined)
    throw new UsageError(`${name} takes a time such as 45s or 30m, or off`);
  return Number(number) * unitMs[unit]!;
}
