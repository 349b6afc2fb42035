import { RealClock } from '../engine/clock.js';
import type { Clock, LanguageModel, RouteDecision, RouteRequest, Router, TrainingIntent } from '../engine/contracts.js';
import type { Verdict } from './classifier/classifier.js';
import { withPlaceholders } from './classifier/placeholders.js';
import type { ClassifierState, TrainingMatter, TrainingProgress } from './classifier/training.js';
import { baseLanguage, wordsOf } from './classifier/words.js';
import { isStatic, type Embedder } from './embedder/embedder.js';
import { cachedEmbedder } from './embedder/cached.js';
import { openEmbedder } from './embedder/open-embedder.js';
import { ExactMatches } from './exact.js';
import type { ModelVerdict } from './llm-router.js';
import { LocalJudge, unread } from './local-judge.js';
import { isSaidToModel } from './said-to-model.js';
import { createModelRouter, type ModelAsked } from './model-router.js';

export interface RouterSettings {
  /** Default: a sentence encoder when its files are on this machine, else the static model that ships with the project. */
  embedder?: Embedder | 'static' | 'none';
  /** Asked when the machine is not sure; of several the next when one is unsure, broken or late. Without one: "did you mean", or none. */
  model?: LanguageModel | readonly LanguageModel[];
  /** Answers of the model that are kept for the same turn again. Default 2,000; 0 keeps none. */
  modelAnswers?: number;
  /** Told of every question to the model, for metrics; without a word of the caller. */
  onModel?: (asked: ModelAsked) => void;
  /** Share of accepted turns that may be wrong, where the request names none. Default 0.03. */
  maxWrong?: number;
  clock?: Clock;
  /** The language of the examples, `en-IE`. Default `en`. */
  language?: string;
  /** Keeps what was learned, and the vectors of the examples, between starts; never a caller's words. */
  cacheFolder?: string;
  /** Trains somewhere else, where calls must not wait for it. Default: in this thread. What it cannot do is done here. */
  trainElsewhere?: (matter: TrainingMatter) => Promise<ClassifierState>;
  /** Takes one line for each thing worth saying at start. */
  log?: (line: string) => void;
  /** Told how far a training is that takes longer than a moment. */
  onProgress?: TrainingProgress;
}

/** What the router is made of, for `flow check`, traces and benchmarks. */
export interface RouterReport {
  intents: number;
  rows: number;
  language: string;
  embedder?: { name: string; hash: string };
  model?: string;
  maxWrong: number;
  threshold: number;
  /** Whether the threshold comes from the designer's own examples or, when they are few, from the shipped numbers. */
  calibratedBy: 'examples' | 'prior' | 'none';
  temperature: number;
  /** The designer's own examples, and the built-ins' left out. */
  examples: number;
  /** Own examples that would be taken for another intent, had they not been given. */
  confusions: { text: string; intent: string; takenFor: string }[];
  /** Own intents with fewer examples than make them reliable, the fewest first. */
  thin: { intent: string; examples: number }[];
  /** What left-out examples let expect at the threshold; absent while the threshold is the shipped one. */
  expected?: { accepted: number; wrong: number; wrongAtMost: number };
  /** The share of turns that small agents of public sets decided at the shipped threshold; absent beside `expected`. */
  usual?: number;
  trainMs: number;
}

export interface HybridRouter extends Router {
  /** What this machine alone makes of a request, before any threshold; what is said word for word is certain. */
  judge(request: RouteRequest): Promise<Verdict>;
  /** What the model makes of a request, asked beside the calls; undefined where there is none, or it must not be asked. */
  secondOpinion(request: RouteRequest, signal: AbortSignal): Promise<ModelVerdict | undefined>;
  /** The lowest probability that is accepted where these intents are legal, for a share that may be wrong. */
  threshold(maxWrong: number, legal?: readonly string[]): number;
  report(): RouterReport;
  close(): Promise<void>;
}

const defaults = { maxWrong: 0.03, margin: 0.15 };
/** The caller means something legal: below this the router does not ask "did you mean". */
const scopeSure = 0.75;
/**
 * Where a flow counts on a language model and none is set, the promise is loosened so many times, but never to
 * an answer more likely wrong than right, nor for a turn with many words that no example has: asking back costs a turn each time, a wrong guess one now and then.
 */
const withoutModel = { timesWrong: 3, leastProbability: 0.5, leastMargin: 0.15, mostUnknown: 0.34 };
/** An intent with fewer examples is not reliable: what callers say is more various. */
const fewestExamples = 5;
/** So many thresholds are remembered: a state and a promise each. */
const mostThresholds = 1_000;
/** Who is nearly sure here, and gives the model's answer hardly a chance, asks which of the two it is. */
const against = { probability: 0.8, score: 0.02 };
/** A second candidate is offered when it has at least this share of the first one's. */
const nearShare = 0.25;

/**
 * Exact match, then the classifier, then the language model, among the legal intents only. Trains when
 * called; nothing is fetched. Missing or bad model files are said once and done without.
 */
export async function createRouter(training: TrainingIntent[], settings: RouterSettings = {}): Promise<HybridRouter> {
  const { clock = new RealClock(), language = 'en', maxWrong = defaults.maxWrong } = settings;
  const log = settings.log ?? ((): void => undefined);
  const intents = merged(training);
  const wanted = await embedderFor(settings, language, log);
  // The static model is faster than reading its vectors back.
  const slow = wanted !== undefined && !isStatic(wanted);
  const embedder = slow && settings.cacheFolder !== undefined ? cachedEmbedder(wanted, settings.cacheFolder) : wanted;
  const exact = new ExactMatches(intents, language);
  const thresholds = new Map<string, number>();
  const local = await LocalJudge.train({
    ...settings,
    intents,
    language,
    embedder,
    log,
    onChange: () => thresholds.clear(),
  });
  const own = intents.filter(({ builtIn }) => !builtIn);
  const described = new Map(intents.map((intent) => [intent.id, intent]));
  const models = [settings.model ?? []].flat();
  const model =
    models.length === 0
      ? undefined
      : createModelRouter({ ...settings, models, described, embedder: local.embedder, clock, log });

  /** Of a promise in a state; worked out when the state is first visited. */
  const thresholdFor = (share: number, legal?: readonly string[]): number => {
    const key = `${share} ${legal?.join(' ') ?? ''}`;
    const known = thresholds.get(key);
    if (known !== undefined) return known;
    const threshold = local.classifier?.threshold(share, legal) ?? 1;
    if (thresholds.size >= mostThresholds) thresholds.clear();
    thresholds.set(key, threshold);
    return threshold;
  };

  type Judged = Verdict & { by: 'rule' | 'local' };
  const judgeOnce = async ({ text, legal, values, language: spoken }: RouteRequest): Promise<Judged> => {
    const typed = withPlaceholders(text, values);
    const forms = typed === undefined ? [text] : [text, typed];
    const same = exact.find(forms, legal);
    if (same !== undefined)
      return { by: 'rule', candidates: [{ intent: same, score: 1 }], probability: 1, scope: 1, unknown: 0 };
    // Another language than that of the examples is never silently read as theirs.
    const readable = wordsOf(text).length > 0 && baseLanguage(spoken) === baseLanguage(language);
    return { by: 'local', ...(readable ? await local.judge(forms, legal) : unread) };
  };
  /** Who routes a request and wants the verdict too waits for one of them only. */
  const judgements = new WeakMap<RouteRequest, Promise<Judged>>();
  const judge = (request: RouteRequest): Promise<Judged> => {
    const judgement = judgements.get(request) ?? judgeOnce(request);
    judgements.set(request, judgement);
    return judgement;
  };

  const route: Router['route'] = async (request, signal, counted): Promise<RouteDecision> => {
    const { text, legal, options } = request;
    const { by, candidates, probability, scope, unknown } = await judge(request);
    if (by === 'rule')
      return { kind: 'accept', intent: candidates[0]!.intent, by, probability, candidates, llmCalls: 0 };

    const silent = wordsOf(text).length === 0;
    const here = { candidates: candidates.slice(0, 5), probability, llmCalls: 0 };
    const [first, second] = candidates;
    const gap = (first?.score ?? 0) - (second?.score ?? 0);
    const below = options.below ?? 'llm';
    const promise = options.maxWrong ?? maxWrong;
    const threshold = options.threshold ?? thresholdFor(promise, legal);
    if (first && probability >= threshold && gap >= (options.margin ?? 0)) {
      return { kind: 'accept', intent: first.intent, by: 'local', ...here };
    }
    if (silent || below === 'no_match') return { kind: 'none', by: 'local', ...here };

    const offer = (): RouteDecision =>
      first && scope >= scopeSure
        ? { kind: 'confirm', intents: near(candidates), by: 'local', ...here }
        : { kind: 'none', by: 'local', ...here };
    const torn = second !== undefined && scope >= scopeSure && gap < (options.margin ?? defaults.margin);
    if (torn) return offer();
    if (below === 'llm' && !model && options.llm !== 'never' && options.threshold === undefined && first) {
      const loosened = Math.max(withoutModel.leastProbability, thresholdFor(promise * withoutModel.timesWrong, legal));
      if (
        probability >= loosened &&
        unknown <= withoutModel.mostUnknown &&
        gap >= Math.max(withoutModel.leastMargin, options.margin ?? 0)
      ) {
        return { kind: 'accept', intent: first.intent, by: 'local', ...here };
      }
    }
    if (below === 'llm' && model && options.llm !== 'never' && legal.length > 0) {
      const { verdict, asked } = await model.ask(request, candidates, signal, counted);
      const own = { ...here, llmCalls: asked };
      if (verdict.kind === 'none') return { kind: 'none', by: 'llm', ...own };
      if (verdict.kind !== 'intent') return { ...offer(), llmCalls: asked };
      const { intent, probability: likely, slots } = verdict;
      const others = doubts(text, intent, probability, scope, candidates);
      if (others) return { kind: 'confirm', intents: others, by: 'llm', ...own };
      return { kind: 'accept', intent, by: 'llm', ...own, probability: likely, ...(slots && { slots }) };
    }
    return offer();
  };

  return {
    route,
    judge,
    secondOpinion: async (request, signal) =>
      request.private === true || request.options.llm === 'never'
        ? undefined
        : model?.opinion(request, (await judge(request)).candidates, signal),
    threshold: thresholdFor,
    report: () => {
      const { classifier, embedder: used } = local;
      return {
        intents: intents.length,
        rows: local.rows,
        language,
        ...(used && { embedder: { name: used.name, hash: used.hash } }),
        ...(model && { model: model.name }),
        maxWrong,
        threshold: thresholdFor(maxWrong),
        calibratedBy: classifier?.calibration.source ?? 'none',
        temperature: classifier?.temperature ?? 0,
        examples: own.reduce((sum, { examples }) => sum + examples.length, 0),
        confusions: classifier?.confusions ?? [],
        thin: own
          .flatMap(({ id, examples }) =>
            examples.length < fewestExamples ? [{ intent: id, examples: examples.length }] : [],
          )
          .sort((a, b) => a.examples - b.examples),
        expected: classifier?.expected(maxWrong),
        usual: classifier?.usual(maxWrong),
        trainMs: classifier?.trainMs ?? 0,
      };
    },
    close: async () => embedder?.close?.(),
  };
}

/** What to ask back in place of believing a model's answer; undefined where nothing speaks against it. */
function doubts(
  text: string,
  intent: string,
  probability: number,
  scope: number,
  candidates: Verdict['candidates'],
): string[] | undefined {
  if (isSaidToModel(text)) return [intent];
  const [first] = candidates;
  const own = candidates.find((one) => one.intent === intent)?.score ?? 0;
  const isAgainst = first !== undefined && scope >= scopeSure && probability >= against.probability && own < against.score; // prettier-ignore
  return isAgainst ? [first.intent, intent] : undefined;
}

/** The first one, and the second when it is near. */
function near(candidates: Verdict['candidates']): string[] {
  const [first, second] = candidates;
  return second && second.score >= nearShare * first!.score ? [first!.intent, second.intent] : [first!.intent];
}

/** Intents that are given twice (an agent that adds to a built-in) are one. */
function merged(training: TrainingIntent[]): TrainingIntent[] {
  const byId = new Map<string, TrainingIntent>();
  for (const intent of training) {
    const known = byId.get(intent.id);
    if (known) {
      byId.set(intent.id, {
        ...known,
        title: known.title ?? intent.title,
        description: known.description ?? intent.description,
        examples: [...known.examples, ...intent.examples],
        not: [...known.not, ...intent.not],
      });
    } else byId.set(intent.id, intent);
  }
  return [...byId.values()];
}

async function embedderFor(
  settings: RouterSettings,
  language: string,
  log: (line: string) => void,
): Promise<Embedder | undefined> {
  const embedder = await openEmbedder(settings.embedder, log);
  if (embedder?.languages && !embedder.languages.includes(baseLanguage(language))) {
    log(
      `router: ${embedder.name} reads ${embedder.languages.join(', ')}, the examples are ${language}; going on with n-grams only. A multilingual encoder in .parley/models reads them.`,
    );
    await embedder.close?.();
    return undefined;
  }
  return embedder;
}
