import { Runnable, type RunnableConfig } from '@langchain/core/runnables';
import { AsyncLocalStorageProviderSingleton, MockAsyncLocalStorage } from '@langchain/core/singletons';
import { type Command, END } from '@langchain/langgraph/web';

type Run = (state: never, config: RunnableConfig) => Promise<Command>;
/** A compiled node, as far as it is touched here. */
interface CompiledNode {
  getNode(): Runnable | undefined;
}
type Write = [channel: string, value: unknown];

/** Where LangGraph puts the function that takes a task's writes (its CONFIG_KEY_SEND). */
const sendKey = '__pregel_send';

/**
 * A node that ends with a `Command` and writes it itself. LangGraph makes four runnables of such a node (the
 * function, its channel writes, the branch and the branch's path) and calls each with a configuration of its own; that
 * is half the processor time of a pure turn. The writes are the same, in the same order. The nodes must return one `Command` with an
 * `update` object and one node's name or END in `goto`, which those of `graph.ts` do.
 */
class LeanNode extends Runnable<unknown, Command> {
  override readonly lc_namespace = ['parley'];
  readonly #name: string;
  readonly #run: Run;

  constructor(name: string, run: Run) {
    super();
    this.#name = name;
    this.#run = run;
  }

  override async invoke(state: unknown, config: RunnableConfig = {}): Promise<Command> {
    const command = await this.#run(state as never, config);
    const send = config.configurable?.[sendKey] as ((writes: Write[]) => void) | undefined;
    if (!send) throw new Error(`node ${this.#name}: LangGraph gave no ${sendKey}`);
    const writes: Write[] = Object.entries((command.update ?? {}) as Record<string, unknown>);
    const next = command.goto as string;
    if (next !== END) writes.push([`branch:to:${next}`, this.#name]);
    send(writes);
    return command;
  }
}

/** Lets the nodes of a compiled graph write for themselves. What LangGraph knows of them (edges, writers) stays. */
export function makeLean(nodes: Record<string, CompiledNode>, runs: Record<string, Run>): void {
  makeNoRunTreesForNobody();
  for (const [name, run] of Object.entries(runs)) {
    const lean = new LeanNode(name, run);
    nodes[name]!.getNode = () => lean;
  }
}

let isPatched = false;

/**
 * LangChain makes a run tree (two ids, the time in microseconds, a dozen look-ups in the environment) for each
 * runnable that it calls, to hand it on through asynchronous storage. With LangGraph's `web` door there is no storage:
 * the tree goes to a stand-in that drops it. Here the call is made without it, and as before from the moment that anybody
 * in the process brings a storage (LangGraph's node door does when it is imported).
 */
function makeNoRunTreesForNobody(): void {
  if (isPatched) return;
  isPatched = true;
  const provider = AsyncLocalStorageProviderSingleton;
  const runWithConfig = provider.runWithConfig.bind(provider);
  provider.runWithConfig = (config, callback, avoidRunTree) =>
    provider.getInstance() instanceof MockAsyncLocalStorage
      ? callback()
      : runWithConfig(config, callback, avoidRunTree);
}
