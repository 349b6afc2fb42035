import { describe, expect, it } from 'vitest';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

/** An agent that opens with a question and then answers each utterance. */
const echo = (input: { kind: string }) =>
  input.kind === 'open' ? [listen()] : [words('reply', 'I see, thank you very much.'), listen()];

describe('end of turn', () => {
  it('B7 commits at the last sound plus the shortest wait when the final came before', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table for two', 500, 2500, { finalMs: 200 });
    await world.until(10_000);
    expect(world.dialog.asked.map(({ atMs, input }) => [input.kind, atMs])).toEqual([
      ['open', 0],
      ['utterance', 2800],
    ]);
  });

  it('B8 commits when a final comes later than the shortest wait, and once', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table for two', 500, 2500, { finalMs: 500 });
    await world.until(5000);
    expect(world.dialog.asked.map(({ atMs, input }) => [input.kind, atMs])).toEqual([
      ['open', 0],
      ['utterance', 3000],
    ]);
  });
});
