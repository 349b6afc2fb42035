import { expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Line } from '../../../runtime/contracts.js';
import { logOver } from '../../../runtime/observe/log.js';
import { Offences } from '../../../runtime/server/offences.js';

function offences() {
  const clock = new VirtualClock();
  const lines: Record<string, unknown>[] = [];
  const log = logOver((level, event, fields) => lines.push({ level, event, ...fields, at: clock.now() }), {});
  return { clock, lines, told: new Offences(clock, log) };
}

it('tells an offence at once, and a flood of the same kind in one line a minute with how many there were', async () => {
  const { clock, lines, told } = offences();
  for (let i = 0; i < 1000; i++) told.tell('call refused', { reason: 'no valid token' });
  told.tell('call refused', { reason: 'full' });
  await clock.advanceTo(70_000);
  for (let i = 0; i < 3; i++) told.tell('call refused', { reason: 'no valid token' });
  await clock.advanceTo(300_000);
  told.tell('call refused', { reason: 'no valid token' });
  expect(lines).toEqual([
    { level: 'warn', event: 'call refused', reason: 'no valid token', at: 0 },
    { level: 'warn', event: 'call refused', reason: 'full', at: 0 },
    { level: 'warn', event: 'call refused', reason: 'no valid token', times: 999, at: 60_000 },
    { level: 'warn', event: 'call refused', reason: 'no valid token', times: 3, at: 120_000 },
    { level: 'warn', event: 'call refused', reason: 'no valid token', at: 300_000 },
  ]);
});

it('tells what a line counts of bad input while its call runs, with the call that was first, and nothing of the rest', () => {
  const { lines, told } = offences();
  const line = (counters: Record<string, number>) => ({ transport: 'twilio', counters }) as unknown as Line;
  const counters = { bad_messages: 2, status_callbacks: 4 };
  const [one, other] = [line(counters), line({ bad_messages: 1 })];
  told.watch(one, 'a');
  told.watch(other, 'b');
  told.round();
  told.round();
  counters.bad_messages = 7;
  told.over(one);
  told.over(other);
  told.close();
  expect(lines).toEqual([
    { level: 'warn', event: 'bad input', transport: 'twilio', what: 'bad_messages', call: 'a', times: 2, at: 0 },
    { level: 'warn', event: 'bad input', transport: 'twilio', what: 'bad_messages', times: 6, at: 0 },
  ]);
});

it('leaves no timer behind, and says at its end what it has not said', async () => {
  const { clock, lines, told } = offences();
  told.tell('call refused', { reason: 'full' });
  told.tell('call refused', { reason: 'full' });
  told.close();
  expect(clock.nextAtMs).toBeUndefined();
  expect(lines).toHaveLength(2);
  await clock.advanceTo(100_000);
  expect(lines).toHaveLength(2);
});
