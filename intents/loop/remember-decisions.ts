import type { RouteDecision, RouteRequest } from '../../engine/contracts.js';
import type { HybridRouter } from '../router.js';

export interface Decided {
  request: RouteRequest;
  decision: RouteDecision;
}

/** A router that knows its last decisions by the words, so that a turn which was really taken can be looked at again. */
export interface RememberingRouter extends HybridRouter {
  decided(text: string): Decided | undefined;
}

/** @param most so many are remembered, in memory only; turns with personal values are not */
export function rememberDecisions(router: HybridRouter, most = 64): RememberingRouter {
  const last = new Map<string, Decided>();
  return {
    ...router,
    route: async (request, signal, counted) => {
      const decision = await router.route(request, signal, counted);
      if (request.private !== true && request.options.llm !== 'never') {
        last.delete(request.text);
        last.set(request.text, { request, decision });
        if (last.size > most) last.delete(last.keys().next().value!);
      }
      return decision;
    },
    decided: (text) => last.get(text),
  };
}
