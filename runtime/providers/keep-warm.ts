import type { Clock } from '../../engine/contracts.js';

/** Vendors close an idle connection after some minutes; a handshake is what the next caller would wait for. */
const everyMs = 30_000;

/** Warms a provider up, then again and again: one that lost its connection meanwhile has it back before a caller asks. */
export function keepWarm(provider: { warm?(): Promise<void> }, clock: Clock): { begin(): Promise<void>; end(): void } {
  let stop = (): void => {};
  let ended = false;
  const again = (): void => {
    if (ended || !provider.warm) return;
    stop();
    stop = clock.at(clock.now() + everyMs, () => {
      // Whoever asks next hears of what is wrong.
      void provider.warm!()
        .catch(() => undefined)
        .finally(again);
    });
  };
  return {
    async begin() {
      try {
        await provider.warm?.();
      } finally {
        again();
      }
    },
    end() {
      ended = true;
      stop();
    },
  };
}
