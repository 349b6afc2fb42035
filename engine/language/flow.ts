/**
 * What a designer wrote, checked: names resolved, expressions compiled, defaults of the language filled in.
 * Read-only after loading. `engine/language` makes it; `engine/dialog` walks it.
 */
import type { BargeIn, Json, RouterOptions, TrainingExample } from '../contracts.js';
import type { ChecksumName } from '../slot-types/checksum.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';

/** Where something stands in the designer's files. `line` and `column` count from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

/** An agent and its flows: what `loadFlow` returns. */
export interface Agent {
  name: string;
  /** The folder (or the single file) it was loaded from. */
  path: string;
  /** Hash of everything that was loaded; running dialogs record it. */
  hash: string;
  /** `version: 3`: a whole number that its designer counts up. */
  version?: number;
  /** What changed from version to version, the oldest first: dialogs that an older one stored are moved by it. */
  migrations?: readonly Migration[];
  /** BCP 47, `en-IE`. */
  language: string;
  /** The same agent in each of its languages, this one among them, the default first; absent where it speaks only one. */
  locales?: ReadonlyMap<string, Agent>;
  /** IANA name; the machine's zone when the agent names none. */
  timezone: string;
  start?: string;
  persona?: string;
  /** Of this language. */
  voice: { stt?: string; tts?: string; vad?: string; voice?: string };
  /** How words are said in this language, by the word: `Siobhan` → `shi-vawn`. */
  lexicon?: ReadonlyMap<string, string>;
  /** `openai/gpt-4o-mini`, the quick one first; undefined means no model unless the environment names one. */
  llm?: readonly string[];
  tracing?: 'langsmith';
  router: RouterOptions;
  transfer?: TransferSpec;
  flows: ReadonlyMap<string, Flow>;
  /** The agent's shared slots. */
  slots: ReadonlyMap<string, Slot>;
  tools: ReadonlyMap<string, Tool>;
  intents: ReadonlyMap<string, NamedIntent>;
  listen: readonly Transition[];
  /** What `answer:` looks things up in, by name. */
  knowledge?: ReadonlyMap<string, KnowledgeBase>;
  cascade: Cascade;
  /** How many turns a caller may need to reach a person from any state: `person_within`. */
  personWithin?: number;
  /** How values of callers are kept (`scope: caller`): for how long, and whether the caller is asked first. */
  memory?: { ttlMs?: number; consent: 'ask' | 'assume' };
  /** Environment names that tools and transfers read. */
  environment: ReadonlySet<string>;
}

/** What changed when a version came to be. Slots are `slot` or `flow.slot`, states `flow.state`. */
export interface Migration {
  /** The version it leads to. */
  version: number;
  place: Place;
  /** Old names, as the version before has them, to those of this version. */
  rename: {
    flows: ReadonlyMap<string, string>;
    states: ReadonlyMap<string, string>;
    slots: ReadonlyMap<string, string>;
  };
  /** Written values of slots that are new: dialogs of older versions have them from now on. */
  default: ReadonlyMap<string, Json>;
  drop: { flows: ReadonlySet<string>; states: ReadonlySet<string>; slots: ReadonlySet<string> };
}

/** What questions are answered from: fixed answers, passages of documents, or a retriever. */
export interface KnowledgeBase {
  name: string;
  place: Place;
  entries: readonly KnowledgeEntry[];
  /** Of its `files`, in order. */
  passages: readonly Passage[];
  /** Absolute paths of its documents. */
  files: readonly string[];
  /** `./kb.ts`: the agent's tool of this name (the base's own) is asked in place of entries and passages. */
  retriever?: string;
}

/** A section of a document. */
export interface Passage {
  /** `file#heading`; the part before the first heading has the name of the file alone. */
  id: string;
  /** The headings above it, the outermost first. */
  heads: readonly string[];
  /** As a voice says them. */
  sentences: readonly string[];
}

export interface KnowledgeEntry {
  id: string;
  place: Place;
  /** How callers ask for it. */
  asks: readonly string[];
  /** Without it the passages answer, found by `asks` too. */
  says?: Words;
}

export interface Flow {
  name: string;
  place: Place;
  title?: string;
  description?: string;
  examples: TrainingExample[];
  not: TrainingExample[];
  /** Inputs (`in:`) and outputs (`out:`) by name; both are slots of the flow too. */
  in: readonly string[];
  out: readonly string[];
  startIf?: Expression;
  otherwise?: { say?: Words; to?: Target };
  slots: ReadonlyMap<string, Slot>;
  tools: ReadonlyMap<string, Tool>;
  intents: ReadonlyMap<string, NamedIntent>;
  listen: readonly Transition[];
  /** `listen: false`: hears only its own and repair. */
  deaf: boolean;
  /** `on_correct: keep`, for all of its slots. */
  keepOnCorrect?: boolean;
  cascade: Cascade;
  /** The first one is where the flow begins. */
  states: ReadonlyMap<string, State>;
}

/** A named intent, or more examples for a built-in. `id` as in TrainingIntent. */
export interface NamedIntent {
  id: string;
  examples: TrainingExample[];
}

export interface State {
  name: string;
  flow: string;
  place: Place;
  say?: Words;
  confirm?: Words;
  collect?: { slots: readonly string[]; ask: readonly Words[]; until?: Expression };
  call?: { tool: string; with: ReadonlyMap<string, Value> };
  /** `call: [a, b]`: reads that run at the same time as the first one. */
  callBeside?: readonly { tool: string; with: ReadonlyMap<string, Value> }[];
  callFlow?: { flow: string; with: ReadonlyMap<string, Value> };
  /** Answers what the caller asked from this knowledge base. */
  answer?: string;
  /** A model talks with the caller, within these bounds. */
  generate?: GenerateSpec;
  transfer?: TransferSpec;
  hangUp: boolean;
  /** `on_correct: keep`: what its work came to outlives a correction. */
  keepOnCorrect?: boolean;
  transitions: readonly Transition[];
  /** The exit when no transition was taken: for success only. */
  to?: Target;
  deaf: boolean;
  cascade: Cascade;
}

/** What a model may do in one state: talk, note values down, look things up. */
export interface GenerateSpec {
  place: Place;
  task: Template;
  /** Slots that it finds out, each with what it is. */
  fills: ReadonlyMap<string, string>;
  /** Answers of the caller that it may take. */
  turns: number;
  /** Reads that it may make. */
  tools: readonly string[];
  /** `sensitive: pii` slots whose values it may see; those that it fills it sees anyway. */
  sees: readonly string[];
  /** Said when the model is absent, late or fails. */
  fallback: Words;
  /** The longest it may speak at a time. */
  maxSeconds?: number;
}

export interface Transition {
  place: Place;
  /** Any of these; ids as in TrainingIntent, built-ins by their name. Empty: no such trigger. */
  intents: readonly string[];
  key?: string;
  on: readonly string[];
  if?: Expression;
  say?: Words;
  set: readonly { slot: string; value: Value }[];
  clear: readonly string[];
  to?: Target;
  outcome?: string;
  /** How the talk goes on after the flow gone to from here, or after these words: before what the cascade says. */
  resume?: Resume;
}

/** How a task goes on after something came between. */
export type Resume = 'reask' | 'summarise' | 'ask' | 'silent';

export type Target =
  { kind: 'state'; state: string } | { kind: 'flow'; flow: string } | { kind: 'end' } | { kind: 'human' };

/** A rung of a no-input or no-match ladder. */
export type Rung = { kind: 'reask'; place?: Place } | { kind: 'transition'; transition: Transition };

/** What the nearest of state, flow, agent says wins. Absent means: not said here. */
export interface Cascade {
  noInput?: readonly Rung[];
  noMatch?: readonly Rung[];
  noInputAfterMs?: number;
  bargeIn?: BargeIn;
  endpointing?: { minMs: number; maxMs: number };
  /** A voice of the agent's provider that speaks here in place of the agent's. */
  speaker?: string;
  /** How fast, 1 being the voice's own pace. */
  pace?: number;
  maxSpeechMs?: number;
  repair: ReadonlyMap<string, Repair>;
  router?: RouterOptions;
  digress?: 'allow' | 'queue';
  resume?: Resume;
}

export interface Repair {
  off: boolean;
  say?: Words;
  /** `hold_on: { wait: 30s }` */
  waitMs?: number;
  /** `correct: { confirm: explicit }` */
  confirm?: 'none' | 'implicit' | 'explicit';
  /** Goes there after the words, in place of what the built-in does. */
  to?: Target;
}

/** One thing to say: entries with `if` are tried in order, else one of the rest is picked (no immediate repeat). */
export interface Words {
  place: Place;
  phrases: readonly Phrase[];
}

export interface Phrase {
  if?: Expression;
  text: Template;
  ssml?: Template;
  audio?: string;
  mode: 'fixed' | 'rephrase' | 'generate';
  mustHear: boolean;
  bargeIn?: BargeIn;
  /** A model's words are cut at the last whole sentence within it; longer fixed words are a problem. */
  maxSeconds?: number;
  /** Spoken one after another, in place of `text`, which is all of them. */
  parts?: readonly PhrasePart[];
}

/** Words whose share that was heard is known on its own: `heard.<id>`. */
export interface PhrasePart extends Omit<Phrase, 'mode' | 'maxSeconds' | 'parts'> {
  id: string;
}

/**
 * Values of names, as the engine keeps them ("written values"): looked up one by one, null when empty. Fields of `turn`,
 * `call`, `caller`, `heard`, `transfer`, `flow`, `env` and of another flow are asked for with their dot: `turn.text`,
 * `send_money.payee` (where that is undefined, the whole `turn` is asked for). A tool's result is a record under its name.
 */
export type Scope = (name: string) => Json | undefined;

/** A compiled CEL expression. */
export interface Expression {
  source: string;
  place: Place;
  /** The top-level names it reads: slots, tools, counters, `turn.text`. */
  reads: readonly string[];
  /**
   * A written value. Never throws: what cannot be computed comes back as `problem`
   * (a condition that is null or has a problem does not hold; the trace says why).
   */
  evaluate(scope: Scope): { value: Json; problem?: string };
}

/** Words with `{{ expression | filter }}` in them. */
export interface Template {
  source: string;
  place: Place;
  reads: readonly string[];
  /** What is spoken. An empty value is spoken as nothing; never throws. */
  render(scope: Scope): string;
}

/** A literal, or a whole `"{{ expression }}"` with its typed value, or a template whose text is the value. */
export type Value =
  | { kind: 'literal'; value: Json }
  | { kind: 'expression'; expression: Expression }
  | { kind: 'template'; template: Template };

export interface Slot {
  name: string;
  /** undefined: one of the agent's shared slots. */
  flow?: string;
  place: Place;
  type: SlotTypeName;
  called: readonly string[];
  /** What a language model is told about it. */
  description?: string;
  /** One entry per attempt; the last one repeats. */
  ask: readonly Words[];
  help?: Words;
  why?: Words;
  reject: readonly { if: Expression; say?: Words; place: Place }[];
  /** Both ends included; written values or `today`. */
  range?: { min?: string; max?: string };
  askIf?: Expression;
  optional: boolean;
  default?: Value;
  /** Computed, always current. */
  value?: Value;
  askFirst: boolean;
  confirm: 'none' | 'implicit' | 'explicit' | 'auto';
  dtmf?: { min: number; max: number; end?: string; firstMs: number; betweenMs: number };
  by?: 'keys' | 'speech';
  sensitive?: 'pii' | 'secret';
  scope: 'turn' | 'flow' | 'call' | 'caller';
  /** `on_correct: keep`: a change of it forgets nothing and leads nowhere back. */
  keepOnCorrect?: boolean;
  /** `scope: caller`: how long a value is kept, and the condition under which it may be. */
  ttlMs?: number;
  consent?: Expression;
  /** `code`, `digits`: a regular expression for the whole value (RE2 syntax). */
  pattern?: string;
  /** `code`, `digits`: what the check digits must be; a value that they do not fit is refused. */
  checksum?: ChecksumName;
  /** `choice`: listed options, or an expression that gives a list of words or of records with an `id`. */
  options?: readonly ChoiceOption[] | Expression;
  /** `spoken:` how one value is said. */
  spoken?: Template;
  /** `of:` of a date_range (`start`, `end`), a name (`first`, `last`) or an address: the parts that have a question. */
  parts?: ReadonlyMap<string, SlotPart>;
  /** `list`, `record`: the fields of an item, in the order in which they are asked. */
  fields?: ReadonlyMap<string, Slot>;
  /** `of: name`: a list of plain values, held here by the one field `it`. */
  isPlain?: boolean;
  /** `list`: how many items it takes, both ends included. */
  min?: number;
  max?: number;
  /** `list`: keeps it open until the caller is done. */
  more?: Words;
  /** What is said of the items that a turn added, removed, changed, or named without there being one: `it`. */
  itemWords?: Partial<Record<'added' | 'removed' | 'changed' | 'not_there', Words>>;
  /** Slots whose value "the same dates" means, by their flow: the first that has one. */
  sameAs?: readonly { flow?: string; slot: string }[];
  /** What "the same week" and "a day later" count from. */
  relativeTo?: Value;
}

/** One part of a value that is asked for part by part. */
export interface SlotPart {
  ask: readonly Words[];
  help?: Words;
  why?: Words;
}

/** One option of a choice. `id` is the written value. */
export interface ChoiceOption {
  id: string;
  /** What callers call it, besides its id. */
  also: readonly string[];
  /** How it is said in a language of which its id is no word. */
  said?: string;
  /** The option's data, reached as `size.price`. Always has `id`. */
  data: Record<string, Json>;
}

export type ToolType =
  | { kind: 'slot'; type: SlotTypeName }
  | { kind: 'one_of'; values: readonly string[] }
  | { kind: 'list'; of: ToolType; spoken?: Template }
  | { kind: 'map'; of: ToolType }
  | { kind: 'record'; fields: ReadonlyMap<string, ToolType>; spoken?: Template };

export interface Tool {
  name: string;
  flow?: string;
  place: Place;
  /** What a language model is told that may use it. */
  description?: string;
  effect: 'read' | 'write';
  /** Only runs once the caller has said yes to it: the checker sees to that. */
  confirm?: boolean;
  input: ReadonlyMap<string, ToolType>;
  output: ReadonlyMap<string, ToolType>;
  /** Named outcomes: an HTTP status, or a condition over the output's fields and `status`. */
  outcomes: readonly { name: string; status?: number; if?: Expression }[];
  http?: {
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    /** Values are percent-encoded; `{{ env.X }}` is not. */
    url: Template;
    /** Inside a tool its inputs are the names. */
    renderUrl(scope: Scope): string;
    headers: ReadonlyMap<string, Template>;
    body?: Value | { kind: 'tree'; render(scope: Scope): Json };
  };
  /** `./tools.ts#name`: `file` is absolute. */
  code?: { file: string; export: string };
  /** The code gives a LangChain retriever, which is asked the input `question`. */
  isRetriever?: boolean;
  /** A tool of an MCP server. */
  mcp?: { server: McpServer; tool: string };
  timeoutMs: number;
  retries: number;
  idempotencyKey?: Template;
  filler?: { afterMs: number; say: Words };
  onInterrupt: 'finish' | 'cancel' | 'block';
  lateResult: 'speak' | 'store' | 'drop';
}

/** One of the agent's `mcp_servers`: a program to start (stdio), or an address (streamable HTTP). */
export interface McpServer {
  name: string;
  place: Place;
  command?: string;
  args: readonly Template[];
  /** Where the program runs: the folder of the file that names it. */
  folder: string;
  /** Of the program, beside what it needs to start at all. */
  env: ReadonlyMap<string, Template>;
  url?: Template;
  headers: ReadonlyMap<string, Template>;
}

export interface TransferSpec {
  to: Template;
  mode: 'cold' | 'warm';
  summary: boolean;
  /** Opening hours; transfers outside them come to `closed`. */
  hours?: string;
  maxMs?: number;
  /** How long the person may take to answer before it is `no_answer`. */
  waitMs?: number;
}
