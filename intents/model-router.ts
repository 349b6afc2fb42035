/** The language model's part of the router: what was answered before, else the models in their order. */
import type { Clock, LanguageModel, RouteRequest, TrainingIntent } from '../engine/contracts.js';
import { AnswerCache, placeOf } from './answer-cache.js';
import type { Embedder } from './embedder/embedder.js';
import { askInTiers, candidatesForModel, type ModelVerdict, type TiersVerdict } from './llm-router.js';

/** What became of one question to the model. */
export interface ModelAsked {
  answer: ModelVerdict['kind'];
  /** Answered from what it once said: word for word, or nearly. */
  cached?: 'exact' | 'near';
  /** Who answered, where one did. */
  model?: string;
  /** Models that were asked: 0 when the answer was known. */
  asked: number;
  ms: number;
}

export interface ModelRouterSettings {
  models: readonly LanguageModel[];
  described: ReadonlyMap<string, TrainingIntent>;
  embedder: Embedder | undefined;
  modelAnswers?: number;
  clock: Clock;
  log: (line: string) => void;
  onModel?: (asked: ModelAsked) => void;
}

export interface ModelRouter {
  /** The models' names, as the report has them. */
  readonly name: string;
  /** Never throws; `candidates` are what the machine thinks, best first. `counted` as in {@link Router}. */
  ask(
    request: RouteRequest,
    candidates: { intent: string }[],
    signal: AbortSignal,
    counted?: (model: LanguageModel) => LanguageModel,
  ): Promise<{ verdict: ModelVerdict; asked: number }>;
  /** The same for whoever compares: nothing is counted, kept or taken from what was kept. No caller waits, so the deadline is long. */
  opinion(request: RouteRequest, candidates: { intent: string }[], signal: AbortSignal): Promise<ModelVerdict>;
}

const defaultDeadlineMs = 1200;
const opinionMs = 8_000;

export function createModelRouter(settings: ModelRouterSettings): ModelRouter {
  const { models, described, embedder, clock, log, onModel, modelAnswers } = settings;
  const names = models.map(({ name }) => name);
  const cache =
    modelAnswers === 0
      ? undefined
      : new AnswerCache({
          ...(modelAnswers !== undefined && { entries: modelAnswers }),
          // Without a vector only the very same words are found again.
          ...(embedder && {
            embed: async (text: string) => (await embedder.embed([text]).catch(() => []))[0],
          }),
        });

  /** A model that fails is named in the log once, until it answers again: each turn would say the same. */
  const failing = new Set<string>();
  const note = ({ problems, verdict }: TiersVerdict): void => {
    for (const [name, problem] of problems) {
      if (problem === undefined) failing.delete(name);
      else if (!failing.has(name)) {
        failing.add(name);
        const which = models.length === 1 ? '' : ` (${name})`;
        const meanwhile =
          verdict.kind === 'failed' ? 'what only it could decide is asked back' : 'another one answers in its place';
        log(`router: ${problem}${which}. Until it answers again, ${meanwhile}.`);
      }
    }
  };

  return {
    name: names.join(', '),
    async ask(request, candidates, signal, counted = (model) => model) {
      const startedMs = clock.now();
      const intents = candidatesForModel(candidates, request.legal, described);
      const own = models.map((one) => counted(one));
      // What was heard in a voice is no answer to the same words of another.
      const hears = own.some((one) => one.hears === true);
      const place = cache && !hears ? placeOf(request, intents, names) : undefined;
      const tell = (asked: Omit<ModelAsked, 'ms'>): void => onModel?.({ ...asked, ms: clock.now() - startedMs });
      const known = place && (await cache?.find(place, request.text));
      if (known) {
        tell({ answer: known.answer.kind, cached: known.by, asked: 0 });
        return { verdict: known.answer, asked: 0 };
      }
      const deadlineMs = request.options.llmDeadlineMs ?? defaultDeadlineMs;
      const answer = await askInTiers({
        models: own,
        clock,
        request,
        intents,
        deadlineMs,
        signal,
      });
      const { verdict, asked, model } = answer;
      // A turn that was taken back by the caller says nothing about the model.
      if (signal.aborted) return { verdict, asked };
      note(answer);
      tell({ answer: verdict.kind, asked, ...(model !== undefined && { model }) });
      if (place && (verdict.kind === 'intent' || verdict.kind === 'none'))
        await cache?.keep(place, request.text, verdict);
      return { verdict, asked };
    },
    async opinion(request, candidates, signal) {
      const intents = candidatesForModel(candidates, request.legal, described);
      const { verdict } = await askInTiers({ models, clock, request, intents, deadlineMs: opinionMs, signal });
      return verdict;
    },
  };
}
