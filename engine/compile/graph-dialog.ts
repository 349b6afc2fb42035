import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type {
  Clock, Dialog, Heard, Input, LanguageModel, Listening, ModelUsage, Out, Router, ToolResult, ToolRunner, Understanding,
} from '../contracts.js'; // prettier-ignore
import type { DialogState, Step, StepWorld, Understand } from '../dialog/seam.js';
import { PersonalValues } from '../dialog/personal-values.js';
import type { Agent } from '../language/flow.js';
import type { Claim, ClaimOptions, DialogStore } from '../stores/dialog-store.js';
import type { WriteLedger } from '../stores/write-ledger.js';
import { adoptState, askSecretsAgain } from './adopt-state.js';
import type { CallerRecord } from './caller-record.js';
import { AsyncQueue } from './async-queue.js';
import { attach, type Attached } from './attach.js';
import { foldedShape, type DialogGraph, type Shape } from './graph.js';
import { GraphRun } from './graph-run.js';
import { localTimeIn, seededRandom } from './moment.js';
import { startTool } from './perform-tool.js';
import { SecretKeeper } from './secrets.js';
import { LastTurn } from './last-turn.js';
import { ModelMeter, tellingOfFirst } from './model-meter.js';
import { againKey, readInput } from './read-input.js';
import { guess } from './guess.js';
import { RehearsedModel } from './rehearsal.js';
import { rehearse } from './rehearse.js';
import type { TurnHost } from './turn-host.js';
import { TurnClock } from './turn-clock.js';
import type { CallerNote } from './unfinished.js';
import { UnderstandingCache } from './understanding-cache.js';
import { withModels } from './with-models.js';

export interface GraphDialogParts {
  id: string;
  agent: Agent;
  graph: DialogGraph;
  /** Default: the folded graph's. */
  shape?: Shape;
  saver: BaseCheckpointSaver;
  ledger: WriteLedger;
  store: DialogStore;
  router: Router;
  tools: ToolRunner;
  model: LanguageModel | undefined;
  step: Step;
  understand: Understand;
  openState: (world: StepWorld) => DialogState;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  seed: number;
  resident: boolean;
  claim: ClaimOptions;
  /** What is kept of the caller, where anything is. */
  record?: CallerRecord | undefined;
  /** The first input is a new call of the caller of a dialog that broke off. */
  returning?: boolean;
  /** Words before those of a tool that ran when it broke off. */
  wordsUnderWay?: (world: StepWorld, state: DialogState) => Out[];
  /** After each step: whether there is anything to go on with in a new call. */
  callerNote?: CallerNote;
  onProblem: (line: string) => void;
}

const neverAborted = new AbortController().signal;

/**
 * A conversation driven through the compiled graph: one run a turn, or one run for all of it (resident). The
 * nodes see it as their {@link TurnHost}.
 */
export class GraphDialog implements Dialog {
  readonly id: string;
  readonly #parts: GraphDialogParts;
  readonly #claim: Claim;
  readonly #attached: Attached;
  readonly #run: GraphRun;
  readonly #secrets: SecretKeeper;
  readonly #personal: PersonalValues | undefined;
  readonly #cache = new UnderstandingCache();
  readonly #lastTurn = new LastTurn();
  readonly #model: RehearsedModel | undefined;
  readonly #meter = new ModelMeter();
  #isTurning = false;
  readonly #settlements = new AsyncQueue<{ callId: string; result: ToolResult }>();
  readonly #host: TurnHost;
  readonly #localTime: (date: number) => string;
  readonly #time: TurnClock;
  readonly #countedRouter: Router;
  readonly #timedRouter: Router;

  #state: DialogState;
  #lastListening: Listening | undefined;
  #closed = false;
  #busy: Promise<void> = Promise.resolve();

  // Of the turn being made.
  #outs: AsyncQueue<Out> | undefined;
  #stop = new AbortController();
  /** The slot that the turn's input may have answered. */
  #asked: string | undefined;
  #effects = 0;
  #failures = 0;
  #random: (() => number) | undefined;
  #ended = false;
  /** Outs of an effect that is performed after a restart: its listening is not the turn's. */
  #healing = false;

  /** @throws DialogHeld while another process has it */
  static async open(parts: GraphDialogParts): Promise<GraphDialog> {
    const claim = await parts.store.claim(parts.id, parts.claim);
    try {
      return new GraphDialog(parts, claim, await attach(parts));
    } catch (error) {
      await claim.release();
      throw error;
    }
  }

  private constructor(parts: GraphDialogParts, claim: Claim, attached: Attached) {
    this.id = parts.id;
    this.#parts = parts;
    this.#claim = claim;
    this.#attached = attached;
    this.#localTime = localTimeIn(parts.agent.timezone);
    this.#time = new TurnClock(parts.clock);
    this.#countedRouter = withModels(parts.router, this.#meter.ofQuestions);
    this.#timedRouter = this.#time.timed(this.#countedRouter);
    this.#secrets = new SecretKeeper(attached.state);
    this.#personal = PersonalValues.of(parts.agent, () => this.#localTime(parts.clock.date()));
    this.#model = parts.model && new RehearsedModel(parts.model, this.#meter);
    this.#host = this.#makeHost();
    this.#run = new GraphRun(parts, this.#host, attached);
    this.#state = attached.state
      ? askSecretsAgain(parts.agent, this.#secrets.add(attached.state), this.#secrets.lost).state
      : parts.openState(this.#world({ version: parts.agent.hash, turn: 0 }));
    this.#personal?.learnState(this.#state);
  }

  async *turn(input: Input, run: { signal: AbortSignal }): AsyncIterable<Out> {
    const before = this.#busy;
    let release = (): void => {};
    this.#busy = new Promise((resolve) => (release = resolve));
    await before;
    if (this.#closed) {
      release();
      throw new Error(`dialog ${this.id} is closed`);
    }
    const outs = new AsyncQueue<Out>();
    const stop = new AbortController();
    const interrupt = (): void => stop.abort(run.signal.reason);
    if (run.signal.aborted) interrupt();
    else run.signal.addEventListener('abort', interrupt, { once: true });
    this.#outs = outs;
    this.#stop = stop;
    this.#effects = 0;
    this.#time.start();
    this.#asked = this.#lastListening?.slot?.name;
    this.#ended = false;
    this.#isTurning = true;
    if (input.kind !== 'utterance' || input.rehearsed === undefined) this.#model?.forget();
    const work = this.#perform(input).finally(() => {
      this.#isTurning = false;
      run.signal.removeEventListener('abort', interrupt);
      outs.close();
      release();
    });
    let over = false;
    try {
      for (let next = await outs.next(); !next.done; next = await outs.next()) {
        over ||= endsTurn(next.value);
        yield next.value;
      }
    } finally {
      // Whoever stops reading in the middle wants no more of this turn.
      if (!over) stop.abort(new Error('the reader of the turn has gone'));
      await work;
    }
  }

  understand(text: string, signal: AbortSignal): Promise<Understanding> {
    const { understand } = this.#parts;
    const state = this.#state;
    return this.#cache.ask(text, signal, (stop) =>
      understand(this.#world(state), state, { text }, this.#timedRouter, stop),
    );
  }

  hide(text: string, who: 'caller' | 'agent', isOver = false): string {
    if (!this.#personal) return text;
    const answers = who === 'caller' && !isOver ? this.#personal.labelOf(this.#lastListening?.slot?.name) : undefined;
    return answers ?? this.#personal.hideText(text, who === 'caller');
  }

  async *rehearse(
    said: { text: string; whole?: string; heard?: Heard },
    signal: AbortSignal,
  ): AsyncIterable<Extract<Out, { kind: 'words' }> & { guess?: true }> {
    if (this.#isTurning || this.#closed || !this.#run.isHealed || signal.aborted) return;
    const { understand, router, agent, env, clock, seed } = this.#parts;
    const state = (said.whole === undefined ? undefined : this.#lastTurn.before) ?? this.#state;
    // As the turn's own: a rehearsal picks the same variants.
    const now = this.#localTime(clock.date());
    const plain = { agent, env, now, random: seededRandom(seed, this.id, state.turn) };
    const world: StepWorld = this.#parts.shape ? { ...plain, pauses: true } : plain;
    const read = (by: Router, stop: AbortSignal): Promise<Understanding> =>
      understand(world, state, { text: said.text }, by, stop);
    yield* rehearse(said, {
      state,
      world,
      understand: (stop, asksModel) => {
        const telling = withModels(this.#countedRouter, (model) => {
          asksModel();
          return model;
        });
        return this.#cache.ask(said.text + againKey(said), stop, (given) => read(telling, given));
      },
      guess: () => guess(router, (by) => read(by, signal)),
      host: this.#host,
      model: this.#model?.ahead(signal),
      signal,
    });
  }

  modelUsage(): ModelUsage[] {
    return this.#meter.usage;
  }

  async *settlements(signal: AbortSignal): AsyncIterable<Extract<Input, { kind: 'tool' }>> {
    const leave = (): void => this.#settlements.release();
    signal.addEventListener('abort', leave, { once: true });
    try {
      while (!signal.aborted) {
        const next = await this.#settlements.next();
        if (next.done) return;
        yield { kind: 'tool', atMs: this.#parts.clock.now(), ...next.value };
      }
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  async close(reason: string): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop.abort(new Error(`closed: ${reason}`));
    await this.#busy;
    await this.#run.close();
    this.#settlements.close();
    this.#cache.clear();
    await this.#parts.record?.flush();
    await this.#parts.callerNote?.settled();
    try {
      await this.#claim.release();
    } catch (error) {
      this.#parts.onProblem(
        `dialog ${this.id}: closed (${reason}), and its last turn is not stored yet: ${(error as Error).message}`,
      );
    }
  }

  async #perform(input: Input): Promise<void> {
    if (this.#claim.lost !== undefined) return this.#endLost();
    if (input.kind === 'open' && this.#isReturning()) input = { ...input, returning: true };
    try {
      if (!this.#run.isHealed) await this.#heal(input);
      // What was being done has brought the words and the question: nothing is left to open.
      if (this.#ended && input.kind === 'open') return;
      await this.#run.turn(input, this.#host.shape.turn(this.#state));
    } catch (error) {
      await this.#run.recover(error);
    }
    if (!this.#ended)
      this.#emit({ kind: 'listen', listening: this.#lastListening ?? plainListening(this.#parts.agent) });
  }

  /** Its caller hung up in the middle, and is here again all the same. */
  #isReturning(): boolean {
    const { state } = this.#attached;
    return this.#parts.returning === true || (state?.ended === true && state.dropped === true);
  }

  /** What was being done when an earlier process died is done first: tools that may be repeated, words, late tools. */
  async #heal(input: Input): Promise<void> {
    const { late, isInEffect } = this.#run.takeOver();
    for (const kept of late) {
      this.#settleLater(kept.call.callId, startTool(this.#host, kept, neverAborted));
    }
    if (!isInEffect) return;
    this.#healing = input.kind !== 'open';
    if (input.kind === 'open' && input.returning)
      for (const out of this.#parts.wordsUnderWay?.(this.#world(this.#state), this.#state) ?? []) this.#emit(out);
    try {
      await this.#run.finishEffect();
    } finally {
      this.#healing = false;
    }
  }

  /** Somebody else goes on with this dialog: here it ends, without another word. */
  #endLost(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.onProblem(`dialog ${this.id}: ends here, because ${this.#claim.lost ?? ''}`);
    this.#outs?.push({ kind: 'end', hangUp: true });
  }

  #emit(out: Out): void {
    if (this.#claim.lost !== undefined) return this.#endLost();
    if (out.kind === 'listen') this.#lastListening = out.listening;
    this.#lastTurn.note(out);
    if (endsTurn(out)) {
      if (this.#healing || this.#ended) return;
      this.#ended = true;
    }
    if (out.kind === 'words' && out.text !== '') this.#time.words();
    this.#outs?.push(this.#forWatchers(out));
  }

  /** What only the driver knows of a turn, and what may be printed of it. */
  #forWatchers(out: Out): Out {
    if (out.kind === 'words' && this.#personal) {
      const masked = this.#personal.hideText(out.text);
      return masked === out.text ? out : { ...out, masked };
    }
    if (out.kind !== 'trace') return out;
    const trace = { ...out.trace, timings: this.#time.timings() };
    return { kind: 'trace', trace, ...(this.#personal && { masked: this.#personal.hideTrace(trace, this.#asked) }) };
  }

  #settleLater(callId: string, result: Promise<ToolResult>): void {
    void result.then((settled) => {
      if (settled.problem !== undefined) this.#parts.onProblem(`a tool that outlived its turn: ${settled.problem}`);
      this.#secrets.forget(callId);
      this.#settlements.push({ callId, result: settled });
    });
  }

  #askSecrets(state: DialogState): DialogState {
    const { lost } = this.#secrets;
    if (lost.size === 0) return state;
    const asked = askSecretsAgain(this.#parts.agent, state, lost);
    for (const name of asked.settled) lost.delete(name);
    return asked.state;
  }

  #world(state: DialogState, goesOn = false): StepWorld {
    const { agent, clock, env, seed } = this.#parts;
    // A step that goes on picks variants as if it had never stopped.
    if (!goesOn || !this.#random) this.#random = seededRandom(seed, this.id, state.turn);
    const world = { agent, env, now: this.#localTime(clock.date()), random: this.#random };
    return this.#parts.shape ? { ...world, pauses: true } : world;
  }

  async #understandInput(
    state: DialogState,
    input: Extract<Input, { kind: 'utterance' }>,
  ): Promise<Understanding | 'interrupted'> {
    const { agent, understand, onProblem } = this.#parts;
    const { signal } = this.#stop;
    const read = { agent, state, cache: this.#cache, signal };
    try {
      return await this.#time.reading(() =>
        readInput(input, {
          ...read,
          understand: (utterance, stop) => understand(this.#world(state), state, utterance, this.#timedRouter, stop),
        }),
      );
    } catch (error) {
      if (signal.aborted) return 'interrupted';
      onProblem(`dialog ${this.id}: not understood, because the router failed: ${(error as Error).message}`);
      return { text: input.text, moves: [], route: 'none', probability: 0, candidates: [], llmCalls: 0 };
    }
  }

  #makeHost(): TurnHost {
    const { agent, step, clock, tools, ledger, resident, onProblem } = this.#parts;
    // The nodes' view: what changes from turn to turn is read through it.
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- getters of another object
    const dialog = this;
    return {
      dialogId: this.id,
      agent,
      step,
      clock,
      tools,
      ledger,
      model: this.#model && tellingOfFirst(this.#model, () => this.#time.token()),
      resident,
      shape: this.#parts.shape ?? foldedShape,
      get signal() {
        return dialog.#stop.signal;
      },
      get lastListening() {
        return dialog.#lastListening;
      },
      world: (state, goesOn) => this.#world(state, goesOn),
      nextInput: () => this.#run.nextInput(),
      load: (stored) => {
        if (!stored) return { state: this.#state, lost: false };
        const { state, lost } = adoptState(agent, stored);
        return { state: this.#askSecrets(this.#secrets.add(state)), lost };
      },
      begin: (state, input) => this.#lastTurn.begin(state, input),
      understand: (state, input) => this.#understandInput(state, input),
      takeSecrets: (state) => this.#secrets.take(state),
      withholdSecrets: (call) => this.#secrets.withhold(call),
      recall: (kept) => this.#secrets.recall(kept),
      emit: (out) => this.#emit(out),
      moved: (state) => {
        this.#state = state;
        this.#personal?.learnState(state);
        this.#parts.record?.take(state);
        this.#parts.callerNote?.keep(state);
        this.#failures = 0;
        this.#cache.clear();
      },
      settleLater: (callId, result) => this.#settleLater(callId, result),
      problem: onProblem,
      countEffect: () => ++this.#effects,
      spent: (on, ms) => this.#time.spend(on, ms),
      countFailure: () => ++this.#failures,
    };
  }
}

function endsTurn(out: Out): boolean {
  return out.kind === 'listen' || out.kind === 'wait' || out.kind === 'end';
}

/** How to listen when nothing is known of the place. */
function plainListening(agent: Agent): Listening {
  return {
    position: 'listen', moves: [], bargeIn: 'speech', endpointing: { minMs: 300, maxMs: 2500 }, noInputMs: 6000, maxSpeechMs: 60_000,
    language: agent.language, hints: [], softWords: [], stopWords: [], secret: false,
  }; // prettier-ignore
}
