import { UsageError } from '../engine/errors.js';

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

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
  return duration(text) ?? refuse(name);
}

function refuse(name: string): never {
  throw new UsageError(`${name} takes a time such as 45s or 30m, or off`);
}

/** `45s`, `2h`, `30d` as milliseconds. @throws UsageError naming the option */
export function durationOption(text: string, option: string): number {
  const ms = duration(text);
  if (ms === undefined || ms === 0) throw new UsageError(`${option} takes a time such as 12h or 30d, not "${text}"`);
  return ms;
}

function duration(text: string): number | undefined {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return number === undefined || unit === undefined ? undefined : Number(number) * unitMs[unit]!;
}

/** A size that the operator sets in the environment: `1.5GB`, `800MB`, `off`. @returns bytes, undefined for `off` */
export function sizeSetting(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  byDefaultBytes: number | undefined,
): number | undefined {
  const text = env[name]?.trim();
  if (!text) return byDefaultBytes;
  if (text === 'off') return undefined;
  const [, number, unit] = /^(\d+(?:\.\d+)?)(MB|GB)$/.exec(text) ?? [];
  if (number === undefined) throw new UsageError(`${name} takes a size such as 800MB or 1.5GB, or off`);
  return Number(number) * (unit === 'GB' ? 1024 : 1) * 1024 * 1024;
}

/** Something that the operator switches on in the environment: `on` or `off`. @throws UsageError for anything else */
export function switchSetting(env: Readonly<Record<string, string | undefined>>, name: string): boolean {
  const text = env[name]?.trim();
  if (!text || text === 'off') return false;
  if (text !== 'on') throw new UsageError(`${name} takes on or off`);
  return true;
}

/** A whole number that the operator sets in the environment. @throws UsageError for anything else */
export function countSetting(env: Readonly<Record<string, string | undefined>>, name: string): number {
  const count = Number(env[name]?.trim());
  if (!Number.isInteger(count) || count < 1) throw new UsageError(`${name} takes a whole number, 1 or more`);
  return count;
}

/** A share that the operator sets in the environment: `2%`, `0.02`, `off`. @returns 0 to 1 */
export function shareSetting(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  byDefault: number,
): number {
  const text = env[name]?.trim();
  if (!text) return byDefault;
  if (text === 'off') return 0;
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
  const share = Number(number) / (percent === '%' ? 100 : 1);
  if (number === undefined || share > 1) throw new UsageError(`${name} takes a share such as 2% or 0.02, or off`);
  return share;
}

/** A port that the operator sets in the environment; 0 takes a free one. @throws UsageError for anything else */
export function portSetting(env: Readonly<Record<string, string | undefined>>, name: string): number {
  const text = env[name]?.trim() ?? '';
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) throw new UsageError(`${name} takes a port such as 9092`);
  return port;
}
