import type { Clock } from '../../engine/contracts.js';
import { messageOf } from '../../engine/errors.js';
import { EchoGate } from '../audio/echo-gate.js';
import type { Ear, EarEvent, Line } from '../contracts.js';
import type { Log } from '../observe/log.js';
import { gateOf } from './echo.js';
import type { RecordKeeper } from './record.js';
import type { Recorder } from './recorder.js';
import type { CallEvent } from './events.js';
import type { CallState } from './state.js';

/** So much of the caller's sound is looked at to tell whether an echo has become a caller. */
const speakUpMs = 40;

export interface HearingParts {
  line: Line;
  ear: Ear;
  clock: Clock;
  log: Log;
  record: RecordKeeper;
  recorder: Recorder | undefined;
  state: () => CallState;
  tell: (event: CallEvent) => void;
}

/** Passes on what the line brings, the caller's sound by way of the ear, until the call is closed. */
export class Hearing {
  readonly #parts: HearingParts;
  readonly #gate = new EchoGate();

  constructor(parts: HearingParts) {
    this.#parts = parts;
  }

  start(): void {
    void this.#followLine();
    void this.#followEar();
  }

  /** The agent's own sound, to know its echo by. */
  sent(frame: Int16Array, playAtMs: number): void {
    this.#gate.sent(frame, playAtMs);
  }

  async #followLine(): Promise<void> {
    const { line, log, state, tell } = this.#parts;
    try {
      for await (const event of line.events()) {
        if (state().closed !== undefined) return;
        if (event.kind === 'audio') this.#hear(event.samples);
        else if (event.kind === 'hang_up') return tell({ kind: 'line_gone', reason: event.reason });
        else if (event.kind === 'event') tell({ kind: 'outside', name: event.name });
        else tell(event);
      }
      tell({ kind: 'line_gone', reason: 'line_closed' });
    } catch (error) {
      log.warn('line failed', { problem: messageOf(error) });
      tell({ kind: 'line_gone', reason: 'line_failed' });
    }
  }

  #hear(samples: Int16Array): void {
    const { ear, clock, recorder } = this.#parts;
    const now = clock.now();
    recorder?.caller(samples, now);
    this.#gate.heard(samples, now);
    this.#speaksUp(now);
    ear.hear(samples, now);
  }

  async #followEar(): Promise<void> {
    const { ear, tell } = this.#parts;
    try {
      for await (const event of ear.events()) {
        if (event.kind === 'failed') this.#earFailed();
        tell({ kind: 'ear', event, ...this.#loudnessOf(event) });
      }
    } catch (error) {
      this.#earFailed();
      tell({ kind: 'ear', event: { kind: 'failed', problem: messageOf(error) } });
    }
  }

  /** Its name is that of the detector and of the recogniser; without the first it hears on. */
  #earFailed(): void {
    this.#parts.record.failed(this.#parts.ear.name.split('+').at(-1)!);
  }

  #loudnessOf(event: EarEvent): { loudness?: number } {
    if (event.kind !== 'speech_started') return {};
    const loudness = this.#gate.loudness(event.atMs, this.#parts.clock.now());
    return loudness === undefined ? {} : { loudness };
  }

  /** The detector tells the beginning of speech once: that an echo has become a caller is told by how loud it is. */
  #speaksUp(now: number): void {
    const s = this.#parts.state();
    if (!s.caller.faint) return;
    const loudness = this.#gate.loudness(now - speakUpMs, now);
    if (loudness !== undefined && loudness >= gateOf({ s })) this.#parts.tell({ kind: 'louder' });
  }
}
