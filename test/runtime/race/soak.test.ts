import { expect, it } from 'vitest';
import { soak } from './soak.js';

it.each([1, 2])(
  'holds every rule through an hour of talk and mishaps, keeps no more of it than at first, and ends (seed %i)',
  (seed) => {
    const { breaches, events, turns, endedEarly, stateBytes, closedAfterMs } = soak(seed);
    expect(breaches.slice(0, 5)).toEqual([]);
    expect(endedEarly).toBeUndefined();
    expect(turns).toBeGreaterThan(300);
    expect(events).toBeGreaterThan(10_000);
    expect(stateBytes).toHaveLength(60);
    expect(Math.max(...stateBytes)).toBeLessThan(16 * 1024);
    const most = (from: number, to: number): number => Math.max(...stateBytes.slice(from, to));
    expect(most(45, 60)).toBeLessThan(most(0, 15) * 1.5 + 1024);
    expect(closedAfterMs).toBeLessThan(3500);
  },
  60_000,
);
