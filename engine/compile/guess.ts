import type { LanguageModel, Router, Understanding } from '../contracts.js';

/** Of the likeliest intent among the legal ones: below this the guess is mostly wrong, and its words are paid for. */
const leastScore = 0.4;

/** The router, telling when a model is about to be asked. */
export function tellingRouter(
  router: Router,
  counted: (model: LanguageModel) => LanguageModel,
  asked: () => void,
): Router {
  return {
    route: (request, signal) =>
      router.route(request, signal, (model) => {
        asked();
        return counted(model);
      }),
  };
}

/**
 * What the caller will have meant if the model, which is still being asked, says what is likeliest here. Only for what
 * has no effect: a voice may begin to make the words of it.
 *
 * @param understand reads the turn by the given router, which asks no model
 * @returns undefined where nothing is likely enough
 */
export async function guess(
  router: Router,
  understand: (router: Router) => Promise<Understanding>,
): Promise<Understanding | undefined> {
  let isLikely = true;
  const understanding = await understand({
    route: async (request, signal) => {
      const { options } = request;
      const decision = await router.route({ ...request, options: { ...options, llm: 'never' } }, signal);
      if (decision.kind === 'accept' || options.llm === 'never') return decision;
      const { candidates, probability } = decision;
      const [first] = candidates;
      isLikely &&= first !== undefined && first.score >= leastScore;
      // As the model would answer it.
      return first
        ? { kind: 'accept', intent: first.intent, by: 'llm', candidates, probability, llmCalls: 1 }
        : decision;
    },
  });
  return isLikely ? understanding : undefined;
}
