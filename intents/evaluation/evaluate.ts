import type { TrainingIntent } from '../../engine/contracts.js';
import type { Embedder } from '../embedder/embedder.js';
import { createRouter, type HybridRouter, type RouterReport, type RouterSettings } from '../router.js';
import {
  accepted,
  auroc,
  calibrationError,
  coverageAt,
  foreignWeight,
  quantile,
  riskCoverage,
  type Answer,
  type CurvePoint,
} from './figures.js';
import type { LabelledData, LabelledTurn } from './labelled-data.js';

/** The figures of one evaluation, shares from 0 to 1. The names are those of `flow router eval --json`. */
export interface Figures {
  /** Share of the in-scope turns whose first candidate is right, whatever the threshold. */
  accuracy: number;
  /** In-scope against foreign turns by the router's probability that any intent is meant; null without foreign turns. */
  auroc: number | null;
  /** Share of in-scope turns decided locally with at most `maxWrong` (3 %) wrong, one turn in ten foreign. */
  w97: { oracle: number; self: number; self_error: number };
  /** Share of in-scope turns at which so many per cent of them are right; no foreign turns. */
  coverage: { 90: number; 95: number; 97: number; 99: number };
  ece: number;
  latency_ms: { p50: number; p99: number };
  train_ms: number;
}

export interface Evaluation {
  figures: Figures;
  report: RouterReport;
  turns: { inScope: number; foreign: number };
  /** With one turn in ten foreign, and in-scope turns alone. */
  curves: { mixed: CurvePoint[]; inScope: CurvePoint[] };
  /** Where the router's own threshold lies on the curve. */
  self: { coverage: number; wrong: number };
  /** Share of the foreign turns that were taken for an intent; 0 without foreign turns. */
  foreignTaken: number;
}

export interface EvaluateOptions {
  embedder?: RouterSettings['embedder'];
  /** Share of the accepted that may be wrong. Default 0.03. */
  maxWrong?: number;
  language?: string;
  /** Which intents are legal for a turn; all of them when absent. */
  legalFor?: (turn: LabelledTurn, index: number) => string[];
  onProgress?: (what: string, done: number, of: number) => void;
  log?: (line: string) => void;
}

const never = new AbortController().signal;

/** Trains the router that serves calls on `train`, asks it every turn of `test`, and says how it did. */
export async function evaluate(data: LabelledData, options: EvaluateOptions = {}): Promise<Evaluation> {
  const startedAtMs = performance.now();
  const router = await createRouter(intentsOf(data.train), {
    embedder: options.embedder,
    maxWrong: options.maxWrong,
    language: options.language,
    onProgress: options.onProgress,
    log: options.log,
  });
  const trainMs = performance.now() - startedAtMs;
  try {
    return await evaluateRouter(router, data.test, { ...options, trainMs, intents: intentNames(data.train) });
  } finally {
    // An embedder that was handed in is its owner's to close.
    if (!isOpen(options.embedder)) await router.close();
  }
}

/** Asks a trained router. Nothing is asked of a language model, and nothing accepted because none is there. */
export async function evaluateRouter(
  router: HybridRouter,
  test: readonly LabelledTurn[],
  options: EvaluateOptions & { trainMs: number; intents: string[] },
): Promise<Evaluation> {
  const { maxWrong = 0.03, language = 'en', legalFor, onProgress, trainMs, intents } = options;
  const counts = { inScope: 0, foreign: 0 };
  for (const { intent } of test) counts[intent === null ? 'foreign' : 'inScope']++;
  const weight = foreignWeight(counts.inScope, counts.foreign);

  const answers: (Answer & { accepted: boolean; scope: number })[] = [];
  const timesMs: number[] = [];
  for (const [i, turn] of test.entries()) {
    if (i % 50 === 0) onProgress?.('asking', i, test.length);
    const foreign = turn.intent === null;
    const request = {
      text: turn.text,
      legal: legalFor?.(turn, i) ?? intents,
      values: [],
      position: 'evaluation',
      language,
      options: { llm: 'never' as const, maxWrong },
      context: { lastWords: '', slots: [] },
    };
    const askedAtMs = performance.now();
    const decision = await router.route(request, never);
    timesMs.push(performance.now() - askedAtMs);
    const { scope } = await router.judge(request);
    answers.push({
      score: decision.probability,
      right: !foreign && decision.candidates[0]?.intent === turn.intent,
      foreign,
      weight: foreign ? weight : 1,
      accepted: decision.kind === 'accept',
      scope,
    });
  }
  const inScope = answers.filter(({ foreign }) => !foreign);
  const curves = { mixed: riskCoverage(answers), inScope: riskCoverage(inScope) };
  const self = accepted(answers);
  const at = (percent: number): number => round(coverageAt(curves.inScope, 1 - percent / 100));
  const scopes = (wanted: boolean): number[] =>
    answers.filter(({ foreign }) => foreign === wanted).map(({ scope }) => scope);
  const separation = auroc(scopes(false), scopes(true));
  return {
    figures: {
      accuracy: round(inScope.filter(({ right }) => right).length / Math.max(1, inScope.length)),
      auroc: separation === undefined ? null : round(separation),
      w97: {
        oracle: round(coverageAt(curves.mixed, maxWrong)),
        self: round(self.coverage),
        self_error: round(self.wrong),
      },
      coverage: { 90: at(90), 95: at(95), 97: at(97), 99: at(99) },
      ece: round(calibrationError(answers)),
      latency_ms: { p50: round(quantile(timesMs, 0.5)), p99: round(quantile(timesMs, 0.99)) },
      train_ms: Math.round(trainMs),
    },
    report: router.report(),
    turns: counts,
    curves,
    self,
    foreignTaken: answers.filter(({ foreign, accepted }) => foreign && accepted).length / Math.max(1, counts.foreign),
  };
}

/** Rows as intents, in the order in which the intents come up. */
export function intentsOf(train: LabelledData['train']): TrainingIntent[] {
  const intents = new Map<string, TrainingIntent>();
  for (const { text, intent } of train) {
    const known = intents.get(intent);
    if (known) known.examples.push({ text, values: [] });
    else intents.set(intent, { id: intent, examples: [{ text, values: [] }], not: [] });
  }
  return [...intents.values()];
}

function intentNames(train: LabelledData['train']): string[] {
  return [...new Set(train.map(({ intent }) => intent))];
}

function isOpen(embedder: RouterSettings['embedder']): embedder is Embedder {
  return typeof embedder === 'object';
}

function round(x: number): number {
  return Math.round(x * 1e4) / 1e4;
}
