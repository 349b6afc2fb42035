import type { LanguageModel } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';

/**
 * Several models as one, for words: the next is asked when one fails before its first piece. What has begun is not begun
 * again, for the caller has heard it.
 * @returns undefined for no model
 */
export function firstThatAnswers(models: readonly LanguageModel[]): LanguageModel | undefined {
  const [first, ...rest] = models;
  if (!first || rest.length === 0) return first;
  return {
    name: models.map(({ name }) => name).join(', '),
    async *stream(request, signal) {
      let failure: unknown;
      let failed: string | undefined;
      for (const model of models) {
        let begun = false;
        try {
          if (failed !== undefined) yield { kind: 'failed', model: failed };
          for await (const piece of model.stream(request, signal)) {
            if (!begun) yield { kind: 'answers', model: model.name };
            begun = true;
            yield piece;
          }
          return;
        } catch (error) {
          if (begun || signal.aborted || !(error instanceof OutsideError)) throw error;
          failure = error;
          failed = model.name;
        }
      }
      throw failure;
    },
    close: () => {
      for (const model of models) model.close?.();
    },
  };
}
