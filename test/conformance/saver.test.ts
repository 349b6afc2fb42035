import { specTest } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointSaver } from '../../engine/stores/checkpoint-saver.js';
import type { DialogStore } from '../../engine/stores/dialog-store.js';
import { durableContract, storeContract } from './saver.js';
import { durableKinds, isThere, memory, type StoreKind, type StorePlace } from './store-places.js';

// LangGraph's own suite expects vitest's functions as globals.
Object.assign(globalThis, { describe, it, expect, beforeAll, afterAll, beforeEach, afterEach });

/** Newest only: what the suite asks of the newest checkpoint. The other groups (getTuple of a parent, list) read older ones. */
const ofTheNewest: ('put' | 'putWrites' | 'deleteThread')[] = ['put', 'putWrites', 'deleteThread'];

storeContract(memory);
/** With history it is a saver like any other: the whole suite. */
specTest({ checkpointerName: 'memory with history', createCheckpointer: () => new CheckpointSaver({ history: 100 }) });
specTest({ checkpointerName: 'memory, newest only', createCheckpointer: () => new CheckpointSaver() }, ofTheNewest);

for (const kind of durableKinds) {
  if (!isThere(kind)) {
    it.skip(`${kind.name}: a store of dialogs (set ${kind.variable ?? ''})`, () => {});
    continue;
  }
  storeContract(kind);
  durableContract(kind);
  upstream(kind);
}

function upstream(kind: StoreKind): void {
  const opened = new Map<unknown, { store: DialogStore; place: StorePlace }>();
  specTest(
    {
      checkpointerName: kind.name,
      async createCheckpointer() {
        const place = await kind.make();
        const store = place.open();
        const saver = await store.saver();
        opened.set(saver, { store, place });
        return saver as CheckpointSaver;
      },
      async destroyCheckpointer(saver) {
        const { store, place } = opened.get(saver)!;
        await store.close();
        await place.remove();
      },
    },
    ofTheNewest,
  );
}
