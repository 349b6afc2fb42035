/**
 * The inside of a {@link DialogState}: JSON only, copied before every step and never changed in place.
 * Only `secret` must stay out of checkpoints; all else may be stored.
 */
import type { BargeIn, FillMove, Json, Out, TurnTrace } from '../contracts.js';
import type { Resume } from '../language/flow.js';
import type { CallerValues } from './caller-memory.js';
import type { DialogState, Effect } from './seam.js';

/** Why a flow is on the stack: a task of its own, one that interrupts the flow below, or one that the flow below called. */
export type FrameKind = 'task' | 'digression' | 'call';

/**
 * Where in its state a flow stands. `waiting` is for the caller (see {@link Question}), `tool`, `calling` and
 * `transfer` for what the state does; the others are passed through in one step.
 */
export type Phase = 'enter' | 'confirm' | 'work' | 'done' | 'waiting' | 'tool' | 'calling' | 'transfer';

/** What the caller was asked last in a flow. */
export type Question =
  /** `part`: the start of a date_range, where its parts are asked one by one. */
  | { kind: 'slot'; slot: string; part?: string }
  | { kind: 'open' }
  /** What a model said in a `generate:` state. */
  | { kind: 'generate' }
  /** The state's own words, waiting for a transition that the caller can take. */
  | { kind: 'state' }
  | { kind: 'confirm' }
  | { kind: 'slot_confirm'; slot: string }
  /** "What should I change?" */
  | { kind: 'change' }
  /**
   * "Shall we go on with …?" after an interruption (`resume: ask`), and to a caller who calls again: then `back` is
   * the phase in which the flow goes on.
   */
  | { kind: 'resume'; back?: Phase };

export interface Counters {
  no_input: number;
  no_match: number;
  invalid: number;
  attempt: number;
}

export interface Frame {
  /** Unique in the dialog; keys the frame's secret values. */
  n: number;
  flow: string;
  kind: FrameKind;
  state: string;
  phase: Phase;
  question: Question | null;
  slots: Record<string, Json>;
  /** Words said for a choice whose options were not known yet; tried when they are. */
  kept: Record<string, string>;
  /** Readings that are as good as each other: which one was meant is asked when the slot's turn comes. */
  near: Record<string, Json[]>;
  /** Parts that are known of values which are not whole yet: the start of a stay. */
  parts: Record<string, { values: Record<string, Json>; confidence: number }>;
  /** States in the order in which they were first visited: a correction goes back to the first that used a value. */
  path: string[];
  visits: Record<string, number>;
  counters: Record<string, Counters>;
  /** States whose open question is over: the rest is asked slot by slot. */
  openOver: string[];
  /** Optional slots that the caller left empty. */
  left: string[];
  /** Slots whose value awaits an explicit yes, and those to be said back at the head of the next words. */
  toConfirm: string[];
  toEcho: string[];
  /** Last words of each state, so that going back over it does not repeat them unchanged. */
  said: Record<string, string>;
  /** Set while a correction goes over visited states again. */
  again: boolean;
  /** In a `generate:` state: which, the caller's answers that the model has had, and its last words. */
  generated?: { state: string; answers: number; words: string };
  /** Finished writes and the slots they used. */
  writes: { tool: string; state: string; used: string[] }[];
  /** Said in the request for flows that this one calls, as `flow.slot`, until they are called. */
  given: Fill[];
  /** States that a correction leads over again: what they did before and still holds is not done twice. */
  over: string[];
  /** Called: the caller's slots behind each input. */
  from: Record<string, string[]>;
  /** Flows that this one called, as they ended or were left by a correction. */
  called: CalledFlow[];
  /** The outcome with which the state's work ended, while in phase `done`. */
  outcome: string;
  /** How the talk goes on when this flow is over, where the transition that led here says so. */
  resume?: Resume;
  /** The item that was spoken of last, as its place in the list: "it". Replaced, never changed. */
  spokenOf?: { slot: string; at: number };
}

/** What is kept of a called flow, so that it is neither run nor asked twice when a correction leads over it again. */
export interface CalledFlow extends Pick<
  Frame,
  'n' | 'flow' | 'slots' | 'said' | 'path' | 'left' | 'writes' | 'called'
> {
  inputs: Record<string, Json>;
  /** How it ended; null when it was left in the middle, or when a value of it was put right since. */
  outcome: string | null;
}

export interface ToolRecord {
  value: Json;
  used: string[];
  write: boolean;
  /** The state that called it, `flow/state`, where it went well. */
  at?: string;
}

export interface Pending {
  callId: string;
  /** Key of the tool's results. */
  key: string;
  tool: string;
  frame: number;
  state: string;
  used: string[];
  write: boolean;
  /** What the trace may show of the input: values of secret slots are masked. */
  shown: Record<string, Json>;
  /** The caller spoke, or the line was interrupted, and the tool outlived its turn. */
  outlived: boolean;
  /** The task it served is over: its settlement is recorded and nothing else. */
  orphan: boolean;
  lateResult: 'speak' | 'store' | 'drop';
  /** Reads that run at the same time. */
  beside?: Pick<Pending, 'callId' | 'key' | 'tool' | 'used' | 'shown'>[];
}

export type Clarify =
  /** `text`: the sentence that was not clear; `offer`: the agent asked whether to do it, a no leaves everything as it is. */
  | { kind: 'intent'; intents: string[]; values: Fill[]; text?: string; offer?: true }
  | { kind: 'value'; slot: string; values: Json[] };

export type Fill = FillMove;

/** A request that waits. */
export interface Queued {
  flow: string;
  /** What was said in it. */
  fills: Fill[];
  /** One that a guard put off. */
  retry: boolean;
  /** Whether the caller was told that it is served later. */
  announced: boolean;
  /** Asked for beside one of the same flow: never made one with it. */
  another?: true;
  /** What was said of this slot may mean any of these values. */
  unsure?: { slot: string; values: Json[] };
}

export interface Spoken {
  id: string;
  text: string;
  ssml?: string;
  audio?: string;
  bargeIn: BargeIn;
  mustHear: boolean;
}

export interface HistoryEntry {
  from: 'agent' | 'caller';
  id: string;
  text: string;
  /** What a model may see of it, where it holds something personal of a flow that is over. */
  shown?: string;
}

/** What waits for the end of the words before it. */
export type Awaited = 'end' | 'work' | 'transfer' | 'human';

export interface Inside {
  version: string;
  /** `version:` of the agent, where one is written. */
  release?: number;
  /** A task was let go of, because a newer version of the agent has no place for it: the caller is told. */
  changed?: boolean;
  turn: number;
  id: string;
  call: Record<string, Json>;
  /** The language of the talk, when it is not the agent's first; and another one that was heard once. */
  language?: string;
  otherLanguage?: string;
  /** What is kept of the caller from call to call. */
  memory?: CallerValues;
  /** Bottom first; the last one runs. */
  frames: Frame[];
  /** Numbers given to frames and to tool calls. */
  frameCount: number;
  toolCount: number;
  /** Values of the agent's slots. */
  shared: Record<string, Json>;
  /** Slots of flows that are over, until they start again. */
  past: Record<string, Record<string, Json>>;
  /** Finished writes of the last task, for corrections that come too late. */
  pastWrites: { flow: string; used: string[] }[];
  /** The flow that was over last. */
  lastFlow: string | null;
  /** Tools' last results: `tool` for the agent's, `flow/tool` for a flow's own. */
  results: Record<string, ToolRecord>;
  pending: Pending | null;
  /** Flows to start when this task is over, in order. */
  queue: Queued[];
  history: HistoryEntry[];
  /** Share of each part of the agent's words that was played. */
  heard: Record<string, number>;
  /** The last turn ended in a wait, and what follows belongs to the same turn of the agent. */
  lastWaited: boolean;
  /** The whole last turn of the agent, for `repeat`. */
  last: Spoken[];
  /** The variant of each list of words that was said last. */
  variants: Record<string, number>;
  clarify: Clarify | null;
  /** Nothing runs: counters of the open floor, whether a person was offered there, and whether it was asked what else. */
  floor: Counters & { offered: boolean; asked: boolean };
  /** True until the caller has said anything or a flow has waited: no `anything_else` after the opening. */
  opening: boolean;
  awaiting: Awaited | null;
  /** A person is being called outside of a `transfer` state; `asked`: the caller wanted one. */
  human: { ladder: boolean; asked?: true } | null;
  /** Where a goodbye led (`repair: { goodbye: { to } }`), a flow or `flow/state`: a call has one such way, and then ends. */
  farewell?: string;
  /** Words that were said and not followed by an input yet. */
  unheard: boolean;
  /** The caller asked to hold on: how long the next silence may be. */
  holdMs: number | null;
  /** After "slower": how fast the agent speaks from then on. */
  rate?: number;
  /** The beginning of an answer, as it was said in the turn before this one. */
  half?: { slot: string; words: string; turn: number };
  /** How often the caller was rude. */
  insults?: number;
  gone: boolean;
  /** The line was gone before anybody had said goodbye: whoever calls again may go on. */
  dropped?: boolean;
  ended: boolean;
  transferSeconds: number;
  /** When the last input came, and the one with which the transfer under way was sent: by the driver's clock. */
  inputAtMs?: number;
  transferFromMs?: number | undefined;
  /** Walked states since the last input: the budget against flows that run in circles. */
  steps: number;
  /** Of the current turn; a tool that settles within it adds to it. */
  trace: TurnTrace;
  turnValue: Json;
  turnSlots: string[];
  turnWords: Spoken[];
  /** Outs that follow words which a model is asked for. */
  later: { out: LaterOut[]; effect: Effect } | null;
  /** Values of `sensitive: secret` slots by `frame.slot`, and the caller's words for them. Never stored. */
  secret: Record<string, Json>;
}

/** An out, or the place of words that a model gives. */
export type LaterOut = Out | ({ kind: 'model' } & Omit<Extract<Effect, { kind: 'model_words' }>, 'kind'>);

export function inside(state: DialogState): Inside {
  return state as unknown as Inside;
}

export function freshCounters(): Counters {
  return { no_input: 0, no_match: 0, invalid: 0, attempt: 0 };
}

export function freshTrace(turn: number): TurnTrace {
  return {
    turn, candidates: [], moves: [], flow: null, state: 'end', stack: [], queue: [], finished: [], visited: [], slots: {},
    counters: { no_input: 0, no_match: 0, invalid: 0, attempt: 0, visits: 0 }, tools: [], llmCalls: 0, notes: [],
  }; // prettier-ignore
}

/**
 * A state to work on, the one given stays as it was. By hand: only what a step changes in place is copied. The
 * entries of lists and the values of slots and tools are shared between states and are replaced, never changed.
 */
export function copyState(state: Inside): Inside {
  return {
    ...state,
    frames: listOf(state.frames, copyFrame),
    ...(state.memory && {
      memory: { ...state.memory, kept: { ...state.memory.kept }, waiting: { ...state.memory.waiting } },
    }),
    shared: { ...state.shared },
    past: { ...state.past },
    pastWrites: listOf(state.pastWrites),
    results: { ...state.results },
    pending: state.pending && { ...state.pending },
    queue: listOf(state.queue),
    history: listOf(state.history),
    heard: { ...state.heard },
    last: listOf(state.last),
    variants: { ...state.variants },
    clarify: state.clarify && { ...state.clarify },
    floor: { ...state.floor },
    human: state.human && { ...state.human },
    trace: state.trace && copyTrace(state.trace),
    turnSlots: listOf(state.turnSlots),
    turnWords: listOf(state.turnWords),
    later: state.later && { ...state.later, out: listOf(state.later.out) },
    secret: { ...state.secret },
  };
}

/**
 * A state to understand from: nothing is decided there, but values are tried on frames, and notes are made. The
 * rest is shared with the one given and must stay as it is.
 */
export function copyToRead(state: Inside): Inside {
  const { frames, turnSlots, secret, trace } = state;
  return {
    ...state,
    frames: listOf(frames, copyFrame),
    turnSlots: listOf(turnSlots),
    secret: { ...secret },
    trace: trace && { ...trace, notes: listOf(trace.notes) },
  };
}

function copyFrame(frame: Frame): Frame {
  const counters = { ...frame.counters };
  for (const name of Object.keys(counters)) counters[name] = { ...counters[name]! };
  return {
    ...frame,
    slots: { ...frame.slots },
    kept: { ...frame.kept },
    near: { ...frame.near },
    parts: { ...frame.parts },
    path: listOf(frame.path),
    visits: { ...frame.visits },
    counters,
    openOver: listOf(frame.openOver),
    left: listOf(frame.left),
    toConfirm: listOf(frame.toConfirm),
    toEcho: listOf(frame.toEcho),
    said: { ...frame.said },
    writes: listOf(frame.writes),
    over: listOf(frame.over),
    called: listOf(frame.called),
  };
}

function copyTrace(trace: TurnTrace): TurnTrace {
  return {
    ...trace,
    candidates: listOf(trace.candidates),
    moves: listOf(trace.moves),
    finished: listOf(trace.finished),
    visited: listOf(trace.visited),
    tools: listOf(trace.tools),
    notes: listOf(trace.notes),
    ...(trace.taken && { taken: listOf(trace.taken) }),
  };
}

/** A new list of the same entries, or of their copies. What is no list in a damaged state is left to fail where it is used. */
function listOf<Entry>(list: Entry[], copyOf?: (entry: Entry) => Entry): Entry[] {
  if (!Array.isArray(list)) return list;
  return copyOf ? list.map(copyOf) : list.slice();
}

/** A copy of a value that came from outside and may still be changed there. */
export function copyJson<Value extends Json>(value: Value): Value {
  return copy(value) as Value;
}

function copy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    // A tool's record may have any field, also one that would otherwise set the prototype.
    if (key === '__proto__')
      Object.defineProperty(result, key, { value: copy(part), enumerable: true, configurable: true, writable: true });
    else result[key] = copy(part);
  }
  return result;
}
