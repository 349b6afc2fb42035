/**
 * `flow talk --id` killed (SIGKILL) at seeded moments, between turns, in the middle of one and under a tool; the same
 * command typed again goes on. `PARLEY_KILLS=10` kills ten times as often, `PARLEY_KILL_SEED` begins elsewhere.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../engine/compile/moment.js';
import { packageRoot } from '../../engine/package-root.js';
import { startToolServer, type ToolRequest } from '../loopback/tools.js';

const firstSeed = Number(process.env.PARLEY_KILL_SEED ?? 1);
const seeds = Array.from({ length: Number(process.env.PARLEY_KILLS ?? 1) }, (_, n) => firstSeed + n);

/** A read, a write without a key, a write with one; each takes the bank a while. */
const errand = `
agent: errand
language: en
start: errand
---
flow: errand
title: your errand
slots:
  account: { type: digits, pattern: "[0-9]{4}", ask: Which account? }
  day: { type: integer, range: 1..31, ask: Which day? }
tools:
  look: { effect: read, timeout: 20s, retries: 2, input: { account: digits }, output: { fee: integer }, http: { post: "{{ env.BANK_URL }}/look", body: { account: "{{ account }}" } } }
  pay: { effect: write, timeout: 20s, input: { account: digits }, output: { receipt: text }, http: { post: "{{ env.BANK_URL }}/pay", body: { account: "{{ account }}" } } }
  book: { effect: write, timeout: 20s, idempotency_key: "book-{{ account }}", input: { account: digits, day: integer }, output: { place: text }, http: { post: "{{ env.BANK_URL }}/book", body: { account: "{{ account }}", day: "{{ day }}" } } }
states:
  account: { collect: account, to: look }
  look: { call: look, transitions: [{ on: [error, timeout], to: failed }], to: agree }
  agree: { say: "A fee of {{ look.fee }}. Shall I pay?", transitions: [{ intent: yes, to: pay }] }
  pay: { call: pay, transitions: [{ on: unknown, to: unsure }, { on: [error, timeout], to: failed }], to: day }
  unsure: { say: I cannot tell whether it was paid., to: day }
  day: { collect: day, to: book }
  book: { call: book, transitions: [{ on: [error, timeout], to: failed }], to: done }
  done: { say: "Booked at {{ book.place }}. Goodbye.", hang_up: true }
  failed: { say: It failed., hang_up: true }
`;

const questions = ['Which account?', 'Shall I pay?', 'Which day?'];
/** Words leave before their turn is stored behind it. */
const storedAfterMs = 250;
const workMs = 300;
const works = ['/look', '/pay', '/book'];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let folder: string;
let bank: Awaited<ReturnType<typeof startToolServer>>;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-kill-talk-'));
  mkdirSync(join(folder, 'errand'));
  writeFileSync(join(folder, 'errand', 'agent.yaml'), errand);
  const give =
    (body: object) =>
    (_: ToolRequest, response: ServerResponse): void =>
      void setTimeout(() => response.setHeader('content-type', 'application/json').end(JSON.stringify(body)), workMs);
  bank = await startToolServer({ '/look': give({ fee: 3 }), '/pay': give({ receipt: 'R1' }), '/book': give({ place: 'P1' }) }); // prettier-ignore
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await bank.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One run of the command. */
class Talk {
  said = '';
  readonly gone: Promise<unknown>;
  readonly #child: ChildProcess;

  constructor(id: string) {
    this.#child = spawn(process.execPath, [join(packageRoot, '.dist/flow.js'), 'talk', join(folder, 'errand'), '--id', id, '--real-tools'], {
      env: { PATH: process.env.PATH, HOME: folder, PARLEY_HOME: join(folder, '.parley'), BANK_URL: bank.url },
      stdio: ['pipe', 'pipe', 'pipe'],
    }); // prettier-ignore
    children.add(this.#child);
    for (const stream of [this.#child.stdout!, this.#child.stderr!])
      stream.setEncoding('utf8').on('data', (piece: string) => (this.said += piece));
    this.gone = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /** The last question that was put, -1 before the first. */
  get latest(): number {
    const at = questions.map((question) => this.said.lastIndexOf(question));
    return Math.max(...at) === -1 ? -1 : at.indexOf(Math.max(...at));
  }

  type(line: string): void {
    this.#child.stdin!.write(`${line}\n`);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.gone;
    children.delete(this.#child);
  }

  until(test: () => boolean): Promise<void> {
    return vi.waitFor(() => expect(test(), this.said).toBe(true), { timeout: 30_000, interval: 10 });
  }
}

const sent = (path: string, account: string): ToolRequest[] =>
  bank.requests.filter((request) => request.path === path && request.body.includes(`"${account}"`));

describe('a conversation by flow talk --id', () => {
  // Under each tool while it runs, and at any moment after each answer.
  const strikes = seeds.flatMap((seed) =>
    works.flatMap((work, at) => [
      { seed, at, work, moment: `while ${work} runs` },
      { seed, at, moment: `soon after answer ${String(at + 1)}` },
    ]),
  );

  it.for(strikes)('goes on after a kill $moment, seed $seed', { timeout: 90_000 }, async (strike) => {
    const { seed, at, work } = strike;
    const random = seededRandom(seed, strike.moment, 0);
    const account = String(1000 + strikes.indexOf(strike));
    const replies = [account, 'yes', '15'];
    const first = new Talk(`errand-${account}`);
    for (let next = 0; next <= at; next++) {
      await first.until(() => first.latest >= next);
      await pause(storedAfterMs);
      first.type(replies[next]!);
    }
    if (work === undefined) await pause(random() * 2 * workMs);
    else {
      await first.until(() => sent(work, account).length > 0);
      await pause(random() * workMs * 0.8);
    }
    await first.kill();

    const second = new Talk(`errand-${account}`);
    let answered = -1;
    let asked: number | undefined;
    // The kill may have come when all was said.
    const isOver = (): boolean => /Goodbye\.|the agent hangs up/.test(second.said);
    while (!isOver()) {
      await second.until(() => second.latest > answered || isOver());
      if (isOver()) break;
      answered = second.latest;
      asked ??= answered;
      second.type(replies[answered]!);
    }
    await second.gone;
    // Nothing that was stored is asked for again.
    expect(asked ?? questions.length).toBeGreaterThanOrEqual(at);
    const pays = sent('/pay', account).length;
    expect(pays === 1 || (pays === 0 && second.said.includes('I cannot tell')), `sent ${String(pays)} times`).toBe(
      true,
    );
    // A write with a key may be sent again, with the same key.
    const books = sent('/book', account);
    expect(new Set(books.map(({ headers, body }) => `${String(headers['idempotency-key'])} ${body}`)).size).toBe(1);
    expect(books[0]!.headers['idempotency-key']).toBe(`book-${account}`);
    if (work === '/pay') expect(second.said).toContain('I cannot tell whether it was paid.');
  });
});
