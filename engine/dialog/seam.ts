/**
 * Between the pure part of a dialog (`engine/dialog`) and what drives it (`engine/compile`):
 * one event in, the new state, the words, and the one effect to perform next out.
 */
import type {
  BargeIn,
  Input,
  Json,
  ModelMessage,
  Out,
  Router,
  ToolCall,
  ToolResult,
  TransferOutcome,
  TurnTrace,
  Understanding,
} from '../contracts.js';
import type { Agent } from '../language/flow.js';

/** What a checkpoint holds of a dialog: JSON, and nothing of the call. Its inside belongs to `engine/dialog`. */
export interface DialogState {
  /** `Agent.hash` of the version the dialog runs on. */
  version: string;
  /** `version:` of that agent, where one is written: what `migrations:` count from. */
  release?: number;
  /** Raised by every input. */
  turn: number;
  [key: string]: Json | undefined;
}

export interface StartOptions {
  dialogId: string;
  /** Begin in this flow (and state) with these slots, in place of the agent's `start`. */
  flow?: string;
  state?: string;
  slots?: Record<string, Json>;
  /** What is kept of the caller, by `slot` or `flow.slot`; absent: nobody knows who calls. */
  memory?: Record<string, Json>;
  call?: { from?: string; to?: string; direction?: 'inbound' | 'outbound'; [key: string]: Json | undefined };
}

/** What the pure step may know of the world. */
export interface StepWorld {
  agent: Agent;
  /** Now in the agent's zone, `2026-03-02T10:00:00`. */
  now: string;
  /** Read by `env.X` in transfers. */
  env: Readonly<Record<string, string | undefined>>;
  /** 0 ≤ x < 1, seeded: picks variants. */
  random: () => number;
  /** True: the step stops before each state that it would enter (effect `enter`); `go_on` enters it. For the expanded graph. */
  pauses?: boolean;
}

export type StepEvent =
  /** Enters the state that a step with `pauses` stopped before. */
  | { kind: 'go_on' }
  | { kind: 'input'; input: Input; understanding?: Understanding }
  | { kind: 'tool_settled'; callId: string; result: ToolResult }
  /** The tool's node was interrupted by the caller; the tool itself goes on (`on_interrupt: finish`). */
  | { kind: 'tool_pending'; callId: string }
  /** Words a model was asked for have been given (sentence by sentence) or were replaced by the fixed line. */
  | { kind: 'words_done'; id: string; text: string; interrupted: boolean; llmCalls?: number }
  | ({ kind: 'generated'; frame: number; state: string; id: string } & Generated);

/** The one thing to do next. */
export type Effect =
  /** Only where the world `pauses`. */
  | { kind: 'enter'; flow: string; state: string }
  | { kind: 'listen' }
  | { kind: 'wait'; for: 'played' | 'transfer' }
  | { kind: 'end'; hangUp: boolean }
  /** `beside`: reads to run at the same time. They settle together, with the first one's id and in its result's `beside`. */
  | { kind: 'tool'; call: ToolCall; beside?: ToolCall[] }
  | {
      kind: 'model_words';
      id: string;
      mode: 'rephrase' | 'generate' | 'answer';
      /** What the model gets: the persona, what was said last, the fixed line as data. */
      instruction: string;
      /** Said when the model is absent, late or fails. */
      fallback: string;
      /** As on the fixed words; default `speech` and false. */
      bargeIn?: BargeIn;
      mustHear?: boolean;
      /** Cut at the last whole sentence within it. */
      maxSeconds?: number;
      /** As on the fixed words: how fast, who speaks, and in which language. */
      rate?: number;
      speaker?: string;
      language?: string;
    }
  | ({ kind: 'generate' } & GenerateCall);

/** One go of a model within a `generate:` state. JSON: a checkpoint holds it while it is made. */
export interface GenerateCall {
  /** Of its words. */
  id: string;
  /** The flow on the stack it belongs to. */
  frame: number;
  state: string;
  messages: ModelMessage[];
  /** What it may note down: slots that are still empty, or that it may put right. */
  fills: { name: string; description: string }[];
  /** Of these, those without which the state is not done. */
  missing: string[];
  tools: GenerateTool[];
  /** Its words are not said: the caller's answers are used up, and it only notes down. */
  isLast: boolean;
  /** As on fixed words. */
  rate?: number;
  speaker?: string;
  language?: string;
  bargeIn: BargeIn;
  maxSeconds?: number;
}

/** A read that the model may make. `input`: what it does not choose, since the flow knows it already. */
export interface GenerateTool {
  callId: string;
  tool: string;
  flow?: string;
  description: string;
  input: Record<string, Json>;
  /** What it chooses, with the type of each. */
  asks: Record<string, string>;
  filler?: { afterMs: number; texts: string[] };
}

/** What came of a {@link GenerateCall}. */
export interface Generated {
  /** What was said; when the caller interrupted, the part that was heard. */
  text: string;
  interrupted: boolean;
  /** A question at the end of its words, held back until it is known whether anything is left to ask. */
  question?: string;
  /** What it noted down, in words, by slot. */
  fills: Record<string, string>;
  tools: TurnTrace['tools'];
  llmCalls: number;
  /** The model was absent, late, or failed before it had said or noted anything. */
  failed: boolean;
  notes: string[];
}

export interface StepResult {
  state: DialogState;
  /**
   * In order, before the effect. The `listen`, `wait` and `end` outs are in it too, and the `tool` outs of both phases
   * (`started` with its filler, `settled`); words of a model are not: whoever performs `model_words` says them.
   */
  out: Out[];
  effect: Effect;
}

/** Pure: same arguments, same answer; never throws for what a caller, a tool or a model did. */
export type Step = (world: StepWorld, state: DialogState, event: StepEvent) => StepResult;

/** What an utterance means in this state. Calls the slot parsers and then the router. */
export type Understand = (
  world: StepWorld,
  state: DialogState,
  utterance: { text: string; confidence?: number; language?: string },
  router: Router,
  signal: AbortSignal,
) => Promise<Understanding>;

/** The result of a transfer, as an input. Here so that drivers need no other place. */
export interface TransferInput {
  kind: 'transfer';
  outcome: TransferOutcome;
}

export type { TurnTrace };
