import type {
  Clock,
  Input,
  LanguageModel,
  Listening,
  Out,
  ToolCall,
  ToolResult,
  ToolRunner,
  Understanding,
} from '../contracts.js';
import type { DialogState, Effect, Step, StepWorld } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import type { WriteLedger } from '../stores/write-ledger.js';
import type { Shape } from './graph.js';

/**
 * What the graph's nodes ask of the dialog that drives them. It travels in `configurable`, so that one compiled
 * graph serves every dialog of an agent, and nothing of it can get into a checkpoint.
 */
export interface TurnHost {
  readonly dialogId: string;
  readonly agent: Agent;
  readonly step: Step;
  readonly clock: Clock;
  readonly tools: ToolRunner;
  readonly ledger: WriteLedger;
  readonly model: LanguageModel | undefined;
  /** True: the run waits for the next input at a listening point. False: it ends there. */
  readonly resident: boolean;
  readonly shape: Shape;
  /** Of the turn being made. `reason` is a `Heard` when the caller interrupted. */
  readonly signal: AbortSignal;
  /** @param goesOn the step goes on with one that stopped before a state */
  world(state: DialogState, goesOn?: boolean): StepWorld;
  /** The next input, or null when the run should end. */
  nextInput(): Promise<Input | null>;
  /**
   * The state to step from: what the checkpoint holds (undefined: a new dialog), adopted when another version of
   * the agent stored it, with its secrets. `lost`: its place is gone, and so is what was being done there.
   */
  load(stored: DialogState | undefined): { state: DialogState; lost: boolean };
  /** A turn begins: with what it is stepped from, which is where the turn before began when that one is taken back. */
  begin(state: DialogState, input: Input): { before: DialogState; input: Input };
  understand(state: DialogState, input: Extract<Input, { kind: 'utterance' }>): Promise<Understanding | 'interrupted'>;
  /** Secrets live here and nowhere else: taken off before a checkpoint, put back by `load`. */
  takeSecrets(state: DialogState): DialogState;
  /** Secret inputs of a tool, likewise. `recall` gives undefined when they were lost with a process. */
  withholdSecrets(call: ToolCall): KeptCall;
  recall(kept: KeptCall): ToolCall | undefined;
  emit(out: Out): void;
  /** The step made a new state: what was understood of the old one is void. */
  moved(state: DialogState): void;
  /** What to do with the result of a tool that outlived its turn. */
  settleLater(callId: string, result: Promise<ToolResult>): void;
  /** One line for the log, without anything a caller said. */
  problem(line: string): void;
  /** How the caller was last listened to, to listen so again when a turn could not be made. */
  readonly lastListening: Listening | undefined;
  /** Effects performed in this turn: a flow that calls tools in a circle must not hang the call. */
  countEffect(): number;
  /** For the trace: what a turn spent its time on. */
  spent(on: 'understandMs' | 'toolsMs' | 'modelMs', ms: number): void;
  /** Turns in a row that could not be made. */
  countFailure(): number;
}

/** A tool call as a checkpoint may hold it: without the values of secret slots. */
export interface KeptCall {
  call: ToolCall;
  /** Names of inputs that were taken off. */
  withheld: string[];
  /** Reads that run at the same time. */
  beside?: KeptCall[];
}

/** The effect a checkpoint holds while it is being performed. */
export type KeptEffect =
  ({ kind: 'tool' } & KeptCall) | Extract<Effect, { kind: 'model_words' | 'enter' | 'generate' }>;
