/**
 * Scripted conversations (`test:` documents) and stand-ins for tools (`mocks.yaml`), as typed values.
 * Who plays them is elsewhere; nothing here runs anything.
 */
import type { Json } from '../contracts.js';

/** What a script can be disturbed with: `perturb:`. */
export const perturbations = [
  'over_answer',
  'correct',
  'digress',
  'silence',
  'keys',
  'hang_up',
  'tool_late',
  'tool_fails',
] as const;

export type Perturbation = (typeof perturbations)[number];

/** One `test:` document. */
export interface TestScript {
  name: string;
  file: string;
  /** Of the `test:` key, from 1. */
  line: number;
  start: TestStart;
  /** The script's own stand-ins; they win over `mocks.yaml`, tool by tool. */
  mocks: Mocks;
  turns: readonly TestTurn[];
  /** Disturbances to play the script with, besides playing it as it is. */
  perturb: readonly Perturbation[];
}

export interface TestStart {
  flow?: string;
  state?: string;
  slots?: Record<string, Json>;
  /** `2026-03-01T10:00`, in the agent's zone. */
  clock?: string;
  call?: { from?: string; to?: string; [key: string]: Json | undefined };
  /** We called, and so it was taken. */
  answeredBy?: 'person' | 'machine';
  /** What is kept of the caller, by `slot` or `flow.slot`. */
  memory?: Record<string, Json>;
}

/** Stand-ins by tool name; `transfer` stands for the transfer. */
export type Mocks = ReadonlyMap<string, readonly MockRule[]>;

/** The first rule whose `when` fits and which is not used up answers. */
export interface MockRule {
  /** From 1. */
  line: number;
  /** A part of the tool's input; a string that begins with `<`, `<=`, `>`, `>=` compares, `/…/` is a pattern. */
  when?: Record<string, Json>;
  /** How often this rule may be used; without it, always. */
  times?: number;
  /** The output. */
  gives?: Json;
  /** `ok` when absent; else `error`, `timeout`, or one of the tool's `outcomes`. */
  outcome?: string;
  delayMs: number;
}

/** What the caller does in one turn. None of the acts: an opening turn, only the agent speaks. */
export interface TestTurn {
  /** From 1. */
  line: number;
  say?: string;
  /** Of the recogniser, 0 to 1. */
  confidence?: number;
  /** How long the caller speaks. */
  takesMs?: number;
  dtmf?: string;
  /** Counted from the end of the agent's words. */
  silenceMs?: number;
  hangUp?: boolean;
  event?: { name: string; data?: Json };
  /** A file beside the script, or words for the local voice. */
  audio?: string | { say: string };
  /** When the caller begins: else, once the agent waits for them. */
  at?: TurnMoment;
  /** `needs: llm`: this turn may ask the model. */
  needsLlm: boolean;
  expect: Expectation;
}

export type TurnMoment =
  | { kind: 'word'; n: number }
  | { kind: 'ms'; ms: number }
  /** 0 to 1 of the agent's words. */
  | { kind: 'percent'; share: number }
  | { kind: 'tool'; tool: string; afterMs: number };

export const expectationKeys = [
  'state',
  'flow',
  'stack',
  'queue',
  'finished',
  'out',
  'ended',
  'slots',
  'intent',
  'route',
  'score',
  'clarify',
  'said',
  'said_not',
  'heard',
  'tools',
  'answer',
  'transfer',
  'language',
  'no_input',
  'no_match',
  'invalid',
  'attempt',
  'visits',
  'memory',
  'first_audio_ms',
  'silent_within_ms',
  'llm_calls',
] as const;

export type ExpectationKey = (typeof expectationKeys)[number];

/**
 * What must hold after a turn, by key, with the line of the key. Scalars are typed by their place (a slot's or
 * tool's declared type) where it is known; elsewhere `null`, `true`, `false` and plain decimal numbers are what
 * they look like and all else is the text as it was written.
 */
export type Expectation = Readonly<Partial<Record<ExpectationKey, { value: Json; line: number }>>>;
