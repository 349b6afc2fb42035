import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { NodeLoad, type LoadLimits } from '../../../runtime/server/node-load.js';

function loaded(limits: LoadLimits) {
  const clock = new VirtualClock();
  const node = { lagMs: 0, bytes: 100 };
  const load = new NodeLoad(clock, limits, { loopLagMs: () => node.lagMs, memoryBytes: () => node.bytes });
  return { clock, node, load };
}

describe('the load of a node', () => {
  it('B93 is full when its loop was late for five seconds, and not for one late second', async () => {
    const { clock, node, load } = loaded({ loopLagMs: 50 });
    node.lagMs = 51;
    await clock.advance(4000);
    expect(load.full).toBeUndefined();
    node.lagMs = 50;
    await clock.advance(1000);
    node.lagMs = 80;
    await clock.advance(4000);
    expect(load.full).toBeUndefined();
    await clock.advance(1000);
    expect(load.full).toBe('loop lag');
  });

  it('B93 has room again when its loop was in time for five seconds', async () => {
    const { clock, node, load } = loaded({ loopLagMs: 50 });
    node.lagMs = 200;
    await clock.advance(5000);
    node.lagMs = 3;
    await clock.advance(4000);
    expect(load.full).toBe('loop lag');
    await clock.advance(1000);
    expect(load.full).toBeUndefined();
  });

  it('B93 is full above its memory, at once, and never without a limit', () => {
    const { node, load } = loaded({ memoryBytes: 1000 });
    expect(load.full).toBeUndefined();
    node.bytes = 1001;
    expect(load.full).toBe('memory');
    const free = loaded({});
    free.node.bytes = 1e12;
    expect(free.load.full).toBeUndefined();
  });
});
