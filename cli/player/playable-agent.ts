/** An agent with its router trained: what all scripts of the agent share. */
import type { Router } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import type { Mocks } from '../../engine/language/script.js';
import { trainingSet } from '../../engine/dialog/intents.js';
import { createRouter } from '../../intents/router.js';

export interface PlayableAgent {
  agent: Agent;
  /** Of the agent's `mocks.yaml`. */
  mocks: Mocks;
  router: Router;
  close(): Promise<void>;
}

/** Trains the agent's router, the same one that serves calls, without a language model: scripts never leave the machine. */
export async function readyAgent(agent: Agent, mocks: Mocks): Promise<PlayableAgent> {
  const { maxWrong } = agent.router;
  const router = await createRouter(trainingSet(agent), {
    language: agent.language,
    ...(maxWrong === undefined ? {} : { maxWrong }),
  });
  return { agent, mocks, router, close: () => router.close() };
}
