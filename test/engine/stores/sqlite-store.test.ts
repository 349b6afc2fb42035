import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteStore } from '../../../engine/stores/sqlite-store.js';
import { openSmall, spoken } from '../compile/open-small.js';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-sqlite-'));
  file = join(folder, '.parley', 'dialogs.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the SQLite store', () => {
  it('lets a dialog go on after everything was closed', async () => {
    const first = sqliteStore({ file });
    const before = await openSmall({ store: first });
    await before.turn({ kind: 'open' });
    await before.say('one');
    await before.dialog.close('going home');
    await first.close();

    const second = sqliteStore({ file });
    const after = await openSmall({ store: second });
    expect(spoken(await after.turn({ kind: 'open' }))).toEqual(['hello: Back again after 1.', 'listen']);
    await second.close();
  });

  it('is readable by its owner only, its folder and its log too', async () => {
    const store = sqliteStore({ file });
    const { say } = await openSmall({ store });
    await say('hello');
    await store.flush();
    expect(mode(join(folder, '.parley'))).toBe('700');
    expect(['', '-wal', '-shm'].filter((end) => existsSync(file + end)).map((end) => [end, mode(file + end)])).toEqual([
      ['', '600'],
      ['-wal', '600'],
      ['-shm', '600'],
    ]);
    await store.close();
  });

  it('writes behind the turn: one row a dialog, however many turns, and nothing left in memory after the end', async () => {
    const store = sqliteStore({ file });
    const { say, dialog, saver } = await openSmall({ store });
    for (let turn = 0; turn < 10; turn++) await say('again');
    await dialog.close('over');
    expect((saver as unknown as { size: number }).size).toBe(0);
    const Libsql = (await import('libsql')).default;
    const database = new Libsql(file);
    expect(database.prepare('SELECT count(*) AS rows FROM checkpoints').get()).toMatchObject({ rows: 1 });
    database.close();
    await store.close();
  });

  it('has the intent of a write, and the turn that led to it, in the file before the write is sent', async () => {
    const store = sqliteStore({ file });
    const Libsql = (await import('libsql')).default;
    const seen: unknown[] = [];
    const { say } = await openSmall({
      store,
      tools: {
        run: () => {
          const other = new Libsql(file);
          seen.push(other.prepare('SELECT call, result FROM ledger').all());
          seen.push(
            (other.prepare('SELECT body FROM checkpoints').get() as { body: string }).body.includes(
              '"then":{"kind":"tool"',
            ),
          );
          other.close();
          return Promise.resolve({ outcome: 'ok' });
        },
      },
    });
    await say('hello');
    await say('write pay');
    expect(seen).toEqual([[{ call: 'd/2/1', result: null }], true]);
    await store.close();
  });

  it('does not send a write whose intent cannot be stored', async () => {
    const store = sqliteStore({ file });
    let sent = 0;
    const { say, problems } = await openSmall({
      store,
      ledger: {
        ...(await store.ledger()),
        intend: () => Promise.reject(new Error('disk full')),
      },
      tools: { run: () => Promise.resolve({ outcome: `sent ${++sent}` }) },
    });
    expect(spoken(await say('write pay'))).toContain('result: error null');
    expect(sent).toBe(0);
    expect(problems).toEqual(['pay: disk full']);
    await store.close();
  });

  it('says clearly when its file cannot be opened', async () => {
    const store = sqliteStore({ file: '/dev/null/dialogs.sqlite' });
    await expect(store.saver()).rejects.toThrow('dialogs: cannot open /dev/null/dialogs.sqlite: ');
    await store.close();
  });
});
