/**
 * Puts an agent together: its flows, router, tools, store, speech and back end. The only place that reads the
 * environment for them.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RealClock } from '../engine/clock.js';
import type { Clock, Dialog, LanguageModel } from '../engine/contracts.js';
import type { StartOptions } from '../engine/dialog/seam.js';
import type { Agent } from '../engine/language/flow.js';
import type { Problem } from '../engine/language/problems.js';
import type { Mocks, TestScript } from '../engine/language/script.js';
import type { CallerMemory } from '../engine/stores/caller-memory.js';
import type { DialogStore } from '../engine/stores/dialog-store.js';
import type { RememberingRouter } from '../intents/loop/remember-decisions.js';
import type { ModelAsked } from '../intents/model-router.js';
import type { RouterSettings } from '../intents/router.js';
import { firstThatAnswers, modelsFor } from './language-models.js';
import type { OwnWords } from './own-words.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An agent ready to talk. */
export interface Assembled {
  agent: Agent;
  tests: readonly TestScript[];
  mocks: Mocks;
  router: RememberingRouter;
  model?: LanguageModel;
  /** What the agent's tools read: the process's environment, and the back end's where one was started. */
  env: Environment;
  /** What of its code cannot be loaded, one line each; empty unless `loadCode` was asked for. */
  codeProblems: readonly string[];
  /** Its stand-in service, where one runs. */
  backend?: Backend;
  /** Opens a conversation. A `store` makes it outlive the process. Its problems go to `onProblem`, or to `log`. */
  open(options: {
    id: string;
    start?: Omit<StartOptions, 'dialogId'>;
    driver?: 'turn' | 'resident';
    /** See `takeOver` of `openDialog`. */
    takeOver?: boolean;
    /** See `caller` and `returning` of `openDialog`. */
    caller?: string;
    returning?: boolean;
    /** See `ownModel` of `openDialog`. */
    ownModel?: (model: LanguageModel) => LanguageModel;
    onProblem?: (line: string) => void;
  }): Promise<Dialog>;
  close(): Promise<void>;
}

export interface AssembleOptions {
  env?: Environment;
  clock?: Clock;
  store?: DialogStore;
  /** Where values of callers are kept from call to call. */
  memory?: CallerMemory;
  /** `auto` (default): the real tool, or its mock when the environment lacks what the tool needs. */
  tools?: 'real' | 'mock' | 'auto';
  /** These go before the agent's `mocks.yaml`, tool by tool. */
  mocks?: Mocks;
  /** Start the agent's `backend.ts` when it brings one and its environment is not set. Default true. */
  backend?: boolean;
  /** Load the code of its tools at once, so that a later edit does not reach into this version. */
  loadCode?: boolean;
  /** The version whose place this one takes: its stand-in service goes on under both, with all that it was told. */
  before?: Assembled;
  /** Where trained routers are kept for the next start. Default: nowhere. */
  cacheFolder?: string;
  /** Trains the router where no call waits for it. Default: here. */
  trainElsewhere?: RouterSettings['trainElsewhere'];
  /** One line for each thing worth saying at start or for a problem; never with a caller's words. */
  log?: (line: string) => void;
  /** The flows are read and in order: called before the router trains, which waits for what it returns. */
  onLoaded?: (agent: Agent) => Promise<unknown> | undefined;
  /** Connect the models that keep connections now, and again when they lose them: callers will ask soon. */
  warmModels?: boolean;
  /** Told of every question of the router to a model. */
  onModel?: (asked: ModelAsked) => void;
  /** Told of what models word by themselves. Default: nobody is. */
  ownWords?: OwnWords;
  /** Warnings of the check. */
  onProblems?: (problems: readonly Problem[], sources: ReadonlyMap<string, string>) => void;
}

/**
 * Loads, checks and readies the agent at `path`.
 * @throws FlowProblems when the check finds errors
 */
export async function assemble(path: string, options: AssembleOptions = {}): Promise<Assembled> {
  // Whatever the agent keeps of the options it keeps by itself: `before` would keep every version there ever was.
  const { log = () => {}, clock = new RealClock(), store, memory } = options;
  const { loadAgent } = await import('../engine/language/load.js');
  const loaded = await loadAgent(path);
  if (!loaded.agent) {
    const { FlowProblems } = await import('../engine/language/problems.js');
    throw new FlowProblems(loaded.problems);
  }
  options.onProblems?.(loaded.problems, loaded.sources);
  const { agent, tests } = loaded;
  const mocks: Mocks = new Map([...loaded.mocks, ...(options.mocks ?? [])]);
  await options.onLoaded?.(agent);
  const stands = options.backend !== false && options.tools !== 'mock';
  const backend = stands
    ? await startBackend(agent, options.env ?? process.env, log, options.before?.backend)
    : undefined;
  const env: Environment = { ...(options.env ?? process.env), ...backend?.env };
  const models = await modelsFor(agent, env, clock, log, options.ownWords);
  const model = firstThatAnswers(models);
  const [{ createRouters }, { rememberDecisions }, { trainingSets }, { createToolRunner }, { openDialog }] =
    await Promise.all([
      import('../intents/routers.js'),
      import('../intents/loop/remember-decisions.js'),
      import('../engine/dialog/intents.js'),
      import('../engine/tools/tool-runner.js'),
      import('../engine/compile/open-dialog.js'),
    ]);
  const tools = createToolRunner(agent, { clock, env, mocks, mode: options.tools ?? 'auto' });
  const codeProblems = options.loadCode === true ? await tools.load() : [];
  const trained = await createRouters(trainingSets(agent), {
    model: models,
    maxWrong: agent.router.maxWrong,
    clock,
    log,
    ...(options.onModel && { onModel: options.onModel }),
    ...(options.cacheFolder !== undefined && { cacheFolder: options.cacheFolder }),
    ...(options.trainElsewhere && { trainElsewhere: options.trainElsewhere }),
  });
  const router = rememberDecisions(trained);
  // Whoever asks first hears of what is wrong.
  if (options.warmModels) for (const one of models) one.warm?.().catch(() => undefined);
  return {
    agent,
    tests,
    mocks,
    router,
    model,
    env,
    codeProblems,
    ...(backend && { backend }),
    open: ({ onProblem = log, ...opening }) =>
      openDialog(agent, {
        ...opening,
        router,
        tools,
        model,
        store,
        memory,
        clock,
        env,
        onProblem,
      }),
    close: async () => {
      for (const one of models) one.close?.();
      await router.close();
      await tools.close?.();
      await backend?.close();
    },
  };
}

/** An example's stand-in service. It ends when the last version that uses it lets go. */
interface Backend {
  env: Record<string, string>;
  /** Of its code: another text is another service. */
  hash: string;
  share(): Backend;
  close(): Promise<void>;
}

/** `backend.ts` beside the agent, started when the environment names no other, or gone on with when it is as `before`. */
async function startBackend(
  agent: Agent,
  env: Environment,
  log: (line: string) => void,
  before: Backend | undefined,
): Promise<Backend | undefined> {
  const folder = statSync(agent.path).isDirectory() ? agent.path : dirname(agent.path);
  const file = resolve(join(folder, 'backend.ts'));
  if (!existsSync(file) || [...agent.environment].every((name) => env[name] !== undefined)) return undefined;
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  if (before?.hash === hash) return before.share();
  const { loadCode } = await import('../engine/tools/load-code.js');
  const { start } = (await loadCode(file)) as { start: () => Promise<Pick<Backend, 'env' | 'close'>> };
  const started = await start();
  log(`${agent.name}: started its stand-in back end (backend.ts), because ${missing(agent, env)} not set`);
  let users = 1;
  const backend: Backend = {
    env: started.env,
    hash,
    share: () => {
      users += 1;
      return backend;
    },
    close: async () => {
      users -= 1;
      if (users === 0) await started.close();
    },
  };
  return backend;
}

function missing(agent: Agent, env: Environment): string {
  const names = [...agent.environment].filter((name) => env[name] === undefined);
  return `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`;
}
