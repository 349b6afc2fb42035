/**
 * What a call is made of: a line (the transport), an ear (VAD and STT together), a voice (TTS) and a dialog.
 * Our own types only: a provider translates its vendor's at the border.
 */
import type { Listening, SpokenWord, TransferOutcome } from '../engine/contracts.js';

/** Mono PCM, 16 bit. Internally everything runs at 8 kHz (`lineRateHz`); transports convert at the border. */
export interface AudioFrame {
  samples: Int16Array;
  sampleRateHz: number;
}

export const lineRateHz = 8000;
/** 20 ms at 8 kHz. */
export const frameSamples = 160;
export const frameMs = 20;

// ---- Line -----------------------------------------------------------------------------------

/** What comes from the other end. */
export type LineEvent =
  | { kind: 'audio'; samples: Int16Array }
  | { kind: 'key'; digit: string }
  /** The other end has played everything that was sent before this mark. */
  | { kind: 'mark'; name: string }
  | { kind: 'transfer'; outcome: TransferOutcome }
  /** The line sees to the transfer and tells its outcome within so long; without a time, however long the two talk. */
  | { kind: 'transfer_under_way'; withinMs?: number }
  | { kind: 'event'; name: string }
  /** Who took a call that we placed, as the carrier hears it. */
  | { kind: 'answered_by'; who: AnsweredBy }
  /** The other end hears for itself: what it made of the caller's speech. */
  | { kind: 'ear'; event: EarEvent }
  /** The other end has silenced the agent, because the caller cut in. */
  | { kind: 'interrupt' }
  | { kind: 'hang_up'; reason: string };

/** What the call shows to whoever watches the line (the page, the terminal): a transport may drop it. */
export type LineNotice =
  | { kind: 'transcript'; who: 'caller' | 'agent'; text: string; final: boolean; id?: string }
  | { kind: 'state'; flow: string | null; state: string }
  | { kind: 'timing'; turn: number; stages: Record<string, number>; rehearsed?: 'adopted' | 'wasted' }
  | { kind: 'interrupted'; heardMs: number }
  | { kind: 'ended'; reason: string };

/** One caller's connection. Sends never block and never throw: a dead line ends `events` with `hang_up`. */
export interface Line {
  readonly id: string;
  /** `websocket`, `twilio`, … for logs. */
  readonly transport: string;
  /** True when the other end answers marks. */
  readonly marks: boolean;
  readonly from?: string;
  readonly to?: string;
  /** What went wrong on the wire and was passed over, by name; joins the counters of the call's record. */
  readonly counters?: Readonly<Record<string, number>>;
  /** Where the carrier records the call, if it does: joins the call's record. */
  readonly recordingUrl?: string;
  events(): AsyncIterable<LineEvent>;
  /** One 20 ms frame, 8 kHz. The call paces. */
  send(samples: Int16Array): void;
  mark(name: string): void;
  /** Drops what was sent and not yet played. */
  clear(): void;
  notify(notice: LineNotice): void;
  transfer(to: string, mode: 'cold' | 'warm', packet: unknown, terms?: TransferTerms): void;
  /** What is said from now on is secret, or is no longer: for a line that is recorded elsewhere. */
  hush?(isSecret: boolean): void;
  hangUp(): void;
  close(): void;
}

/** `machine_over`: its greeting is, and it takes a message now. */
export type AnsweredBy = 'person' | 'machine' | 'machine_over';

/** How long a transfer may ring, and how long the two may talk then; absent: as the carrier has it. */
export interface TransferTerms {
  answerWithinMs?: number;
  maxMs?: number;
  /** The flow has something for the caller when the person has hung up: they come back, if the line can bring them. */
  comesBack?: boolean;
}

// ---- Ear ------------------------------------------------------------------------------------

/** What was heard, in order. Times are the call's clock, milliseconds. */
export type EarEvent =
  | { kind: 'speech_started'; atMs: number }
  | { kind: 'speech_ended'; atMs: number }
  /** `mayBeAll`: the provider is half sure that the turn is over, which is enough to rehearse an answer. */
  | { kind: 'interim'; text: string; atMs: number; mayBeAll?: boolean }
  | {
      kind: 'final';
      text: string;
      confidence?: number;
      language?: string;
      words?: SpokenWord[];
      startMs: number;
      endMs: number;
    }
  /** The provider is sure that the caller's turn is over, before our own endpointing is. */
  | { kind: 'end_of_turn'; atMs: number }
  /** The ear is deaf for good: say it once and fall back to keys. */
  | { kind: 'failed'; problem: string };

/** VAD and STT joined: audio in, events out. One per call. */
export interface Ear {
  readonly name: string;
  /** What it had to pass over, by name; joins the counters of the call's record. */
  readonly counters?: Readonly<Record<string, number>>;
  events(): AsyncIterable<EarEvent>;
  /** 20 ms, 8 kHz. Never blocks. */
  hear(samples: Int16Array, atMs: number): void;
  /** How to listen from now on: grammar, hints, language. */
  tune(listening: Listening): void;
  /** The turn was committed: what was heard so far belongs to it. */
  endTurn(): void;
  close(): void;
}

// ---- Providers behind the ear and the voice ----------------------------------------------------

/** Whether there is speech in a frame. One detector per call; batching across calls is its own affair. */
export interface VoiceActivityDetector {
  readonly name: string;
  /** 256 samples (32 ms) at 8 kHz each. Resolves in order with the speech probability, 0 to 1. */
  probability(frame: Int16Array): Promise<number>;
  close(): void;
}

/** Says whether what was said so far sounds finished: asked when the caller pauses. Slower than 400 ms, it is not waited for. */
export interface TurnModel {
  readonly name: string;
  isComplete(said: { text: string; language: string }, signal: AbortSignal): Promise<boolean>;
}

export type SttInput =
  | { kind: 'audio'; samples: Int16Array; atMs: number }
  /**
   * From the VAD, after the frame by which it knew: an utterance began or ended, dated back to where it did.
   * All sound is given as `audio`, also that around utterances: pre-roll is the provider's own affair.
   */
  | { kind: 'speech_started'; atMs: number }
  | { kind: 'speech_ended'; atMs: number }
  | { kind: 'tune'; listening: Listening }
  | { kind: 'end_turn' };

export type SttEvent = Extract<EarEvent, { kind: 'interim' | 'final' | 'end_of_turn' }>;

/** What a provider was given to do, for the bill: also what was for nothing. */
export interface Usage {
  /** The provider's name. */
  who: string;
  what: 'stt_seconds' | 'tts_characters' | 'llm_input_tokens' | 'llm_output_tokens';
  amount: number;
  /** Of it, what nobody heard or took: a speculation that was dropped, words that were cut off. */
  wasted?: number;
}

/** What a provider keeps open for one call, for all the parts that it plays in it. Who passes it on knows no more of it. */
export interface CallSession {
  close(): void;
}

/** Speech to text. Iterating ends when `audio` ends or `signal` aborts; fails with an OutsideError. */
export interface SpeechToText {
  readonly name: string;
  /** It hears an utterance when it is over: no word comes before that. */
  readonly hearsWhole?: boolean;
  transcribe(
    audio: AsyncIterable<SttInput>,
    options: {
      language: string;
      model?: string;
      /** How many connections of this call failed just before this one. */
      failures?: number;
      /** Of this call; a provider whose own it is listens by it. */
      session?: CallSession;
      spent?: (usage: Usage) => void;
    },
    signal: AbortSignal,
  ): AsyncIterable<SttEvent>;
  /** Ready for the first call: models loaded, sockets warm. */
  warm?(): Promise<void>;
  close?(): void;
}

export type TtsPiece =
  | { kind: 'audio'; samples: Int16Array; sampleRateHz: number }
  /** When each word begins, milliseconds from the first sample of this sentence. */
  | { kind: 'words'; words: { text: string; startMs: number; endMs: number }[] };

/** Text to speech, a sentence at a time. Fails with an OutsideError. */
export interface TextToSpeech {
  readonly name: string;
  speak(
    /** `rate`: how fast, 1 being the voice's own pace; a voice that cannot change its pace speaks at its own. */
    sentence: {
      text: string;
      ssml?: string;
      rate?: number;
      language: string;
      voice?: string;
      /** Of the call; a provider whose own it is speaks by it. */
      session?: CallSession;
      spent?: (usage: Usage) => void;
      /** Told by which provider it failed where it is tried again. */
      failed?: (provider: string) => void;
    },
    signal: AbortSignal,
  ): AsyncIterable<TtsPiece>;
  warm?(): Promise<void>;
  close?(): void;
}
