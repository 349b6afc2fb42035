/** Tools of real MCP servers (the official SDK's) in processes of their own, over both transports. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Clock, Json, ToolResult, ToolRunner } from '../../../engine/contracts.js';
import { loadFlow } from '../../../engine/language/load.js';
import { connectMcp, loadSdk } from '../../../engine/tools/mcp-connections.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';

const program = resolve('test/loopback/mcp-shop.mjs');
const folder = mkdtempSync(join(tmpdir(), 'mcp-test-'));
const log = join(folder, 'paid.log');

const agentText = (server: string): string => `agent: shop
mcp_servers: { shop: ${server} }
tools:
  find_order:
    effect: read
    input: { order_id: text, count: integer }
    output: { status: [packed, shipped, none], eta: date, days_late: integer }
    outcomes: { not_found: status == "none" }
    mcp: { server: shop }
  hours: { effect: read, output: { words: text }, mcp: { server: shop, tool: opening_hours } }
  pages: { effect: read, output: { status: text, more: text }, mcp: { server: shop } }
  two_texts: { effect: read, output: { a: text, b: text }, mcp: { server: shop, tool: opening_hours } }
  wrong: { effect: read, output: { status: text, eta: date }, mcp: { server: shop } }
  refuses: { effect: read, output: { reason: text }, mcp: { server: shop } }
  closed: { effect: read, output: { reason: text }, outcomes: { closed: reason == "closed" }, mcp: { server: shop, tool: refuses } }
  huge: { effect: read, output: { words: text }, mcp: { server: shop } }
  sees: { effect: write, input: { gap: text, note: text }, output: { token: text, secret: text, key: text, given: text }, idempotency_key: "k-{{ note }}", mcp: { server: shop } }
  who: { effect: read, output: { pid: integer }, mcp: { server: shop } }
  hangs: { effect: read, timeout: 4s, mcp: { server: shop } }
  dies: { effect: read, mcp: { server: shop } }
  pay: { effect: write, input: { amount: money }, output: { receipt: text }, mcp: { server: shop } }
  not_there: { effect: read, mcp: { server: shop } }
---
flow: shop
states: { a: { say: Hi., hang_up: true } }
`;

let runner: ToolRunner | undefined;
afterEach(async () => {
  await runner?.close?.();
  runner = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const overStdio = `{ command: ${process.execPath}, args: ["${program}"], env: { SHOP_TOKEN: "{{ env.TOKEN }}", SHOP_LOG: "{{ env.LOG }}", SHOP_DIES: "{{ env.DIES }}" } }`;
const environment = { TOKEN: 't0ken', LOG: log, DIES: 'no', OTHER_SECRET: 'not handed on' };

async function shop(server: string, env: Record<string, string> = environment, clock?: Clock) {
  // A server's program runs in the agent's folder.
  const file = join(folder, 'shop.yaml');
  writeFileSync(file, agentText(server));
  const agent = await loadFlow(file);
  const own = createToolRunner(agent, { mode: 'real', env: { ...environment, ...env }, ...(clock && { clock }) });
  runner = own;
  let calls = 0;
  return (tool: string, input: Record<string, Json> = {}, signal = new AbortController().signal, key?: string): Promise<ToolResult> =>
    own.run(
      { callId: `d/1/x/${String(++calls)}`, tool, input, effect: agent.tools.get(tool)!.effect, ...(key !== undefined && { idempotencyKey: key }) },
      signal,
    ); // prettier-ignore
}

let web: ChildProcess;
let url = '';
beforeAll(async () => {
  web = spawn(process.execPath, [program, '--http'], { env: { ...process.env, SHOP_TOKEN: 't0ken', SHOP_LOG: log }, stdio: ['ignore', 'pipe', 'inherit'] }); // prettier-ignore
  const port = await new Promise<string>((done) =>
    web.stdout!.once('data', (data: Buffer) => done(String(data).trim())),
  );
  url = `http://127.0.0.1:${port}/mcp`;
});
afterAll(() => void web.kill());
const overHttp = (): string => `{ url: "${url}", headers: { authorization: "Bearer {{ env.TOKEN }}" } }`;

describe.each([
  ['stdio', () => overStdio],
  ['streamable HTTP', overHttp],
])('a tool of an MCP server over %s', (_, server) => {
  it('gives its declared fields as written values, and nothing else', async () => {
    const run = await shop(server());
    expect(await run('find_order', { order_id: 'A1', count: null })).toEqual({
      outcome: 'ok',
      value: { status: 'shipped', eta: '2026-03-04', days_late: 2 },
    });
  });

  it('comes to the outcome whose condition holds', async () => {
    const run = await shop(server());
    expect(await run('find_order', { order_id: 'gone' })).toMatchObject({ outcome: 'not_found' });
  });

  it('that gives words gives them to its one text; JSON in words is read', async () => {
    const run = await shop(server());
    expect(await run('hours')).toEqual({ outcome: 'ok', value: { words: 'We are open until eight.' } });
    expect(await run('pages')).toEqual({ outcome: 'ok', value: { status: 'lost' } });
    expect(await run('two_texts')).toMatchObject({ outcome: 'error', problem: expect.stringContaining('not one field') as string }); // prettier-ignore
  });

  it('that answers with other types than declared is an error that names the field and not the value', async () => {
    const run = await shop(server());
    expect(await run('wrong')).toEqual({ outcome: 'error', problem: 'output.eta is not a written date' });
    expect(await run('huge')).toEqual({ outcome: 'error', problem: 'gave more than 1 MB' });
  });

  it('that says it failed is an error, or the named outcome that fits what it gave', async () => {
    const run = await shop(server());
    expect(await run('refuses')).toEqual({ outcome: 'error', problem: 'its server says that it failed' });
    expect(await run('closed')).toMatchObject({ outcome: 'closed' });
  });

  it('gets its key, no empty inputs, and of the environment only what its server names', async () => {
    const run = await shop(server());
    const { value } = await run('sees', { note: 'n', gap: null }, undefined, 'k-n');
    expect(value).toEqual({ token: 't0ken', secret: '', key: 'k-n', given: 'note' });
  });

  it('that the server has not is an error', async () => {
    const run = await shop(server());
    expect(await run('not_there')).toEqual({ outcome: 'error', problem: 'MCP server shop refused the call (-32602)' });
  });

  it('is given up at its time-out, on the injected clock, and when the caller stops it', async () => {
    const clock = new VirtualClock();
    const run = await shop(server(), {}, clock);
    await run('who');
    const late = run('hangs');
    await new Promise((done) => setTimeout(done, 50));
    await clock.advance(4000);
    expect(await late).toEqual({ outcome: 'timeout', problem: 'no answer within 4000 ms' });
    const stop = new AbortController();
    const stopped = run('hangs', {}, stop.signal);
    await new Promise((done) => setTimeout(done, 50));
    stop.abort();
    expect(await stopped).toEqual({ outcome: 'cancelled' });
    expect(await run('who')).toMatchObject({ outcome: 'ok' });
  });

  it('needs what its server reads of the environment', async () => {
    const run = await shop(server(), { TOKEN: '' });
    const { outcome, problem } = await run('who');
    expect(outcome).toBe('error');
    expect(problem).toContain('TOKEN');
  });
});

describe('one connection', () => {
  it('serves all calls of a process, of two agents too, until nobody holds it', async () => {
    const first = await shop(overStdio);
    const held = runner!;
    const second = await shop(overStdio);
    const [one, two] = await Promise.all([first('who'), second('who')]);
    expect(one.value).toEqual(two.value);
    await held.close?.();
    expect((await second('who')).value).toEqual(one.value);
    await runner!.close?.();
    const third = await shop(overStdio);
    expect((await third('who')).value).not.toEqual(one.value);
  });

  it('is opened again after its server died in mid-call; the read that died may be tried again', async () => {
    const run = await shop(overStdio);
    const before = await run('who');
    expect(await run('dies')).toMatchObject({ outcome: 'error', problem: expect.stringContaining('went away in mid-call') as string }); // prettier-ignore
    const after = await run('who');
    expect(after.outcome).toBe('ok');
    expect(after.value).not.toEqual(before.value);
  });

  it('is opened again when a server over HTTP has forgotten the session, and the call is made once', async () => {
    const run = await shop(overHttp());
    expect(await run('pay', { amount: '1 EUR' })).toMatchObject({ outcome: 'ok' });
    await fetch(new URL('/forget', url), { headers: { authorization: 'Bearer t0ken' } });
    expect(await run('pay', { amount: '2 EUR' })).toEqual({ outcome: 'ok', value: { receipt: 'R1' } });
    expect(readFileSync(log, 'utf8')).toBe('paid 1 EUR\npaid 2 EUR\n');
  });

  it('that breaks in the middle of a write leaves its fate unknown, and it is not sent again', async () => {
    rmSync(log, { force: true });
    const run = await shop(overStdio, { DIES: 'yes' });
    expect(await run('pay', { amount: '7 EUR' })).toMatchObject({ outcome: 'unknown' });
    expect(readFileSync(log, 'utf8')).toBe('paid 7 EUR\n');
  });
});

describe('a server that cannot be had', () => {
  it.each([
    ['a program that is not there', '{ command: no-such-program-here }', /cannot be reached \(ENOENT\); is its command installed\?/],
    ['a program that ends at once', `{ command: ${process.execPath}, args: ["-e", "0"] }`, /cannot be reached/],
    ['an address where nobody is', '{ url: "http://127.0.0.1:9/mcp" }', /cannot be reached/],
    ['an address that is none', '{ url: "shop" }', /not a whole URL/],
  ])('%s is an error with its cure', async (_, server, problem) => {
    const run = await shop(server);
    const result = await run('who');
    expect(result.outcome).toBe('error');
    expect(result.problem).toMatch(problem);
  }); // prettier-ignore

  it('a server that refuses us says to look at its headers', async () => {
    const run = await shop(`{ url: "${url}" }`);
    expect((await run('who')).problem).toMatch(/refused us \(HTTP 401\); see its headers/);
  });

  it('a program that never greets is given up after 10 s of the injected clock', async () => {
    const clock = new VirtualClock();
    const address = { name: 'shop', command: process.execPath, args: [program, '--mute'], cwd: folder, env: {}, headers: {} }; // prettier-ignore
    const connecting = connectMcp(address, {}, clock, loadSdk).catch((error: Error) => error.message);
    for (let waited = 0; waited < 40; waited++) await new Promise((done) => setImmediate(done));
    await new Promise((done) => setTimeout(done, 100));
    await clock.advance(10_000);
    expect(await connecting).toBe('shop: the server did not greet within 10 s');
  });

  it('the package that is not installed is named with its cure', async () => {
    const { OutsideError } = await import('../../../engine/errors.js');
    const missing = (): Promise<never> =>
      Promise.reject(new OutsideError('shop', 'refused', 'needs a package that is not installed: npm i @modelcontextprotocol/sdk', { retryable: false })); // prettier-ignore
    const address = { name: 'shop', command: 'x', args: [], cwd: folder, env: {}, headers: {} };
    await expect(connectMcp(address, {}, new VirtualClock(), missing)).rejects.toThrow(
      'npm i @modelcontextprotocol/sdk',
    );
  });
});
