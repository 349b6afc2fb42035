import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Json, ToolCall } from '../../../engine/contracts.js';
import type { Expression, Template, Tool, ToolType } from '../../../engine/language/flow.js';
import { createToolRunner, type ToolRunnerOptions } from '../../../engine/tools/tool-runner.js';
import { hang, startToolServer, status, type ToolRequest } from '../../loopback/tools.js';
import { nowhere, smallAgent, smallTool, toolMap } from '../compile/small-agent.js';

const slot = (type: Extract<ToolType, { kind: 'slot' }>['type']): ToolType => ({ kind: 'slot', type });
const fields = (all: Record<string, ToolType>): ReadonlyMap<string, ToolType> => new Map(Object.entries(all));
/** `{name}` is replaced by the value of the name. */
const template = (source: string): Template => ({
  source,
  place: nowhere,
  reads: [...source.matchAll(/\{([\w.]+)\}/g)].map((match) => match[1]!),
  render: (scope) => source.replace(/\{([\w.]+)\}/g, (_, name: string) => String(scope(name) ?? '')),
});
const when = (source: string, evaluate: (scope: (name: string) => Json | undefined) => Json): Expression => ({
  source, place: nowhere, reads: [], evaluate: (scope) => ({ value: evaluate(scope) }),
}); // prettier-ignore

let server: Awaited<ReturnType<typeof startToolServer>>;
beforeEach(async () => {
  server = await startToolServer();
});
afterEach(() => server.close());

function httpTool(
  path: string,
  parts: Partial<Tool> & { method?: 'GET' | 'POST'; body?: NonNullable<Tool['http']>['body'] } = {},
): Tool {
  const { method = 'GET', body, ...rest } = parts;
  const url = template(`${server.url}${path}`);
  return smallTool('find', {
    input: fields({ n: slot('integer'), note: slot('text') }),
    output: fields({ status: { kind: 'one_of', values: ['packed', 'lost'] }, eta: slot('date'), price: slot('money') }),
    http: {
      method,
      url,
      renderUrl: (scope) =>
        url.source.replace(/\{([\w.]+)\}/g, (_, name: string) => encodeURIComponent(String(scope(name) ?? ''))),
      headers: new Map(),
      ...(body && { body }),
    },
    ...rest,
  });
}

function callOf(tool: Tool, input: Record<string, Json> = { n: 4 }, more: Partial<ToolCall> = {}): ToolCall {
  return { callId: 'd/1/look/1', tool: tool.name, input, effect: tool.effect, ...more };
}

function run(
  tool: Tool,
  input?: Record<string, Json>,
  options: Partial<ToolRunnerOptions> & { call?: Partial<ToolCall>; signal?: AbortSignal } = {},
) {
  const runner = createToolRunner(smallAgent({ tools: toolMap(tool) }), { mode: 'real', env: {}, ...options });
  return runner.run(callOf(tool, input, options.call), options.signal ?? new AbortController().signal);
}

describe('a tool over HTTP', () => {
  it('gives its declared fields as written values, and nothing else', async () => {
    server.answers['/o/4'] = { status: 'packed', eta: '2026-03-04', price: 12.5, who: 'a stranger' };
    expect(await run(httpTool('/o/{n}'))).toEqual({
      outcome: 'ok',
      value: { status: 'packed', eta: '2026-03-04', price: '12.50 EUR' },
    });
  });

  it('percent-encodes what comes from the caller', async () => {
    await run(httpTool('/o?q={note}'), { note: 'a/b?c=d&e f' });
    expect(server.requests[0]!.path).toBe('/o?q=a%2Fb%3Fc%3Dd%26e%20f');
  });

  it('sends a body of typed JSON, its headers, and the idempotency key', async () => {
    const body = {
      kind: 'tree' as const,
      render: (scope: (name: string) => Json | undefined) => ({
        count: scope('n') ?? null,
        deep: [scope('note') ?? null],
      }),
    };
    const tool = httpTool('/pay', { method: 'POST', effect: 'write', body });
    tool.http!.headers = new Map([
      ['authorization', template('Bearer {env.TOKEN}')],
      ['x-note', template('{note}')],
    ]) as never;
    await run(tool, { n: 4, note: 'a\r\nb: c' }, { env: { TOKEN: 't0' }, call: { idempotencyKey: 'k1' } });
    const { method, headers, body: sent } = server.requests[0]!;
    expect([method, JSON.parse(sent)]).toEqual(['POST', { count: 4, deep: ['a\r\nb: c'] }]);
    expect(headers).toMatchObject({
      authorization: 'Bearer t0',
      'x-note': 'a b: c',
      'idempotency-key': 'k1',
      'content-type': 'application/json',
    });
  });

  it('sends all its inputs where a post has no body', async () => {
    await run(httpTool('/pay', { method: 'POST', effect: 'write' }), { n: 4, note: 'by noon' });
    expect(JSON.parse(server.requests[0]!.body)).toEqual({ n: 4, note: 'by noon' });
  });

  it('keeps its connection for the next call', async () => {
    const tool = httpTool('/o/{n}');
    for (let n = 0; n < 5; n++) await run(tool, { n });
    expect(server.requests).toHaveLength(5);
    // fetch frees a connection a moment after the answer, so the second call may open one more.
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('comes to the outcome of its status, with the value when there is one', async () => {
    const tool = httpTool('/o/{n}', {
      outcomes: [
        { name: 'not_found', status: 404 },
        { name: 'gone', status: 410 },
      ],
    });
    server.answers['/o/1'] = status(404, '<html>no</html>', 'text/html');
    server.answers['/o/2'] = status(410, { status: 'lost' });
    expect(await run(tool, { n: 1 })).toEqual({ outcome: 'not_found', value: {} });
    expect(await run(tool, { n: 2 })).toEqual({ outcome: 'gone', value: { status: 'lost' } });
  });

  it('comes to the outcome whose condition holds', async () => {
    const tool = httpTool('/o/{n}', {
      outcomes: [{ name: 'missing', if: when('status == "lost"', (scope) => scope('status') === 'lost') }],
    });
    server.answers['/o/1'] = { status: 'lost' };
    server.answers['/o/2'] = { status: 'packed' };
    expect((await run(tool, { n: 1 })).outcome).toBe('missing');
    expect((await run(tool, { n: 2 })).outcome).toBe('ok');
  });

  it.each<[string, () => object | ((r: ToolRequest, a: never) => void), string]>([
    ['not JSON', () => status(200, 'hello', 'text/plain'), 'answered HTTP 200 with something that is not JSON'],
    ['a list for a record', () => [1, 2], 'output is a list, and a record was expected'],
    ['a value of another type', () => ({ eta: 'soon-ish 4471' }), 'output.eta is not a written date'],
    ['a value that is none of the listed', () => ({ status: 'eaten' }), 'output.status is none of packed, lost'],
    ['a refusal', () => status(403, 'secret 4471'), 'HTTP 403'],
    ['an error', () => status(500, 'at /home/x 4471'), 'HTTP 500'],
    ['more than a megabyte', () => ({ status: 'x'.repeat(1024 * 1024) }), 'answered with more than 1 MB'],
    [
      'a broken connection',
      () => ((_request: ToolRequest, response: { destroy(): void }) => response.destroy()) as never,
      'not reached (UND_ERR_SOCKET)',
    ],
  ])('comes to error when it answers with %s, and the problem has no values in it', async (_name, answer, problem) => {
    server.answers['/o/4'] = answer();
    const result = await run(httpTool('/o/{n}'));
    expect(result).toMatchObject({ outcome: 'error', problem });
    expect(result.problem).not.toMatch(/4471/);
  });

  it('says which name the environment lacks, and does not call', async () => {
    const tool = httpTool('/o/{n}');
    tool.http!.url = template('{env.ORDERS_URL}/o');
    expect(await run(tool)).toEqual({ outcome: 'error', problem: 'ORDERS_URL is not set in the environment' });
    expect(server.requests).toEqual([]);
  });

  it('is not called with an input of the wrong type', async () => {
    expect(await run(httpTool('/o/{n}'), { n: 'four and a half' })).toEqual({
      outcome: 'error',
      problem: 'input.n is not a written integer',
    });
    expect(server.requests).toEqual([]);
  });

  it('does not follow a redirect with a write, so that it is sent once', async () => {
    server.answers['/pay'] = ((
      _r: ToolRequest,
      response: { writeHead(code: number, headers: object): { end(): void } },
    ) => response.writeHead(307, { location: '/elsewhere' }).end()) as never;
    expect((await run(httpTool('/pay', { method: 'POST', effect: 'write' }))).outcome).toBe('error');
    expect(server.requests).toHaveLength(1);
  });
});

describe('time', () => {
  async function started(tool: Tool, options: Parameters<typeof run>[2] = {}) {
    const clock = new VirtualClock();
    const result = run(tool, undefined, { clock, ...options });
    await server.received(1);
    return { clock, result };
  }

  it('B56 is up after the time-out, on the injected clock', async () => {
    server.answers['/o/4'] = hang;
    const { clock, result } = await started(httpTool('/o/{n}', { timeoutMs: 4000 }));
    let settled = false;
    void result.then(() => (settled = true));
    await clock.advance(3999);
    expect(settled).toBe(false);
    await clock.advance(1);
    expect(await result).toEqual({ outcome: 'timeout', problem: 'no answer within 4000 ms' });
  });

  it('is not waited out when the caller stops it', async () => {
    server.answers['/o/4'] = hang;
    const stop = new AbortController();
    const { result } = await started(httpTool('/o/{n}'), { signal: stop.signal });
    stop.abort();
    expect(await result).toEqual({ outcome: 'cancelled' });
  });

  it('lets a read be tried again, with growing waits, and no more often than it says', async () => {
    server.answers['/o/4'] = status(503);
    const { clock, result } = await started(httpTool('/o/{n}', { retries: 2 }), { random: () => 1 });
    // The answer of a real socket comes in real time: what is asserted is that nothing is sent before its time.
    await untilArmed(clock);
    await clock.advance(199);
    expect(server.requests).toHaveLength(1);
    await clock.advance(1);
    await server.received(2);
    await untilArmed(clock);
    await clock.advance(400);
    await server.received(3);
    expect(await result).toEqual({ outcome: 'error', problem: 'HTTP 503', attempts: 3 });
    expect(server.requests).toHaveLength(3);
  });

  it('never lets a write be tried again', async () => {
    server.answers['/o/4'] = status(503);
    const { result } = await started(httpTool('/o/{n}', { retries: 2, effect: 'write', method: 'POST' }));
    expect(await result).toEqual({ outcome: 'error', problem: 'HTTP 503' });
    expect(server.requests).toHaveLength(1);
  });

  /** Until something but the time-out (4 s) is armed: the wait before the next try. */
  async function untilArmed(clock: VirtualClock): Promise<void> {
    while (clock.nextAtMs === undefined || clock.nextAtMs - clock.now() > 2000) await clock.settle();
  }
});

describe('a tool in code', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'parley-code-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function codeTool(source: string, name = 'tools.ts', parts: Partial<Tool> = {}): Tool {
    writeFileSync(join(folder, name), source);
    return smallTool('find', {
      input: fields({ n: slot('integer') }),
      output: fields({ status: slot('text'), n: slot('integer') }),
      code: { file: join(folder, name), export: 'find' },
      ...parts,
    });
  }

  it('is TypeScript, may import its neighbours and Node, and gets typed inputs and the environment', async () => {
    writeFileSync(join(folder, 'other.ts'), 'export const half = (n: number): number => n / 2;');
    const tool = codeTool(`
      import { half } from './other.js';
      import { basename } from 'node:path';
      export async function find({ n }: { n: number }, { env, signal }: { env: Record<string, string>; signal: AbortSignal }) {
        return { n: half(n), status: basename('/a/b') + env.MARK + String(signal.aborted) };
      }`);
    expect(await run(tool, { n: 4 }, { env: { MARK: '!' } })).toEqual({
      outcome: 'ok',
      value: { n: 2, status: 'b!false' },
    });
  });

  it('may be plain JavaScript', async () => {
    expect(await run(codeTool('export const find = ({ n }) => ({ n: n + 1 });', 'tools.js'))).toEqual({
      outcome: 'ok',
      value: { n: 5 },
    });
  });

  it('keeps its state between calls', async () => {
    const tool = codeTool('let count = 0; export const find = () => ({ n: ++count });');
    const runner = createToolRunner(smallAgent({ tools: toolMap(tool) }), { mode: 'real' });
    const quiet = new AbortController().signal;
    await runner.run(callOf(tool), quiet);
    expect(await runner.run(callOf(tool), quiet)).toEqual({ outcome: 'ok', value: { n: 2 } });
  });

  it.each([
    ['throws', 'export function find() { throw new TypeError("order 4471"); }', 'its code threw TypeError'],
    [
      'rejects with a code',
      'export const find = async () => { throw Object.assign(new Error("4471"), { code: "ENOENT" }); };',
      'its code threw Error (ENOENT)',
    ],
    [
      'throws no error',
      'export const find = () => { throw "4471"; };',
      'its code threw something that is not an Error',
    ],
    [
      'gives a circle',
      'export const find = () => { const a = {}; a.a = a; return a; };',
      'gave something that is not JSON',
    ],
    ['gives a text', 'export const find = () => "4471";', 'output is a string, and a record was expected'],
    ['gives a megabyte', 'export const find = () => ({ status: "x".repeat(1100000) });', 'gave more than 1 MB'],
    ['is not there', 'export const fnd = () => ({});', 'tools.ts exports no function "find"; it has fnd'],
    ['cannot be read', 'export const find = (;', 'tools.ts cannot be loaded: line 1: Unexpected ";"'],
    ['fails while it is loaded', 'throw new Error("no licence");', 'tools.ts cannot be loaded: Error: no licence'],
  ])('comes to error when it %s, and the call lives on', async (_name, source, problem) => {
    expect(await run(codeTool(source), { n: 4471 })).toEqual({ outcome: 'error', problem });
  });

  it('B56 is given up at its time-out when it hangs', async () => {
    const clock = new VirtualClock();
    const result = run(codeTool('export const find = () => new Promise(() => {});'), undefined, { clock });
    while (clock.nextAtMs === undefined) await clock.settle();
    await clock.advance(4000);
    expect(await result).toEqual({ outcome: 'timeout', problem: 'no answer within 4000 ms' });
  });

  it('says which file is not there', async () => {
    const tool = smallTool('find', { code: { file: join(folder, 'none.ts'), export: 'find' } });
    expect((await run(tool)).problem).toMatch(/^none\.ts cannot be loaded: Could not resolve/);
  });
});

describe('a tool that is not the agent’s', () => {
  it('comes to error', async () => {
    const runner = createToolRunner(smallAgent(), { mode: 'real' });
    expect(await runner.run(callOf(smallTool('nothing')), new AbortController().signal)).toEqual({
      outcome: 'error',
      problem: 'there is no such tool',
    });
  });

  it('is looked for in its flow first', async () => {
    const flow = (name: string) => ({
      tools: toolMap(smallTool('find', { flow: name, output: fields({ [name]: slot('text') }) })),
    });
    const agent = smallAgent({
      flows: new Map([
        ['a', flow('a')],
        ['b', flow('b')],
      ]) as never,
    });
    const runner = createToolRunner(agent, {
      mode: 'mock',
      mocks: new Map([['find', [{ line: 1, gives: { a: 'x', b: 'y' }, delayMs: 0 }]]]),
    });
    const quiet = new AbortController().signal;
    expect((await runner.run({ ...callOf(smallTool('find')), flow: 'b' }, quiet)).value).toEqual({ b: 'y' });
    expect((await runner.run({ ...callOf(smallTool('find')), flow: 'a' }, quiet)).value).toEqual({ a: 'x' });
  });
});
