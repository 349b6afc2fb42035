/**
 * How loud the caller is beside what the agent says: an echo is softer than what it is an echo of. Levels only, a few
 * hundred milliseconds of them; what follows from them is the call's to decide.
 */
import { rms } from './level.js';

/** An echo comes back within this, over the longest lines. */
const longestEchoMs = 600;
const keptMs = 1500;

interface Level {
  atMs: number;
  level: number;
}

export class EchoGate {
  #sent: Level[] = [];
  #heard: Level[] = [];

  /** A frame of the agent's, which is played at `playAtMs`. */
  sent(samples: Int16Array, playAtMs: number): void {
    keep(this.#sent, { atMs: playAtMs, level: rms(samples) }, playAtMs);
  }

  /** A frame of the caller's. */
  heard(samples: Int16Array, atMs: number): void {
    keep(this.#heard, { atMs, level: rms(samples) }, atMs);
  }

  /**
   * The loudest of the caller's frames since `sinceMs` by the loudest that the agent played while an echo of it could
   * be among them: 1 is as loud as the agent. Undefined where the agent was silent, or nothing came from the caller.
   */
  loudness(sinceMs: number, nowMs: number): number | undefined {
    const played = loudest(this.#sent, sinceMs - longestEchoMs, nowMs);
    const heard = loudest(this.#heard, sinceMs, nowMs);
    return played === undefined || played === 0 || heard === undefined ? undefined : heard / played;
  }
}

function keep(levels: Level[], level: Level, nowMs: number): void {
  levels.push(level);
  while (levels[0]!.atMs < nowMs - keptMs) levels.shift();
}

function loudest(levels: readonly Level[], fromMs: number, toMs: number): number | undefined {
  const among = levels.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
  return among.length === 0 ? undefined : Math.max(...among.map(({ level }) => level));
}
