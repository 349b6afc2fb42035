/**
 * What may happen to a call, and what it may ask for. Plain data: the reducer ({@link ./reducer.ts}) turns
 * `(state, event, now)` into `(state, effects)`, the shell ({@link ./call.ts}) acts.
 * All times are milliseconds of the injected clock; positions in audio are milliseconds or samples at 8 kHz.
 */
import type { Heard, Input, Json, Listening, Out, TransferOutcome } from '../../engine/contracts.js';
import type { AnsweredBy, EarEvent, LineNotice, TransferTerms } from '../contracts.js';

// ---- Events ---------------------------------------------------------------------------------

/** Everything that can happen to a call. What answers an effect carries its generation or number. */
export type CallEvent =
  | { kind: 'start' }
  | { kind: 'out'; gen: number; out: Out }
  | { kind: 'turn_ended'; gen: number }
  | { kind: 'turn_failed'; gen: number; problem: string }
  | { kind: 'understood'; gen: number; fits: boolean }
  /** The turn model's answer to `judge`. */
  | { kind: 'judged'; n: number; complete: boolean }
  /** What a rehearsed turn would say; as a `guess`, if the model that is asked says what is likeliest. */
  | { kind: 'rehearsed'; n: number; words: Extract<Out, { kind: 'words' }> & { guess?: true } }
  | { kind: 'settlement'; input: Extract<Input, { kind: 'tool' }> }
  /** `loudness` of a beginning of speech: see `EchoGate.loudness`. */
  | { kind: 'ear'; event: EarEvent; loudness?: number }
  /** Who began so softly that it may be an echo is louder than that now. */
  | { kind: 'louder' }
  | { kind: 'key'; digit: string }
  | { kind: 'mark'; name: string }
  | { kind: 'voice_audio'; sentence: number; samples: number }
  | { kind: 'voice_words'; sentence: number; words: WordTime[] }
  | { kind: 'voice_done'; sentence: number }
  | { kind: 'voice_failed'; sentence: number; problem: string; /** Asking it again is pointless. */ refused?: boolean }
  | { kind: 'transfer'; outcome: TransferOutcome }
  | { kind: 'transfer_under_way'; withinMs?: number }
  | { kind: 'outside'; name: string; data?: Json }
  | { kind: 'answered_by'; who: AnsweredBy }
  | { kind: 'line_gone'; reason: string }
  | { kind: 'interrupt' }
  | { kind: 'hang_up' }
  /** The process has to end: the caller is told, and nothing cuts that. */
  | { kind: 'shut_down' }
  /** A deadline has come; with `pump` only frames are sent. */
  | { kind: 'tick'; pump?: boolean };

export interface WordTime {
  text: string;
  startMs: number;
  endMs: number;
}

// ---- Effects --------------------------------------------------------------------------------

/** A stage of a turn, milliseconds of the call's clock. */
export interface Stages {
  speechEnd?: number;
  final?: number;
  decision?: number;
  /** What was said is understood. */
  route?: number;
  /** A language model begins its answer. */
  firstToken?: number;
  firstSentence?: number;
  ttsRequest?: number;
  firstByte?: number;
  firstSent?: number;
  firstHeard?: number;
}

/** One side's go at speaking, for the record. `text` of a secret is masked. */
export interface TurnNote {
  who: 'caller' | 'agent';
  text: string;
  startMs: number;
  endMs: number;
  by?: 'speech' | 'keys';
  interrupted?: boolean;
  /** Said by the agent and not heard by the caller. */
  unheard?: string;
  stages?: Stages;
  rehearsed?: 'adopted' | 'wasted';
}

export type Note =
  | { kind: 'turn'; turn: TurnNote }
  | { kind: 'state'; flow: string | null; state: string }
  | { kind: 'interruption'; onsetMs: number; silentMs: number }
  | { kind: 'answered_by'; who: 'person' | 'machine' }
  | { kind: 'tool'; callId: string; name: string; outcome: string };

export type Effect =
  /** Run one turn of the dialog. Turns queue: the shell begins the next when the former has ended. */
  | { kind: 'ask'; gen: number; input: Input; /** A sentence whose audio was made ahead: it is kept. */ ahead?: number }
  | { kind: 'abort'; gen: number; heard: Heard }
  | { kind: 'understand'; gen: number; text: string }
  /** Ask the turn model whether this sounds finished. */
  | { kind: 'judge'; n: number; text: string; language: string }
  /** What would a turn say? Nothing may come of it but words; `forget` stops it. */
  | { kind: 'rehearse'; n: number; said: { text: string; whole?: string; heard?: Heard } }
  | { kind: 'forget'; n: number }
  /** Make the sentence's audio; what comes back is kept by the shell, only counts come to the reducer. */
  | {
      kind: 'speak';
      sentence: number;
      text: string;
      ssml?: string;
      rate?: number;
      /** A voice of the main provider in place of the agent's. */
      speaker?: string;
      voice: 'main' | 'fallback';
      language: string;
    }
  /** Stop making these; with `keep` the audio that came is still to be sent. */
  /** `failed`: the voice did, and not the caller who cut in. */
  | { kind: 'unspeak'; sentences: number[]; keep?: boolean; failed?: boolean }
  /** So many characters of a sentence that was asked of the voice were for nothing. */
  | { kind: 'wasted'; sentence: number; characters: number }
  /** Give samples `from`..`to` of a sentence to the line, padded to whole frames. It will be played at `playAtMs`. */
  | { kind: 'send'; sentence: number; from: number; to: number; playAtMs: number }
  | { kind: 'mark'; name: string }
  /** Silence now: what was sent and not played is dropped. The caller heard up to now. */
  | { kind: 'clear' }
  | { kind: 'tune'; listening: Listening }
  | { kind: 'end_turn' }
  | { kind: 'transfer'; to: string; mode: 'cold' | 'warm'; packet: Json; limits: TransferTerms }
  | { kind: 'hang_up' }
  | { kind: 'notify'; notice: LineNotice }
  | { kind: 'note'; note: Note }
  | { kind: 'count'; name: string }
  /** Audio of the caller is not kept while secret. */
  | { kind: 'secret'; on: boolean }
  | { kind: 'log'; level: 'info' | 'warn'; event: string; fields?: Record<string, Json> }
  | { kind: 'close'; reason: string };
