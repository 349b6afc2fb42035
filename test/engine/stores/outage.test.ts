import { describe, expect, it } from 'vitest';
import { storeAt } from '../../../engine/stores/store-at.js';
import { durableKinds, isThere } from '../../conformance/store-places.js';
import { startTcpProxy } from '../../loopback/tcp-proxy.js';
import { openSmall, spoken } from '../compile/open-small.js';

/** Until it holds: a database's answer has no clock of ours. */
async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  const until = Date.now() + 15_000;
  while (!(await holds())) {
    if (Date.now() > until) throw new Error('it never came to hold');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const kind of durableKinds.filter(({ variable }) => variable !== undefined)) {
  describe.skipIf(!isThere(kind))(`${kind.name} that goes away in the middle of calls`, () => {
    async function world() {
      const place = await kind.make();
      const url = new URL(place.address);
      const wire = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
      url.host = `127.0.0.1:${String(wire.port)}`;
      const lines: string[] = [];
      const store = await storeAt(url.href, { onProblem: (line) => lines.push(line) });
      return {
        wire,
        lines,
        store,
        place,
        async end() {
          await store.close().catch(() => {});
          await wire.close();
          await place.remove();
        },
      };
    }

    it('lets the dialog go on, says so once, and has every turn when it is back', async () => {
      const { wire, lines, store, place, end } = await world();
      const { say, dialog } = await openSmall({ id: 'a', store });
      await say('one');
      await store.flush();
      wire.cut();
      expect(spoken(await say('two'))).toEqual(['echo: You said two.', 'listen']);
      await eventually(() => lines.some((line) => line.startsWith('checkpoints: not written')));
      expect(spoken(await say('three'))).toEqual(['echo: You said three.', 'listen']);
      await expect(store.flush()).rejects.toThrow(/is the server up and PARLEY_STORE right\?/);
      wire.mend();
      await eventually(() =>
        store.flush().then(
          () => true,
          () => false,
        ),
      );
      await dialog.close('done');
      const elsewhere = await openSmall({ id: 'a', store: place.open(), claim: { takeOver: true } });
      expect(spoken(await elsewhere.turn({ kind: 'open' }))).toEqual(['hello: Back again after 3.', 'listen']);
      expect(lines.filter((line) => line.startsWith('checkpoints: not written'))).toHaveLength(1);
      await elsewhere.store.close();
      await end();
    });

    it('sends no write whose intent cannot be stored, and the caller hears of it', async () => {
      const { wire, store, end } = await world();
      let sent = 0;
      const { say, problems } = await openSmall({
        id: 'a',
        store,
        tools: { run: () => Promise.resolve({ outcome: `sent ${String(++sent)}` }) },
      });
      await say('one');
      wire.cut();
      expect(spoken(await say('write pay'))).toContain('result: error null');
      expect(sent).toBe(0);
      expect(problems.join()).toContain('is the server up and PARLEY_STORE right?');
      wire.mend();
      await eventually(() =>
        store.flush().then(
          () => true,
          () => false,
        ),
      );
      expect(spoken(await say('write pay'))).toContain('result: sent 1 null');
      await end();
    });
  });
}

describe('an address of a store', () => {
  it('that nobody answers gives a clear error, without the password', async () => {
    for (const address of ['postgres://me:hush@127.0.0.1:1/parley', 'redis://me:hush@127.0.0.1:1']) {
      const store = await storeAt(address);
      const error = await store.saver().then(
        () => new Error('it was opened'),
        (reason: unknown) => reason as Error,
      );
      expect(error).toMatchObject({ name: 'OutsideError', kind: 'unreachable', retryable: true });
      expect(error.message).toMatch(/127\.0\.0\.1:1.*is the server up and PARLEY_STORE right\?/);
      expect(error.message).not.toContain('hush');
      await store.close();
    }
  });

  it('of a kind that is not known says which there are', async () => {
    await expect(storeAt('mysql://somewhere')).rejects.toThrow(
      'no store is reached by mysql://; use postgres://…, redis://…, the path of an SQLite file, or memory',
    );
  });
});
