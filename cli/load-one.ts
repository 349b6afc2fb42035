/** One agent for a command that works on one: loaded and without mistakes. */
import type { Agent } from '../engine/language/flow.js';
import type { loadAgent } from '../engine/language/load.js';
import { findAgent } from './find-agents.js';

type Loaded = Awaited<ReturnType<typeof loadAgent>>;

/**
 * The agent at a path. Throws a UsageError when there is none or more than one, FlowProblems when it has mistakes.
 */
export async function loadOne(path: string): Promise<Loaded & { agent: Agent }> {
  const folder = findAgent(path);
  const { loadAgent } = await import('../engine/language/load.js');
  const loaded = await loadAgent(folder);
  if (loaded.agent) return { ...loaded, agent: loaded.agent };
  const { FlowProblems } = await import('../engine/language/problems.js');
  throw new FlowProblems(loaded.problems);
}
