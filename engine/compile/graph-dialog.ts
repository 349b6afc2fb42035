import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type {
  Clock, Dialog, FillMove, Heard, Input, LanguageModel, Listening, ModelUsage, Out, Router, ToolResult, ToolRunner, TurnTimings, Understanding,
} from '../contracts.js'; // prettier-ignore
import type { DialogState, Step, StepWorld, Understand } from '../dialog/seam.js';
import { languageHeard } from '../dialog/languages.js';
import { PersonalValues } from '../dialog/personal-values.js';
import { inside } from '../dialog/state.js';
import type { Agent } from '../language/flow.js';
import type { Claim, ClaimOptions, DialogStore } from '../stores/dialog-store.js';
import type { WriteLedger } from '../stores/write-ledger.js';
import { adoptState, askSecretsAgain } from './adopt-state.js';
import type { CallerRecord } from './caller-record.js';
import { AsyncQueue } from './async-queue.js';
import { foldedShape, gotoTurn, type DialogGraph, type Shape } from './graph.js';
import { localTimeIn, seededRandom } from './moment.js';
import { startTool } from './perform-tool.js';
import { SecretKeeper } from './secrets.js';
import { LastTurn } from './last-turn.js';
import { ModelMeter, tellingOfFirst } from './model-meter.js';
import { RehearsedModel } from './rehearsal.js';
import { rehearse } from './rehearse.js';
import type { KeptCall, KeptEffect, TurnHost } from './turn-host.js';
import { UnderstandingCache } from './understanding-cache.js';

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
  noteCaller?: (state: DialogState) => void;
  onProblem: (line: string) => void;
}

/** What a checkpoint said when the dialog was opened. */
interface Attached {
  state: DialogState | undefined;
  /** Something was being done when the process died: it is done first. */
  pendingNode: 'turn' | 'effect' | undefined;
  late: KeptCall[];
}

/** Supersteps of one turn: far more than states and effects that a turn may pass. */
const stepsATurn = 250;

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
  readonly #secrets: SecretKeeper;
  readonly #personal: PersonalValues | undefined;
  readonly #cache = new UnderstandingCache();
  readonly #lastTurn = new LastTurn();
  readonly #model: RehearsedModel | undefined;
  readonly #meter = new ModelMeter();
  readonly #countedRouter: Router = {
    route: (request, signal) => this.#parts.router.route(request, signal, this.#meter.ofQuestions),
  };
  #isTurning = false;
  readonly #settlements = new AsyncQueue<{ callId: string; result: ToolResult }>();
  readonly #host: TurnHost;
  readonly #localTime: (date: number) => string;

  #state: DialogState;
  #lastListening: Listening | undefined;
  #healed = false;
  #closed = false;
  #busy: Promise<void> = Promise.resolve();

  // Of the turn being made.
  #outs: AsyncQueue<Out> | undefined;
  #stop = new AbortController();
  #input: Input | undefined;
  #sinceMs = 0;
  #spent = freshSpent();
  /** Since when the turn's words are being understood: only then does the router's time count for the turn. */
  #readingSinceMs: number | undefined;
  #firstWordsMs: number | undefined;
  #firstTokenMs: number | undefined;
  /** The slot that the turn's input may have answered. */
  #asked: string | undefined;
  #effects = 0;
  #failures = 0;
  #random: (() => number) | undefined;
  #ended = false;
  /** Outs of an effect that is performed after a restart: its listening is not the turn's. */
  #healing = false;

  // Of the resident run.
  #run: Promise<void> | undefined;
  #mailbox: AsyncQueue<Input> | undefined;
  #idle: (() => void) | undefined;

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
    this.#secrets = new SecretKeeper(attached.state);
    this.#personal = PersonalValues.of(parts.agent, () => this.#localTime(parts.clock.date()));
    this.#model = parts.model && new RehearsedModel(parts.model, this.#meter);
    this.#host = this.#makeHost();
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
    this.#sinceMs = this.#parts.clock.now();
    this.#spent = freshSpent();
    this.#firstWordsMs = this.#firstTokenMs = undefined;
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
      understand(this.#world(state), state, { text }, this.#timedRouter(), stop),
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
  ): AsyncIterable<Extract<Out, { kind: 'words' }>> {
    if (this.#isTurning || this.#closed || !this.#healed || signal.aborted) return;
    const { understand, agent, env, clock, seed } = this.#parts;
    const state = (said.whole === undefined ? undefined : this.#lastTurn.before) ?? this.#state;
    // As the turn's own: a rehearsal picks the same variants.
    const now = this.#localTime(clock.date());
    const plain = { agent, env, now, random: seededRandom(seed, this.id, state.turn) };
    const world: StepWorld = this.#parts.shape ? { ...plain, pauses: true } : plain;
    yield* rehearse(said, {
      state,
      world,
      understand: (stop) =>
        this.#cache.ask(said.text + againKey(said), stop, (given) =>
          understand(world, state, { text: said.text }, this.#countedRouter, given),
        ),
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
    this.#mailbox?.close();
    await this.#run;
    this.#settlements.close();
    this.#cache.clear();
    await this.#parts.record?.flush();
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
      if (!this.#healed) await this.#heal(input);
      // What was being done has brought the words and the question: nothing is left to open.
      if (this.#ended && input.kind === 'open') return;
      if (this.#parts.resident) await this.#turnResident(input);
      else await this.#turnInvoked(input);
    } catch (error) {
      await this.#recover(error);
    }
    if (!this.#ended)
      this.#emit({ kind: 'listen', listening: this.#lastListening ?? plainListening(this.#parts.agent) });
  }

  /** Its caller hung up in the middle, and is here again all the same. */
  #isReturning(): boolean {
    const { state } = this.#attached;
    return this.#parts.returning === true || (state?.ended === true && state.dropped === true);
  }

  /** One turn, one run. */
  async #turnInvoked(input: Input): Promise<void> {
    this.#input = input;
    // After a crash of a resident run the graph waits in `turn`: it goes on there, a goto would make a second task.
    const resume = this.#attached.pendingNode === 'turn';
    this.#attached.pendingNode = undefined;
    await this.#invoke(resume ? null : gotoTurn(this.#host.shape.turn(this.#state)), stepsATurn);
  }

  /** One turn of the run that waits in `turn`. */
  async #turnResident(input: Input): Promise<void> {
    this.#mailbox ??= new AsyncQueue<Input>();
    const idle = new Promise<void>((resolve) => (this.#idle = resolve));
    this.#mailbox.push(input);
    if (!this.#run) {
      const resume = this.#attached.pendingNode === 'turn';
      this.#attached.pendingNode = undefined;
      this.#run = this.#invoke(resume ? null : gotoTurn(), 1e9)
        .catch((error: unknown) => this.#recover(error))
        .finally(() => {
          this.#run = undefined;
          this.#mailbox = undefined;
          this.#idle?.();
        });
    }
    await idle;
  }

  /** What was being done when an earlier process died is done first: tools that may be repeated, words, late tools. */
  async #heal(input: Input): Promise<void> {
    this.#healed = true;
    for (const kept of this.#attached.late) {
      this.#settleLater(kept.call.callId, startTool(this.#host, kept, neverAborted));
    }
    if (this.#attached.pendingNode !== 'effect') return;
    this.#attached.pendingNode = undefined;
    this.#healing = input.kind !== 'open';
    if (input.kind === 'open' && input.returning)
      for (const out of this.#parts.wordsUnderWay?.(this.#world(this.#state), this.#state) ?? []) this.#emit(out);
    try {
      // Run by turns, whatever the driver: the run must come back here.
      const host = Object.create(this.#host, { resident: { value: false } }) as TurnHost;
      await this.#parts.graph.invoke(null, this.#config(stepsATurn, host));
    } finally {
      this.#healing = false;
    }
  }

  async #invoke(input: ReturnType<typeof gotoTurn> | null, recursionLimit: number): Promise<void> {
    await this.#parts.graph.invoke(input, this.#config(recursionLimit));
  }

  #config(recursionLimit: number, host = this.#host) {
    return {
      configurable: { thread_id: this.id, host },
      // A checkpoint before every effect is what a crash in it is healed from.
      durability: 'sync' as const,
      recursionLimit,
      // Nothing is read of what the run gives: no stream of values is made for it.
      outputKeys: 'then' as const,
      streamMode: 'custom' as const,
    };
  }

  /** The nodes catch their own mistakes, so this is LangGraph or the store: the next turn goes on from the last checkpoint. */
  async #recover(error: unknown): Promise<void> {
    this.#parts.onProblem(`dialog ${this.id}: the turn was not committed: ${(error as Error).message}`);
    try {
      this.#attached.pendingNode = await pendingNodeOf(this.#parts);
      this.#attached.late = [];
      this.#healed = false;
    } catch (again) {
      this.#parts.onProblem(`dialog ${this.id}: its checkpoint cannot be read: ${(again as Error).message}`);
    }
  }

  /** Somebody else goes on with this dialog: here it ends, without another word. */
  #endLost(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parts.onProblem(`dialog ${this.id}: ends here, because ${this.#claim.lost ?? ''}`);
    this.#outs?.push({ kind: 'end', hangUp: true });
  }

  /** What is left of the whole is the step's own. */
  #timings(): TurnTimings {
    const { understandMs, routerMs, toolsMs, modelMs } = this.#spent;
    const totalMs = this.#parts.clock.now() - this.#sinceMs;
    const stepMs = Math.max(0, totalMs - understandMs - toolsMs - modelMs);
    const firstWordsMs = this.#firstWordsMs;
    const firstTokenMs = this.#firstTokenMs;
    return {
      understandMs, routerMs, stepMs, toolsMs, modelMs, ...(firstTokenMs !== undefined && { firstTokenMs }), ...(firstWordsMs !== undefined && { firstWordsMs }), totalMs,
    }; // prettier-ignore
  }

  /** The router, with its share of the turn's time taken, and its models' work counted. */
  #timedRouter(): Router {
    const { clock } = this.#parts;
    const router = this.#countedRouter;
    return {
      route: async (request, signal) => {
        const sinceMs = clock.now();
        try {
          return await router.route(request, signal);
        } finally {
          if (this.#readingSinceMs !== undefined)
            this.#spent.routerMs += clock.now() - Math.max(sinceMs, this.#readingSinceMs);
        }
      },
    };
  }

  #emit(out: Out): void {
    if (this.#claim.lost !== undefined) return this.#endLost();
    if (out.kind === 'listen') this.#lastListening = out.listening;
    this.#lastTurn.note(out);
    if (endsTurn(out)) {
      if (this.#healing || this.#ended) return;
      this.#ended = true;
    }
    if (out.kind === 'words' && out.text !== '') this.#firstWordsMs ??= this.#parts.clock.now() - this.#sinceMs;
    this.#outs?.push(this.#forWatchers(out));
  }

  /** What only the driver knows of a turn, and what may be printed of it. */
  #forWatchers(out: Out): Out {
    if (out.kind === 'words' && this.#personal) {
      const masked = this.#personal.hideText(out.text);
      return masked === out.text ? out : { ...out, masked };
    }
    if (out.kind !== 'trace') return out;
    const trace = { ...out.trace, timings: this.#timings() };
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

  #nextInput(): Promise<Input | null> {
    const input = this.#input;
    this.#input = undefined;
    if (!this.#mailbox) return Promise.resolve(input ?? null);
    if (this.#mailbox.size === 0) {
      this.#idle?.();
      this.#idle = undefined;
    }
    return this.#mailbox.next().then((next) => (next.done ? null : next.value));
  }

  async #understandInput(
    state: DialogState,
    input: Extract<Input, { kind: 'utterance' }>,
  ): Promise<Understanding | 'interrupted'> {
    const { understand, onProblem } = this.#parts;
    const { text, confidence = 1, language } = input;
    const { signal } = this.#stop;
    // What was speculated on was read in the language of the talk.
    const spoken = language === undefined ? '' : `\u0000${language}`;
    const again = againKey(input);
    const isOther = languageHeard(this.#parts.agent, inside(state), { text, language }) !== undefined;
    const ask = (key: string, heard?: number): Promise<Understanding> =>
      this.#cache.ask((isOther ? key + spoken : key) + again, signal, (stop) => {
        const utterance = {
          text,
          ...(heard !== undefined && { confidence: heard }),
          ...(language !== undefined && { language }),
        };
        return understand(this.#world(state), state, utterance, this.#timedRouter(), stop);
      });
    this.#readingSinceMs = this.#parts.clock.now();
    try {
      // Speculation knows no confidence. What was heard well is understood the same, its values a little less
      // surely; what was heard badly is understood anew.
      return confidence >= wellHeard
        ? lessSurely({ ...(await ask(input.rehearsed ?? text)), text }, confidence)
        : await ask(`${text}\u0000${String(confidence)}`, confidence);
    } catch (error) {
      if (signal.aborted) return 'interrupted';
      onProblem(`dialog ${this.id}: not understood, because the router failed: ${(error as Error).message}`);
      return { text, moves: [], route: 'none', probability: 0, candidates: [], llmCalls: 0 };
    } finally {
      this.#readingSinceMs = undefined;
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
      model: this.#model && tellingOfFirst(this.#model, () => (this.#firstTokenMs ??= clock.now() - this.#sinceMs)),
      resident,
      shape: this.#parts.shape ?? foldedShape,
      get signal() {
        return dialog.#stop.signal;
      },
      get lastListening() {
        return dialog.#lastListening;
      },
      world: (state, goesOn) => this.#world(state, goesOn),
      nextInput: () => this.#nextInput(),
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
        this.#parts.noteCaller?.(state);
        this.#failures = 0;
        this.#cache.clear();
      },
      settleLater: (callId, result) => this.#settleLater(callId, result),
      problem: onProblem,
      countEffect: () => ++this.#effects,
      spent: (on, ms) => void (this.#spent[on] += ms),
      countFailure: () => ++this.#failures,
    };
  }
}

/** Reads the checkpoint, if there is one. */
async function attach(parts: GraphDialogParts): Promise<Attached> {
  const tuple = await parts.saver.getTuple({ configurable: { thread_id: parts.id, checkpoint_ns: '' } });
  if (!tuple) return { state: undefined, pendingNode: undefined, late: [] };
  const values = tuple.checkpoint.channel_values as {
    dialog?: DialogState;
    then?: KeptEffect | null;
    late?: KeptCall[];
  };
  const adopted = values.dialog && adoptState(parts.agent, values.dialog);
  if (adopted?.note) parts.onProblem(`dialog ${parts.id}: ${adopted.note}`);
  const pendingNode = await pendingNodeOf(parts);
  const late = adopted?.lost ? [] : (values.late ?? []);
  return { state: adopted?.state, pendingNode, late };
}

/** Where the graph stands in the middle of something: after a crash, or while a resident run waits in `turn`. */
async function pendingNodeOf({ id, graph, saver }: GraphDialogParts): Promise<Attached['pendingNode']> {
  const config = { configurable: { thread_id: id } };
  const { next } = await graph.getState(config);
  if (next.length === 1 && next[0] === 'turn') return 'turn';
  // Killed between a task's writes and the checkpoint, `next` is empty and the writes are not.
  const pending = next.length > 0 || ((await saver.getTuple(config))?.pendingWrites ?? []).length > 0;
  return pending ? 'effect' : undefined;
}

/** Of what is put in place of the turn before: it is read from where that began. */
function againKey({ whole }: { whole?: string }): string {
  return whole === undefined ? '' : '\u0000whole';
}

/** From this confidence on a speculative understanding is taken. */
const wellHeard = 0.8;

function lessSurely(understanding: Understanding, confidence: number): Understanding {
  if (confidence >= 1) return understanding;
  const lower = (move: FillMove): FillMove => ({
    ...move,
    confidence: Math.round(move.confidence * confidence * 1000) / 1000,
  });
  const moves = understanding.moves.map((move) =>
    move.kind === 'fill' ? lower(move) : move.kind === 'queue' ? { ...move, fills: move.fills.map(lower) } : move,
  );
  return { ...understanding, moves };
}

function freshSpent() {
  return { understandMs: 0, routerMs: 0, toolsMs: 0, modelMs: 0 };
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
