/** A provider that fails is found out once, for all the calls of a node: in one process, and in all its workers. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loopbackKey, startCartesia, type LoopbackCartesia } from '../loopback/cartesia.js';
import { Browser, startReal } from './real-server.js';
import { ServeProcesses } from './serve-process.js';
import { metricOf } from './fuzz/told.js';

const digits = '123456789';
/** A sentence of its own for each key: what was said before comes from memory. */
const sentence = (digit: string): string => `The number that you have pressed is ${digit}.`;
const desk = `
agent: desk
language: en-IE
start: ask
no_input_after: 60s
voice: { tts: cartesia/sonic-3 }
---
flow: ask
states:
  ask: { say: Press a key., transitions: [${[...digits].map((digit) => `{ key: "${digit}", to: s${digit} }`).join(', ')}] }
${[...digits].map((digit) => `  s${digit}: { say: ${sentence(digit)}, to: ask }`).join('\n')}
`;

let cartesia: LoopbackCartesia;
beforeEach(async () => {
  cartesia = await startCartesia();
});
afterEach(() => cartesia.close());
const vendor = () => ({ PARLEY_VAD: 'energy', CARTESIA_URL: cartesia.url, CARTESIA_API_KEY: loopbackKey });

/** One call: one sentence, which the caller hears whoever says it. */
async function says(call: Browser, digit: string): Promise<void> {
  call.key(digit);
  await call.hears(sentence(digit), 15_000);
}

describe('the circuit of a voice', () => {
  it('B71 opens after the failures of three calls: the fourth asks for nothing, hears the other voice, one line tells', async () => {
    const server = await startReal({ agents: { desk: { 'agent.yaml': desk } }, env: vendor() });
    try {
      cartesia.fault = { kind: 'drop', afterChunks: 0, times: 1000 };
      for (const digit of '123') {
        const call = await Browser.dial(server.callUrl);
        await call.hears('Press a key.');
        await says(call, digit);
        call.hangUp();
        await call.until(() => call.closed);
      }
      const told = (): string[] => server.lines.filter((line) => line.includes('provider is not asked for now'));
      expect(told()).toHaveLength(1);
      cartesia.requests.length = 0;
      const fourth = await Browser.dial(server.callUrl);
      await fourth.hears('Press a key.');
      await says(fourth, '4');
      expect(cartesia.requests).toEqual([]);
      expect(told()).toHaveLength(1);
      fourth.hangUp();
      await fourth.until(() => fourth.closed);
      const page = await (await fetch(`${server.started.server.url}/metrics`)).text();
      expect(metricOf(page, 'voice_errors_total', { provider: 'cartesia' })).toBeGreaterThanOrEqual(3);
    } finally {
      await server.close();
    }
  }, 60_000);

  describe('of several workers', () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-circuit-'));
    const processes = new ServeProcesses(folder);
    afterAll(() => {
      processes.killAll();
      rmSync(folder, { recursive: true, force: true });
    });

    it('B71 opens in all when it opens in one: a call at the other does not find out for itself', async () => {
      mkdirSync(join(folder, 'desk'));
      writeFileSync(join(folder, 'desk', 'agent.yaml'), desk);
      const server = await processes.start(['desk'], { ...vendor(), PARLEY_MAX_LAG: 'off' }, 0, ['--workers', '2', '--json-log']); // prettier-ignore
      interface Health {
        workers: { calls: number; ready: boolean }[];
      }
      const health = async (): Promise<Health> => (await (await fetch(`${server.url}/health`)).json()) as Health;
      await expect.poll(async () => (await health()).workers.every(({ ready }) => ready), { timeout: 60_000 }).toBe(true); // prettier-ignore
      const one = await Browser.dial(server.callUrl);
      await one.hears('Press a key.');
      const other = await Browser.dial(server.callUrl);
      await other.hears('Press a key.');
      await expect.poll(async () => (await health()).workers.map(({ calls }) => calls)).toEqual([1, 1]);
      cartesia.fault = { kind: 'refuse', status: 401 };
      await cartesia.hangUp();
      await says(one, '1');
      await expect.poll(() => server.output().includes('provider is not asked for now')).toBe(true);
      // It would answer again: whoever asks now has not been told.
      cartesia.fault = undefined;
      cartesia.requests.length = 0;
      await says(other, '2');
      expect(cartesia.requests).toEqual([]);
      for (const call of [one, other]) call.hangUp();
      expect(await server.end()).toBe(0);
    }, 120_000);
  });
});
