/** An agent with the router that serves its calls: what all scripts of the agent share. */
import type { Router } from '../../engine/contracts.js';
import { trainingSets } from '../../engine/dialog/intents.js';
import type { Agent } from '../../engine/language/flow.js';
import type { Mocks } from '../../engine/language/script.js';
import { openEmbedder } from '../../intents/embedder/open-embedder.js';
import type { Hearing } from './hearing.js';
import { createRouters } from '../../intents/routers.js';
import type { HybridRouter } from '../../intents/router.js';

export interface PlayableAgent {
  agent: Agent;
  /** Of the agent's `mocks.yaml`. */
  mocks: Mocks;
  router: Router;
  /** Hears the sound of `audio:` turns; loads with the first of them. */
  hearing: () => Promise<Hearing>;
  /** How long its router took to learn; 0 as long as nobody asked it. */
  readonly trainMs: number;
}

/** Readies agents for their scripts; the embedder is opened once for all of them. */
export class Rehearsal {
  #embedder: ReturnType<typeof openEmbedder> | undefined;
  #hearing: Promise<Hearing> | undefined;
  readonly #cacheFolder: string | undefined;
  /** What was learnt last for an agent at a path: an edit of words or tools leaves a router as it is. */
  readonly #trained = new Map<string, { of: string; router: Promise<HybridRouter> }>();

  /** @param cacheFolder where trained routers are kept for the next run; default nowhere */
  constructor(cacheFolder?: string) {
    this.#cacheFolder = cacheFolder;
  }

  /**
   * The agent with its router, without a language model: scripts never leave the machine. The router is trained
   * when the first script asks it, and once.
   */
  ready(agent: Agent, mocks: Mocks): PlayableAgent {
    let trained: Promise<HybridRouter> | undefined;
    let trainMs = 0;
    const train = async (): Promise<HybridRouter> => {
      const startedMs = performance.now();
      const router = await this.#train(agent);
      trainMs = performance.now() - startedMs;
      return router;
    };
    return {
      agent,
      mocks,
      router: { route: async (...asked) => (await (trained ??= train())).route(...asked) },
      hearing: () => (this.#hearing ??= import('./hearing.js').then(({ Hearing }) => new Hearing())),
      get trainMs() {
        return trainMs;
      },
    };
  }

  async close(): Promise<void> {
    (await this.#hearing)?.close();
    await (await this.#embedder)?.close?.();
  }

  #train(agent: Agent): Promise<HybridRouter> {
    const sets = trainingSets(agent);
    const of = JSON.stringify([agent.router, sets]);
    const known = this.#trained.get(agent.path);
    if (known?.of === of) return known.router;
    const router = this.#learn(agent, sets);
    this.#trained.set(agent.path, { of, router });
    return router;
  }

  async #learn(agent: Agent, sets: ReturnType<typeof trainingSets>): Promise<HybridRouter> {
    const { maxWrong } = agent.router;
    const embedder = await (this.#embedder ??= openEmbedder(undefined, () => undefined));
    return createRouters(sets, {
      embedder: embedder ?? 'none',
      ...(maxWrong === undefined ? {} : { maxWrong }),
      ...(this.#cacheFolder !== undefined && { cacheFolder: this.#cacheFolder }),
    });
  }
}
