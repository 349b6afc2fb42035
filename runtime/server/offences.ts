/**
 * What those outside do wrong. Counted each time; said once, and then at most once a minute for each kind with how often
 * it happened since, so that nobody fills the log (and its disk) by knocking.
 */
import type { Clock } from '../../engine/contracts.js';
import type { Line } from '../contracts.js';
import type { Log, LogFields } from '../observe/log.js';

/** After a line of a kind the next of that kind waits so long. */
const quietMs = 60_000;

/**
 * What lines count of bad input (`Line.counters`), and so what is told while a call runs. The rest of what they count is
 * the ordinary course of calls.
 */
const badInput = [
  'bad_audio',
  'bad_media',
  'bad_messages',
  'bad_packets',
  'dropped_audio',
  'dropped_messages',
  'dropped_sends',
  'half_open',
  'socket_errors',
  'unknown_messages',
  'wrong_stream',
] as const;

interface Told {
  /** Of this kind since the last line about it. */
  since: number;
  stop: () => void;
}

export class Offences {
  readonly #clock: Clock;
  readonly #log: Log;
  /** By kind: as many as there are kinds, whoever asks for what. */
  readonly #told = new Map<string, Told>();
  readonly #lines = new Map<Line, { call: string; counted: Partial<Record<string, number>> }>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /**
   * One line in the log, unless this kind had its line within a minute: then one at the end of that minute for all of them.
   * @param kind names what happened, from fixed lists only: nothing of what came goes into it
   * @param first fields for the first line only: of which call
   */
  tell(event: string, kind: LogFields, { times = 1, first = {} }: { times?: number; first?: LogFields } = {}): void {
    const key = JSON.stringify([event, kind]);
    const told = this.#told.get(key);
    if (told) {
      told.since += times;
      return;
    }
    this.#log.warn(event, { ...kind, ...first, ...(times > 1 && { times }) });
    this.#hush(key, event, kind);
  }

  /** This line's counters are looked at while its call runs. */
  watch(line: Line, call: string): void {
    this.#lines.set(line, { call, counted: {} });
  }

  /** Its call is over. */
  over(line: Line): void {
    this.#look(line);
    this.#lines.delete(line);
  }

  /** Looks at the lines of all calls that run. */
  round(): void {
    for (const line of this.#lines.keys()) this.#look(line);
  }

  /** Says what is still to be said. */
  close(): void {
    for (const { stop } of this.#told.values()) stop();
    this.#told.clear();
    this.#lines.clear();
  }

  #look(line: Line): void {
    const watched = this.#lines.get(line);
    if (!watched) return;
    const { call, counted } = watched;
    for (const what of badInput) {
      const times = (line.counters?.[what] ?? 0) - (counted[what] ?? 0);
      if (times <= 0) continue;
      counted[what] = line.counters?.[what];
      this.tell('bad input', { transport: line.transport, what }, { times, first: { call } });
    }
  }

  #hush(key: string, event: string, kind: LogFields): void {
    const told: Told = { since: 0, stop: () => {} };
    const cancel = this.#clock.at(this.#clock.now() + quietMs, () => {
      this.#told.delete(key);
      if (told.since === 0) return;
      say();
      this.#hush(key, event, kind);
    });
    const say = (): void => {
      if (told.since > 0) this.#log.warn(event, { ...kind, times: told.since });
    };
    told.stop = () => {
      cancel();
      say();
    };
    this.#told.set(key, told);
  }
}
