/**
 * The shell around the reducer: gives it what happens, does what it asks for, decides nothing.
 *
 * All time goes through the injected clock. Whoever drives a call on a {@link VirtualClock} moves it with
 * `advanceTo`, which empties the promise queues between deadlines; `runtime/README.md` says how.
 */
import type { Clock, Dialog, Heard, Json } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import { EchoGate } from '../audio/echo-gate.js';
import type { Ear, EarEvent, Line, TextToSpeech, TurnModel, Usage } from '../contracts.js';
import type { UsageSheet } from '../providers/usage.js';
import type { Log, LogFields } from '../observe/log.js';
import { gateOf } from './echo.js';
import { keepEvents } from './event-log.js';
import { nextDue, reduce } from './reducer.js';
import type { CallRecord, CallTurn } from './record.js';
import { RecordKeeper } from './record.js';
import { Recorder } from './recorder.js';
import { Speech } from './speech.js';
import type { CallEvent, CallState, Effect, Manners, Phase } from './state.js';
import { newCall, phaseOf } from './state.js';

export interface CallOptions {
  id: string;
  line: Line;
  ear: Ear;
  voice: TextToSpeech;
  /** Speaks what `voice` could not. */
  fallbackVoice?: TextToSpeech;
  /** Judges whether a pause is the end; without one the last words tell. */
  turnModel?: TurnModel;
  dialog: Dialog;
  clock: Clock;
  log: Log;
  limits?: { maxCallMs?: number };
  /** `outbound`: we called them. */
  direction?: 'inbound' | 'outbound';
  /** Keep both sides' sound in the record. */
  record?: boolean;
  /** What its ear counts too; the voice is counted here. */
  usage?: UsageSheet;
  language: string;
  /** Who answers, in which version: for the record. */
  about?: LogFields;
  /** Timings and the call's own words, where the defaults do not serve. */
  manners?: Partial<Manners>;
  /** One side has spoken, as it will stand in the record. */
  onTurn?: (turn: CallTurn) => void;
  /** Takes the call's event log, line by line: what `flow replay` runs again. Without words; see event-log.ts. */
  events?: (line: string) => void;
  /** Every event with its effects, in order: for traces. Holds the caller's words. */
  watch?: (event: CallEvent, effects: Effect[], nowMs: number) => void;
}

export type { CallRecord, CallTurn };

export interface Call {
  readonly id: string;
  /** Resolves when everything is closed. Never rejects. */
  readonly done: Promise<CallRecord>;
  readonly phase: Phase;
  /** The agent falls silent, as if the caller had cut in. */
  interrupt(): void;
  hangUp(): void;
  /** The process has to end: the caller is asked to call again, then hung up on. */
  shutDown(): void;
  /** Something from outside that the flow may have a transition for. */
  event(name: string, data?: Json): void;
}

/** Closing a dialog that hangs is waited for so long. */
const dialogCloseMs = 3000;
/** So much of the caller's sound is looked at to tell whether an echo has become a caller. */
const speakUpMs = 40;

export function startCall(options: CallOptions): Call {
  return new RunningCall(options);
}

class RunningCall implements Call {
  readonly id: string;
  readonly done: Promise<CallRecord>;
  readonly #options: CallOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #started: string;
  readonly #recorder: Recorder | undefined;
  readonly #keep: ReturnType<typeof keepEvents> | undefined;
  readonly #record: RecordKeeper;
  readonly #events: CallEvent[] = [];
  readonly #gate = new EchoGate();
  readonly #turns = new Map<number, AbortController>();
  readonly #speech = new Map<number, Speech>();
  readonly #rehearsals = new Map<number, AbortController>();
  readonly #closing = new AbortController();
  #state: CallState;
  #busy = false;
  #turn: Promise<void> = Promise.resolve();
  #tick: { atMs: number; cancel: () => void } | undefined;
  #pump: { atMs: number; cancel: () => void } | undefined;
  #resolve!: (record: CallRecord) => void;

  constructor(options: CallOptions) {
    this.#options = options;
    this.id = options.id;
    this.#clock = options.clock;
    this.#log = options.log.child({ call: options.id });
    const startMs = this.#clock.now();
    this.#started = new Date(this.#clock.date()).toISOString();
    this.#recorder = options.record ? new Recorder(startMs) : undefined;
    this.#record = new RecordKeeper(options.dialog, startMs, options.usage);
    const manners = { ...options.manners };
    if (options.limits?.maxCallMs !== undefined) manners.maxCallMs = options.limits.maxCallMs;
    const born = {
      lineMarks: options.line.marks,
      language: options.language,
      manners,
      hasTurnModel: options.turnModel !== undefined,
      rehearses: options.dialog.rehearse !== undefined,
    };
    this.#state = newCall(born, startMs);
    this.#keep = options.events && keepEvents(born, startMs, options.events);
    this.done = new Promise((resolve) => (this.#resolve = resolve));
    this.#log.info('call started', { transport: options.line.transport });
    void this.#followLine();
    void this.#followEar();
    void this.#followSettlements();
    this.#dispatch({ kind: 'start' });
  }

  get phase(): Phase {
    return phaseOf(this.#state);
  }

  interrupt(): void {
    this.#dispatch({ kind: 'interrupt' });
  }

  hangUp(): void {
    this.#dispatch({ kind: 'hang_up' });
  }

  shutDown(): void {
    this.#dispatch({ kind: 'shut_down' });
  }

  event(name: string, data?: Json): void {
    this.#dispatch({ kind: 'outside', name, ...(data === undefined ? {} : { data }) });
  }

  // ---- What happens ---------------------------------------------------------------------------

  /** Events that arise while one is handled wait for their turn: the reducer sees one at a time. */
  #dispatch(event: CallEvent): void {
    if (this.#state.closed !== undefined) return;
    this.#events.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#events.shift(); next; next = this.#events.shift()) {
        const nowMs = this.#clock.now();
        const { state, effects } = reduce(this.#state, next, nowMs);
        this.#state = state;
        this.#options.watch?.(next, effects, nowMs);
        this.#keep?.(next, effects, nowMs);
        for (const effect of effects) this.#act(effect);
      }
    } catch (error) {
      // A defect of ours: this call ends, the others go on.
      this.#log.error('call broke', { problem: error instanceof Error ? (error.stack ?? error.message) : 'unknown' });
      this.#events.length = 0;
      this.#state = { ...this.#state, closed: 'broken', due: {} };
      this.#close('broken');
    } finally {
      this.#busy = false;
    }
    this.#arm();
  }

  #arm(): void {
    this.#tick = this.#timer(this.#tick, nextDue(this.#state), () => {
      this.#tick = undefined;
      // Whatever else happens at this very moment comes first: the caller's event wins over the deadline.
      const now = this.#clock.now();
      this.#tick = {
        atMs: now,
        cancel: this.#clock.at(now, () => {
          this.#tick = undefined;
          this.#dispatch({ kind: 'tick' });
        }),
      };
    });
    this.#pump = this.#timer(this.#pump, this.#state.due.pump, () => {
      this.#pump = undefined;
      this.#dispatch({ kind: 'tick', pump: true });
    });
  }

  #timer(
    armed: { atMs: number; cancel: () => void } | undefined,
    atMs: number | undefined,
    run: () => void,
  ): { atMs: number; cancel: () => void } | undefined {
    if (
      armed &&
      atMs !== undefined &&
      (armed.atMs === atMs || (armed.atMs <= this.#clock.now() && atMs <= armed.atMs))
    ) {
      return armed;
    }
    armed?.cancel();
    return atMs === undefined ? undefined : { atMs, cancel: this.#clock.at(atMs, run) };
  }

  async #followLine(): Promise<void> {
    const { line, ear } = this.#options;
    try {
      for await (const event of line.events()) {
        if (this.#state.closed !== undefined) return;
        if (event.kind === 'audio') {
          const now = this.#clock.now();
          this.#recorder?.caller(event.samples, now);
          this.#gate.heard(event.samples, now);
          this.#speaksUp(now);
          ear.hear(event.samples, now);
        } else if (event.kind === 'hang_up') {
          return this.#dispatch({ kind: 'line_gone', reason: event.reason });
        } else if (event.kind === 'event') {
          this.#dispatch({ kind: 'outside', name: event.name });
        } else {
          this.#dispatch(event);
        }
      }
      this.#dispatch({ kind: 'line_gone', reason: 'line_closed' });
    } catch (error) {
      this.#log.warn('line failed', { problem: messageOf(error) });
      this.#dispatch({ kind: 'line_gone', reason: 'line_failed' });
    }
  }

  async #followEar(): Promise<void> {
    try {
      for await (const event of this.#options.ear.events()) {
        if (event.kind === 'failed') this.#earFailed();
        this.#dispatch({ kind: 'ear', event, ...this.#loudnessOf(event) });
      }
    } catch (error) {
      this.#earFailed();
      this.#dispatch({ kind: 'ear', event: { kind: 'failed', problem: messageOf(error) } });
    }
  }

  /** Its name is that of the detector and of the recogniser; without the first it hears on. */
  #earFailed(): void {
    this.#record.failed(this.#options.ear.name.split('+').at(-1)!);
  }

  #loudnessOf(event: EarEvent): { loudness?: number } {
    const loudness = event.kind === 'speech_started' ? this.#gate.loudness(event.atMs, this.#clock.now()) : undefined;
    return loudness === undefined ? {} : { loudness };
  }

  /** The detector tells the beginning of speech once: that an echo has become a caller is told by how loud it is. */
  #speaksUp(now: number): void {
    if (!this.#state.caller.faint) return;
    const loudness = this.#gate.loudness(now - speakUpMs, now);
    if (loudness !== undefined && loudness >= gateOf({ s: this.#state })) this.#dispatch({ kind: 'louder' });
  }

  async #followSettlements(): Promise<void> {
    try {
      for await (const input of this.#options.dialog.settlements(this.#closing.signal)) {
        this.#dispatch({ kind: 'settlement', input });
      }
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#log.warn('settlements failed', { problem: messageOf(error) });
    }
  }

  // ---- What is asked for ----------------------------------------------------------------------

  #act(effect: Effect): void {
    const { line, ear } = this.#options;
    switch (effect.kind) {
      case 'ask':
        for (const sentence of this.#speech.keys()) if (sentence !== effect.ahead) this.#speech.delete(sentence);
        // What is left of them is the turn's now.
        this.#rehearsals.clear();
        this.#turns.set(effect.gen, new AbortController());
        this.#turn = this.#turn.then(() => this.#runTurn(effect));
        return;
      case 'abort':
        return this.#turns.get(effect.gen)?.abort(effect.heard satisfies Heard);
      case 'understand':
        return void this.#understand(effect.gen, effect.text);
      case 'rehearse':
        return void this.#rehearse(effect);
      case 'forget':
        this.#rehearsals.get(effect.n)?.abort(new Error('the caller went on'));
        return void this.#rehearsals.delete(effect.n);
      case 'judge':
        return void this.#judge(effect);
      case 'speak':
        return void this.#speak(effect);
      case 'unspeak':
        for (const sentence of effect.sentences) {
          this.#speech.get(sentence)?.controller.abort();
          if (!effect.keep) this.#speech.delete(sentence);
        }
        return;
      case 'wasted': {
        const who = this.#speech.get(effect.sentence)?.who;
        if (who !== undefined)
          this.#record.usage.add({ who, what: 'tts_characters', amount: 0, wasted: effect.characters });
        return;
      }
      case 'send': {
        const frame = this.#speech.get(effect.sentence)?.frame(effect.from, effect.to);
        if (!frame) return;
        this.#recorder?.agent(frame, effect.playAtMs);
        this.#gate.sent(frame, effect.playAtMs);
        return line.send(frame);
      }
      case 'mark':
        return line.mark(effect.name);
      case 'clear':
        this.#recorder?.clear(this.#clock.now());
        return line.clear();
      case 'tune':
        return ear.tune(effect.listening);
      case 'end_turn':
        return ear.endTurn();
      case 'transfer':
        return line.transfer(effect.to, effect.mode, effect.packet, effect.limits);
      case 'hang_up':
        return line.hangUp();
      case 'notify':
        return line.notify(this.#record.printable(effect.notice));
      case 'note': {
        const turn = this.#record.note(effect.note, this.#clock.now());
        return turn && this.#options.onTurn?.(turn);
      }
      case 'count':
        return this.#record.count(effect.name);
      case 'secret':
        if (this.#recorder) this.#recorder.muted = effect.on;
        return line.hush?.(effect.on);
      case 'log':
        return this.#log[effect.level](effect.event, effect.fields);
      case 'close':
        return this.#close(effect.reason);
    }
  }

  async #runTurn(effect: Extract<Effect, { kind: 'ask' }>): Promise<void> {
    const { gen, input } = effect;
    try {
      for await (const out of this.#options.dialog.turn(input, { signal: this.#turns.get(gen)!.signal })) {
        this.#dispatch({ kind: 'out', gen, out });
      }
      this.#dispatch({ kind: 'turn_ended', gen });
    } catch (error) {
      this.#dispatch({ kind: 'turn_failed', gen, problem: messageOf(error) });
    } finally {
      this.#turns.delete(gen);
    }
  }

  async #understand(gen: number, text: string): Promise<void> {
    try {
      const understanding = await this.#options.dialog.understand(text, this.#closing.signal);
      this.#dispatch({ kind: 'understood', gen, fits: understanding.moves.length > 0 });
    } catch {
      this.#dispatch({ kind: 'understood', gen, fits: false });
    }
  }

  /** What fails here fails again in the turn, where it is told. */
  async #rehearse({ n, said }: Extract<Effect, { kind: 'rehearse' }>): Promise<void> {
    const stop = new AbortController();
    this.#rehearsals.set(n, stop);
    try {
      for await (const words of this.#options.dialog.rehearse!(said, stop.signal)) {
        if (stop.signal.aborted) return;
        this.#dispatch({ kind: 'rehearsed', n, words });
      }
    } catch {
      // As if it had not been tried.
    }
  }

  /** A model that fails is as one that says nothing: its budget runs out. */
  async #judge({ n, text, language }: Extract<Effect, { kind: 'judge' }>): Promise<void> {
    try {
      const complete = await this.#options.turnModel!.isComplete({ text, language }, this.#closing.signal);
      this.#dispatch({ kind: 'judged', n, complete });
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#log.warn('turn model failed', { problem: messageOf(error) });
    }
  }

  async #speak(effect: Extract<Effect, { kind: 'speak' }>): Promise<void> {
    const { sentence, text, ssml, rate, speaker: voiceName, language } = effect;
    const speech = new Speech();
    this.#speech.set(sentence, speech);
    const { voice, fallbackVoice } = this.#options;
    const isOther = effect.voice === 'fallback' && fallbackVoice !== undefined;
    const speaker = isOther ? fallbackVoice : voice;
    const { signal } = speech.controller;
    try {
      const request = {
        text,
        language,
        // A voice's name and its markup belong to its provider.
        ...(ssml === undefined || isOther ? {} : { ssml }),
        ...(voiceName === undefined || isOther ? {} : { voice: voiceName }),
        ...(rate === undefined ? {} : { rate }),
        spent: (spent: Usage) => {
          speech.who = spent.who;
          this.#record.usage.add(spent);
        },
        failed: (provider: string) => this.#record.failed(provider),
      };
      for await (const piece of speaker.speak(request, signal)) {
        if (signal.aborted) return;
        if (piece.kind === 'words') this.#dispatch({ kind: 'voice_words', sentence, words: piece.words });
        else {
          const samples = speech.add(piece.samples, piece.sampleRateHz);
          if (samples > 0) this.#dispatch({ kind: 'voice_audio', sentence, samples });
        }
      }
      if (signal.aborted) return;
      const rest = speech.end();
      if (rest > 0) this.#dispatch({ kind: 'voice_audio', sentence, samples: rest });
      this.#dispatch({ kind: 'voice_done', sentence });
    } catch (error) {
      if (signal.aborted) return;
      this.#record.failed(speaker.name);
      const refused = error instanceof OutsideError && error.kind === 'refused' && !error.retryable;
      this.#dispatch({ kind: 'voice_failed', sentence, problem: messageOf(error), ...(refused ? { refused } : {}) });
    }
  }

  #close(reason: string): void {
    const { line, ear, dialog } = this.#options;
    this.#tick?.cancel();
    this.#pump?.cancel();
    this.#tick = this.#pump = undefined;
    this.#closing.abort(new Error('the call is over'));
    for (const speech of this.#speech.values()) speech.controller.abort();
    for (const work of [...this.#turns.values(), ...this.#rehearsals.values()]) {
      work.abort(new Error('the call is over'));
    }
    ear.close();
    line.close();
    const { answeredBy, counters, ...noted } = this.#record.noted();
    const record: CallRecord = {
      id: this.id,
      transport: line.transport,
      ...(this.#options.direction && { direction: this.#options.direction }),
      ...(answeredBy && { answeredBy }),
      ...(this.#options.about && { about: this.#options.about }),
      started: this.#started,
      durationMs: this.#record.since(this.#clock.now()),
      ended: reason,
      ...noted,
      counters: { ...line.counters, ...ear.counters, ...counters },
      ...(line.recordingUrl !== undefined && { recordingUrl: line.recordingUrl }),
      ...(this.#recorder ? { audio: this.#recorder.audio() } : {}),
    };
    this.#log.info('call ended', { reason, seconds: Math.round(record.durationMs / 1000), turns: record.turns.length });
    void this.#closeDialog(dialog, reason).then(() => this.#resolve({ ...record, ...this.#record.spent() }));
  }

  async #closeDialog(dialog: Dialog, reason: string): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([
        dialog.close(reason),
        this.#clock.sleep(dialogCloseMs, late.signal).then(() => {
          this.#log.warn('dialog did not close in time');
        }),
      ]);
    } catch (error) {
      this.#log.warn('dialog did not close', { problem: messageOf(error) });
    } finally {
      late.abort(new Error('closed'));
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
