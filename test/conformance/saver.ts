import { describe, expect, it } from 'vitest';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { compileDialog, gotoTurn } from '../../engine/compile/graph.js';
import type { DialogStore } from '../../engine/stores/dialog-store.js';
import { collect, openSmall, spoken } from '../engine/compile/open-small.js';

/** What every store must do, whatever it is made of. `open` gives one of the same place each time. */
export function storeContract(name: string, make: () => { open: () => DialogStore; remove: () => void }): void {
  const place = (id: string) => ({ configurable: { thread_id: id, checkpoint_ns: '' } });
  const checkpoint = (id: string, values: Record<string, unknown>) => ({
    v: 4, id, ts: '2026-03-02T10:00:00.000Z', channel_values: values,
    channel_versions: Object.fromEntries(Object.keys(values).map((key) => [key, 1])), versions_seen: {},
  }); // prettier-ignore
  const put = (saver: BaseCheckpointSaver, thread: string, id: string, values: Record<string, unknown>) =>
    saver.put(place(thread), checkpoint(id, values), { source: 'loop', step: 0, parents: {} }, { dialog: 1 });

  async function with_<T>(run: (open: () => DialogStore) => Promise<T>): Promise<T> {
    const { open, remove } = make();
    const opened: DialogStore[] = [];
    try {
      return await run(() => {
        const store = open();
        opened.push(store);
        return store;
      });
    } finally {
      for (const store of opened) await store.close();
      remove();
    }
  }

  describe(`${name}: a store of dialogs`, () => {
    it('gives back the newest checkpoint, and none for a dialog it never saw', () =>
      with_(async (open) => {
        const saver = await open().saver();
        await put(saver, 'a', '1', { dialog: { turn: 1 } });
        await put(saver, 'a', '2', { dialog: { turn: 2, words: 'naïve “quotes” 🙂' } });
        expect((await saver.getTuple(place('a')))?.checkpoint.channel_values).toEqual({
          dialog: { turn: 2, words: 'naïve “quotes” 🙂' },
        });
        expect(await saver.getTuple(place('b'))).toBeUndefined();
      }));

    it('keeps the first of two writes of one task, and replaces an error', () =>
      with_(async (open) => {
        const saver = await open().saver();
        const config = await put(saver, 'a', '1', { dialog: {} });
        await saver.putWrites(config, [['then', 1]], 'task');
        await saver.putWrites(config, [['then', 2]], 'task');
        await saver.putWrites(config, [['__error__', 'x']], 'task');
        await saver.putWrites(config, [['__error__', 'y']], 'task');
        const { pendingWrites } = (await saver.getTuple(place('a')))!;
        expect(pendingWrites).toEqual(
          expect.arrayContaining([
            ['task', 'then', 1],
            ['task', '__error__', 'y'],
          ]),
        );
        expect(pendingWrites).toHaveLength(2);
      }));

    it('drops writes for a checkpoint that is no longer the newest', () =>
      with_(async (open) => {
        const saver = await open().saver();
        const old = await put(saver, 'a', '1', { dialog: {} });
        await put(saver, 'a', '2', { dialog: {} });
        await saver.putWrites(old, [['then', 1]], 'task');
        expect((await saver.getTuple(place('a')))?.pendingWrites).toEqual([]);
      }));

    it('keeps dialogs apart and deletes one of them with its ledger', () =>
      with_(async (open) => {
        const store = open();
        const [saver, ledger] = [await store.saver(), await store.ledger()];
        for (const id of ['a', 'b']) {
          await put(saver, id, '1', { dialog: { id } });
          ledger.intend({ dialogId: id, callId: `${id}/1`, tool: 'pay' });
        }
        await store.delete('a');
        expect(await saver.getTuple(place('a'))).toBeUndefined();
        expect(ledger.find('a/1')).toBeUndefined();
        expect((await saver.getTuple(place('b')))?.checkpoint.channel_values).toEqual({ dialog: { id: 'b' } });
        expect(ledger.find('b/1')).toEqual({ dialogId: 'b', callId: 'b/1', tool: 'pay' });
      }));

    it('knows an intent from its settlement', () =>
      with_(async (open) => {
        const ledger = await open().ledger();
        ledger.intend({ dialogId: 'a', callId: 'a/1', tool: 'pay' });
        expect(ledger.find('a/1')).not.toHaveProperty('result');
        ledger.settle('a/1', { outcome: 'ok', value: { receipt: 'R1' } });
        expect(ledger.find('a/1')?.result).toEqual({ outcome: 'ok', value: { receipt: 'R1' } });
        expect(ledger.find('a/2')).toBeUndefined();
      }));

    it('is not confused by names that mean something to JavaScript', () =>
      with_(async (open) => {
        const saver = await open().saver();
        await put(saver, '__proto__', '1', { dialog: { n: 1 } });
        expect(await saver.getTuple(place('constructor'))).toBeUndefined();
        expect((await saver.getTuple(place('__proto__')))?.checkpoint.channel_values).toEqual({ dialog: { n: 1 } });
        expect(({} as Record<string, unknown>).dialog).toBeUndefined();
      }));

    it('serves many dialogs at once', () =>
      with_(async (open) => {
        const store = open();
        const dialogs = await Promise.all(
          Array.from({ length: 20 }, (_, n) => openSmall({ id: `d${n}`, store, resident: n % 2 === 0 })),
        );
        for (let round = 0; round < 3; round++) await Promise.all(dialogs.map(({ say }, n) => say(`${n}`)));
        const last = await Promise.all(dialogs.map(({ turn }) => turn({ kind: 'open' })));
        expect(last.map((outs) => spoken(outs)[0])).toEqual(Array(20).fill('hello: Back again after 3.'));
        await Promise.all(dialogs.map(({ dialog }) => dialog.close('done')));
      }));

    it('serves the graph as LangGraph itself drives it, one input a run', () =>
      with_(async (open) => {
        const store = open();
        const saver = await store.saver();
        const { turn } = await openSmall({ id: 'a', store });
        await turn({ kind: 'open' });
        const graph = compileDialog(saver);
        expect((await graph.getState(place('a'))).next).toEqual([]);
        expect(Object.keys((await graph.getState(place('a'))).values as object).sort()).toEqual([
          'dialog',
          'input',
          'then',
        ]);
        expect(gotoTurn().goto).toEqual(['turn']);
        expect(await collect(saver.list(place('a')))).toHaveLength(1);
      }));
  });
}
