/**
 * What a call knows of itself. Plain data; what may happen to it and what it may ask for is in {@link ./events.ts}.
 * All times are milliseconds of the injected clock; positions in audio are milliseconds or samples at 8 kHz.
 */
import type { BargeIn, Heard, Input, Json, Listening, SpokenWord, TransferOutcome } from '../../engine/contracts.js';
import type { Answering } from './answered-by.js';
import type { Effect, Stages, WordTime } from './events.js';
import type { Manners } from './manners.js';
import { defaultManners } from './manners.js';

export type { Manners };
export { defaultManners };

export interface Sentence {
  /** Unique in the call. */
  n: number;
  gen: number;
  id: string;
  text: string;
  ssml?: string;
  rate?: number;
  speaker?: string;
  language: string;
  bargeIn: BargeIn;
  mustHear: boolean;
  /** Part of what the agent is taken to have said; "one moment" is not. */
  remembered: boolean;
  /** Said by the call, not by the dialog: fillers, the apology. Not in the heard ledger. */
  own?: 'filler' | 'notice';
  voice: 'main' | 'fallback';
  tries: number;
  /** Samples received, and handed to the line. */
  samples: number;
  sent: number;
  done: boolean;
  /** Must be heard and was cut: what is left of it waits until the caller has spoken. */
  waits?: boolean;
  /** So many characters of it stand in the record already. */
  noted?: number;
  words?: WordTime[];
  /** Where it begins in the audio of this playout. */
  startPosMs: number;
  requestedMs?: number;
  firstByteMs?: number;
  lastByteMs?: number;
  /** A half of words in which the voice failed: which, and how many characters of the whole are said before it. */
  half?: { nth: 1 | 2; chars: number; whole: string };
}

/** The audio that goes out: one queue of sentences, one owner. */
export interface Playout {
  gen: number;
  sentences: Sentence[];
  /** The sentence that is played or will be next. */
  cursor: number;
  /** Audio sent, in positions of this playout. */
  sentMs: number;
  /** When all that was sent will have been played, by the clock. */
  playEndMs: number;
  firstSentMs?: number;
  firstHeardMs?: number;
  /** Sent and not yet returned, oldest first. */
  marks: { name: string; posMs: number }[];
  sinceMarkMs: number;
  sequence: number;
  /** The last returned mark, or where the audio was started or taken up again. */
  base: { posMs: number; atMs: number };
  estimated: boolean;
}

/** One turn of the dialog under way, or just ended. */
export interface Asking {
  gen: number;
  input: Input['kind'];
  running: boolean;
  aborted: boolean;
  askedMs: number;
  /** What the caller said, where the turn came of that. */
  said?: string;
  /** A tool was begun: the turn cannot be taken back. */
  usedTool?: boolean;
  ending?: 'listen' | 'played' | 'transfer' | 'end' | 'failed';
  hangUp: boolean;
  stages: Stages;
  /** The turn was worked on ahead of its commit, and that was of use, or not. */
  rehearsed?: 'adopted' | 'wasted';
  /** The agent's turn was written to the record. */
  noted: boolean;
}

/** What the caller is saying, until it is committed. */
export interface CallerTurn {
  speaking: boolean;
  /** First sound of this turn, last end of speech. */
  startMs?: number;
  endMs?: number;
  /** When this stretch of speech began. */
  segmentMs?: number;
  speechMs: number;
  finals: { text: string; confidence?: number; startMs: number; endMs: number }[];
  words: SpokenWord[];
  language?: string;
  interim: string;
  /** How far the recogniser had read when it gave the interim. */
  readMs?: number;
  finalMs?: number;
  /** The provider says that the turn is over. */
  ended: boolean;
  /** What the turn model was asked last, and its verdict; none while it thinks, or when it took too long. */
  judged?: { n: number; text: string; complete?: boolean };
  /** Began while the agent was speaking or held. */
  overlap: boolean;
  /** Began so softly beside the agent that it may be no more than its echo. */
  faint: boolean;
  /** How loud it began beside the agent. */
  loudness?: number;
  /** The agent gave way to it. */
  interrupted: boolean;
  /** How often this turn was rehearsed. */
  rehearsals: number;
}

export interface Hold {
  sinceMs: number;
  onsetMs: number;
  /** Something had been sent: the audio was cut. */
  sent: boolean;
  heardMs: number;
  /** Of the sound that it was held for. */
  loudness?: number | undefined;
  asked?: string;
}

/** A turn that is worked on ahead of its commit. */
export interface Speculation {
  n: number;
  text: string;
  /** The words alone, and where they were said: for these it was made. */
  key: string;
  position: string;
  /** Its first sentence, with the voice. */
  sentence?: Sentence;
  /** The sentence is what will be said if a model answers what is likeliest. */
  guess?: true;
  /** The turn is asked for; its first words are awaited. */
  adopted?: boolean;
}

export interface RunningTool {
  callId: string;
  name: string;
  onInterrupt: 'finish' | 'cancel' | 'block';
  filler?: { afterMs: number; texts: string[] };
}

export type Deadline =
  | 'close'
  | 'max_call'
  | 'hang_up'
  | 'dialog'
  | 'voice'
  | 'transfer'
  | 'answering'
  | 'max_speech'
  | 'judge'
  | 'rehearse'
  | 'final'
  | 'commit'
  | 'decide'
  | 'resume'
  | 'mark'
  | 'drained'
  | 'key'
  | 'keys_ahead'
  | 'idle'
  | 'filler'
  | 'warn'
  | 'pump';

export interface CallState {
  manners: Manners;
  lineMarks: boolean;
  /** Of the words last said or the question last asked. */
  language: string;
  startedMs: number;
  gen: number;
  sentences: number;
  judgements: number;
  asking?: Asking;
  /** Of a call that we placed: who took it, or that it is not known yet. */
  answering?: Answering | undefined;
  answeredBy?: 'person' | 'machine';
  /** Of the transfer under way: how long the flow lets it ring. */
  answerWithinMs?: number | undefined;
  playout: Playout;
  /** Heard of the words before, for the next input. */
  heard?: Heard;
  caller: CallerTurn;
  hold?: Hold;
  /** Where the committed speech ended: finals from before it are late tails. */
  committedUntilMs: number;
  /** The last utterance that was committed: a tail of it that comes late belongs to it. */
  committed?: {
    text: string;
    untilMs: number;
    /** Of its last final transcript; absent: none had come. */ finalEndMs?: number;
  };
  /** How long this caller pauses within a turn, learned; see endpointing.ts. */
  pauseMs?: number;
  /** The dialog can rehearse a turn, and how often it did. */
  rehearses: boolean;
  rehearsals: number;
  speculation?: Speculation;
  /** A turn model answers `judge`. */
  hasTurnModel: boolean;
  /** Inputs waiting for the dialog. */
  inbox: Queued[];
  listening?: Listening;
  /** Silence: when the ladder is climbed, or what was left of it when a noise began. */
  idleLeftMs?: number;
  keys: { digits: string; ahead: { digit: string; atMs: number }[]; swallow?: string };
  tools: RunningTool[];
  /** Tools that outlived their turn: what they come to is told by `settlement`. */
  outliving: { callId: string; name: string }[];
  fillers: number;
  marksMode: 'marks' | 'clock';
  /** How loud this line's echo was at most, beside the agent; 0 for a line that was not caught echoing. */
  echo: number;
  voiceFailures: number;
  /** The main voice refuses whatever it is asked: it is not asked again in this call. */
  voiceRefused?: boolean;
  /** When the agent was first audible in this call. */
  spokeMs?: number;
  deaf: boolean;
  warned: boolean;
  /** On the way out. */
  ending?: { reason: string; stage: 'farewell' | 'closing'; graced?: boolean };
  /** Whoever watches the line knows that the call is over. */
  toldEnd?: boolean;
  closed?: string;
  due: Partial<Record<Deadline, number>>;
  view?: { flow: string | null; state: string };
}

/** `atMs` and `heard` are filled in when it is asked. */
export type Queued = (
  | { kind: 'open'; answeredBy?: 'machine' }
  | {
      kind: 'utterance';
      text: string;
      confidence?: number;
      language?: string;
      words?: SpokenWord[];
      whole?: string;
      rehearsed?: string;
    }
  | { kind: 'keys'; digits: string; ended: 'full' | 'end_key' | 'pause' }
  | { kind: 'no_input' }
  | { kind: 'not_heard'; speechMs: number }
  | { kind: 'too_long'; text: string }
  | { kind: 'played' }
  | Extract<Input, { kind: 'tool' }>
  | { kind: 'transfer'; outcome: TransferOutcome }
  | { kind: 'event'; name: string; data?: Json }
  | { kind: 'hang_up' }
) & { stages?: Stages; /** How often it was rehearsed. */ rehearsals?: number };

export function emptyCallerTurn(): CallerTurn {
  return {
    speaking: false,
    speechMs: 0,
    finals: [],
    words: [],
    interim: '',
    ended: false,
    overlap: false,
    faint: false,
    interrupted: false,
    rehearsals: 0,
  };
}

export function emptyPlayout(gen: number, nowMs: number): Playout {
  return {
    gen,
    sentences: [],
    cursor: 0,
    sentMs: 0,
    playEndMs: nowMs,
    marks: [],
    sinceMarkMs: 0,
    sequence: 0,
    base: { posMs: 0, atMs: nowMs },
    estimated: false,
  };
}

/** A call before its first event. */
export function newCall(
  options: {
    lineMarks: boolean;
    language: string;
    manners?: Partial<Manners>;
    hasTurnModel?: boolean;
    rehearses?: boolean;
  },
  nowMs: number,
): CallState {
  return {
    manners: { ...defaultManners, ...options.manners },
    lineMarks: options.lineMarks,
    language: options.language,
    startedMs: nowMs,
    gen: 0,
    sentences: 0,
    judgements: 0,
    playout: emptyPlayout(0, nowMs),
    caller: emptyCallerTurn(),
    // Well before: the first words of a call are no late tail of anything, however soon they come as text.
    committedUntilMs: nowMs - 1000,
    rehearses: options.rehearses ?? false,
    rehearsals: 0,
    hasTurnModel: options.hasTurnModel ?? false,
    inbox: [],
    keys: { digits: '', ahead: [] },
    tools: [],
    outliving: [],
    fillers: 0,
    marksMode: options.lineMarks ? 'marks' : 'clock',
    echo: 0,
    voiceFailures: 0,
    deaf: false,
    warned: false,
    due: {},
  };
}

/** A copy deep enough for a step to write in: what is below (words, stages, listening) is never changed in place. */
export function copyOf(state: CallState): CallState {
  return {
    ...state,
    answering: state.answering && { ...state.answering },
    asking: state.asking && { ...state.asking, stages: { ...state.asking.stages } },
    playout: {
      ...state.playout,
      sentences: state.playout.sentences.map((sentence) => ({ ...sentence })),
      marks: state.playout.marks.slice(),
    },
    caller: { ...state.caller, finals: state.caller.finals.slice(), words: state.caller.words.slice() },
    hold: state.hold && { ...state.hold },
    speculation: state.speculation && {
      ...state.speculation,
      ...(state.speculation.sentence ? { sentence: { ...state.speculation.sentence } } : {}),
    },
    ending: state.ending && { ...state.ending },
    inbox: state.inbox.slice(),
    keys: { ...state.keys, ahead: state.keys.ahead.slice() },
    tools: state.tools.slice(),
    outliving: state.outliving.slice(),
    due: { ...state.due },
  };
}

/** What one step works on: a copy of the state, and the effects so far. */
export interface Step {
  readonly s: CallState;
  readonly now: number;
  emit(effect: Effect): void;
}

export type Phase = 'listening' | 'thinking' | 'speaking' | 'held' | 'ending' | 'closed';

/** What the call is doing, for watchers and tests. Speaking begins with the first frame sent, not with bytes of a voice. */
export function phaseOf(state: CallState): Phase {
  if (state.closed !== undefined) return 'closed';
  if (state.ending?.stage === 'closing') return 'ending';
  if (state.hold) return 'held';
  if (state.playout.firstSentMs !== undefined) return 'speaking';
  if (state.asking?.running || state.tools.length > 0 || state.playout.sentences.length > 0) return 'thinking';
  return state.ending ? 'ending' : 'listening';
}
