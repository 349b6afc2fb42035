/** What a server of several workers tells of them. */
import { expect } from 'vitest';
import type { Served } from './serve-process.js';

export interface Health {
  calls: number;
  restarts: number;
  workers: { worker: number; pid: number; ready: boolean; calls: number }[];
}

export async function healthOf({ url }: Served): Promise<Health> {
  return (await (await fetch(`${url}/health`)).json()) as Health;
}

/** How many calls each has, the fewest first. */
export async function callsOf(server: Served): Promise<number[]> {
  return (await healthOf(server)).workers.map(({ calls }) => calls).sort();
}

/** The one that has this many calls. */
export async function workerWith(server: Served, calls: number): Promise<Health['workers'][number]> {
  const found = (await healthOf(server)).workers.find((one) => one.calls === calls);
  if (!found) throw new Error(`no worker has ${String(calls)} calls`);
  return found;
}

/** All are there again. */
export async function areReady(server: Served, count: number): Promise<void> {
  await becomes(async () => (await healthOf(server)).workers.filter(({ ready }) => ready).length, count);
}

export async function becomes<T>(look: () => Promise<T>, wanted: T): Promise<void> {
  await expect.poll(look, { timeout: 20_000, interval: 100 }).toEqual(wanted);
}
