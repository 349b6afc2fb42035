/**
 * All that the rooms know of each other: what the call asks of a dialog, and what the engine asks of
 * a router, a language model, a clock and a store. Kept so small that a fake is shorter than its test.
 */

/** Anything that JSON can hold. Slot values, tool results and checkpoints are made of it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

// ---------------------------------------------------------------------------------------------
// Dialog: moves in, words out

/**
 * One conversation of an agent. One turn at a time: whoever calls `turn()` waits for its end before
 * the next one.
 */
export interface Dialog {
  readonly id: string;
  /**
   * Runs one turn. Ends with exactly one `listen`, `wait` or `end`.
   * `run.signal` stops what is still being produced (model words, a tool); its `reason` is a
   * {@link Heard} when the caller interrupted. What was committed stays committed.
   */
  turn(input: Input, run: { signal: AbortSignal }): AsyncIterable<Out>;
  /** What an utterance would mean here. No effect; cached by (position, text), and `turn()` takes the cached one. */
  understand(text: string, signal: AbortSignal): Promise<Understanding>;
  /**
   * What a turn with this utterance would say first. No effect: no move is made, no tool called, nothing stored. A
   * `turn()` that says it was `rehearsed` takes what was understood and what a model has begun to say; when `signal`
   * fires first, what was begun is stopped. Words with `guess` come while a model is still asked what the caller means:
   * they are those of the likeliest answer, and the words that follow without it are the right ones.
   */
  rehearse?(
    said: { text: string; whole?: string; heard?: Heard },
    signal: AbortSignal,
  ): AsyncIterable<Extract<Out, { kind: 'words' }> & { guess?: true }>;
  /**
   * Words as they may be printed or kept, with personal values hidden (`[phone]`). What a caller says to a personal question is
   * hidden whole, since it comes here before it is understood. `isOver`: the call is, and what was said has been
   * understood: only what is known now is hidden, in words of any turn. Absent: there is nothing to hide.
   */
  hide?(text: string, who: 'caller' | 'agent', isOver?: boolean): string;
  /** Results of tools that outlived their turn, to be given back as `turn(input)` when the line is free. */
  settlements(signal: AbortSignal): AsyncIterable<Extract<Input, { kind: 'tool' }>>;
  /** What models had to do for words and for the router since this dialog was opened. Absent: it asks none. */
  modelUsage?(): ModelUsage[];
  /** Ends the run. The checkpoint stays. */
  close(reason: string): Promise<void>;
}

/** One thing that happened to the conversation. `atMs` is monotonic, of the injected clock. */
export type Input = { atMs: number; heard?: Heard } &
  /** `returning`: the caller of this dialog calls again, after a call that broke off. */
  /** `answeredBy`: we called, and a machine takes a message now. */
  (
    | { kind: 'open'; returning?: true; answeredBy?: 'machine' }
    | {
        kind: 'utterance';
        text: string;
        confidence?: number;
        language?: string;
        words?: SpokenWord[];
        /**
         * All that the caller said in one go, where `text` is only its end: the beginning was taken for a turn of its
         * own, and nothing of the answer was heard. If that turn did nothing that cannot be undone, it is taken back
         * and this is understood in its place; else only `text` is.
         */
        whole?: string;
        /** The same words as they were given to `rehearse`, perhaps spelled otherwise. */
        rehearsed?: string;
      }
    | { kind: 'keys'; digits: string; ended: 'full' | 'end_key' | 'pause' }
    | { kind: 'no_input' }
    | { kind: 'not_heard'; speechMs: number }
    | { kind: 'too_long'; text: string }
    | { kind: 'played' }
    | { kind: 'tool'; callId: string; result: ToolResult }
    | { kind: 'transfer'; outcome: TransferOutcome }
    | { kind: 'event'; name: string; data?: Json }
    | { kind: 'hang_up' }
  );

export interface SpokenWord {
  text: string;
  startMs: number;
  endMs: number;
  confidence?: number;
}

export type TransferOutcome = 'ok' | 'busy' | 'no_answer' | 'closed' | 'far_hang_up' | 'max_time' | 'error';

/**
 * What goes along with a transfer: where the talk stood, and what is known. JSON. Secrets are never in it; values of
 * `sensitive: pii` slots are, as they are.
 */
export interface TransferPacket {
  agent: string;
  /** `id`, and what is known of it: `from`, `to`, `direction`, … */
  call: Record<string, Json>;
  language: string;
  /** The caller wanted a person; they were not understood, or silent, for too long; or the flow leads here. */
  reason: 'asked' | 'gave_up' | 'flow';
  /** What runs, null where nothing does; `title` is the flow's. */
  flow: string | null;
  state: string | null;
  title: string | null;
  /** Flows that called it or that it interrupted, the nearest first; and those that the caller asked for besides. */
  beneath: string[];
  queue: string[];
  /** Written values of what is known: of the flow that runs and the agent by name, of those beneath as `flow.slot`. */
  slots: Record<string, Json>;
  /** The same in short sentences, for whoever picks up and has no screen. */
  brief: string[];
  /** With `summary: true`: what was said, the oldest first. */
  history?: { from: 'agent' | 'caller'; text: string }[];
}

/** What a turn gives, in order. A sentence at a time; fillers and the like are not `remembered`. */
export type Out =
  | {
      kind: 'words';
      /** `flow/state`, `ask.slot.1`, `flow/state.confirm`, `filler`, or the name of a built-in: see flows/README.md, "Ids of words". */
      id: string;
      text: string;
      ssml?: string;
      audio?: string;
      /** How fast, 1 being the voice's own pace: 0.85 after "slower". Absent is 1. */
      rate?: number;
      /** A voice of the agent's provider that speaks in place of the agent's. */
      speaker?: string;
      /** BCP 47; absent where the agent speaks only one. */
      language?: string;
      mustHear: boolean;
      bargeIn: BargeIn;
      remembered: boolean;
      /** The text with personal values hidden, for whoever prints or keeps it; absent where nothing in it is personal. */
      masked?: string;
    }
  | {
      kind: 'tool';
      callId: string;
      name: string;
      phase: 'started' | 'settled';
      /** Words to say when the tool takes longer than `afterMs`; the call owns the timer. */
      filler?: { afterMs: number; texts: string[] };
      onInterrupt: 'finish' | 'cancel' | 'block';
      /** With `settled`: the outcome, `ok` or a named one. */
      outcome?: string;
    }
  /**
   * `answerWithinMs`: how long the person may take to answer. `maxMs`: how long the two may talk. Absent: as the line has
   * it. `comesBack`: the flow goes on with the caller when the person has hung up.
   */
  | {
      kind: 'transfer';
      to: string;
      mode: 'cold' | 'warm';
      /** A {@link TransferPacket}. */
      packet: Json;
      answerWithinMs?: number;
      maxMs?: number;
      comesBack?: true;
    }
  /**
   * For whoever watches: traces, the page, `flow test`. Never spoken. `masked`: the same with personal values hidden,
   * for whoever prints or keeps it; absent where the agent has no `sensitive:` slots.
   */
  | { kind: 'trace'; trace: TurnTrace; masked?: TurnTrace }
  | { kind: 'wait'; for: 'played' | 'transfer' }
  | { kind: 'listen'; listening: Listening }
  | { kind: 'end'; hangUp: boolean };

export type BargeIn = 'off' | 'deaf' | 'keys' | 'match' | 'speech' | { words: number };

/** How to listen next. The call reads nothing else about the flow. */
export interface Listening {
  /** `flow/state`, or `listen` when nothing runs. The cache key of grammars. */
  position: string;
  /** What may be said here, nearest first, each with its examples as plain words. */
  moves: { intent: string; examples: string[] }[];
  /** The slot asked for, if one is: what its values sound like, and how the caller names it. */
  slot?: { name: string; type: string; spoken: Spoken; called: string[] };
  keys?: { min: number; max: number; end?: string; firstMs: number; betweenMs: number; menu: string[] };
  bargeIn: BargeIn;
  endpointing: { minMs: number; maxMs: number };
  noInputMs: number;
  maxSpeechMs: number;
  language: string;
  hints: string[];
  /** Words that never stop the agent ("mhm"), and words that always do ("stop"). */
  softWords: string[];
  stopWords: string[];
  /** What is said now is secret: no transcript, no recording, no keys in logs. */
  secret: boolean;
}

/**
 * What a type sounds like: a small grammar that a recogniser can be given.
 * `repeat` is `of` said `min` to `max` times.
 */
export type Spoken =
  | { kind: 'words'; text: string }
  | { kind: 'sequence'; parts: Spoken[] }
  | { kind: 'choice'; options: Spoken[] }
  | { kind: 'repeat'; of: Spoken; min: number; max: number };

/** How much of each piece of the last words was played. `share` is 0 to 1. */
export interface Heard {
  parts: { id: string; text: string; share: number }[];
  /** True when no marks came and the clock was used instead. */
  estimated: boolean;
}

/** What was decided in a turn, for traces and expectations. Holds the caller's words: never log it as it is. */
export interface TurnTrace {
  turn: number;
  text?: string;
  intent?: string;
  /** How the intent was decided. */
  route?: 'rule' | 'keys' | 'local' | 'llm';
  score?: number;
  candidates: { intent: string; score: number }[];
  moves: Move[];
  clarify?: string[];
  flow: string | null;
  state: string;
  stack: string[];
  queue: string[];
  finished: string[];
  visited: string[];
  slots: Record<string, Json>;
  /** What is kept of the caller beyond the call, by `slot` or `flow.slot`; absent where nothing is. */
  memory?: Record<string, Json>;
  counters: { no_input: number; no_match: number; invalid: number; attempt: number; visits: number };
  /** `ms` from its start to its settlement, by the driver's clock; `attempts` how often it was tried (reads again when they fail). */
  tools: {
    callId: string;
    name: string;
    input: Json;
    outcome: string;
    result?: Json;
    ms?: number;
    attempts?: number;
  }[];
  out?: Json;
  transfer?: { to: string; mode: string };
  /** The entry of knowledge that answered. */
  answer?: string;
  llmCalls: number;
  /** Why a condition could not be computed, an output field was missing, and the like. */
  notes: string[];
  /** What came in. */
  input?: Input['kind'];
  /** Keys of the telephone, unless a secret was asked for. */
  keys?: string;
  /** The name of an event from outside. */
  event?: string;
  /** Why the turn was understood so: one of the names in `engine/dialog/rules.ts`. */
  rule?: string;
  /** The transitions that were taken, with their place in the designer's files. */
  taken?: { from: string; by: string; to: string | null; file: string; line: number }[];
  /** Slots that this turn changed, as they were before it. `slots` is as they are after it. */
  slotsBefore?: Record<string, Json>;
  /** What the agent said, in order. */
  words?: { id: string; text: string }[];
  /** Absent from a pure step. */
  timings?: TurnTimings;
}

/** What a turn spent its time on, in milliseconds by the driver's clock. */
export interface TurnTimings {
  understandMs: number;
  /** The part of `understandMs` that the router took: 0 where it was not asked, or asked while the caller still spoke. */
  routerMs: number;
  stepMs: number;
  toolsMs: number;
  /** Words and choices of a language model, without the tools it called. */
  modelMs: number;
  /** From the input to the first piece of a model's answer; absent where none was asked. */
  firstTokenMs?: number;
  /** From the input to the first words; absent where nothing was said. */
  firstWordsMs?: number;
  /** From the input to the end of the turn. */
  totalMs: number;
}

// ---------------------------------------------------------------------------------------------
// Moves and the router

/** A value for a slot. `slot` is `flow.slot` where it is not one of the flow that runs (or that the turn starts). */
export interface FillMove {
  kind: 'fill';
  slot: string;
  value: Json;
  text: string;
  confidence: number;
  correction: boolean;
}

/** What a turn asks of the graph. Only the engine applies moves. */
export type Move =
  /** `flow`: the request that is cancelled by its name. */
  | { kind: 'repair'; name: string; slot?: string; flow?: string }
  | FillMove
  | { kind: 'transition'; intent: string }
  | { kind: 'start'; flow: string }
  /**
   * Another request of the same sentence, with what was said in it: served after the first. `another`: it is asked for
   * beside one of the same flow, and is no second wording of that. `unsure`: a value of it that may mean several; which
   * one is asked when its slot's turn comes.
   */
  | { kind: 'queue'; flow: string; fills: FillMove[]; another?: true; unsure?: { slot: string; values: Json[] } };

/** What an utterance means at one position. */
export interface Understanding {
  text: string;
  moves: Move[];
  route: 'rule' | 'keys' | 'local' | 'llm' | 'none';
  /** Which rule decided: one of the names in `engine/dialog/rules.ts`. For traces. */
  rule?: string;
  /** Calibrated probability that the moves are right, 0 to 1. */
  probability: number;
  candidates: { intent: string; score: number }[];
  /** "Did you mean": what to offer, in place of moves. */
  clarify?: { kind: 'intent'; intents: string[] } | { kind: 'value'; slot: string; values: Json[] };
  llmCalls: number;
}

/** One intent to learn: a flow, a named intent, or a built-in. */
export interface TrainingIntent {
  /** `check_order` (a flow or an agent's intent), `rent_car.too_dear` (a flow's own intent), `help` (a built-in). */
  id: string;
  title?: string;
  description?: string;
  /** Every agent brings it along: it says nothing of how well a designer's own intents are told apart. */
  builtIn?: true;
  examples: TrainingExample[];
  not: TrainingExample[];
}

/** `values` mark what a slot parser would find in `text`: offsets in UTF-16 units, `type` of the slot. */
export interface TrainingExample {
  text: string;
  values: FoundValue[];
}

export interface FoundValue {
  start: number;
  end: number;
  type: string;
  slot?: string;
}

export interface RouterOptions {
  /** The share of accepted turns that may be wrong, 0 to 1. */
  maxWrong?: number;
  threshold?: number;
  margin?: number;
  below?: 'llm' | 'clarify' | 'no_match';
  llm?: 'never';
  llmDeadlineMs?: number;
}

export interface RouteRequest {
  text: string;
  /** Ids of the intents that are legal here, nearest first. */
  legal: string[];
  /** Values that slot parsers found in the text; the router reads them as typed placeholders. */
  values: FoundValue[];
  position: string;
  language: string;
  options: RouterOptions;
  /** A personal value was asked for or said: nothing of this turn may be kept for another one. */
  private?: true;
  /** For the LLM: what was asked last and what may be filled. Values of `sensitive:` slots are never here. */
  context: {
    lastWords: string;
    /** What a model may see of `text`, where something in it is personal. */
    text?: string;
    slots: { name: string; type: string; description?: string; options?: string[] }[];
  };
}

export type RouteDecision = {
  candidates: { intent: string; score: number }[];
  probability: number;
  llmCalls: number;
  /** Slot texts the LLM named, to be read by the slot parsers. */
  slots?: Record<string, string>;
} & (
  | { kind: 'accept'; intent: string; by: 'rule' | 'local' | 'llm' }
  | { kind: 'confirm'; intents: string[]; by: 'local' | 'llm' }
  | { kind: 'none'; by: 'local' | 'llm' }
);

/** Says what the caller meant, among what is legal. Never throws for what a caller said; a failing LLM degrades to `confirm` or `none`. */
export interface Router {
  /** @param counted gives each model to be asked in a form that counts, for whoever pays for this conversation */
  route(
    request: RouteRequest,
    signal: AbortSignal,
    counted?: (model: LanguageModel) => LanguageModel,
  ): Promise<RouteDecision>;
}

// ---------------------------------------------------------------------------------------------
// Language model

/** `tool` answers one of the calls of the assistant's message before it. */
export interface ModelMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** Of the assistant: the functions it called. */
  calls?: { id: string; name: string; arguments: string }[];
  /** With `tool`: which call it answers. */
  callId?: string;
}

export interface ModelRequest {
  messages: ModelMessage[];
  functions?: { name: string; description: string; parameters: Json }[];
  mustCall?: boolean;
  /** What the caller said, as a model may see it, where the question is about it: one that heard them may listen to that. */
  utterance?: string;
  maxTokens?: number;
  temperature?: number;
}

export type ModelPiece =
  | { kind: 'text'; text: string }
  | { kind: 'call'; name: string; arguments: string }
  | { kind: 'usage'; inputTokens: number; outputTokens: number }
  /** A model that was asked first failed before its first word, and another one goes on. */
  | { kind: 'failed'; model: string }
  /** Of several that are asked as one: whose answer this is. */
  | { kind: 'answers'; model: string };

/** What a language model was given to do. `wasted…` of it for answers that no turn took. */
export interface ModelUsage {
  model: string;
  inputTokens: number;
  outputTokens: number;
  wastedInputTokens: number;
  wastedOutputTokens: number;
  /** How often it broke or was too late. */
  failures: number;
}

/** Any chat model. Errors are {@link OutsideError}s. */
export interface LanguageModel {
  readonly name: string;
  /** It has heard the caller: what it makes of their words is of no use for another one's. */
  readonly hears?: boolean;
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelPiece>;
  /** Connects ahead of the first question, where it keeps connections. */
  warm?(): Promise<void>;
  /** Lets go of what it keeps open between questions. */
  close?(): void;
}

// ---------------------------------------------------------------------------------------------
// Tools

/** What a tool came to. `outcome` is `ok`, `error`, `timeout`, `cancelled`, `unknown`, or a name from the tool's `outcomes`. */
export interface ToolResult {
  outcome: string;
  /** The checked output, with `ok` (and with a named outcome when the tool gave one). */
  value?: Json;
  /** One line for the log: never the caller's words or values. */
  problem?: string;
  /** How often it was tried, where that is not once. */
  attempts?: number;
  /** How long it took; set by who drives the dialog. */
  ms?: number;
  /** What the reads that ran at the same time came to, in their order. */
  beside?: ToolResult[];
}

export interface ToolCall {
  /** Unique in the dialog; also the write's key in the ledger: `dialog/turn/state/n`. */
  callId: string;
  tool: string;
  /** The flow whose own tool it is; absent: one of the agent's tools. */
  flow?: string;
  input: Record<string, Json>;
  effect: 'read' | 'write';
  /** The rendered `idempotency_key`, if the tool declares one. */
  idempotencyKey?: string;
}

/** Runs one tool: time-out, retries of reads and the check of the output are its work. Never throws. */
export interface ToolRunner {
  run(call: ToolCall, signal: AbortSignal): Promise<ToolResult>;
  /** Lets go of what is kept open between calls (MCP servers). */
  close?(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------
// Time

/** Time as an ingredient: everything that waits takes one of these. */
export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calendar time, milliseconds since 1970 UTC. */
  date(): number;
  /** Calls `run` at `atMs` (monotonic). Returns the cancel function. */
  at(atMs: number, run: () => void): () => void;
  /** Resolves after `ms`, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
