import type { Router, Understanding } from '../contracts.js';
import { builtInIntentNames } from '../dialog/built-ins/built-ins.js';

/**
 * Of the likeliest of the designer's own intents among them: below this the guess is mostly wrong, and its words are paid
 * for. Built-ins are never guessed: their short phrases are a little like anything that the classifier is not sure of.
 */
const leastShare = 0.4;

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
      const own = candidates.filter(({ intent }) => !builtInIntentNames.includes(intent));
      const [first] = own;
      isLikely &&= first !== undefined && first.score >= leastShare * own.reduce((sum, { score }) => sum + score, 0);
      // As the model would answer it.
      return first
        ? { kind: 'accept', intent: first.intent, by: 'llm', candidates, probability, llmCalls: 1 }
        : decision;
    },
  });
  return isLikely ? understanding : undefined;
}
