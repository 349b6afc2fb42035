/**
 * The shell around the reducer: gives it what happens, does what it asks for, decides nothing.
 *
 * All time goes through the injected clock. Whoever drives a call on a {@link VirtualClock} moves it with
 * `advanceTo`, which empties the promise queues between deadlines; `runtime/README.md` says how.
 */
import type { Clock, Dialog, Json } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import type { CallSession, Ear, Line, TextToSpeech, TurnModel } from '../contracts.js';
import type { UsageSheet } from '../providers/usage.js';
import type { Log, LogFields } from '../observe/log.js';
import { Alarms } from './alarms.js';
import { DialogRunner } from './dialog-runner.js';
import { keepEvents } from './event-log.js';
import { Hearing } from './hearing.js';
import { Mouth } from './mouth.js';
import { nextDue, reduce } from './reducer.js';
import type { CallRecord, CallTurn } from './record.js';
import { RecordKeeper } from './record.js';
import { Recorder } from './recorder.js';
import type { CallEvent, Effect } from './events.js';
import type { CallState, Manners, Phase } from './state.js';
import { newCall, phaseOf } from './state.js';

export interface CallOptions {
  id: string;
  line: Line;
  ear: Ear;
  voice: TextToSpeech;
  /** Speaks what `voice` could not. */
  fallbackVoice?: TextToSpeech;
  /** What a provider keeps open for this call; closed with it. */
  session?: CallSession;
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
  readonly #alarms: Alarms;
  readonly #dialog: DialogRunner;
  readonly #hearing: Hearing;
  readonly #mouth: Mouth;
  #state: CallState;
  #busy = false;
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
    const tell = (event: CallEvent): void => this.#dispatch(event);
    const { line, ear, voice: main, fallbackVoice: fallback, session } = options;
    const [clock, log, record, recorder] = [this.#clock, this.#log, this.#record, this.#recorder];
    this.#alarms = new Alarms(clock, (what) => tell({ kind: 'tick', ...what }));
    this.#mouth = new Mouth({ main, fallback, session }, record, tell);
    this.#dialog = new DialogRunner(options.dialog, clock, log, tell);
    this.#hearing = new Hearing({ line, ear, clock, log, record, recorder, state: () => this.#state, tell });
    this.#hearing.start();
    void this.#dialog.followSettlements();
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
    this.#alarms.arm(nextDue(this.#state), this.#state.due.pump);
  }

  // ---- What is asked for ----------------------------------------------------------------------

  #act(effect: Effect): void {
    const { line, ear } = this.#options;
    switch (effect.kind) {
      case 'ask':
        this.#mouth.forget(effect.ahead);
        return this.#dialog.ask(effect);
      case 'abort':
        return this.#dialog.abort(effect.gen, effect.heard);
      case 'understand':
        return void this.#dialog.understand(effect.gen, effect.text);
      case 'rehearse':
        return void this.#dialog.rehearse(effect);
      case 'forget':
        return this.#dialog.forget(effect.n);
      case 'judge':
        return void this.#judge(effect);
      case 'speak':
        return void this.#mouth.speak(effect);
      case 'unspeak':
        return this.#mouth.unspeak(effect);
      case 'wasted':
        return this.#mouth.wasted(effect);
      case 'send': {
        const frame = this.#mouth.frame(effect);
        if (!frame) return;
        this.#recorder?.agent(frame, effect.playAtMs);
        this.#hearing.sent(frame, effect.playAtMs);
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

  /** A model that fails is as one that says nothing: its budget runs out. */
  async #judge({ n, text, language }: Extract<Effect, { kind: 'judge' }>): Promise<void> {
    try {
      const complete = await this.#options.turnModel!.isComplete({ text, language }, this.#dialog.signal);
      this.#dispatch({ kind: 'judged', n, complete });
    } catch (error) {
      if (!this.#dialog.signal.aborted) this.#log.warn('turn model failed', { problem: messageOf(error) });
    }
  }

  #close(reason: string): void {
    const { line, ear, session } = this.#options;
    this.#alarms.cancel();
    this.#mouth.close();
    this.#dialog.stop();
    ear.close();
    session?.close();
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
    void this.#dialog.close(reason).then(() => this.#resolve({ ...record, ...this.#record.spent() }));
  }
}
