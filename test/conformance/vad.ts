import { afterAll, describe, expect, it } from 'vitest';
import type { VadSource } from '../../runtime/vad/index.js';
import { createGate } from '../../runtime/vad/gate.js';
import { createCaller, joined, onTheLine, silence } from '../fixtures/speech.js';

/** What every voice activity detector must do, behind the gate. One call per provider. */
export function describeVad(name: string, create: () => Promise<VadSource>): void {
  describe(`voice activity, ${name}`, () => {
    const caller = createCaller();
    const opened = create();
    afterAll(async () => {
      caller.close();
      (await opened).close();
    });

    async function stretches(sound: Int16Array): Promise<{ startMs: number; endMs: number }[]> {
      const detector = (await opened).open();
      const gate = createGate();
      const found: { startMs: number; endMs: number }[] = [];
      for (let from = 0; from + 256 <= sound.length; from += 256) {
        const probability = await detector.probability(sound.subarray(from, from + 256));
        expect(probability).toBeGreaterThanOrEqual(0);
        expect(probability).toBeLessThanOrEqual(1);
        for (const { kind, atMs } of gate.push(probability, { endMs: (from + 256) / 8, lengthMs: 32 })) {
          if (kind === 'speech_started') found.push({ startMs: atMs, endMs: Infinity });
          else found.at(-1)!.endMs = atMs;
        }
      }
      detector.close();
      return found;
    }

    it('finds where speech begins and ends on a telephone line', async () => {
      const speech = await caller.say('Where is my order?', 'rms');
      const found = await stretches(onTheLine(joined([silence(1000), speech, silence(1000)])));
      expect(found.length).toBeGreaterThanOrEqual(1);
      expect(found[0]!.startMs).toBeGreaterThan(900);
      expect(found[0]!.startMs).toBeLessThan(1300);
      expect(Math.abs(found.at(-1)!.endMs - (1000 + speech.length / 8))).toBeLessThan(400);
    });

    it("finds nothing in silence and in a line's quiet noise", async () => {
      expect(await stretches(silence(2000))).toEqual([]);
      expect(await stretches(onTheLine(silence(3000), 35))).toEqual([]);
    });

    it('keeps calls apart, however they are mixed', async () => {
      const speech = onTheLine(joined([silence(500), await caller.say('I need a refund.', 'awb'), silence(800)]));
      const [alone] = [await stretches(speech)];
      const [a, quiet, b] = await Promise.all([stretches(speech), stretches(silence(2000)), stretches(speech)]);
      expect(a).toEqual(alone);
      expect(b).toEqual(alone);
      expect(quiet).toEqual([]);
    });

    it('answers in order when frames come faster than it works', async () => {
      const speech = onTheLine(joined([silence(300), await caller.say('Yes please.', 'rms'), silence(300)]));
      const frames = Array.from({ length: Math.floor(speech.length / 256) }, (_, i) =>
        speech.subarray(i * 256, (i + 1) * 256),
      );
      const [slow, fast] = [(await opened).open(), (await opened).open()];
      const one: number[] = [];
      for (const frame of frames) one.push(await slow.probability(frame));
      expect(await Promise.all(frames.map((frame) => fast.probability(frame)))).toEqual(
        one.map((value) => expect.closeTo(value, 3)),
      );
    });
  });
}
