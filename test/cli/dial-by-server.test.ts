/** `flow dial --server`: a server that runs places the call; what goes wrong names the place and the cure. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommand } from '../../cli/program.js';
import { startReal, type RealServer } from '../calls/real-server.js';
import { eventually } from '../conformance/line.js';
import { TwilioTwin } from '../loopback/twilio.js';

const secret = 'a token secret of more than thirty-two bytes';
const remind = `
flow: remind
listen: [{ on: machine, to: message }]
states:
  hello: { say: "Hello, this is the clinic.", hang_up: true }
  message: { say: "Please call us back.", hang_up: true }
`;

let twin: TwilioTwin;
let server: RealServer;
let url: string;
let callees = 0;
/** Each once: nobody is rung more than twice a minute. */
const somebody = (): string => `+3538720${String(++callees).padStart(5, '0')}`;

beforeAll(async () => {
  twin = await TwilioTwin.start();
  const env = { TWILIO_AUTH_TOKEN: twin.authToken, TWILIO_ACCOUNT_SID: twin.accountSid, TWILIO_API_BASE: twin.apiBase, PARLEY_CALL_FROM: '+35315550000', PARLEY_CALLS_PER_MINUTE: '40', PARLEY_TOKEN_SECRET: secret }; // prettier-ignore
  server = await startReal({ agents: { remind }, env });
  url = server.started.server.url;
});
beforeEach(() => {
  vi.stubEnv('PARLEY_TOKEN_SECRET', secret);
  twin.callee = 'answer';
  twin.fails = undefined;
  twin.requests.length = 0;
});
afterEach(() => vi.unstubAllEnvs());
afterAll(async () => {
  await server.close();
  await twin.close();
  expect(twin.problems).toEqual([]);
});

async function dial(number: string, ...more: string[]): Promise<{ code: number; out: string; err: string }> {
  const caught = { out: '', err: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      caught[name === 'stdout' ? 'out' : 'err'] += String(text);
      return true;
    }),
  );
  try {
    const options = more.includes('--server') ? more : ['--server', url, ...more];
    return { code: await runCommand(['dial', number, '--agent', 'remind', ...options]), ...caught };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.exitCode = undefined;
  }
}
/** Whatever listens there. */
async function other(answer: { status: number; type: string; body: string }): Promise<{ url: string; close(): void }> {
  const http = createServer((_, response) => {
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`, close: () => void http.close() };
}

describe('flow dial --server', () => {
  it('has the server call, says that it rings, and how the call went', async () => {
    const dialled = dial(somebody(), '--json');
    await eventually(() => twin.placed?.call !== undefined && server.started.server.calls.size > 0, 8000);
    await twin.hears('human');
    const { code, out, err } = await dialled;
    expect(JSON.parse(out)).toMatchObject({ ended: 'completed', answered_by: 'person' });
    expect([code, err]).toEqual([0, 'Ringing, by twilio.\n']);
    expect(server.records.at(-1)).toMatchObject({ id: (JSON.parse(out) as { id: string }).id, direction: 'outbound' });
  }, 30_000);

  it.each([
    ['busy', 'busy'],
    ['no-answer', 'no_answer'],
    ['failed', 'failed'],
  ] as const)(
    'exits 1 when nobody took it: %s',
    async (callee, ended) => {
      twin.callee = callee;
      expect(await dial(somebody())).toMatchObject({ code: 1, out: `The call ended: ${ended}.\n` });
    },
    30_000,
  );

  it('exits 2 for a number that is not called, and for what the server does not take; no carrier is asked', async () => {
    expect(await dial('+19005550199')).toMatchObject({ code: 2, err: expect.stringContaining('charges whoever calls') as string }); // prettier-ignore
    expect(await dial('12')).toMatchObject({ code: 2 });
    expect(await dial(somebody(), '--agent', 'nobody')).toMatchObject({ code: 2, err: expect.stringContaining('there are remind') as string }); // prettier-ignore
    expect(await dial(somebody(), '--ring', '2s')).toMatchObject({ code: 2, err: '--ring takes 5s to 120s\n' });
    expect(await dial(somebody(), '--server', 'localhost:4680')).toMatchObject({ code: 2, err: expect.stringContaining('--server takes an address with http or https') as string }); // prettier-ignore
    vi.stubEnv('PARLEY_TOKEN_SECRET', '');
    expect(await dial(somebody())).toMatchObject({ code: 2, err: 'set PARLEY_TOKEN_SECRET to that of the server\n' });
    expect(twin.requests).toEqual([]);
  }, 30_000);

  it('says that nobody is there, and what to do', async () => {
    const gone = await other({ status: 200, type: 'text/plain', body: '' });
    gone.close();
    expect(await dial(somebody(), '--server', gone.url)).toMatchObject({ code: 1, err: `nobody answers at ${gone.url}: start \`flow serve\` there, or give --server another address\n` }); // prettier-ignore
  }, 30_000);

  it('says that the secret is another, and never what it is', async () => {
    vi.stubEnv('PARLEY_TOKEN_SECRET', 'guessed but long enough to be a secret');
    const { code, err } = await dial(somebody());
    expect(code).toBe(1);
    expect(err).toContain(`${url} does not know this secret: set PARLEY_TOKEN_SECRET to the one`);
    expect(`${err}${server.lines.join('\n')}`).not.toContain('guessed');
    expect(twin.requests).toEqual([]);
  }, 30_000);

  it('says what the carrier refused, and exits 1', async () => {
    twin.fails = { status: 400, code: 21_215 };
    const { code, err } = await dial(somebody());
    expect(code).toBe(1);
    expect(err).toContain(`${url} did not place the call: twilio: `);
  }, 30_000);

  it('says that a number was rung too often', async () => {
    twin.callee = 'busy';
    const number = somebody();
    for (let i = 0; i < 2; i++) expect((await dial(number)).out).toBe('The call ended: busy.\n');
    expect(await dial(number)).toMatchObject({ code: 1, err: expect.stringContaining('rung this number twice: wait a minute') as string }); // prettier-ignore
  }, 30_000);

  it.each([
    ['a server that places no calls', { status: 404, type: 'application/json', body: '{"error":"nothing is here"}' }, /places no calls: start it with PARLEY_TOKEN_SECRET/], // prettier-ignore
    ['a proxy whose server is away', { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' }, /no server of ours answers at .* \(status 502\)/], // prettier-ignore
    ['a page', { status: 200, type: 'text/html', body: '<h1>Welcome</h1>' }, /did not place the call: status 200/],
    ['a server that is full', { status: 503, type: 'application/json', body: '{"error":"no calls are placed now: full"}' }, /did not place the call: no calls are placed now: full/], // prettier-ignore
  ])(
    'knows %s',
    async (_, answer, told) => {
      const there = await other(answer);
      const { code, err } = await dial(somebody(), '--server', there.url);
      there.close();
      expect(code).toBe(1);
      expect(err).toMatch(told);
    },
    30_000,
  );

  it.each([
    ['goes away', [{ status: 0, body: '' }], /nobody answers at [^]*The call was placed as c1; what became of it, `flow calls`/], // prettier-ignore
    ['is started again', [{ status: 404, body: '{"error":"there is no such call"}' }], /knows nothing of the call any more/], // prettier-ignore
  ])(
    'says what is known of the call when the server %s meanwhile',
    async (_, [later], told) => {
      const http = createServer((request, response) => {
        if (request.method === 'POST')
          response.writeHead(201).end('{"id":"c1","status":"dialling","carrier":"twilio"}');
        else if (later!.status === 0) request.socket.destroy();
        else response.writeHead(later!.status).end(later!.body);
      });
      await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
      const { code, err } = await dial(somebody(), '--server', `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`); // prettier-ignore
      http.close();
      expect(code).toBe(1);
      expect(err).toMatch(told);
    },
    30_000,
  );
});
