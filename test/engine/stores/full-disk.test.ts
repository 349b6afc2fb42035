import { expect, it } from 'vitest';
import Database from 'libsql';
import { inTransaction } from '../../../engine/stores/sqlite-store.js';

it('tells of a full disk as such, and the next transaction is its own', () => {
  const database = new Database(':memory:');
  database.exec('CREATE TABLE kept (text TEXT)');
  database.exec('PRAGMA max_page_count = 10');
  const put = database.prepare('INSERT INTO kept VALUES (?)');
  const fill = (): void => {
    for (let i = 0; i < 100; i++) put.run('x'.repeat(4000));
  };
  expect(() => inTransaction(database, fill)).toThrow(/full/);
  expect(database.prepare('SELECT count(*) AS n FROM kept').get()).toMatchObject({ n: 0 });
  inTransaction(database, () => put.run('one'));
  expect(database.prepare('SELECT count(*) AS n FROM kept').get()).toMatchObject({ n: 1 });
  expect(() => inTransaction(database, () => { throw new Error('ours'); })).toThrow('ours'); // prettier-ignore
  database.close();
});
