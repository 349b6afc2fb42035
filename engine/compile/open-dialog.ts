import { RealClock } from '../clock.js';
import type { Clock, Dialog, LanguageModel, Router, ToolRunner } from '../contracts.js';
import type { StartOptions } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import type { CallerMemory } from '../stores/caller-memory.js';
import type { DialogStore } from '../stores/dialog-store.js';
import { memoryStore } from '../stores/memory-store.js';
import type { DialogGraph } from './graph.js';
import { callerNote } from './unfinished.js';
import { withModels } from './with-models.js';
import { settleTracing } from './tracing.js';

export interface OpenDialogOptions {
  /** The dialog's name: with a store that knows it, the dialog goes on where it was. */
  id: string;
  /** Where a new dialog begins; the agent's `start` by default. */
  start?: Omit<StartOptions, 'dialogId'>;
  router: Router;
  tools: ToolRunner;
  /** Default: memory of its own. The store is not closed with the dialog. */
  store?: DialogStore;
  /** Where values of callers are kept from call to call (`scope: caller`). Without it they live as long as the call. */
  memory?: CallerMemory;
  /** Default: the machine's. */
  clock?: Clock;
  /** For words that a flow wants from a model; without it their fixed lines are said. */
  model?: LanguageModel;
  /** A model of the router as this dialog asks it: one that hears its caller. Default: as it is. */
  ownModel?: (model: LanguageModel) => LanguageModel;
  /** What `env.X` reads. Default: the process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Picks the variants of words. Default 0; the dialog's id is mixed in. */
  seed?: number;
  /**
   * `turn`: one run of the graph a turn (tests, text, servers that keep nothing). `resident`: one run for the
   * whole conversation, which waits at each listening point; quicker, for calls. `expanded`: by turns, through the
   * graph that has a node for each state. Default `turn`.
   */
  driver?: 'turn' | 'resident' | 'expanded';
  /**
   * True: the dialog's caller is here, so whoever has the dialog is of no use to it any more; it is taken at once.
   * Else a dialog that another process has is waited for until that one ends it or is dead long enough.
   */
  takeOver?: boolean;
  /**
   * The caller's number, or another name that is theirs in every call. A dialog that breaks off in the middle of a task
   * is noted under it (as a hash), for {@link findUnfinished}.
   */
  caller?: string | undefined;
  /** This is a new call of the caller of a dialog that broke off: going on is offered. See {@link findUnfinished}. */
  returning?: boolean;
  /** One line for the log, without anything a caller said. Default: dropped. */
  onProblem?: (line: string) => void;
}

/** A little more than a dead process holds its dialogs by default. */
const waitForHolderMs = 17_000;

/** A graph belongs to an agent's version and to a store; it is built once for both. */
const graphs = new WeakMap<Agent, WeakMap<DialogStore, Promise<DialogGraph>>>();
const expandedGraphs: typeof graphs = new WeakMap();

/**
 * Opens a conversation of an agent, new or stored. LangGraph is imported here, not before, and only after the
 * tracing variables are settled.
 *
 * @throws Error when `start` names a flow, state or slot that the agent has not, or the store cannot be opened;
 *   DialogHeld when another process has the dialog and does not end it
 */
export async function openDialog(agent: Agent, options: OpenDialogOptions): Promise<Dialog> {
  const traced = settleTracing(agent);
  const onProblem = options.onProblem ?? (() => {});
  if (agent.tracing === 'langsmith' && !traced) {
    onProblem(`${agent.name}: tracing stays off, because another agent of this process was opened without it`);
  }
  const store = options.store ?? memoryStore();
  const [{ GraphDialog }, { step }, { understand }, { openState }, returning, graph, saver, ledger] = await Promise.all(
    [
      import('./graph-dialog.js'),
      import('../dialog/step.js'),
      import('../dialog/understand.js'),
      import('../dialog/open-state.js'),
      import('../dialog/returning.js'),
      options.driver === 'expanded' ? expandedGraphOf(agent, store) : graphOf(agent, store, traced),
      store.saver(),
      store.ledger(),
    ],
  );
  const { id, start, tools, model } = options;
  const clock = options.clock ?? new RealClock();
  const { CallerRecord } = await import('./caller-record.js');
  const caller = start?.call?.['caller'] ?? start?.call?.from;
  const record = await CallerRecord.open(agent, options.memory, caller, clock, onProblem);
  const memory = record?.values() ?? start?.memory;
  return GraphDialog.open({
    id,
    agent,
    graph,
    saver,
    ledger,
    store,
    router: options.ownModel ? withModels(options.router, options.ownModel) : options.router,
    tools,
    model,
    step,
    understand,
    openState: (world) => openState(agent, { ...start, ...(memory && { memory }), dialogId: id }, world),
    record,
    clock,
    env: options.env ?? process.env,
    seed: options.seed ?? 0,
    resident: options.driver === 'resident',
    ...(options.driver === 'expanded' && { shape: (await import('./expanded-graph.js')).expandedShape(agent) }),
    returning: options.returning ?? false,
    wordsUnderWay: returning.wordsUnderWay,
    ...(options.caller !== undefined && {
      callerNote: callerNote({
        agent,
        store,
        id,
        onProblem,
        caller: options.caller,
        isUnfinished: returning.isUnfinished,
        clock: options.clock ?? new RealClock(),
      }),
    }),
    claim: { takeOver: options.takeOver ?? false, waitMs: waitForHolderMs },
    onProblem,
  });
}

function graphOf(agent: Agent, store: DialogStore, traced: boolean): Promise<DialogGraph> {
  return kept(graphs, agent, store, async () => {
    const [{ compileDialog }, saver] = await Promise.all([import('./graph.js'), store.saver()]);
    return compileDialog(saver, traced);
  });
}

function expandedGraphOf(agent: Agent, store: DialogStore): Promise<DialogGraph> {
  return kept(expandedGraphs, agent, store, async () => {
    const [{ compileExpanded }, saver] = await Promise.all([import('./expanded-graph.js'), store.saver()]);
    return compileExpanded(agent, saver);
  });
}

function kept(
  all: typeof graphs,
  agent: Agent,
  store: DialogStore,
  compile: () => Promise<DialogGraph>,
): Promise<DialogGraph> {
  let ofAgent = all.get(agent);
  if (!ofAgent) all.set(agent, (ofAgent = new WeakMap()));
  let graph = ofAgent.get(store);
  if (!graph) ofAgent.set(store, (graph = compile()));
  return graph;
}
