import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { Input } from '../contracts.js';
import type { Agent } from '../language/flow.js';
import { AsyncQueue } from './async-queue.js';
import { pendingNodeOf, type Attached } from './attach.js';
import { gotoTurn, type DialogGraph } from './graph.js';
import type { TurnHost } from './turn-host.js';

/** Supersteps of one turn: far more than states and effects that a turn may pass. */
const stepsATurn = 250;

export interface GraphRunParts {
  id: string;
  agent: Agent;
  graph: DialogGraph;
  saver: BaseCheckpointSaver;
  /** One run for all of the conversation, which waits in `turn`; else one run a turn. */
  resident: boolean;
  onProblem: (line: string) => void;
}

/** How a dialog's graph is run, and what a crash left it in the middle of. */
export class GraphRun {
  readonly #parts: GraphRunParts;
  readonly #host: TurnHost;
  readonly #attached: Attached;
  #isHealed = false;
  #input: Input | undefined;
  // Of the resident run.
  #run: Promise<void> | undefined;
  #mailbox: AsyncQueue<Input> | undefined;
  #idle: (() => void) | undefined;

  constructor(parts: GraphRunParts, host: TurnHost, attached: Attached) {
    this.#parts = parts;
    this.#host = host;
    this.#attached = attached;
  }

  /** Nothing waits that a process left undone. */
  get isHealed(): boolean {
    return this.#isHealed;
  }

  /**
   * What an earlier process left: calls whose turn did not wait for them, and whether it was in the middle of an effect,
   * which is then to be finished before the next turn.
   */
  takeOver(): { late: Attached['late']; isInEffect: boolean } {
    this.#isHealed = true;
    return { late: this.#attached.late.splice(0), isInEffect: this.#attached.pendingNode === 'effect' };
  }

  /** Does what was being done when the process died: what comes of it goes to the host. */
  async finishEffect(): Promise<void> {
    this.#attached.pendingNode = undefined;
    // Run by turns, whatever the driver: the run must come back here.
    const host = Object.create(this.#host, { resident: { value: false } }) as TurnHost;
    await this.#parts.graph.invoke(null, this.#config(stepsATurn, host));
  }

  /**
   * One turn, up to where the graph waits for the next.
   * @param node where a run by turns begins, see {@link TurnHost.shape}
   * @throws what LangGraph or the store throws; a resident run that breaks tells `recover`
   */
  turn(input: Input, node: string): Promise<void> {
    return this.#parts.resident ? this.#turnResident(input) : this.#turnInvoked(input, node);
  }

  /** What the graph's `turn` waits for; null when there is nothing more. */
  nextInput(): Promise<Input | null> {
    const input = this.#input;
    this.#input = undefined;
    if (!this.#mailbox) return Promise.resolve(input ?? null);
    if (this.#mailbox.size === 0) {
      this.#idle?.();
      this.#idle = undefined;
    }
    return this.#mailbox.next().then((next) => (next.done ? null : next.value));
  }

  /** The nodes catch their own mistakes, so this is LangGraph or the store: the next turn goes on from the last checkpoint. */
  async recover(error: unknown): Promise<void> {
    const { id, onProblem } = this.#parts;
    onProblem(`dialog ${id}: the turn was not committed: ${(error as Error).message}`);
    try {
      this.#attached.pendingNode = await pendingNodeOf(this.#parts);
      this.#attached.late = [];
      this.#isHealed = false;
    } catch (again) {
      onProblem(`dialog ${id}: its checkpoint cannot be read: ${(again as Error).message}`);
    }
  }

  async close(): Promise<void> {
    this.#mailbox?.close();
    await this.#run;
  }

  async #turnInvoked(input: Input, node: string): Promise<void> {
    this.#input = input;
    await this.#begin(() => gotoTurn(node), stepsATurn);
  }

  async #turnResident(input: Input): Promise<void> {
    this.#mailbox ??= new AsyncQueue<Input>();
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    this.#mailbox.push(input);
    this.#run ??= this.#begin(() => gotoTurn(), 1e9)
      .catch((error: unknown) => this.recover(error))
      .finally(() => {
        this.#run = undefined;
        this.#mailbox = undefined;
        this.#idle?.();
      });
    await idle;
  }

  /** After a crash of a resident run the graph waits in `turn`: it goes on there, a goto would make a second task. */
  async #begin(goto: () => ReturnType<typeof gotoTurn>, recursionLimit: number): Promise<void> {
    const resumes = this.#attached.pendingNode === 'turn';
    this.#attached.pendingNode = undefined;
    await this.#parts.graph.invoke(resumes ? null : goto(), this.#config(recursionLimit));
  }

  #config(recursionLimit: number, host = this.#host) {
    return {
      configurable: { thread_id: this.#parts.id, host },
      // A checkpoint before every effect is what a crash in it is healed from.
      durability: 'sync' as const,
      recursionLimit,
      // Nothing is read of what the run gives: no stream of values is made for it.
      outputKeys: 'then' as const,
      streamMode: 'custom' as const,
    };
  }
}
