import type { CheckpointSaver } from '../../engine/stores/checkpoint-saver.js';
import type { DialogStore } from '../../engine/stores/dialog-store.js';
import type { DurableOptions } from '../../engine/stores/durable-store.js';
import type { StoreKind, StorePlace } from './store-places.js';

/** What LangGraph's own suite of savers is told of one of ours: a place of its own for each group of its tests. */
export function inLangGraphSuite(kind: StoreKind, checkpointerName: string, options: DurableOptions = {}) {
  const opened = new Map<unknown, { store: DialogStore; place: StorePlace }>();
  return {
    checkpointerName,
    async createCheckpointer() {
      const place = await kind.make();
      const store = place.open(options);
      const saver = await store.saver();
      opened.set(saver, { store, place });
      return saver as CheckpointSaver;
    },
    async destroyCheckpointer(saver: CheckpointSaver) {
      const { store, place } = opened.get(saver)!;
      opened.delete(saver);
      await store.close();
      await place.remove();
    },
  };
}
