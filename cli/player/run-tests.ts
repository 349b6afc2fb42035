/** Plays the scripts of agents, one after the other. */
import { resolve } from 'node:path';
import { RealClock } from '../../engine/clock.js';
import type { LanguageModel } from '../../engine/contracts.js';
import { UsageError } from '../../engine/errors.js';
import type { Agent } from '../../engine/language/flow.js';
import { perturbations, type TestScript } from '../../engine/language/script.js';
import { formatProblem } from '../../engine/language/problems.js';
import { loadAgent } from '../../engine/language/load.js';
import { firstThatAnswers, modelsFor } from '../language-models.js';
import { coloursFor } from '../terminal.js';
import { Rehearsal, type PlayableAgent } from './playable-agent.js';
import { playScript, type PlayOptions } from './play-script.js';
import type { TestResult } from './report.js';
import type { TouchedAgent } from './watch-tests.js';

export interface RunOptions {
  /** Only scripts with this text in their name or file. */
  filter?: string | undefined;
  /** Stop after the first failure. */
  bail: boolean;
  /** Tools without a mock are run for real, instead of failing the turn. */
  realTools: boolean;
  /** Sound is heard by the recogniser that `voice:` names. */
  realEar?: boolean;
  /** Picks the variants of words. */
  seed: number;
  /** Failures show the values of `sensitive:` slots. */
  showPii?: boolean;
  /** Play every script with every perturbation, and not only with those that it names. */
  perturb?: boolean;
  /** Ask the model that the environment names, in turns marked `needs: llm`, and keep its answers beside the scripts. */
  record?: boolean;
  /** What was learnt in a run before, kept for the next; whoever gives it closes it. */
  rehearsal?: Rehearsal;
  /** Where trained routers are kept for the next run. Default: nowhere. */
  cacheFolder?: string;
  /** Stops after the script that is being played. */
  signal?: AbortSignal;
  onStart?: (name: string, index: number, of: number) => void;
  onResult?: (result: TestResult) => void;
  /** An agent has mistakes and its scripts cannot be played: the problems as text. */
  onBroken?: (problems: string) => void;
}

/** @throws UsageError when the environment names no model */
async function modelToRecord(agent: Agent): Promise<LanguageModel> {
  const model = firstThatAnswers(await modelsFor(agent, process.env, new RealClock(), () => undefined));
  if (!model)
    throw new UsageError('--record asks a real model: set OPENAI_BASE_URL, OPENAI_API_KEY or ANTHROPIC_API_KEY.');
  return model;
}

/** The script as it is; then, if it passes, with what it is to be disturbed by. */
async function playAll(
  script: TestScript,
  playable: PlayableAgent,
  options: Omit<RunOptions, 'record'> & PlayOptions,
): Promise<TestResult> {
  const result = await playScript(script, playable, options);
  const kinds = options.perturb === true ? perturbations : script.perturb;
  if (!result.ok || result.skipped !== undefined || kinds.length === 0) return result;
  const startedMs = performance.now();
  const { playVariants } = await import('./perturb/play-variants.js');
  const { variants, failures } = await playVariants(script, kinds, playable, options);
  return { ...result, ok: failures.length === 0, variants, failures, ms: result.ms + performance.now() - startedMs };
}

export interface RunResult {
  results: TestResult[];
  /** How many agents could not be loaded. */
  broken: number;
  /** Those that could. */
  agents: Agent[];
}

/** What the scripts of these agents came to. */
export async function runTests(touched: readonly (string | TouchedAgent)[], options: RunOptions): Promise<RunResult> {
  const asked = touched.map((one): TouchedAgent => (typeof one === 'string' ? { path: one } : one));
  const loaded = await Promise.all(asked.map(({ path }) => loadAgent(path)));
  const agents = loaded.flatMap(({ agent }) => agent ?? []);
  const results: TestResult[] = [];
  let broken = 0;
  const wanted = loaded.map(({ tests }, at) =>
    tests.filter(
      ({ name, file }) =>
        (options.filter === undefined || `${name} ${file}`.includes(options.filter)) &&
        (asked[at]!.scripts?.has(resolve(file)) ?? true),
    ),
  );
  const of = wanted.reduce((sum, tests) => sum + tests.length, 0);
  const rehearsal = options.rehearsal ?? new Rehearsal(options.cacheFolder);
  let index = 0;
  const live: LanguageModel[] = [];
  try {
    for (const [at, { agent, problems, mocks }] of loaded.entries()) {
      if (!agent) {
        broken++;
        const colour = coloursFor(process.stderr).isColorSupported;
        options.onBroken?.(problems.map((problem) => formatProblem(problem, { colour })).join('\n\n'));
        continue;
      }
      const playable = rehearsal.ready(agent, mocks);
      const record = options.record === true ? await modelToRecord(agent) : undefined;
      if (record) live.push(record);
      for (const script of wanted[at]!) {
        if (options.signal?.aborted) return { results, broken, agents };
        options.onStart?.(script.name, index++, of);
        const result = await playAll(script, playable, { ...options, record });
        results.push(result);
        options.onResult?.(result);
        if (!result.ok && options.bail) return { results, broken, agents };
      }
    }
  } finally {
    for (const model of live) model.close?.();
    if (!options.rehearsal) await rehearsal.close();
  }
  return { results, broken, agents };
}
