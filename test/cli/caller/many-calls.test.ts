import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { latencyOf, tellLatency } from '../../../cli/caller/latency.js';
import { placeMany, tellMany } from '../../../cli/caller/many-calls.js';
import type { PlacedCall } from '../../../cli/caller/place.js';
import { VirtualClock } from '../../../engine/clock.js';
import { OutsideError } from '../../../engine/errors.js';
import { flow } from '../flow-command.js';

const gaps = (...ms: number[]): PlacedCall['turns'] => ms.map((gapMs, index) => ({ index, gapMs }));

describe('many callers at once', () => {
  it('are measured together, and one that is refused fails alone', async () => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    const began: number[] = [];
    const running = placeMany(
      3,
      (number) => {
        began.push(clock.now());
        if (number === 2)
          return Promise.reject(new OutsideError('flow call', 'busy', 'too many calls', { retryable: true }));
        return Promise.resolve({ ok: true, troubles: [], turns: gaps(400, 700) } as unknown as PlacedCall);
      },
      { clock, print: (line) => void lines.push(line) },
    );
    await clock.advance(1000);
    const many = await running;
    expect(began).toEqual([0, 40, 80]);
    expect(many).toMatchObject({ ok: false, calls: 3, failed: 1, latency: { gap: { count: 4, p50: 400, max: 700 } } });
    expect(lines).toContain('call 2: flow call: too many calls');
    expect(tellMany(many)).toContain('3 calls: 1 did not go as their script says.');
  });

  it('tell how long they waited, and apart from that how soon the agent fell silent', () => {
    const turns = [...gaps(300, 900), { index: 2, gapMs: 2000, interruption: { onsetMs: 10, silentAfterMs: 180 } }];
    expect(latencyOf(turns)).toEqual({
      gap: { count: 2, p50: 300, p95: 900, max: 900 },
      stop: { count: 1, p50: 180, p95: 180, max: 180 },
    });
    expect(tellLatency(latencyOf(turns))).toEqual([
      'Answered after 300 ms in the middle, 900 ms at the 95th of a hundred, 900 ms at most (2 times)',
      'Silent after an interruption in 180 ms',
    ]);
    expect(latencyOf([])).toEqual({});
  });

  it('speak over poor telephone lines, and each leaves its own recording', async () => {
    const home = mkdtempSync(join(tmpdir(), 'parley-many-'));
    try {
      await flow(['new', 'agent'], { cwd: home });
      const args = ['--calls', '2', '--mu-law', '--noise', '20', '--loss', '1%', '--json'];
      const ran = await flow(['call', join(home, 'agent'), ...args], { env: { PARLEY_HOME: home } });
      // Whether the words were understood is the recogniser's affair, on a machine that does other things too.
      const many = JSON.parse(ran.stdout) as Awaited<ReturnType<typeof placeMany>>;
      expect(many.placed.map(({ turns }) => turns?.[0]?.said)).toEqual(Array(2).fill('what are your opening hours'));
      expect(many.latency.gap!.count).toBeGreaterThanOrEqual(1);
      expect(new Set(many.placed.map(({ files }) => files!.audio)).size).toBe(2);
      expect(ran.code).toBe(many.ok ? 0 : 1);
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  }, 90_000);
});
