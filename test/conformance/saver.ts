import { describe, expect, it } from 'vitest';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import { compileDialog, gotoTurn } from '../../engine/compile/graph.js';
import { DialogHeld, type DialogStore } from '../../engine/stores/dialog-store.js';
import type { DurableOptions } from '../../engine/stores/durable-store.js';
import { collect, openSmall, spoken } from '../engine/compile/open-small.js';
import type { StoreKind } from './store-places.js';

const place = (id: string) => ({ configurable: { thread_id: id, checkpoint_ns: '' } });
const checkpoint = (id: string, values: Record<string, unknown>) => ({
  v: 4, id, ts: '2026-03-02T10:00:00.000Z', channel_values: values,
  channel_versions: Object.fromEntries(Object.keys(values).map((key) => [key, 1])), versions_seen: {},
}); // prettier-ignore
const put = (saver: BaseCheckpointSaver, thread: string, id: string, values: Record<string, unknown>) =>
  saver.put(place(thread), checkpoint(id, values), { source: 'loop', step: 0, parents: {} }, { dialog: 1 });

/** Runs with stores over a place of its own, and leaves nothing behind. */
async function over<T>(
  kind: StoreKind,
  run: (open: (options?: DurableOptions) => DialogStore) => Promise<T>,
): Promise<T> {
  const made = await kind.make();
  const opened: DialogStore[] = [];
  try {
    return await run((options) => {
      const store = made.open(options);
      opened.push(store);
      return store;
    });
  } finally {
    for (const store of opened) await store.close();
    await made.remove();
  }
}

/** What every store must do, whatever it is made of. */
export function storeContract(kind: StoreKind): void {
  const { name } = kind;
  const with_ = <T>(run: (open: () => DialogStore) => Promise<T>): Promise<T> => over(kind, run);

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
          await ledger.intend({ dialogId: id, callId: `${id}/1`, tool: 'pay' });
        }
        await store.delete('a');
        expect(await saver.getTuple(place('a'))).toBeUndefined();
        expect(await ledger.find('a', 'a/1')).toBeUndefined();
        expect((await saver.getTuple(place('b')))?.checkpoint.channel_values).toEqual({ dialog: { id: 'b' } });
        expect(await ledger.find('b', 'b/1')).toEqual({ dialogId: 'b', callId: 'b/1', tool: 'pay' });
      }));

    it('knows an intent from its settlement', () =>
      with_(async (open) => {
        const ledger = await open().ledger();
        await ledger.intend({ dialogId: 'a', callId: 'a/1', tool: 'pay' });
        expect(await ledger.find('a', 'a/1')).not.toHaveProperty('result');
        await ledger.settle('a', 'a/1', { outcome: 'ok', value: { receipt: 'R1' } });
        expect((await ledger.find('a', 'a/1'))?.result).toEqual({ outcome: 'ok', value: { receipt: 'R1' } });
        expect(await ledger.find('a', 'a/2')).toBeUndefined();
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

/** What every store that outlives a process must do: one process at a time has a dialog, and the one before it is refused. */
export function durableContract(kind: StoreKind): void {
  const with_ = <T>(run: (open: (options?: DurableOptions) => DialogStore) => Promise<T>): Promise<T> =>
    over(kind, run);

  describe(`${kind.name}: a dialog has one process at a time`, () => {
    it('is refused to a second process while the first has it, and free when the first has closed it', () =>
      with_(async (open) => {
        const [first, second] = [open(), open()];
        const { dialog, say } = await openSmall({ id: 'a', store: first });
        await say('one');
        await expect(openSmall({ id: 'a', store: second })).rejects.toThrow(DialogHeld);
        await expect(openSmall({ id: 'a', store: second })).rejects.toThrow('dialogs: a is open in another process');
        await dialog.close('done');
        const again = await openSmall({ id: 'a', store: second });
        expect(spoken(await again.turn({ kind: 'open' }))).toEqual(['hello: Back again after 1.', 'listen']);
      }));

    it('is taken over from a process that renews it no more, with what that one had stored', () =>
      with_(async (open) => {
        const first = open({ leaseMs: 300 });
        const dead = await openSmall({ id: 'a', store: first });
        await dead.say('one');
        await first.close();
        // Closing the store gives nothing back: to the database this is a process that died.
        const next = await openSmall({ id: 'a', store: open(), claim: { waitMs: 5000 } });
        expect(spoken(await next.turn({ kind: 'open' }))).toEqual(['hello: Back again after 1.', 'listen']);
      }));

    it('is kept by a process that lives longer than its lease', () =>
      with_(async (open) => {
        const [first, second] = [open({ leaseMs: 150 }), open()];
        const { say } = await openSmall({ id: 'a', store: first });
        await say('one');
        await expect(openSmall({ id: 'a', store: second, claim: { waitMs: 500 } })).rejects.toThrow(DialogHeld);
      }));

    it('raises the epoch with each claim, and refuses what comes under an old one', () =>
      with_(async (open) => {
        const lines: string[] = [];
        const [first, second] = [open({ onProblem: (line) => lines.push(line) }), open()];
        const old = await first.claim('a');
        await put(await first.saver(), 'a', '1', { dialog: { n: 1 } });
        await first.flush();
        const young = await second.claim('a', { takeOver: true });
        expect(young.epoch).toBe(old.epoch + 1);
        await put(await first.saver(), 'a', '2', { dialog: { n: 2 } });
        await first.flush();
        expect((await (await second.saver()).getTuple(place('a')))?.checkpoint.channel_values).toEqual({
          dialog: { n: 1 },
        });
        expect(old.lost).toContain('another process has taken it over');
        expect(lines.join()).toContain('dialog a: another process has taken it over');
        expect(young.lost).toBeUndefined();
      }));

    it('lets a write that was taken over send nothing, and ends the dialog there', () =>
      with_(async (open) => {
        const [first, second] = [open(), open()];
        let sent = 0;
        const old = await openSmall({
          id: 'a',
          store: first,
          tools: { run: () => Promise.resolve({ outcome: `sent ${String(++sent)}` }) },
        });
        await old.say('one');
        await first.flush();
        const young = await openSmall({ id: 'a', store: second, claim: { takeOver: true } });
        expect(spoken(await old.say('write pay')).at(-1)).toBe('end');
        expect(sent).toBe(0);
        expect(old.problems.join()).toContain('dialog a: ends here, because another process has taken it over');
        expect(spoken(await old.say('two'))).toEqual(['end']);
        expect(spoken(await young.say('two'))).toEqual(['echo: You said two.', 'listen']);
        await young.dialog.close('done');
        const third = await openSmall({ id: 'a', store: open() });
        expect(spoken(await third.turn({ kind: 'open' }))).toEqual(['hello: Back again after 2.', 'listen']);
      }));

    it("refuses LangGraph's own tools while a process has the dialog, and serves them before and after", () =>
      with_(async (open) => {
        const [ours, theirs] = [open(), open()];
        const saver = await theirs.saver();
        await put(saver, 'a', '1', { dialog: { n: 1 } });
        const claim = await ours.claim('a');
        await expect(put(saver, 'a', '2', { dialog: { n: 2 } })).rejects.toThrow('a was taken over by another process');
        expect((await saver.getTuple(place('a')))?.checkpoint.channel_values).toEqual({ dialog: { n: 1 } });
        await claim.release();
        await put(saver, 'a', '3', { dialog: { n: 3 } });
        expect((await saver.getTuple(place('a')))?.checkpoint.channel_values).toEqual({ dialog: { n: 3 } });
      }));

    it('knows the dialog that a caller left, until it is over or too old', () =>
      with_(async (open) => {
        const { callers } = open();
        await callers.note('acme +353871234567', 'a');
        await callers.note('acme +353871234567', 'b');
        const elsewhere = open().callers;
        expect(await elsewhere.find('acme +353871234567', 60_000)).toBe('b');
        expect(await elsewhere.find('acme +353871234567', 0)).toBeUndefined();
        expect(await elsewhere.find('acme +353870000000', 60_000)).toBeUndefined();
        await callers.forget('acme +353871234567', 'a');
        expect(await elsewhere.find('acme +353871234567', 60_000)).toBe('b');
        const taken = [callers, elsewhere].map((one) => one.forget('acme +353871234567', 'b'));
        expect((await Promise.all(taken)).sort()).toEqual([false, true]);
        expect(await elsewhere.find('acme +353871234567', 60_000)).toBeUndefined();
      }));
  });
}
