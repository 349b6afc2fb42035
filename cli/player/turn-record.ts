/**
 * What one turn of a scripted conversation came to: the material that expectations are judged by
 * and that a failure is told with.
 */
import type { Json, TurnTrace } from '../../engine/contracts.js';

/** Everything between one act of the caller and the next. */
export interface TurnRecord {
  /** Words of the agent, in order, fillers included. */
  words: SpokenWords[];
  /** Tools that were started in this turn, in order. */
  tools: CalledTool[];
  /** One for every input that the dialog took in this turn; the last one says where the talk stands. */
  traces: TurnTrace[];
  /** The same with personal values hidden, for the report. */
  shown: TurnTrace[];
  /** The last one before this turn: where the talk still stands when the dialog took nothing in it. */
  standing?: TurnTrace;
  transfer?: { to: string; mode: string; packet: Json };
  /** The call is over. */
  ended: boolean;
  /** What the caller had heard of the agent's words when the turn began: set when something was cut or played. */
  heard?: HeardWords;
  llmCalls: number;
  language: string;
  /** From the caller's last sound to the first frame of the agent's words. */
  firstAudioMs?: number;
  /** From the onset of an interruption to the last frame that was played. */
  silentWithinMs?: number;
  /** What went wrong in the turn itself: a tool without a mock, a dialog that threw. */
  problems: TurnProblem[];
  timeline: TimelineEntry[];
}

export interface SpokenWords {
  id: string;
  text: string;
  atMs: number;
  /** How near it is to what the script expects it to mean, from 0 to 1 (`meanings.ts`). */
  meanings?: Map<string, number>;
}

export interface CalledTool {
  name: string;
  /** Tries of the same call have the same one. */
  callId?: string;
  input: Json;
  /** undefined while it runs. */
  outcome?: string;
  atMs: number;
}

export interface HeardWords {
  /** The words up to the cut. */
  text: string;
  /** True when nothing was cut. */
  full: boolean;
}

export interface TurnProblem {
  message: string;
  expected?: Json;
  actual?: Json;
}

/** One line of what happened, for a failure's report. `atMs` counts from the start of the call. */
export interface TimelineEntry {
  atMs: number;
  who: 'caller' | 'agent' | 'tool' | 'engine';
  text: string;
  /** The id of agent's words. */
  id?: string;
  /** The slot that was asked for when the caller did it. */
  asked?: string;
}

/** A record with nothing in it yet. */
export function emptyRecord(language: string): TurnRecord {
  return {
    words: [],
    tools: [],
    traces: [],
    shown: [],
    ended: false,
    llmCalls: 0,
    language,
    problems: [],
    timeline: [],
  };
}
