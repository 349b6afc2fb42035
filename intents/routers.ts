/** One router a language: each is trained on the examples of its own, and asked what is said in it. */
import type { RouteRequest, TrainingIntent } from '../engine/contracts.js';
import { baseLanguage } from './classifier/words.js';
import { createRouter } from './router.js';
import type { HybridRouter, RouterSettings } from './router.js';

/**
 * Trains a router for each language. A request goes to the one of its language, else to the first, which answers
 * `none` for words that are not its own.
 * @param trainings examples by language, the default first
 */
export async function createRouters(
  trainings: ReadonlyMap<string, TrainingIntent[]>,
  settings: Omit<RouterSettings, 'language'> = {},
): Promise<HybridRouter> {
  const routers = new Map<string, HybridRouter>();
  for (const [language, training] of trainings) {
    // An encoder that is shared is not closed for a language which it cannot read.
    const embedder = reads(settings.embedder, language) ? settings.embedder : 'none';
    routers.set(language, await createRouter(training, { ...settings, language, ...(embedder && { embedder }) }));
  }
  const [first] = routers.values();
  if (!first) throw new Error('no language to train a router for');
  if (routers.size === 1) return first;
  const routerFor = ({ language }: RouteRequest): HybridRouter =>
    routers.get(language) ?? [...routers].find(([one]) => baseLanguage(one) === baseLanguage(language))?.[1] ?? first;
  return {
    route: (request, signal, counted) => routerFor(request).route(request, signal, counted),
    judge: (request) => routerFor(request).judge(request),
    secondOpinion: (request, signal) => routerFor(request).secondOpinion(request, signal),
    threshold: (maxWrong, legal) => first.threshold(maxWrong, legal),
    report: () => first.report(),
    close: async () => {
      for (const router of routers.values()) await router.close();
    },
  };
}

function reads(embedder: RouterSettings['embedder'], language: string): boolean {
  return typeof embedder !== 'object' || (embedder.languages?.includes(baseLanguage(language)) ?? true);
}
