/** How long callers waited, of one call or many. */
import type { CallerTurn } from './caller.js';

/** Milliseconds; of nothing measured there is no spread. */
export interface Spread {
  count: number;
  p50: number;
  p95: number;
  max: number;
}

export interface Latency {
  /** From the caller's last sound to the first of the answer. */
  gap?: Spread;
  /** From the caller's first sound over the agent until the agent was silent. */
  stop?: Spread;
}

/** @param turns of all calls that are measured together */
export function latencyOf(turns: readonly CallerTurn[]): Latency {
  // Who cut in is answered after having been listened to: no gap of a turn that began in silence.
  const gap = spread(turns.flatMap(({ gapMs, interruption }) => (gapMs === undefined || interruption ? [] : [gapMs])));
  const stop = spread(turns.flatMap(({ interruption }) => (interruption ? [interruption.silentAfterMs] : [])));
  return { ...(gap && { gap }), ...(stop && { stop }) };
}

/** A line each, for people. */
export function tellLatency({ gap, stop }: Latency): string[] {
  return [
    ...(gap ? [`Answered after ${told(gap)}`] : []),
    ...(stop ? [`Silent after an interruption in ${told(stop)}`] : []),
  ];
}

function told({ count, p50, p95, max }: Spread): string {
  return count === 1
    ? `${String(p50)} ms`
    : `${String(p50)} ms in the middle, ${String(p95)} ms at the 95th of a hundred, ${String(max)} ms at most (${String(count)} times)`;
}

function spread(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}
