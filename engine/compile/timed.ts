import type { TurnHost } from './turn-host.js';

/** For the trace: how long something outside the step took, by the driver's clock. */
export async function timed<T>(host: TurnHost, on: Parameters<TurnHost['spent']>[0], work: Promise<T>): Promise<T> {
  const sinceMs = host.clock.now();
  try {
    return await work;
  } finally {
    host.spent(on, host.clock.now() - sinceMs);
  }
}
