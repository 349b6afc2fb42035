import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { ToolCall, ToolResult } from '../../../engine/contracts.js';
import type { Template, Tool } from '../../../engine/language/flow.js';
import { createToolRunner, type ToolRunnerOptions } from '../../../engine/tools/tool-runner.js';
import { nowhere, smallAgent, smallTool, toolMap } from '../compile/small-agent.js';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A back end on this machine; the address is without a slash at its end. */
async function backEnd(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const fixed = (source: string): Template => ({ source, place: nowhere, reads: [], render: () => source });

function toolAt(url: string, effect: 'read' | 'write', parts: Partial<Tool> = {}): Tool {
  return smallTool('find', {
    effect,
    http: {
      method: effect === 'read' ? 'GET' : 'POST',
      url: fixed(url),
      renderUrl: () => url,
      headers: new Map([['x-key', fixed('secret')]]),
    },
    ...parts,
  });
}

function run(tool: Tool, options: Partial<ToolRunnerOptions> = {}): Promise<ToolResult> {
  const runner = createToolRunner(smallAgent({ tools: toolMap(tool) }), { mode: 'real', env: {}, ...options });
  const call: ToolCall = { callId: 'd/1/look/1', tool: tool.name, input: {}, effect: tool.effect };
  return runner.run(call, new AbortController().signal);
}

describe('a read that is sent on', () => {
  it('goes on to the same server, with its headers', async () => {
    const seen: IncomingMessage[] = [];
    const url = await backEnd((request, response) => {
      seen.push(request);
      if (request.url === '/old') response.writeHead(301, { location: '/new' }).end();
      else response.end('{}');
    });
    expect(await run(toolAt(`${url}/old`, 'read'))).toMatchObject({ outcome: 'ok' });
    expect(seen.map(({ url: path, headers }) => [path, headers['x-key']])).toEqual([
      ['/old', 'secret'],
      ['/new', 'secret'],
    ]);
  });

  it('never goes to another server, so that its secret headers stay where they belong', async () => {
    let asked = 0;
    const other = await backEnd((_, response) => {
      asked++;
      response.end('{}');
    });
    const url = await backEnd((_, response) => void response.writeHead(302, { location: `${other}/` }).end());
    expect(await run(toolAt(url, 'read'))).toEqual({ outcome: 'error', problem: 'HTTP 302' });
    expect(asked).toBe(0);
  });

  it('does not go round in circles', async () => {
    let asked = 0;
    const url = await backEnd((_, response) => {
      asked++;
      response.writeHead(302, { location: '/' }).end();
    });
    expect(await run(toolAt(url, 'read'))).toMatchObject({ outcome: 'error' });
    expect(asked).toBe(4);
  });
});

describe('an answer that breaks off', () => {
  const halfAnAnswer: RequestListener = (request, response) => {
    response.writeHead(200, { 'content-length': 100 });
    response.write('{"st', () => request.socket.destroy());
  };

  it('leaves a write unknown, and it is sent once', async () => {
    let asked = 0;
    const url = await backEnd((request, response) => {
      asked++;
      halfAnAnswer(request, response);
    });
    const result = await run(toolAt(url, 'write', { retries: 2 }));
    expect(result).toEqual({ outcome: 'unknown', problem: 'the connection broke in mid-answer' });
    expect(asked).toBe(1);
  });

  it('leaves a write unknown too when nothing came at all, and is an error where nobody listened', async () => {
    const url = await backEnd((request) => void request.socket.destroy());
    expect(await run(toolAt(url, 'write'))).toMatchObject({ outcome: 'unknown' });
    const gone = await backEnd(() => undefined);
    await new Promise((resolve) => servers.at(-1)!.close(resolve));
    expect(await run(toolAt(gone, 'write'))).toEqual({ outcome: 'error', problem: 'not reached (ECONNREFUSED)' });
  });

  it('is an error of a read, which may be tried again', async () => {
    let asked = 0;
    const url = await backEnd((request, response) => {
      if (++asked === 1) halfAnAnswer(request, response);
      else response.end('{}');
    });
    expect(await run(toolAt(url, 'read', { retries: 1 }))).toMatchObject({ outcome: 'ok' });
  });
});

describe('time', () => {
  it('is up for an answer that drips in byte by byte', async () => {
    const url = await backEnd((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
    });
    expect(await run(toolAt(url, 'read', { timeoutMs: 150 }))).toMatchObject({ outcome: 'timeout' });
  });

  it('between two tries is half fixed and half chance', async () => {
    for (const [chance, waitMs] of [[0, 100], [1, 200]] as const) {
      const clock = new VirtualClock();
      const slept: number[] = [];
      clock.sleep = (ms) => {
        slept.push(ms);
        return Promise.resolve();
      };
      const url = await backEnd((_, response) => void response.writeHead(503).end());
      await run(toolAt(url, 'read', { retries: 1 }), { clock, random: () => chance });
      expect(slept).toEqual([waitMs]);
    }
  }); // prettier-ignore
});
