import { describe, expect, it } from 'vitest';
import { Recorder } from '../../../runtime/call/recorder.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import { random } from '../race/random.js';

const minuteMs = 60_000;

/** Where sound begins after silence, milliseconds. */
function onsets(samples: Int16Array, quietMs = 200): number[] {
  const found: number[] = [];
  let quiet = quietMs * 8;
  samples.forEach((sample, at) => {
    if (sample === 0) quiet += 1;
    else {
      if (quiet >= quietMs * 8) found.push(at / 8);
      quiet = 0;
    }
  });
  return found;
}

describe('a recording', () => {
  it.each([
    ['a clock of its own that runs 0.01 % fast', { drift: 1.0001, lostShare: 0 }],
    ['one that runs 0.01 % slow, and lost frames', { drift: 0.9999, lostShare: 0.02 }],
  ])('B91 has the caller where they were after half an hour, with jitter and %s', (_, { drift, lostShare }) => {
    const chance = random(7);
    const recorder = new Recorder(1000);
    const spokenMs: number[] = [];
    const frames: { atMs: number; samples: Int16Array }[] = [];
    for (let n = 0; n * 20 * drift < 30 * minuteMs; n++) {
      const fromMs = n * 20 * drift;
      // Half a second of sound every ten.
      const isSpoken = n % 500 < 25;
      if (n % 500 === 0) spokenMs.push(fromMs);
      // One that is lost is known by those after it: none is lost just before what is looked for.
      if (n % 500 > 25 && n % 500 < 465 && chance() < lostShare) continue;
      const late = 2 + chance() ** 4 * 60;
      frames.push({ atMs: fromMs + 20 + late, samples: new Int16Array(160).fill(isSpoken ? 4000 : 0) });
    }
    // In order, as a socket gives them: one that is late holds up the next.
    let lastMs = 0;
    for (const { atMs, samples } of frames) {
      lastMs = Math.max(lastMs, atMs);
      recorder.caller(samples, 1000 + lastMs);
    }
    const found = onsets(recorder.audio().caller);
    expect(found).toHaveLength(spokenMs.length);
    const skews = found.map((ms, i) => ms - spokenMs[i]!);
    expect(Math.min(...skews)).toBeGreaterThan(-20);
    expect(Math.max(...skews)).toBeLessThan(20);
  });

  it('B91 loses nothing of sound that stalled for a second and came all at once', () => {
    const recorder = new Recorder(0);
    for (let n = 1; n <= 400; n++) {
      const stalled = n > 100 && n <= 150;
      recorder.caller(new Int16Array(160).fill(n), stalled ? 3000 : n * 20);
    }
    const { caller } = recorder.audio();
    for (let n = 1; n <= 400; n++) expect(caller[(n - 1) * 160 + 80]).toBe(n);
  });

  it('B91 has both sides within 20 ms of each other over a long call in which the caller cuts in again and again', async () => {
    const lengthMs = 6 * minuteMs;
    const everyMs = 6000;
    const world = callWorld({
      record: true,
      manners: { pumpMs: 100, maxCallMs: 60 * minuteMs },
      answer: () => [
        words('long', 'We are open every day from nine in the morning until ten in the evening.'),
        listen(),
      ],
    });
    const speaks = (ms: number): boolean => ms >= 4000 && ms % everyMs >= 4000 && ms % everyMs < 5000;
    // 100 ms a piece; each comes when its last sample was spoken.
    const hear = (untilMs: number): void => {
      const samples = Int16Array.from({ length: 800 }, (_, i) => (speaks(untilMs - 100 + i / 8) ? 4000 : 0));
      world.line.gives({ kind: 'audio', samples });
      if (untilMs < lengthMs) world.clock.at(untilMs + 100, () => hear(untilMs + 100));
      else world.call.hangUp();
    };
    world.clock.at(100, () => hear(100));
    const cutsMs: number[] = [];
    for (let ms = 4000; ms < lengthMs; ms += everyMs) {
      world.ear.says('and on sunday', ms, ms + 1000);
      cutsMs.push(ms);
    }
    await world.until(lengthMs + 5000);
    const { audio, interruptions } = await world.ended();
    const caller = onsets(audio!.caller);
    expect(caller).toHaveLength(cutsMs.length);
    caller.forEach((ms, i) => expect(Math.abs(ms - cutsMs[i]!)).toBeLessThan(20));
    // The agent's side is silent from the tick in which the line was cleared, to a frame.
    expect(interruptions.length).toBeGreaterThan(50);
    for (const { silentMs } of interruptions) {
      const before = audio!.agent.subarray((silentMs - 40) * 8, silentMs * 8);
      const after = audio!.agent.subarray((silentMs + 20) * 8, (silentMs + 800) * 8);
      expect(before.some((sample) => sample !== 0)).toBe(true);
      expect(after.some((sample) => sample !== 0)).toBe(false);
    }
    // And it begins where the line played it.
    const starts = onsets(audio!.agent, 500);
    const played = world.line.heard.filter(({ fromMs }, i, all) => i === 0 || fromMs - all[i - 1]!.toMs > 500);
    expect(starts).toHaveLength(played.length);
    starts.forEach((ms, i) => expect(Math.abs(ms - played[i]!.fromMs)).toBeLessThan(20));
  }, 60_000);
});
