import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../engine/clock.js';
import type { Clock } from '../../engine/contracts.js';
import type { CallerShelf } from '../../engine/stores/caller-memory.js';

/** What every store of callers' values has to do. */
export function provesCallerShelf(name: string, open: (clock: Clock) => CallerShelf): void {
  describe(`callers' values ${name}`, () => {
    it('are there until their time is over, and are gone then', async () => {
      const clock = new VirtualClock();
      const shelf = open(clock);
      await shelf.write('a', '{"x":1}', clock.date() + 1000);
      expect(await shelf.read('a')).toBe('{"x":1}');
      expect(await shelf.read('b')).toBeUndefined();
      await clock.advance(1000);
      expect(await shelf.read('a')).toBeUndefined();
      await shelf.close();
    });

    it('are replaced whole, and deleted at once', async () => {
      const clock = new VirtualClock();
      const shelf = open(clock);
      await shelf.write('a', 'one', clock.date() + 1000);
      await shelf.write('a', 'two', clock.date() + 1000);
      await shelf.write('b', 'other', clock.date() + 1000);
      expect(await shelf.read('a')).toBe('two');
      await shelf.delete('a');
      expect(await shelf.read('a')).toBeUndefined();
      expect(await shelf.read('b')).toBe('other');
      await shelf.close();
    });
  });
}
