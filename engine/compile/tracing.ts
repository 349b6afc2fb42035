import type { Agent } from '../language/flow.js';

/** LangChain sends every turn's whole state to a remote host when any of these is `true`. */
const switches = ['LANGSMITH_TRACING', 'LANGSMITH_TRACING_V2', 'LANGCHAIN_TRACING_V2'] as const;
/** Here the mere presence counts, whatever the value; and `LANGCHAIN_VERBOSE` prints the state on the terminal. */
const presences = ['LANGCHAIN_TRACING', 'LANGCHAIN_VERBOSE'] as const;

let forcedOff = false;

/**
 * Sets LangSmith's variables before LangChain is imported, because it caches them when it is. Off, unless the
 * agent says `tracing: langsmith`. Once an agent of this process was promised silence it stays silent for all:
 * the variables belong to the process, not to a dialog.
 *
 * @returns whether traces are sent
 */
export function settleTracing(agent: Pick<Agent, 'tracing'>, env: NodeJS.ProcessEnv = process.env): boolean {
  if (agent.tracing === 'langsmith' && !forcedOff) {
    if (!switches.some((name) => env[name] === 'true')) env.LANGSMITH_TRACING = 'true';
    return true;
  }
  forcedOff = true;
  for (const name of switches) env[name] = 'false';
  for (const name of presences) delete env[name];
  return false;
}
