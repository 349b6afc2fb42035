import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { OutsideError } from '../../../engine/errors.js';
import { Circuit } from '../../../runtime/providers/circuit.js';

const lost = new OutsideError('vendor', 'closed', 'the connection broke', { retryable: true });
const refused = new OutsideError('vendor', 'refused', 'not authorised (401)', { retryable: false });

function circuit(probe?: () => Promise<void>): { clock: VirtualClock; one: Circuit; told: (string | undefined)[] } {
  const clock = new VirtualClock();
  const told: (string | undefined)[] = [];
  return { clock, told, one: new Circuit({ clock, tell: (why) => void told.push(why), ...(probe && { probe }) }) };
}

describe('a circuit', () => {
  it('B71 opens after three failures in 30 s, and says why once', async () => {
    const { one, clock, told } = circuit(() => Promise.reject(lost));
    one.failed(lost);
    await clock.advance(10_000);
    one.failed(lost);
    expect(one.why).toBeUndefined();
    one.failed(lost);
    one.failed(lost);
    expect(one.why).toBe('vendor: the connection broke');
    expect(told).toEqual(['vendor: the connection broke']);
  });

  it('B71 counts neither failures of more than 30 s ago nor those before a success', async () => {
    const { one, clock } = circuit();
    one.failed(lost);
    one.failed(lost);
    await clock.advance(30_001);
    one.failed(lost);
    one.failed(lost);
    one.succeeded();
    one.failed(lost);
    expect(one.why).toBeUndefined();
  });

  it('B71 is tried with a request of its own after 30 s, one at a time, and closes when that succeeds', async () => {
    let isBack = false;
    let probes = 0;
    const { one, clock, told } = circuit(async () => {
      probes += 1;
      await clock.sleep(500);
      if (!isBack) throw lost;
    });
    for (let n = 0; n < 3; n++) one.failed(lost);
    await clock.advance(29_000);
    expect(one.why).toBeDefined();
    expect(probes).toBe(0);
    await clock.advance(1_000);
    // Two callers look: one probe, and neither of them waits for it.
    expect([one.why, one.why].every((why) => why !== undefined)).toBe(true);
    expect(probes).toBe(1);
    await clock.advance(600);
    expect(one.why).toBeDefined();
    expect(probes).toBe(1);
    isBack = true;
    await clock.advance(30_000);
    expect(one.why).toBeDefined();
    await clock.advance(600);
    expect(one.why).toBeUndefined();
    expect(told).toEqual(['vendor: the connection broke', undefined]);
  });

  it('B70 opens at the first refusal, asks at once whether it was the key or the sentence, and says why', async () => {
    let key = false;
    const { one, clock, told } = circuit(() => (key ? Promise.resolve() : Promise.reject(refused)));
    one.failed(refused);
    expect(one.why).toContain('401');
    await clock.settle();
    expect(one.why).toContain('401');
    // It was about one sentence: the next caller has the voice again.
    key = true;
    await clock.advance(30_000);
    expect(one.why).toContain('401');
    await clock.settle();
    expect(one.why).toBeUndefined();
    one.failed(refused);
    await clock.settle();
    expect(one.why).toBeUndefined();
    expect(told).toEqual(['vendor: not authorised (401)', undefined, 'vendor: not authorised (401)', undefined]);
  });

  it('B71 without a request of its own lets one caller try after 30 s', async () => {
    const { one, clock } = circuit();
    for (let n = 0; n < 3; n++) one.failed(lost);
    await clock.advance(30_000);
    expect(one.why).toBeUndefined();
    one.failed(lost);
    expect(one.why).toBeDefined();
  });
});
