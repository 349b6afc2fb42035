import { Annotation, Command, END, START, StateGraph } from '@langchain/langgraph/web';
import type { BaseCheckpointSaver, CompiledStateGraph } from '@langchain/langgraph';
import type { Clock, Input, LanguageModel, Listening, Out, Router, ToolRunner } from '../contracts.js';
import type { DialogState, Step, StepWorld, Understand } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import type { WriteLedger } from '../stores/write-ledger.js';
import { adoptState, askSecretsAgain } from './adopt-state.js';
import { expandedShape, perform, placeOf, placesOf } from './expanded-graph.js';
import { channels as inner, type Channels } from './graph.js';
import { localTimeIn, seededRandom } from './moment.js';
import { SecretKeeper } from './secrets.js';
import type { TurnHost } from './turn-host.js';

/** What a caller did: words as text, or any input of a dialog. Nothing, or empty text, on a new thread: the agent begins. */
export type GraphInput = string | (Partial<Input> & { kind: Input['kind'] }) | null;

/** Inputs that follow from the first one, while a run takes them one by one. */
interface Queue {
  queue: Input[];
}

/** `more` goes on with what was said in this run; a list begins anew. */
type WordsUpdate = string[] | { more: string[] };

const channels = Annotation.Root({
  ...inner.spec,
  input: Annotation<GraphInput | Queue>(),
  /** What the agent said in this run, a sentence or a few each. */
  words: Annotation<string[], WordsUpdate>({
    reducer: (said, update) => (Array.isArray(update) ? update : [...said, ...update.more]),
    default: () => [],
  }),
  /** The conversation is over. */
  ended: Annotation<boolean>(),
});

type AgentChannels = typeof channels.State;

interface RunConfig {
  configurable?: Record<string, unknown>;
  signal?: AbortSignal;
  writer?: (chunk: unknown) => void;
}

export interface AgentGraphParts {
  agent: Agent;
  router: Router;
  tools: ToolRunner;
  model: LanguageModel | undefined;
  /** Intents of writes: what a checkpointer of the host's cannot keep. */
  ledger: WriteLedger;
  /** Whoever serves the graph may set another. */
  checkpointer: BaseCheckpointSaver | undefined;
  step: Step;
  understand: Understand;
  openState: (threadId: string, world: StepWorld) => DialogState;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  onProblem: (line: string) => void;
}

/**
 * An agent as a graph for LangGraph's own tools, which hold the threads and the checkpoints: one run is one turn,
 * `invoke({ input: 'a table for four' }, { configurable: { thread_id } })`, and `words` is what was said. One node a
 * state, so that Studio shows where a caller is and can stop there. There is no sound: words count as heard when said.
 */
export function compileAgentGraph(parts: AgentGraphParts): AgentGraph {
  const { agent, checkpointer } = parts;
  const threads = new Threads(parts);
  const run = (state: AgentChannels, config: RunConfig): Promise<Command> => threads.run(state, config);
  const graph = new StateGraph(channels);
  const places = placesOf(agent);
  for (const { name, ends } of places) graph.addNode(name, run, { ends });
  // Its types know each node by name; these come from a flow.
  const loose = graph as unknown as { addConditionalEdges(from: string, to: unknown, ends: string[]): void };
  loose.addConditionalEdges(
    START,
    (state: AgentChannels) => placeOf(agent, state.dialog),
    places.map(({ name }) => name),
  );
  return graph.compile({ ...(checkpointer && { checkpointer }), name: agent.name }) as unknown as AgentGraph;
}

export type AgentGraph = CompiledStateGraph<
  AgentChannels,
  typeof channels.Update,
  string,
  typeof channels.spec,
  typeof channels.spec
>;

/** What is kept of a thread beside its checkpoint; all of it may be lost. */
interface Thread {
  secrets: SecretKeeper;
  random: () => number;
  listening: Listening | undefined;
  effects: number;
  failures: number;
}

/** The thread used longest ago is let go of: its secrets are asked for again. */
const mostThreads = 1000;
const never = new AbortController().signal;

class Threads {
  readonly #parts: AgentGraphParts;
  readonly #threads = new Map<string, Thread>();
  readonly #localTime: (date: number) => string;

  constructor(parts: AgentGraphParts) {
    this.#parts = parts;
    this.#localTime = localTimeIn(parts.agent.timezone);
  }

  /** One node: takes the next input, or goes on with what is under way, and says what comes after it. */
  async run(state: AgentChannels, config: RunConfig): Promise<Command> {
    const { agent, clock } = this.#parts;
    const threadId = config.configurable?.thread_id;
    if (typeof threadId !== 'string')
      throw new Error(`${agent.name}: a run needs a thread: { configurable: { thread_id: 'a name' } }`);
    const begins = !isQueue(state.input) && !state.then;
    const waiting = isQueue(state.input) ? state.input.queue : inputsOf(state.input, clock.now());
    const rest =
      begins && !state.dialog && waiting[0]?.kind !== 'open' ? [openAt(clock.now()), ...waiting] : [...waiting];
    const thread = this.#threadOf(threadId, state.dialog);
    if (begins) thread.effects = 0;
    const outs: Out[] = [];
    const host = this.#hostOf(threadId, thread, config.signal ?? never, (out) => {
      outs.push(out);
      if (out.kind !== 'trace' && out.kind !== 'listen') config.writer?.(out);
    });
    const input = state.then ? null : (rest.shift() ?? null);
    const command = await perform({ ...state, input } as Channels, { configurable: { host } });
    if (outs.some((out) => out.kind === 'wait' && out.for === 'played'))
      rest.unshift({ kind: 'played', atMs: clock.now() });
    const update = command.update as Partial<Channels>;
    const ended = outs.some(({ kind }) => kind === 'end');
    const goesOn = rest.length > 0 && !ended;
    const [target] = command.goto as string[];
    return new Command({
      goto: target === END && goesOn ? placeOf(agent, update.dialog ?? state.dialog) : target!,
      update: {
        ...update,
        input: goesOn ? { queue: rest } : null,
        words: begins ? wordsOf(outs) : { more: wordsOf(outs) },
        ended,
      },
    });
  }

  #threadOf(threadId: string, stored: DialogState | undefined): Thread {
    const known = this.#threads.get(threadId);
    this.#threads.delete(threadId);
    // A thread that begins anew under an old name knows no secrets of the old one.
    const thread =
      known && stored
        ? known
        : { secrets: new SecretKeeper(stored), random: () => 0, listening: undefined, effects: 0, failures: 0 };
    this.#threads.set(threadId, thread);
    for (const oldest of this.#threads.keys()) {
      if (this.#threads.size <= mostThreads) break;
      this.#threads.delete(oldest);
    }
    return thread;
  }

  #hostOf(threadId: string, thread: Thread, signal: AbortSignal, emit: (out: Out) => void): TurnHost {
    const { agent, step, understand, openState, router, tools, model, ledger, clock, env, onProblem } = this.#parts;
    const { secrets } = thread;
    const world = (state: { turn: number }, goesOn = false): StepWorld => {
      if (!goesOn) thread.random = seededRandom(0, threadId, state.turn);
      return { agent, env, now: this.#localTime(clock.date()), random: thread.random, pauses: true };
    };
    return {
      dialogId: threadId,
      agent, step, clock, tools, ledger, model, signal, world,
      resident: false,
      shape: expandedShape(agent),
      lastListening: thread.listening,
      nextInput: () => Promise.resolve(null),
      load(stored) {
        if (!stored) return { state: openState(threadId, world({ turn: 0 })), lost: false };
        const { state, lost, note } = adoptState(agent, stored);
        if (note) onProblem(`dialog ${threadId}: ${note}`);
        const asked = askSecretsAgain(agent, secrets.add(state), secrets.lost);
        for (const name of asked.settled) secrets.lost.delete(name);
        return { state: asked.state, lost };
      },
      begin: (before, input) => ({ before, input }),
      understand: (state, { text, confidence, language }) =>
        understand(
          world(state),
          state,
          { text, ...(confidence !== undefined && { confidence }), ...(language !== undefined && { language }) },
          router,
          signal,
        ),
      takeSecrets: (state) => secrets.take(state),
      withholdSecrets: (call) => secrets.withhold(call),
      recall: (kept) => secrets.recall(kept),
      emit(out) {
        if (out.kind === 'listen') thread.listening = out.listening;
        emit(out);
      },
      moved: () => (thread.failures = 0),
      settleLater: (_, result) =>
        void result.then(({ outcome }) => onProblem(`dialog ${threadId}: a tool that outlived its run came to ${outcome}`)),
      problem: onProblem,
      countEffect: () => ++thread.effects,
      countFailure: () => ++thread.failures,
      spent: () => undefined,
    }; // prettier-ignore
  }
}

function isQueue(input: AgentChannels['input'] | undefined): input is Queue {
  return typeof input === 'object' && input !== null && 'queue' in input;
}

function inputsOf(input: GraphInput | undefined, atMs: number): Input[] {
  if (input === null || input === undefined || input === '') return [];
  if (typeof input === 'string') return [{ kind: 'utterance', text: input, atMs }];
  return [{ atMs, ...input } as Input];
}

function openAt(atMs: number): Input {
  return { kind: 'open', atMs };
}

function wordsOf(outs: readonly Out[]): string[] {
  return outs.flatMap((out) => (out.kind === 'words' ? [out.text] : []));
}
