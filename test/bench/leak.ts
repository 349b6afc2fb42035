/**
 * `npm run bench:leak [-- --calls 1000 --json]`: what a server keeps of calls that are over. A real `flow serve` takes
 * so many calls, half by WebSocket and half by a twin of Twilio, each with a greeting heard, a key answered and a
 * hang-up; after every hundredth its heap is measured behind a full collection, and what the system counts for it.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { packageRoot } from '../../engine/package-root.js';
import { CarrierCall } from '../loopback/carrier.js';

const { values } = parseArgs({
  options: {
    calls: { type: 'string', default: '1000' },
    at: { type: 'string', default: '16' },
    json: { type: 'boolean', default: false },
  },
});
const total = Number(values.calls);
const atOnce = Number(values.at);
const authToken = '12345678901234567890123456789012';
/** Caches fill and code is compiled in the first calls: they are not counted. */
const warmUp = Math.max(50, atOnce);

const flow = `
flow: menu
no_input_after: 60s
slots: { floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } } }
states:
  ask: { say: Press one., transitions: [{ key: "1", to: thanks }] }
  thanks: { say: Thank you., collect: floor, to: told }
  told: { say: "Floor {{ floor }}.", to: ask }
`;

interface Reading {
  calls: number;
  heapMb: number;
  rssMb: number;
  handles: number;
}

const folder = mkdtempSync(join(tmpdir(), 'parley-leak-'));
mkdirSync(join(folder, 'menu'));
writeFileSync(join(folder, 'menu', 'menu.flow.yaml'), flow);
const server = spawn(
  process.execPath,
  ['--inspect=127.0.0.1:0', '--max-semi-space-size=16', join(packageRoot, '.dist/flow.js'), 'serve', join(folder, 'menu'), '--port', '0', '--no-open', '--json-log', '--keep', '1d', '--max-calls', '200', '--calls-per-minute', '100000'],
  {
    env: { PATH: process.env.PATH, HOME: folder, PARLEY_HOME: join(folder, '.parley'), PARLEY_VAD: 'energy', TWILIO_AUTH_TOKEN: authToken, PARLEY_MAX_LAG: '10s' },
    stdio: ['ignore', 'pipe', 'pipe'],
  },
); // prettier-ignore
let output = '';
for (const stream of [server.stdout, server.stderr])
  stream.setEncoding('utf8').on('data', (piece: string) => {
    // Its log is not kept here: this process has to stay small too.
    output = (output + piece).slice(-20_000);
    found();
  });
let inspector: string | undefined;
let http: string | undefined;
function found(): void {
  inspector ??= /ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/.exec(output)?.[0];
  http ??= /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0];
}

let debug: WebSocket | undefined;
try {
  await until(() => inspector !== undefined && http !== undefined, 60_000);
  while (!(await fetch(`${http!}/ready`).catch(() => undefined))?.ok) await pause(50);
  debug = new WebSocket(inspector!);
  await once(debug, 'open');
  const ask = asker(debug);

  await take(warmUp);
  const readings = [await read(0)];
  for (let done = 0; done < total; done += 100) {
    await take(Math.min(100, total - done));
    readings.push(await read(Math.min(done + 100, total)));
  }
  const [heapKb, rssKb] = (['heapMb', 'rssMb'] as const).map((of) => slope(readings, of) * 1024);
  if (values.json) console.log(JSON.stringify({ readings, heap_kb_per_call: heapKb, rss_kb_per_call: rssKb }));
  else {
    for (const { calls, heapMb, rssMb, handles } of readings)
      console.log(`${String(calls).padStart(6)} calls  heap ${heapMb.toFixed(2).padStart(7)} MB  RSS ${rssMb.toFixed(1).padStart(6)} MB  ${String(handles)} open files`); // prettier-ignore
    console.log(`a call leaves ${heapKb!.toFixed(2)} KB of heap, ${rssKb!.toFixed(2)} KB of RSS (slope of all but the first)`); // prettier-ignore
  }

  async function read(calls: number): Promise<Reading> {
    await until(async () => ((await (await fetch(`${http!}/health`)).json()) as { calls: number }).calls === 0, 30_000);
    await pause(500);
    for (let i = 0; i < 3; i++) await ask('HeapProfiler.collectGarbage');
    const { usedSize } = (await ask('Runtime.getHeapUsage')) as { usedSize: number };
    const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(server.pid)}/status`, 'utf8'))![1];
    const handles = readdirSync(`/proc/${String(server.pid)}/fd`).length;
    return { calls, heapMb: usedSize / 1024 / 1024, rssMb: Number(kb) / 1024, handles };
  }
} finally {
  // Node would wait for it at its end.
  debug?.terminate();
  server.kill('SIGTERM');
  await once(server, 'exit');
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);

/** So many calls, several at once. */
async function take(calls: number): Promise<void> {
  let left = calls;
  const one = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await (left % 2 === 0 ? byBrowser() : byTelephone());
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function byBrowser(): Promise<void> {
  const socket = new WebSocket(`${http!.replace('http', 'ws')}/call?agent=menu`, { perMessageDeflate: false });
  socket.on('error', () => {});
  let sentences = 0;
  socket.on('message', (data: Buffer, binary) => {
    if (binary) return;
    const message = JSON.parse(data.toString()) as { type: string; who?: string };
    if (message.type === 'mark') socket.send(JSON.stringify(message));
    if (message.type === 'transcript' && message.who === 'agent') sentences += 1;
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'hello', sampleRateHz: 16_000 }));
  const microphone = setInterval(() => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.alloc(3200));
  }, 100);
  await until(() => sentences >= 1, 20_000);
  socket.send(JSON.stringify({ type: 'key', digit: '1' }));
  await until(() => sentences >= 2, 20_000);
  clearInterval(microphone);
  // Some hang up, some are gone.
  if (Math.random() < 0.5) socket.send(JSON.stringify({ type: 'hang_up' }));
  else socket.close();
  if (socket.readyState !== WebSocket.CLOSED) await once(socket, 'close');
}

async function byTelephone(): Promise<void> {
  const call = await CarrierCall.place({ webhook: `${http!}/twilio/voice`, authToken });
  await until(() => call.audibleMs > 400, 20_000);
  call.key('1');
  await until(() => call.audibleMs > 900, 20_000);
  call.stop();
  await until(() => call.closed, 20_000);
  call.vanish();
}

/** Least squares over the readings but the first, MB a call. */
function slope(readings: readonly Reading[], of: 'heapMb' | 'rssMb'): number {
  const points = readings.slice(1).map((one) => [one.calls, one[of]] as const);
  const mean = (at: 0 | 1): number => points.reduce((sum, one) => sum + one[at], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const over = points.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return over / points.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

function asker(socket: WebSocket): (method: string) => Promise<unknown> {
  let last = 0;
  return async (method) => {
    const id = ++last;
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [data] = (await once(socket, 'message')) as [Buffer];
      const answer = JSON.parse(data.toString()) as { id?: number; result?: unknown };
      if (answer.id === id) return answer.result;
    }
  };
}

async function until(test: () => boolean | Promise<boolean>, withinMs: number): Promise<void> {
  const lastMs = performance.now() + withinMs;
  while (!(await test())) {
    if (performance.now() > lastMs) throw new Error(`it did not happen within ${String(withinMs)} ms:\n${output}`);
    await pause(20);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
