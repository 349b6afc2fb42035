/**
 * A call's ear: sound in; the beginning and end of speech and its words out, in order. The voice activity detector
 * sees every frame first, then the recogniser gets the frame and what the detector made of it, so that the same sound
 * gives the same events however fast it comes.
 */
import type { Clock, Json, Listening } from '../engine/contracts.js';
import { messageOf, OutsideError } from '../engine/errors.js';
import {
  frameMs,
  frameSamples,
  lineRateHz,
  type CallSession,
  type Ear,
  type EarEvent,
  type SpeechToText,
  type SttInput,
  type Usage,
  type VoiceActivityDetector,
} from './contracts.js';
import { Channel } from './channel.js';
import { energyVad } from './vad/energy.js';
import { createGate } from './vad/gate.js';

export interface EarOptions {
  /** Of this call alone; closed with the ear. */
  vad: VoiceActivityDetector;
  stt: SpeechToText;
  clock: Clock;
  /** BCP 47: until it is tuned to another. */
  language: string;
  model?: string;
  /** What the recogniser's provider keeps open for this call. */
  session?: CallSession;
  /** Told of what the recogniser has to do. */
  spent?: (usage: Usage) => void;
  /** Told of each connection that failed, by whose it was. */
  failed?: (provider: string) => void;
  log: { warn(event: string, fields?: Record<string, Json | undefined>): void };
}

/** An ear whose work can be waited for: what a test needs to run a call faster than time. */
export interface PatientEar extends Ear {
  /** Resolves when everything heard so far was worked through and its events were given out. */
  settled(): Promise<void>;
}

type Final = Extract<EarEvent, { kind: 'final' }>;

/** 32 ms at 8 kHz, what detectors take. */
const vadFrame = 256;
const vadFrameMs = (vadFrame * 1000) / lineRateHz;
/** A detector so far behind is as good as dead. */
const mostFramesBehind = 300;
/** Sound kept for a recogniser that is being connected again. */
const keptMs = 5000;
/** Waits before each attempt to connect again; after the last the ear is deaf. A final starts the count anew. */
const retryMs = [100, 400, 1500, 4000];
/** Sound before an onset that a new connection hears too. */
const preRollFrames = 10;
/**
 * No sound for so long while someone speaks: the line has a gap, and a gap is silence. It is looked at twice, because
 * after a busy moment of the process the timer comes before the sound that waits to be read.
 */
const gapMs = 300;
const gapAgainMs = 60;
const gapFrame = new Int16Array(frameSamples);
const mostGapMs = 5000;

export function createEar(options: EarOptions): PatientEar {
  return new ListeningEar(options);
}

class ListeningEar implements PatientEar {
  readonly name: string;
  readonly counters: Record<string, number> = {};
  readonly #options: EarOptions;
  #vad: VoiceActivityDetector;
  readonly #gate = createGate();
  readonly #events = new Channel<EarEvent>();
  readonly #closing = new AbortController();
  /** Sound of less than a detector's frame. */
  #rest: { samples: Int16Array; filled: number } = { samples: new Int16Array(vadFrame), filled: 0 };
  #work: Promise<void> = Promise.resolve();
  #framesBehind = 0;
  #input = new Channel<SttInput>();
  #language: string;
  /** Ends the recogniser's connection, to listen in another language. */
  #connection = new AbortController();
  /** What a new connection of the recogniser must be told again. */
  #listening: Listening | undefined;
  /** The open utterance, without what finals have told of it already. */
  #sinceOnset: SttInput[] | undefined;
  /** Finals have told of all sound up to here; a connection made after one was lost may tell again of what was before. */
  #toldUntilMs = -Infinity;
  #repeatsUntilMs = -Infinity;
  #preRoll: SttInput[] = [];
  #deaf = false;
  #stopGapTimer = (): void => {};
  /** Silence put into the gap that is open now. */
  #filledMs = 0;

  constructor(options: EarOptions) {
    this.#options = options;
    this.#vad = options.vad;
    this.#language = options.language;
    this.name = `${options.vad.name}+${options.stt.name}`;
    void this.#recognise();
  }

  events(): AsyncIterable<EarEvent> {
    return this.#events;
  }

  hear(samples: Int16Array, atMs: number): void {
    this.#filledMs = 0;
    this.#take(samples, atMs);
  }

  #take(samples: Int16Array, atMs: number): void {
    if (this.#closing.signal.aborted) return;
    this.#stopGapTimer();
    for (let from = 0; from < samples.length;) {
      const take = Math.min(samples.length - from, vadFrame - this.#rest.filled);
      this.#rest.samples.set(samples.subarray(from, from + take), this.#rest.filled);
      this.#rest.filled += take;
      from += take;
      if (this.#rest.filled < vadFrame) continue;
      this.#frame(this.#rest.samples, atMs - ((samples.length - from) * 1000) / lineRateHz);
      this.#rest = { samples: new Int16Array(vadFrame), filled: 0 };
    }
    this.#watchForGap(atMs);
  }

  tune(listening: Listening): void {
    this.#queue(() => {
      this.#listening = listening;
      if (listening.language === this.#language) return this.#give({ kind: 'tune', listening });
      // A recogniser hears one language for as long as it is connected.
      this.#language = listening.language;
      this.#renewInput();
      this.#connection.abort(new Error('another language is spoken'));
    });
  }

  endTurn(): void {
    this.#queue(() => {
      this.#sinceOnset = undefined;
      this.#give({ kind: 'end_turn' });
    });
  }

  async settled(): Promise<void> {
    for (;;) {
      const work = this.#work;
      await work;
      await this.#input.drained();
      await this.#events.drained();
      // The recogniser's last answers pass through a few promises on their way.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (work === this.#work && this.#input.isDrained && this.#events.isDrained) return;
    }
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#stopGapTimer();
    this.#closing.abort(new Error('the ear was closed'));
    this.#input.end();
    this.#events.end();
    this.#vad.close();
  }

  /** Everything goes to the recogniser in the order in which it came to the ear. */
  #queue(act: () => void): void {
    this.#work = this.#work.then(() => {
      if (!this.#closing.signal.aborted) act();
    });
  }

  #frame(samples: Int16Array, endMs: number): void {
    if (++this.#framesBehind > mostFramesBehind) this.#replaceVad('it does not keep up');
    const vad = this.#vad;
    const answer = vad.probability(samples);
    answer.catch(() => {}); // looked at below, in its turn
    this.#work = this.#work.then(async () => {
      let probability: number;
      try {
        probability = await answer;
      } catch (problem) {
        if (this.#closing.signal.aborted) return;
        if (this.#vad === vad) this.#replaceVad(messageOf(problem));
        probability = await this.#vad.probability(samples);
      }
      this.#framesBehind -= 1;
      if (this.#closing.signal.aborted) return;
      this.#give({ kind: 'audio', samples, atMs: endMs });
      for (const event of this.#gate.push(probability, { endMs, lengthMs: vadFrameMs })) {
        this.#events.push(event);
        this.#give(event);
      }
    });
  }

  #replaceVad(problem: string): void {
    if (this.#vad.name === 'energy') return;
    this.#options.log.warn('voice activity by loudness alone from now on', { problem });
    this.#vad.close();
    this.#vad = energyVad();
    this.#framesBehind = 0;
  }

  #give(input: SttInput): void {
    if (this.#deaf) return;
    if (input.kind === 'audio') this.#preRoll = [...this.#preRoll, input].slice(-preRollFrames);
    if (this.#sinceOnset) this.#sinceOnset.push(input);
    else if (input.kind === 'speech_started') this.#sinceOnset = [...this.#preRoll, input];
    this.#input.push(input);
    this.#forgetOldSound();
  }

  /** While no recogniser takes it, old sound is dropped; what was tuned is not. */
  #forgetOldSound(): void {
    const most = keptMs / vadFrameMs;
    if (this.#input.length > most) {
      this.#input.dropFirst(({ kind }) => kind === 'audio');
      this.#count('dropped_sound');
    }
    if (this.#sinceOnset && this.#sinceOnset.length > most) this.#sinceOnset.splice(1, 1);
  }

  #count(name: string): void {
    this.counters[name] = (this.counters[name] ?? 0) + 1;
  }

  async #recognise(): Promise<void> {
    const { stt, model, session, spent, failed, clock, log } = this.#options;
    const { signal } = this.#closing;
    let failures = 0;
    while (!signal.aborted) {
      const input = this.#input;
      this.#connection = new AbortController();
      let problem: unknown;
      try {
        for await (const event of stt.transcribe(
          input,
          {
            language: this.#language,
            failures,
            ...(model !== undefined && { model }),
            ...(session && { session }),
            ...(spent && { spent }),
          },
          AbortSignal.any([signal, this.#connection.signal]),
        )) {
          if (input !== this.#input) break;
          if (event.kind === 'final') failures = 0;
          const news = event.kind === 'final' ? this.#told(event) : event;
          if (news) this.#events.push(news);
        }
      } catch (cause) {
        problem = cause;
      }
      if (signal.aborted) return;
      if (input !== this.#input) continue;
      failed?.(problem instanceof OutsideError ? problem.who : stt.name);
      const waitMs = retryMs[failures++];
      const mayHelp = !(problem instanceof OutsideError) || problem.retryable;
      if (!mayHelp || waitMs === undefined) {
        this.#deaf = true;
        input.end();
        this.#events.push({ kind: 'failed', problem: messageOf(problem ?? `${stt.name} ended`) });
        return;
      }
      this.#count('recogniser_lost');
      log.warn('recogniser lost, connecting again', { problem: messageOf(problem ?? 'it ended'), attempt: failures });
      this.#renewInput();
      try {
        await clock.sleep(waitMs, signal);
      } catch {
        return;
      }
    }
  }

  /** A new connection knows nothing: it is told how to listen, and hears the open utterance from its beginning. */
  #renewInput(): void {
    const old = this.#input;
    this.#input = new Channel<SttInput>();
    this.#repeatsUntilMs = this.#toldUntilMs;
    if (this.#listening !== undefined) this.#input.push({ kind: 'tune', listening: this.#listening });
    for (const one of this.#sinceOnset ?? []) this.#input.push(one);
    old.end();
  }

  /** What of a final is new: a connection that was made in mid-utterance hears a little of what was told twice. */
  #told(final: Final): Final | undefined {
    const { words, endMs } = final;
    const beforeMs = this.#repeatsUntilMs;
    this.#toldUntilMs = Math.max(this.#toldUntilMs, endMs);
    // Whoever still speaks may be cut off from the recogniser in the middle of what comes next.
    const open = this.#gate.speaking && final.text !== '' ? this.#sinceOnset : undefined;
    this.#sinceOnset = open && [
      { kind: 'speech_started', atMs: endMs },
      ...open.filter((one) => one.kind === 'audio' && one.atMs > endMs),
    ];
    if (!words || words.length === 0) return endMs <= beforeMs && final.text !== '' ? undefined : final;
    const fresh = words.filter((word) => (word.startMs + word.endMs) / 2 > beforeMs);
    if (fresh.length === words.length) return final;
    if (fresh.length === 0) return undefined;
    return { ...final, text: fresh.map(({ text }) => text).join(' '), words: fresh, startMs: fresh[0]!.startMs };
  }

  #watchForGap(lastMs: number): void {
    const { clock } = this.#options;
    const fill = (): void => {
      if (!this.#gate.speaking && !this.#sinceOnset) return;
      const ms = gapMs + gapAgainMs;
      this.#filledMs += ms;
      if (this.#filledMs > mostGapMs) return;
      for (let passedMs = frameMs; passedMs <= ms; passedMs += frameMs) this.#take(gapFrame, lastMs + passedMs);
    };
    this.#stopGapTimer = clock.at(clock.now() + gapMs, () => {
      this.#stopGapTimer = clock.at(clock.now() + gapAgainMs, fill);
    });
  }
}
