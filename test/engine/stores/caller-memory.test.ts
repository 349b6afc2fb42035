import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { callerMemory, memoryShelf, sqliteShelf } from '../../../engine/stores/caller-memory.js';
import { provesCallerShelf } from '../../conformance/caller-shelf.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-callers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const file = (): string => join(folder, `callers-${++count}.sqlite`);

provesCallerShelf('in memory', (clock) => memoryShelf({ clock }));
provesCallerShelf('SQLite', (clock) => sqliteShelf(file(), { clock }));

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
