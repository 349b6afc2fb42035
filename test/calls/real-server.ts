/** A real server in this process, as `flow serve` starts it, and rough hands to hold it with. */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { serveAgents, type AgentServer, type ServeAgentsOptions } from '../../cli/serve-agents.js';
import type { CallRecord } from '../../runtime/call/call.js';
import { replayEvents } from '../../runtime/call/event-log.js';
import { createLog } from '../../runtime/observe/log.js';

export interface RealServer {
  started: AgentServer;
  /** `ws://…/call` */
  callUrl: string;
  /** Every line of the log and every line said to whoever started it, in order. */
  lines: string[];
  records: CallRecord[];
  home: string;
  close(): Promise<void>;
}

export type RealOptions = Partial<Omit<ServeAgentsOptions, 'log' | 'say' | 'home' | 'paths' | 'env'>> & {
  /** Folders or files as they are. */
  paths?: string[];
  /** Tiny agents by name: one file each, or a folder of files. */
  agents?: Record<string, string | Record<string, string>>;
  /** Nothing of the machine's environment is seen but this. */
  env?: Record<string, string>;
};

export async function startReal({ agents = {}, paths = [], env = {}, ...options }: RealOptions): Promise<RealServer> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bad-'));
  const home = join(folder, '.parley');
  const lines: string[] = [];
  const records: CallRecord[] = [];
  const files = Object.entries(agents).map(([name, given]) => {
    mkdirSync(join(folder, name));
    const texts = typeof given === 'string' ? { [`${name}.flow.yaml`]: given } : given;
    for (const [file, text] of Object.entries(texts)) writeFileSync(join(folder, name, file), text);
    return join(folder, name);
  });
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const started = await serveAgents({
      port: 0,
      keepEvents: true,
      ...options,
      limits: { callsPerMinutePerAddress: 10_000, ...options.limits },
      paths: [...files, ...paths],
      env,
      home,
      log: createLog({ style: 'json', write: (line) => void lines.push(line.trimEnd()) }),
      say: (line) => void lines.push(line),
      onRecord: (record, request) => {
        records.push(record);
        options.onRecord?.(record, request);
      },
    });
    await started.ready;
    return {
      started,
      callUrl: `${started.server.url.replace('http', 'ws')}/call`,
      lines,
      records,
      home,
      close: async () => {
        await started.close();
        try {
          await replayAll(join(home, 'events'));
        } finally {
          clean();
        }
      },
    };
  } catch (error) {
    clean();
    throw error;
  }
}

/** Whatever was done to a call, its event log runs again to the same effects. */
async function replayAll(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder)) {
    const path = join(folder, file);
    // The last lines may still be on their way to the disk.
    await vi.waitFor(() => expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true));
    expect(replayEvents(readFileSync(path, 'utf8').split('\n'))).toMatchObject({ kind: 'same' });
  }
}

export type Message = { type: string } & Record<string, unknown>;

/** A caller's browser: answers marks at once, and can be made to send anything. */
export class Browser {
  readonly socket: WebSocket;
  readonly messages: Message[] = [];
  audioBytes = 0;
  closed = false;
  readonly #wakes = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer, binary) => {
      if (binary) this.audioBytes += data.length;
      else {
        const message = JSON.parse(data.toString()) as Message;
        this.messages.push(message);
        if (message.type === 'mark') this.send(message);
      }
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  /** @param hello false sends none */
  static async dial(url: string, hello: unknown = { type: 'hello', sampleRateHz: 8000 }): Promise<Browser> {
    const browser = new Browser(new WebSocket(url, { perMessageDeflate: false }));
    await once(browser.socket, 'open');
    if (hello !== false) browser.send(hello);
    return browser;
  }

  /** The status with which the door stays shut. */
  static async refused(url: string, headers: Record<string, string> = {}): Promise<number | undefined> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    socket.on('error', () => {});
    const [, response] = (await Promise.race([
      once(socket, 'unexpected-response'),
      once(socket, 'open').then(() => [undefined, { statusCode: 101 }]),
    ])) as [unknown, { statusCode?: number }];
    socket.terminate();
    return response.statusCode;
  }

  get id(): string {
    return String(this.messages.find(({ type }) => type === 'ready')?.id);
  }

  /** What the agent said, in order. */
  get said(): string[] {
    return this.messages.flatMap(({ type, who, text }) =>
      type === 'transcript' && who === 'agent' ? [String(text)] : [],
    );
  }

  send(message: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN)
      this.socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  key(digit: string): void {
    this.send({ type: 'key', digit });
  }

  hangUp(): void {
    this.send({ type: 'hang_up' });
  }

  /** Looked at with every message. */
  async until(test: () => boolean, withinMs = 10_000): Promise<void> {
    if (test()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!test()) return;
        done();
        resolve();
      };
      const timer = setTimeout(() => {
        done();
        reject(
          new Error(
            `it did not happen; said: ${this.said.join(' | ')}, ${this.closed ? 'closed' : 'open'}, last: ${JSON.stringify(this.messages.at(-1))}`,
          ),
        );
      }, withinMs);
      const done = (): void => {
        clearTimeout(timer);
        this.#wakes.delete(look);
      };
      this.#wakes.add(look);
    });
  }

  /** The agent has said this. */
  async hears(words: string | RegExp, withinMs?: number): Promise<void> {
    const has = (text: string): boolean => (typeof words === 'string' ? text.includes(words) : words.test(text));
    await this.until(() => this.said.some(has), withinMs);
  }

  #wake(): void {
    for (const look of [...this.#wakes]) look();
  }
}

/** A flow of two states that a key drives round and round: the call beside every fault. */
export const menu = `
flow: menu
no_input_after: 120s
states:
  ask: { say: Press one., transitions: [{ key: "1", to: thanks }] }
  thanks: { say: Thank you., to: ask }
`;

/** A call that is made to answer again and again while others misbehave. */
export class CallBeside {
  readonly #browser: Browser;
  #answers = 0;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async open(callUrl: string): Promise<CallBeside> {
    const browser = await Browser.dial(callUrl);
    await browser.hears('Press one.');
    return new CallBeside(browser);
  }

  /** Its agent answers, with sound, and soon. */
  async isUndisturbed(): Promise<void> {
    const before = this.#browser.audioBytes;
    const fromMs = performance.now();
    this.#browser.key('1');
    this.#answers += 1;
    await this.#browser.until(
      () =>
        this.#browser.said.filter((text) => text === 'Thank you.').length >= this.#answers &&
        this.#browser.audioBytes > before,
    );
    expect(performance.now() - fromMs).toBeLessThan(2000);
    expect(this.#browser.closed).toBe(false);
  }

  async hangUp(): Promise<void> {
    this.#browser.hangUp();
    await this.#browser.until(() => this.#browser.closed);
  }
}
