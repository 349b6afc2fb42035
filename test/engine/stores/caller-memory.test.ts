import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { callerMemory, memoryShelf, sqliteShelf } from '../../../engine/stores/caller-memory.js';
import { callersAt } from '../../../engine/stores/callers-at.js';
import { durableKinds, isThere, type StorePlace } from '../../conformance/store-places.js';
import { provesCallerShelf } from '../../conformance/caller-shelf.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-callers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const file = (): string => join(folder, `callers-${++count}.sqlite`);

provesCallerShelf('in memory', (clock) => memoryShelf({ clock }));
provesCallerShelf('SQLite', (clock) => sqliteShelf(file(), { clock }));

// Servers for tests; what was left by a test before is emptied by their places.
for (const kind of durableKinds.filter(({ variable }) => variable !== undefined))
  describe.skipIf(!isThere(kind))(`over ${kind.name} (${kind.variable ?? ''})`, () => {
    let place: StorePlace;
    beforeAll(async () => void (place = await kind.make()));
    afterAll(() => place.remove());
    /** As `flow serve` opens it. */
    provesCallerShelf(kind.name, (clock) => {
      const shelf = callersAt(place.address, 'unused', clock);
      return {
        read: async (caller) => (await shelf).read(caller),
        write: async (caller, body, untilMs) => (await shelf).write(caller, body, untilMs),
        delete: async (caller) => (await shelf).delete(caller),
        close: async () => (await shelf).close(),
      };
    });

    it('are the same for two processes that begin at once', async () => {
      const clock = new VirtualClock();
      const [one, two] = await Promise.all([1, 2].map(() => callersAt(place.address, 'unused', clock)));
      await Promise.all([one!.write('x', 'a', clock.date() + 1000), two!.write('y', 'b', clock.date() + 1000)]);
      expect([await one!.read('y'), await two!.read('x')]).toEqual(['b', 'a']);
      await one!.close();
      await two!.close();
    });
  });

it('of a server that is not there fail with the cure, and name no password', async () => {
  const clock = new VirtualClock();
  for (const address of ['postgres://me:geheim@127.0.0.1:9/x', 'redis://me:geheim@127.0.0.1:9']) {
    const shelf = await callersAt(address, 'unused', clock);
    const problem = await shelf.read('a').then(
      () => '',
      (error: Error) => error.message,
    );
    expect(problem).toContain('is PARLEY_STORE right?');
    expect(problem).not.toContain('geheim');
    await shelf.close();
  }
});

describe('the memory of callers', () => {
  it('leaves no number in the file, nor a value where there is a key, and nobody else may read it', async () => {
    const clock = new VirtualClock();
    const path = file();
    const memory = callerMemory(sqliteShelf(path, { clock }), { clock, key: 'k1' });
    await memory.write('cafe\0+35312345678', { guest: { value: 'Ana Lovelace', untilMs: clock.date() + 1000 } });
    await memory.close();
    const bytes = readFileSync(path).toString('latin1');
    expect(bytes).not.toContain('35312345678');
    expect(bytes).not.toContain('Lovelace');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = callerMemory(sqliteShelf(path, { clock }), { clock, key: 'k1' });
    expect((await again.read('cafe\0+35312345678'))['guest']?.value).toBe('Ana Lovelace');
    await again.close();
    const other = callerMemory(sqliteShelf(path, { clock }), { clock, key: 'k2' });
    expect(await other.read('cafe\0+35312345678')).toEqual({});
    await other.close();
  });

  it('forgets one value when its time is over, and keeps the others', async () => {
    const clock = new VirtualClock();
    const memory = callerMemory(memoryShelf({ clock }), { clock });
    const now = clock.date();
    await memory.write('a', { short: { value: 1, untilMs: now + 10 }, long: { value: 2, untilMs: now + 100 } });
    await clock.advance(50);
    expect(Object.keys(await memory.read('a'))).toEqual(['long']);
  });
});
