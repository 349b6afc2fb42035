import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { specTest } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointSaver } from '../../engine/stores/checkpoint-saver.js';
import type { DialogStore } from '../../engine/stores/dialog-store.js';
import { memoryStore } from '../../engine/stores/memory-store.js';
import { sqliteStore } from '../../engine/stores/sqlite-store.js';
import { storeContract } from './saver.js';

storeContract('memory', () => ({ open: () => memoryStore(), remove: () => {} }));

storeContract('SQLite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  const file = join(folder, 'dialogs.sqlite');
  return { open: () => sqliteStore({ file }), remove: () => rmSync(folder, { recursive: true }) };
});

// LangGraph's own suite expects vitest's functions as globals.
Object.assign(globalThis, { describe, it, expect, beforeAll, afterAll, beforeEach, afterEach });

/** With history it is a saver like any other: the whole suite. */
specTest({ checkpointerName: 'memory with history', createCheckpointer: () => new CheckpointSaver({ history: 100 }) });

/** Newest only: what the suite asks of the newest checkpoint. The other groups (getTuple of a parent, list) read older ones. */
specTest({ checkpointerName: 'memory, newest only', createCheckpointer: () => new CheckpointSaver() }, [
  'put',
  'putWrites',
  'deleteThread',
]);

const opened = new Map<unknown, { store: DialogStore; folder: string }>();
specTest(
  {
    checkpointerName: 'SQLite',
    async createCheckpointer() {
      const folder = mkdtempSync(join(tmpdir(), 'parley-saver-'));
      const store = sqliteStore({ file: join(folder, 'dialogs.sqlite') });
      const saver = (await store.saver()) as CheckpointSaver;
      opened.set(saver, { store, folder });
      return saver;
    },
    async destroyCheckpointer(saver) {
      const { store, folder } = opened.get(saver)!;
      await store.close();
      rmSync(folder, { recursive: true });
    },
  },
  ['put', 'putWrites', 'deleteThread'],
);
