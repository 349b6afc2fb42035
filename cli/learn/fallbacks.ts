/**
 * What the router could not decide by itself, kept for `flow learn`: one JSONL an agent in `<home>/router`, readable by its
 * owner only. Personal values are hidden before a line is made, and lines grow old.
 */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../engine/contracts.js';

/** One line of the file. */
export interface Fallback {
  /** When, ISO 8601. */
  at: string;
  /** `fallback`: a model was asked, or had been. `audit`: the machine had decided, and a model was asked to compare. */
  kind: 'fallback' | 'audit';
  /** The caller's words, with personal values hidden. */
  text: string;
  /** `flow/state` after the turn. */
  state: string;
  /** The language that was spoken; absent: the agent's own. */
  language?: string;
  /** What the model said; absent where it said nothing of use. */
  intent?: string;
  /** The model says that none of the candidates is meant. */
  none?: true;
  /** Of an audit: what the machine had decided. */
  local?: string;
  candidates: { intent: string; score: number }[];
}

/** More than a month of a busy line: beyond it the older half goes. */
const longestFile = 20_000_000;

export class FallbackFiles {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #keepMs: number;
  readonly #onProblem: (problem: string) => void;
  #work: Promise<void> = Promise.resolve();
  #broken = false;
  readonly #swept = new Map<string, number>();

  constructor(home: string, options: { clock: Clock; keepMs: number; onProblem: (problem: string) => void }) {
    this.#folder = join(home, 'router');
    this.#clock = options.clock;
    this.#keepMs = options.keepMs;
    this.#onProblem = options.onProblem;
  }

  /** Never throws and holds nobody up: a full disk costs the line. */
  add(agent: string, line: Omit<Fallback, 'at' | 'text'> & { text: string }): void {
    const written: Fallback = {
      at: new Date(this.#clock.date()).toISOString(),
      ...line,
      text: withoutNumbers(line.text),
    };
    this.#work = this.#work
      .then(() => this.#append(agent, written))
      .then(() => {
        this.#broken = false;
      })
      .catch((error: unknown) => {
        if (!this.#broken) this.#onProblem((error as NodeJS.ErrnoException).code ?? 'unknown');
        this.#broken = true;
      });
  }

  /** Resolves when all lines are written. */
  close(): Promise<void> {
    return this.#work;
  }

  async #append(agent: string, line: Fallback): Promise<void> {
    const file = join(this.#folder, fileName(agent));
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const now = this.#clock.date();
    if (now - (this.#swept.get(agent) ?? -Infinity) >= 3_600_000) {
      this.#swept.set(agent, now);
      await this.#sweep(file, now - this.#keepMs);
    }
    await appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  }

  async #sweep(file: string, oldestMs: number): Promise<void> {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text === '') return;
    const lines = text.split('\n').filter((line) => line !== '');
    const young = lines.filter((line) => Date.parse(fallbackOf(line)?.at ?? '') >= oldestMs);
    const kept = text.length > longestFile ? young.slice(Math.floor(young.length / 2)) : young;
    if (kept.length === lines.length) return;
    await writeFile(`${file}.new`, kept.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    await rename(`${file}.new`, file);
  }
}

/** All lines of an agent; none where nothing was kept. Lines that cannot be read are counted. */
export async function readFallbacks(home: string, agent: string): Promise<{ lines: Fallback[]; unread: number }> {
  const text = await readFile(join(home, 'router', fileName(agent)), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const all = text.split('\n').filter((line) => line !== '');
  const lines = all.flatMap((line) => fallbackOf(line) ?? []);
  return { lines, unread: all.length - lines.length };
}

export function fileName(agent: string): string {
  return `${agent.replace(/[^\w-]/g, '_')}.jsonl`;
}

function fallbackOf(line: string): Fallback | undefined {
  try {
    const read = JSON.parse(line) as Partial<Fallback> | null;
    return typeof read?.text === 'string' && typeof read.at === 'string' && Array.isArray(read.candidates)
      ? (read as Fallback)
      : undefined;
  } catch {
    return undefined;
  }
}

const digit = '(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|double|triple|\\d+)';
const runOfDigits = new RegExp(`\\b${digit}(?:[\\s,.-]+${digit}){2,}\\b`, 'gi');

/** Numbers and addresses that no slot had asked for: a flow's `sensitive:` slots are hidden before. */
export function withoutNumbers(text: string): string {
  return text
    .replace(/\S+@\S+/g, '[email]')
    .replace(/\b\S+ at \S+(?: \S+)? dot \w+\b/gi, '[email]')
    .replace(runOfDigits, '[number]')
    .replace(/\+?\d[\d\s().-]{2,}\d/g, '[number]');
}
