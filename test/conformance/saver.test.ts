import { deltaChannelHistoryTests, specTest } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inLangGraphSuite } from './langgraph-suite.js';
import { durableContract, storeContract } from './saver.js';
import { durableKinds, isThere, memory } from './store-places.js';

// LangGraph's own suite expects vitest's functions as globals.
Object.assign(globalThis, { describe, it, expect, beforeAll, afterAll, beforeEach, afterEach });

for (const kind of [memory, ...durableKinds]) {
  if (!isThere(kind)) {
    it.skip(`${kind.name}: a store of dialogs (set ${kind.variable ?? ''})`, () => {});
    continue;
  }
  storeContract(kind);
  if (kind !== memory) durableContract(kind);
  // With history it is a saver like any other: the whole suite, and the part of it that is for those who want it.
  const withHistory = inLangGraphSuite(kind, `${kind.name} with history`, { history: 100 });
  specTest(withHistory);
  // JSON has no DeltaSnapshot, and no channel of ours is one: only where values are kept by reference.
  if (kind === memory) deltaChannelHistoryTests(withHistory);
}
