/** An agent for LangGraph's own tools: what a `graph.ts` beside a `langgraph.json` exports. */
import { RealClock } from '../engine/clock.js';
import type { AgentGraph, AgentGraphParts } from '../engine/compile/agent-graph.js';
import { storeAt } from '../engine/stores/store-at.js';
import { assemble, type AssembleOptions } from './assemble.js';
import { homeFolder, storeAddress } from './home.js';

export type { AgentGraph };

export interface CompileGraphOptions {
  /**
   * Holds the threads: any of LangGraph's. Default: none of its own, so that whoever serves the graph sets one; without
   * any a thread is forgotten after each run.
   */
  checkpointer?: AgentGraphParts['checkpointer'];
  /** Where intents of writes are kept: as `PARLEY_STORE`, which is the default, else `.parley/dialogs.sqlite`. */
  store?: string;
  /** Default `auto`: a tool whose environment is missing is its mock, when it has one. */
  tools?: AssembleOptions['tools'];
  env?: AssembleOptions['env'];
  /** One line for each thing worth saying; never with a caller's words. Default: dropped. */
  log?: (line: string) => void;
}

/**
 * Compiles the agent at `path` (a folder, or a file with a flow) into a LangGraph graph with one node a state.
 * In: `input`, what the caller says, or nothing to let the agent begin. Out: `words`, what the agent said in this run;
 * `ended`. `thread_id` is the conversation.
 *
 * @throws FlowProblems when the check finds errors
 */
export async function compileGraph(path: string, options: CompileGraphOptions = {}): Promise<AgentGraph> {
  const { log = () => {}, tools: mode = 'auto' } = options;
  const clock = new RealClock();
  const { settleTracing } = await import('../engine/compile/tracing.js');
  const ready = await assemble(path, { log, clock, tools: mode, ...(options.env && { env: options.env }) });
  const { agent, router, model, env, mocks } = ready;
  settleTracing(agent);
  const store = await storeAt(options.store ?? storeAddress(homeFolder(env), env), { onProblem: log });
  const [{ compileAgentGraph }, { step }, { understand }, { openState }, { createToolRunner }, ledger] =
    await Promise.all([
      import('../engine/compile/agent-graph.js'),
      import('../engine/dialog/step.js'),
      import('../engine/dialog/understand.js'),
      import('../engine/dialog/open-state.js'),
      import('../engine/tools/tool-runner.js'),
      store.ledger(),
    ]);
  return compileAgentGraph({
    agent,
    router,
    model,
    tools: createToolRunner(agent, { clock, env, mocks, mode }),
    ledger,
    checkpointer: options.checkpointer,
    step,
    understand,
    openState: (dialogId, world) => openState(agent, { dialogId }, world),
    clock,
    env,
    onProblem: log,
  });
}
