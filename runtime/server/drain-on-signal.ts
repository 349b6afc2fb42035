import type { Server } from './server.js';

/**
 * On the first SIGTERM or SIGINT: no new calls, the running ones to their end or `withinMs`, then the port is let go
 * and `done` is told. A second signal does not wait. Returns how to take it back.
 */
export function drainOnSignal(server: Server, options: { withinMs: number; done(cleanly: boolean): void }): () => void {
  let signals = 0;
  const stop = (): void => {
    signals += 1;
    if (signals > 1) {
      void server.close().then(() => {
        options.done(false);
      });
      return;
    }
    const before = server.calls.size;
    const started = performance.now();
    void server
      .drain(options.withinMs)
      .then(() => server.close())
      .then(() => {
        if (signals === 1) options.done(before === 0 || performance.now() - started < options.withinMs);
      });
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return () => {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  };
}
