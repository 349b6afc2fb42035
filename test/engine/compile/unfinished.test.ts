/** Who calls again, over every store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { openDialog } from '../../../engine/compile/open-dialog.js';
import { findUnfinished } from '../../../engine/compile/unfinished.js';
import type { Dialog, Input } from '../../../engine/contracts.js';
import type { Agent } from '../../../engine/language/flow.js';
import { loadAgent } from '../../../engine/language/load.js';
import type { DialogStore } from '../../../engine/stores/dialog-store.js';
import { durableKinds, isThere, memory, type StorePlace } from '../../conformance/store-places.js';
import { collect } from './open-small.js';
import { tableRouter } from './table-router.js';

const source = `
agent: seats
start: book
repair: { welcome_back: "Good to hear you again. Do we carry on?" }
---
flow: book
title: your seats
slots:
  seats: { type: digits, ask: How many?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
states:
  ask: { collect: [seats, day], to: done }
  done: { say: Booked., hang_up: true }
`;
const caller = '+353871234567';

async function agentOf(yaml: string): Promise<Agent> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-unfinished-'));
  writeFileSync(join(folder, 'agent.yaml'), yaml);
  const { agent, problems } = await loadAgent(folder);
  rmSync(folder, { recursive: true });
  if (!agent) throw new Error(problems.map(({ message }) => message).join(' '));
  return agent;
}

const open = (agent: Agent, store: DialogStore, id: string, returning = false): Promise<Dialog> =>
  openDialog(agent, { id, store, caller, returning, router: tableRouter({}), tools: { run: () => Promise.reject(new Error('none')) } }); // prettier-ignore
const give = async (dialog: Dialog, input: object): Promise<string[]> =>
  (await collect(dialog.turn({ atMs: 0, ...input } as Input, { signal: new AbortController().signal }))).flatMap(
    (out) => (out.kind === 'words' ? [out.text] : []),
  );

/** A call that broke off after its first answer. */
async function breakOff(agent: Agent, store: DialogStore): Promise<void> {
  const dialog = await open(agent, store, 'd1');
  await give(dialog, { kind: 'open' });
  await give(dialog, { kind: 'keys', digits: '04', ended: 'full' });
  await give(dialog, { kind: 'hang_up' });
  await dialog.close('the line broke');
}

describe.for([memory, ...durableKinds])('a caller who calls again, $name', (kind) => {
  let agent: Agent;
  beforeEach(async ({ skip }) => {
    skip(!isThere(kind), `set ${kind.variable ?? ''}`);
    agent = await agentOf(source);
  });
  async function over(run: (place: StorePlace, store: DialogStore) => Promise<void>): Promise<void> {
    const place = await kind.make();
    const store = place.open();
    try {
      await run(place, store);
    } finally {
      await store.close();
      await place.remove();
    }
  }
  const of = (store: DialogStore) => ({ store, caller, withinMs: 60_000, isHere: () => false });

  it("goes on by the agent's own words, and is found again only after another turn", () =>
    over(async (_, store) => {
      await breakOff(agent, store);
      expect(await findUnfinished(agent, of(store))).toBe('d1');
      expect(await findUnfinished(agent, of(store))).toBeUndefined();
      const dialog = await open(agent, store, 'd1', true);
      expect(await give(dialog, { kind: 'open', returning: true })).toEqual(['Good to hear you again. Do we carry on?']); // prettier-ignore
      await give(dialog, { kind: 'hang_up' });
      await dialog.close('the line broke again');
      expect(await findUnfinished(agent, of(store))).toBe('d1');
    }));

  it('is found by one of two calls of the number at once', () =>
    over(async (place, store) => {
      await breakOff(agent, store);
      // Memory is one process's own: both calls are in it.
      const other = kind === memory ? store : place.open();
      const found = await Promise.all([store, other].map((one) => findUnfinished(agent, of(one))));
      expect(found.filter((id) => id === 'd1')).toHaveLength(1);
      if (other !== store) await other.close();
    }));

  it('is noted when their dialog is closed, however slow the store is', () =>
    over(async (_, store) => {
      const { callers } = store;
      const slow: typeof callers = {
        find: (...asked) => callers.find(...asked),
        forget: (...asked) => callers.forget(...asked),
        note: async (...noted) => {
          for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve));
          await callers.note(...noted);
        },
      };
      await breakOff(agent, Object.create(store, { callers: { value: slow } }) as DialogStore);
      expect(await findUnfinished(agent, of(store))).toBe('d1');
    }));
});
