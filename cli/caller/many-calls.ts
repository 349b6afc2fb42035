/** `flow call --calls`: the same script by many callers at once, and how long they waited. */
import type { Clock } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import { latencyOf, tellLatency, type Latency } from './latency.js';
import type { PlacedCall } from './place.js';

/** One after the other so soon that nobody would call it a queue: as load comes, and not all in one tick. */
const apartMs = 40;

export type OneOfMany = Pick<PlacedCall, 'ok' | 'troubles'> & Partial<PlacedCall>;

export interface ManyCalls {
  ok: boolean;
  calls: number;
  failed: number;
  latency: Latency;
  /** In the order in which they were placed. */
  placed: OneOfMany[];
}

/** @param place one call, by its number from 1 */
export async function placeMany(
  count: number,
  place: (number: number) => Promise<PlacedCall>,
  { clock, print }: { clock: Clock; print: (line: string) => void },
): Promise<ManyCalls> {
  const one = async (index: number): Promise<OneOfMany> => {
    await clock.sleep(index * apartMs);
    // That one is refused says nothing of the others.
    const placed = await place(index + 1).catch((error: unknown) => ({ ok: false, troubles: [messageOf(error)] }));
    print(`call ${String(index + 1)}: ${placed.ok ? 'as its script says' : placed.troubles.join('; ')}`);
    return placed;
  };
  const placed = await Promise.all(Array.from({ length: count }, (_, index) => one(index)));
  const failed = placed.filter(({ ok }) => !ok).length;
  return {
    ok: failed === 0,
    calls: count,
    failed,
    latency: latencyOf(placed.flatMap(({ turns = [] }) => turns)),
    placed,
  };
}

/** What is said of them when all are over. */
export function tellMany({ calls, failed, latency }: ManyCalls): string[] {
  const went = failed === 0 ? 'all went as their script says' : `${String(failed)} did not go as their script says`;
  return ['', `${String(calls)} calls: ${went}.`, ...tellLatency(latency)];
}
