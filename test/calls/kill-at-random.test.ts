/**
 * Processes killed (SIGKILL) at seeded random moments under callers; the next process goes on. Twenty-four kills under
 * callers who type and two of `flow serve` under callers by WebSocket, more with `PARLEY_KILLS=200`; `PARLEY_KILL_SEED`
 * begins elsewhere.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../engine/compile/moment.js';
import type { DialogState } from '../../engine/dialog/seam.js';
import { inside } from '../../engine/dialog/state.js';
import { sqliteStore } from '../../engine/stores/sqlite-store.js';
import { startToolServer, type ToolRequest } from '../loopback/tools.js';
import { Browser } from './real-server.js';
import { back, press, ServeProcesses, tokenOf } from './serve-process.js';
import { TextProcesses } from './text-process.js';

const kills = Number(process.env.PARLEY_KILLS ?? 24);
const seeds = (count: number): number[] => Array.from({ length: count }, (_, n) => firstSeed + n);
const firstSeed = Number(process.env.PARLEY_KILL_SEED ?? 1);

/** Driven by keys: a read that is tried again, a write without a key, a write with one. */
const errand = `
agent: errand
language: en
---
flow: errand
title: your errand
no_input_after: 120s
slots:
  account: { type: digits, ask: Which account?, dtmf: { length: 4 } }
  amount: { type: digits, ask: Which amount?, dtmf: { length: 2 } }
  day: { type: digits, ask: Which day?, dtmf: { length: 2 } }
tools:
  look: { effect: read, timeout: 20s, retries: 2, input: { account: digits }, output: { fee: integer }, http: { post: "{{ env.BANK_URL }}/look", body: { account: "{{ account }}" } } }
  pay: { effect: write, timeout: 20s, input: { account: digits, amount: digits }, output: { receipt: text }, http: { post: "{{ env.BANK_URL }}/pay", body: { account: "{{ account }}", amount: "{{ amount }}" } } }
  book: { effect: write, timeout: 20s, idempotency_key: "book-{{ account }}", input: { account: digits, amount: digits, day: digits }, output: { place: text }, http: { post: "{{ env.BANK_URL }}/book", body: { account: "{{ account }}", amount: "{{ amount }}", day: "{{ day }}" } } }
states:
  account: { collect: account, to: amount }
  amount: { collect: amount, to: look }
  look: { call: look, transitions: [{ on: [error, timeout], to: failed }], to: agree }
  agree: { say: "A fee of {{ look.fee }}. Press one.", transitions: [{ key: "1", to: pay }, { intent: yes, to: pay }] }
  pay: { call: pay, transitions: [{ on: unknown, to: day }, { on: [error, timeout], to: failed }], to: day }
  day: { collect: day, to: book }
  book: { call: book, transitions: [{ on: [error, timeout], to: failed }], to: done }
  done: { say: "All done at {{ book.place }}. Press two.", transitions: [{ key: "2", to: bye }] }
  failed: { say: It failed., hang_up: true }
  bye: { say: Bye., hang_up: true }
`;

/** What a caller hears, in order, and answers. */
const questions = ['Which account?', 'Which amount?', 'A fee of 3', 'Which day?', 'All done at P1'];
const last = questions.length - 1;
/** Words leave before their turn is stored behind it; a kill within this time after them may lose that turn. */
const storedAfterMs = 250;

/** A caller's end of a conversation. */
interface Line {
  readonly said: readonly string[];
  readonly closed: boolean;
  /** The dialog, and with what to come back to it; undefined when neither was ever told. */
  readonly ticket: { id: string; token: string } | undefined;
  until(test: () => boolean, withinMs?: number): Promise<void>;
  answer(text: string): void;
}

interface Process {
  dial(token?: string): Promise<Line>;
  kill(): Promise<void>;
}

/** A way to talk to a process. */
interface Door {
  name: string;
  kills: number;
  callers: number;
  /** How long a caller takes before an answer, at most, and how long a turn takes about. */
  thinksMs: number;
  turnMs: number;
  yes: string;
  start(): Promise<Process>;
}

let folder: string;
let serves: ServeProcesses;
let texts: TextProcesses;
let bank: Awaited<ReturnType<typeof startToolServer>>;
const storeFile = (): string => join(folder, '.parley', 'dialogs.sqlite');

let typed = 0;
const typing: Door = {
  name: 'who types',
  kills,
  callers: 3,
  thinksMs: 300,
  turnMs: 150,
  yes: 'yes',
  async start() {
    const process = await texts.start(join(folder, 'errand'), storeFile(), { BANK_URL: bank.url });
    return {
      dial: (token) => {
        const line = process.dial(token ?? `typed-${String(typed++)}`);
        return Promise.resolve(Object.assign(line, { ticket: { id: line.id, token: line.id } }));
      },
      kill: () => process.kill(),
    };
  },
};

const webSocket: Door = {
  name: 'by WebSocket',
  kills: Math.ceil(kills / 12),
  callers: 2,
  thinksMs: 300,
  turnMs: 600,
  yes: '1',
  async start() {
    const served = await serves.start(['errand'], { BANK_URL: bank.url });
    return {
      async dial(resume) {
        const browser = resume === undefined ? await Browser.dial(served.callUrl) : await back(served, resume);
        return {
          get said() {
            return browser.said;
          },
          get closed() {
            return browser.closed;
          },
          get ticket() {
            const token = tokenOf(browser);
            return token === undefined ? undefined : { id: browser.id, token };
          },
          until: (test, withinMs) => browser.until(test, withinMs),
          answer: (text) => press(browser, text),
        };
      },
      kill: () => served.kill(),
    };
  },
};

/** A back end that takes its time; half of the accounts are refused at first, so the read is tried again. */
function startBank(): ReturnType<typeof startToolServer> {
  const random = seededRandom(firstSeed, 'bank', 0);
  const refused = new Set<string>();
  const soon = (run: () => void): void => void setTimeout(run, random() < 0.3 ? 0 : random() * 120);
  const give =
    (body: object) =>
    (_: ToolRequest, response: ServerResponse): void =>
      soon(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)));
  return startToolServer({
    '/look': (request, response) => {
      const { account } = JSON.parse(request.body) as { account: string };
      if (Number(account) % 2 === 0 || refused.has(account)) return give({ fee: 3 })(request, response);
      refused.add(account);
      soon(() => void response.writeHead(503).end());
    },
    '/pay': give({ receipt: 'R1' }),
    '/book': give({ place: 'P1' }),
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-kills-'));
  serves = new ServeProcesses(folder);
  texts = new TextProcesses();
  for (const made of ['errand', '.parley']) mkdirSync(join(folder, made));
  writeFileSync(join(folder, 'errand', 'agent.yaml'), errand);
  bank = await startBank();
});
afterAll(async () => {
  serves.killAll();
  texts.end();
  await bank.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What is stored of a dialog. */
async function stored(id: string) {
  const store = sqliteStore({ file: storeFile() });
  try {
    const tuple = await (await store.saver()).getTuple({ configurable: { thread_id: id, checkpoint_ns: '' } });
    const { frames, results, shared, queue, pending } = inside(tuple!.checkpoint.channel_values.dialog as DialogState);
    const { flow, state, slots, phase } = frames.at(-1)!;
    return {
      depth: frames.length, flow, state, phase, slots, shared, queue, pending,
      results: Object.fromEntries(Object.entries(results).map(([tool, { value }]) => [tool, value])),
    }; // prettier-ignore
  } finally {
    await store.close();
  }
}
type Stored = Awaited<ReturnType<typeof stored>>;

const sent = (path: string, account: string): ToolRequest[] =>
  bank.requests.filter((request) => request.path === path && request.body.includes(`"${account}"`));

let accounts = 1000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A caller, over as many lines as it takes. */
class Caller {
  readonly account = String(accounts++);
  line!: Line;
  talking: Promise<void> = Promise.resolve();
  /** When the last question was heard. */
  #heardMs = 0;
  #isBack = false;
  readonly #door: Door;
  readonly #random: () => number;

  constructor(door: Door, random: () => number) {
    this.#door = door;
    this.#random = random;
  }

  /** The last question heard on this line. */
  get latest(): number {
    return questions.findLastIndex((question) => this.line.said.some((text) => text.includes(question)));
  }

  /** What has been answered for good by now. */
  get settled(): number {
    return this.latest - (performance.now() - this.#heardMs < storedAfterMs ? 1 : 0);
  }

  async dial(process: Process, token?: string, answered?: (question: number) => void): Promise<void> {
    this.#isBack = token !== undefined;
    this.line = await process.dial(token);
    this.talking = this.#talk(answered);
  }

  /** Answers each question as it comes, until the last one or the end of the line. */
  async #talk(answered?: (question: number) => void): Promise<void> {
    const replies = [this.account, '40', this.#door.yes, '15'];
    for (let next = 0; ;) {
      await this.line.until(() => this.latest >= next || this.line.closed, 30_000);
      const at = this.latest;
      if (at < next) return;
      this.#heardMs = performance.now();
      if (at === last) return;
      // Who has come back is in a hurry.
      if (!this.#isBack && this.#random() < 0.7) await pause(this.#random() * this.#door.thinksMs);
      if (this.line.closed) return;
      this.line.answer(replies[at]!);
      answered?.(at);
      next = at + 1;
    }
  }

  /** Where the talk is at its last question; the account, which tells callers apart, is taken out. */
  async end(): Promise<Stored> {
    const { id } = this.line.ticket!;
    // Behind the turn: a moment after the words.
    for (let tries = 0; tries < 200; tries++) {
      const found = await stored(id);
      if (found.state === 'done' && found.phase === 'waiting')
        return JSON.parse(JSON.stringify(found).replaceAll(this.account, '0000')) as Stored;
      await pause(20);
    }
    throw new Error('the last question was never stored');
  }
}

describe.for([typing, webSocket])('callers $name whose process is killed at any moment go on at another', (door) => {
  let unkilled: Stored;
  /** The one that answers, and the one that is to take over. */
  let serving: Process;
  let standby: Promise<Process>;
  const moments = new Set<string>();
  const startNext = (): void => {
    standby = door.start();
    standby.catch(() => {});
  };

  beforeAll(async () => {
    serving = await door.start();
    startNext();
    const caller = new Caller(door, () => 0);
    await caller.dial(serving);
    await caller.talking;
    unkilled = await caller.end();
    expect(unkilled.results).toMatchObject({ 'errand/pay': { receipt: 'R1' }, 'errand/book': { place: 'P1' } });
  }, 120_000);

  it.for(seeds(door.kills))('with seed %i', { timeout: 120_000 }, async (seed) => {
    const random = seededRandom(seed, door.name, 0);
    /** After which answer of the first caller; −1 is while the call is being taken. Half of the kills come while a turn is made. */
    const after = Math.floor(random() * (last + 1)) - 1;
    const delayMs = random() * door.turnMs * (random() < 0.5 ? 1 : 8);
    let strike = (): void => {};
    const struck = new Promise<void>((resolve) => (strike = () => void setTimeout(resolve, delayMs)));
    const callers = Array.from({ length: door.callers }, (_, n) => new Caller(door, seededRandom(seed, door.name, n)));
    for (const [n, caller] of callers.entries()) {
      await caller.dial(serving, undefined, (question) => n === door.callers - 1 && question === after && strike());
      await pause(random() * 2 * door.turnMs);
    }
    if (after === -1) strike();
    await struck;
    const settled = callers.map((caller) => caller.settled);
    await serving.kill();
    for (const caller of callers) await caller.talking;
    serving = await standby;
    startNext();

    await Promise.all(
      callers.map(async (caller, n) => {
        const { account, latest, line } = caller;
        const { ticket } = line;
        moments.add([latest, ...['/look', '/pay', '/book'].map((path) => sent(path, account).length)].join(' '));
        await caller.dial(serving, ticket?.token);
        // The next words come, and what had been answered is not asked for again.
        await caller.line.until(() => caller.latest >= 0 || caller.line.closed, 20_000);
        expect(caller.latest, `the question after "${questions[latest] ?? ''}"`).toBeGreaterThanOrEqual(settled[n]!);
        await caller.talking;
        if (ticket) expect(caller.line.ticket!.id).toBe(ticket.id);
        const end = await caller.end();
        // A write without a key that the kill met is of unknown fate; it is not sent again.
        const pays = sent('/pay', account).length;
        const isUnknown = !end.results['errand/pay'];
        expect(pays === 1 || (isUnknown && pays === 0), `sent ${String(pays)} times`).toBe(true);
        expect(end).toEqual(isUnknown ? { ...unkilled, results: { ...unkilled.results, 'errand/pay': end.results['errand/pay'] } } : unkilled); // prettier-ignore
        const books = sent('/book', account);
        expect(new Set(books.map(({ headers, body }) => `${String(headers['idempotency-key'])} ${body}`)).size).toBe(1);
        expect(books[0]!.headers['idempotency-key']).toBe(`book-${account}`);
      }),
    );
  });

  it('at moments that differ', () => {
    expect(moments.size).toBeGreaterThan(Math.min(door.kills, 10) / 2);
  });
});
