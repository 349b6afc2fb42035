/** Conversations in text with a process of their own (`text-server.ts`), that can be killed. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../engine/package-root.js';
import type { Told, Typed } from './text-server.js';

export interface TextProcess {
  /** Begins a conversation, or goes on with one. */
  dial(id: string): TextLine;
  kill(): Promise<void>;
}

/** Processes of one test file. */
export class TextProcesses {
  // Inside the package, so that a child finds its native parts.
  readonly #folder = mkdtempSync(join(packageRoot, 'node_modules', '.parley-text-'));
  readonly #children = new Set<ChildProcess>();
  readonly #script = join(this.#folder, 'text-server.mjs');
  readonly #built = build({
    entryPoints: [join(packageRoot, 'test/calls/text-server.ts')],
    outfile: this.#script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['libsql', 'esbuild', 'pg', 'ioredis', '@modelcontextprotocol/sdk', 'onnxruntime-node', '@huggingface/transformers'],
    logLevel: 'error',
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }); // prettier-ignore

  async start(agent: string, address: string, env: Record<string, string>): Promise<TextProcess> {
    await this.#built;
    const child = fork(this.#script, [agent, address], { silent: true, env: { PATH: process.env.PATH, ...env } });
    this.#children.add(child);
    let errors = '';
    child.stderr!.on('data', (piece: Buffer) => (errors += piece.toString()));
    const lines = new Map<string, TextLine>();
    await new Promise<void>((resolve, reject) => {
      child.on('message', (told: Told) => {
        if ('ready' in told) resolve();
        else lines.get(told.id)?.take(told);
      });
      child.once('exit', () => {
        reject(new Error(`the child ended: ${errors}`));
        for (const line of lines.values()) line.close();
      });
    });
    return {
      dial(id) {
        const line = new TextLine(id, (typed) => void (child.connected && child.send(typed, () => {})));
        lines.set(id, line);
        line.type({ open: true });
        return line;
      },
      kill: async () => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
        this.#children.delete(child);
      },
    };
  }

  end(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** A caller who types. */
export class TextLine {
  readonly id: string;
  readonly said: string[] = [];
  readonly problems: string[] = [];
  readonly transfers: string[] = [];
  /** Turns that are over. */
  turns = 0;
  closed = false;
  readonly #send: (typed: Typed) => void;
  readonly #wakes = new Set<() => void>();

  constructor(id: string, send: (typed: Typed) => void) {
    this.id = id;
    this.#send = send;
  }

  type(typed: Typed extends infer One ? (One extends Typed ? Omit<One, 'id'> : never) : never): void {
    this.#send({ id: this.id, ...typed } as Typed);
  }

  answer(text: string): void {
    this.type({ say: text });
  }

  take(told: Exclude<Told, { ready: true }>): void {
    if ('words' in told) this.said.push(told.words);
    else if ('transfer' in told) this.transfers.push(told.transfer);
    else if ('problem' in told) this.problems.push(told.problem);
    else if ('ended' in told) this.closed = true;
    else this.turns += 1;
    this.#wake();
  }

  /** The process is gone. */
  close(): void {
    this.closed = true;
    this.#wake();
  }

  async until(test: () => boolean, withinMs = 12_000): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!test()) return;
        clearTimeout(timer);
        this.#wakes.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#wakes.delete(look);
        reject(
          new Error(
            `it did not happen; said: ${[...this.said, ...this.problems, `${String(this.turns)} turns`, ...this.transfers].join(' | ')}`,
          ),
        );
      }, withinMs);
      this.#wakes.add(look);
    });
  }

  hears(words: string): Promise<void> {
    return this.until(() => this.said.some((text) => text.includes(words)));
  }

  #wake(): void {
    for (const look of [...this.#wakes]) look();
  }
}
