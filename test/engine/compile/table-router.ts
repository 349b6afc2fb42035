import type { Router } from '../../../engine/contracts.js';

/** A router that knows its sentences by heart: text to intent, taken when the intent is legal. */
export function tableRouter(table: Record<string, string>): Router {
  return {
    route({ text, legal }) {
      const intent = table[text.toLowerCase()];
      const known = intent !== undefined && legal.includes(intent);
      const candidates = known ? [{ intent, score: 1 }] : [];
      return Promise.resolve(
        known
          ? { kind: 'accept', intent, by: 'local', probability: 1, candidates, llmCalls: 0 }
          : { kind: 'none', by: 'local', probability: 0, candidates, llmCalls: 0 },
      );
    },
  };
}
