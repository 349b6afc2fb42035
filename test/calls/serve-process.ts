/** `flow serve` in a process of its own, that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.js';
import { eventually } from '../conformance/line.js';
import { Browser } from './real-server.js';

export interface Served {
  url: string;
  callUrl: string;
  output: () => string;
  /** Of the process that was started. */
  pid: number;
  /** SIGTERM; resolves with the exit code. */
  end(): Promise<number | null>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Processes over one folder: agents in it, and their store in `.parley`. */
export class ServeProcesses {
  readonly #folder: string;
  readonly #children = new Set<ChildProcess>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param agents folders within the folder. @param more of the command line */
  async start(
    agents: readonly string[],
    env: Record<string, string>,
    port = 0,
    more: readonly string[] = [],
  ): Promise<Served> {
    const child = spawn(
      process.execPath,
      [join(packageRoot, '.dist/flow.js'), 'serve', ...agents.map((agent) => join(this.#folder, agent)), '--port', String(port), '--no-open', '--calls-per-minute', '10000', ...more],
      {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, PARLEY_HOME: join(this.#folder, '.parley'), PARLEY_VAD: 'energy', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ); // prettier-ignore
    this.#children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    await eventually(() => /Talk to them at \S+/.test(output) || child.exitCode !== null, 60_000);
    const url = /Talk to them at (\S+)/.exec(output)?.[1];
    if (url === undefined) throw new Error(`flow serve did not come up: ${output}`);
    return {
      url,
      callUrl: `${url.replace('http', 'ws')}/call`,
      output: () => output,
      pid: child.pid!,
      end: async () => {
        const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
        child.kill('SIGTERM');
        const code = await gone;
        this.#children.delete(child);
        return code;
      },
      kill: async () => {
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
        this.#children.delete(child);
      },
    };
  }

  killAll(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    this.#children.clear();
  }
}

/** The token with which a caller comes back; undefined when it never came. */
export function tokenOf(browser: Browser): string | undefined {
  const token = browser.messages.find(({ type }) => type === 'ready')?.resume;
  return token === undefined ? undefined : String(token);
}

/** The caller is back, at this or another server. */
export function back(server: { callUrl: string }, token: string): Promise<Browser> {
  return Browser.dial(`${server.callUrl}?resume=${encodeURIComponent(token)}`);
}

export function press(browser: Browser, digits: string): void {
  for (const digit of digits) browser.key(digit);
}
