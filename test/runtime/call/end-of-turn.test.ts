import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import { callWorld } from '../../fakes/call.js';
import { listen, listening, words } from '../../fakes/dialog.js';

/** An agent that opens by listening and then answers each utterance. */
const echo = (input: Input) =>
  input.kind === 'open' ? [listen()] : [words('reply', 'I see, thank you very much.'), listen()];

describe('end of turn', () => {
  it('B7 commits at the last sound plus the shortest wait when the final came before', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table for two', 500, 2500, { finalMs: 200 });
    await world.until(5000);
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

  it('B6 finds nothing to commit a second time in the same tick', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table for two', 500, 2500);
    world.clock.at(2800, () => {
      world.ear.gives({ kind: 'end_of_turn', atMs: 2800 });
      world.ear.gives({ kind: 'end_of_turn', atMs: 2800 });
    });
    await world.until(5000);
    expect(world.dialog.utterances).toEqual(['a table for two']);
  });

  it('B10 joins two stretches of speech with a single space when the caller goes on before the commit', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table', 500, 1500, { finalMs: 50 });
    world.ear.says('for two', 1650, 2400, { finalMs: 100 });
    await world.until(6000);
    expect(world.dialog.asked.filter((one) => one.input.kind === 'utterance').map((one) => one.atMs)).toEqual([2700]);
    expect(world.dialog.utterances).toEqual(['a table for two']);
  });

  it('B13 reports long speech without a transcript as not heard, with its length', async () => {
    const world = callWorld({ answer: echo });
    world.ear.coughs(500, 1700);
    await world.until(4000);
    expect(world.dialog.inputs.at(-1)).toMatchObject({ kind: 'not_heard', speechMs: 1200 });
    expect(world.dialog.asked.at(-1)!.atMs).toBe(1700 + 1500);
  });

  it('B13 takes short speech without a transcript for a noise and goes on waiting', async () => {
    const world = callWorld({ answer: echo });
    world.ear.coughs(500, 1000);
    await world.until(4000);
    expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open']);
    await world.until(9000);
    expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open', 'no_input']);
  });

  it('B14 commits a transcript that comes without any sign of speech, and stops the idle timer', async () => {
    const world = callWorld({ answer: echo });
    world.clock.at(5900, () => {
      world.ear.gives({ kind: 'final', text: 'two', startMs: 5200, endMs: 5600 });
    });
    await world.until(8000);
    expect(world.dialog.asked.map(({ atMs, input }) => [input.kind, atMs])).toEqual([
      ['open', 0],
      ['utterance', 6200],
    ]);
  });

  it('B12 counts a late tail of what was committed and makes no second turn of it', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table for two', 500, 2500);
    world.clock.at(2900, () => {
      world.ear.gives({ kind: 'final', text: 'two', startMs: 2300, endMs: 2500 });
    });
    world.clock.at(20_000, () => {
      world.call.hangUp();
    });
    const record = await world.ended();
    expect(world.dialog.utterances).toEqual(['a table for two']);
    expect(record.counters.late_finals).toBe(1);
  });

  it('B16 waits for a tail that is still being recognised after a final', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table', 500, 2500, { finalMs: -300, interims: false });
    world.clock.at(2650, () => {
      world.ear.gives({ kind: 'interim', text: 'for two', atMs: 2650 });
    });
    world.clock.at(3100, () => {
      world.ear.gives({ kind: 'final', text: 'for two', startMs: 2000, endMs: 2500 });
    });
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['a table for two']);
    expect(world.dialog.asked[1]!.atMs).toBe(3100);
  });

  it('B15 takes times from the recogniser that lie ahead of the clock for now', async () => {
    const world = callWorld({ answer: echo });
    world.clock.at(1000, () => {
      world.ear.gives({ kind: 'speech_started', atMs: 1400 });
      world.ear.gives({ kind: 'speech_ended', atMs: 1900 });
      world.ear.gives({ kind: 'final', text: 'two', startMs: 1400, endMs: 1900 });
    });
    await world.until(5000);
    expect(world.dialog.asked[1]!.atMs).toBe(1300);
    world.call.hangUp();
    const { turns } = await world.ended();
    const stages = turns[1]!.stages!;
    expect(stages.decision! - stages.speechEnd!).toBe(300);
    expect(stages.final! - stages.speechEnd!).toBeGreaterThanOrEqual(0);
  });

  it('B18 waits as long as the state that is asked in says', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen({ endpointing: { minMs: 1200, maxMs: 4000 } })]
          : [words('ok', 'Yes.'), listen()],
    });
    world.ear.says('four seven', 500, 1500, { finalMs: 100 });
    await world.until(3000);
    expect(world.dialog.asked.at(-1)).toMatchObject({ atMs: 2700, input: { kind: 'utterance' } });
  });

  it('B19 lets a caller who talks without end be cut in on, once', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open' ? [listen({ maxSpeechMs: 10_000 })] : [words('long', 'One moment.'), listen()],
    });
    world.clock.at(600, () => {
      world.ear.gives({ kind: 'speech_started', atMs: 500 });
    });
    world.clock.at(9000, () => {
      world.ear.gives({ kind: 'interim', text: 'and then and then', atMs: 9000 });
    });
    await world.until(12_000);
    expect(world.dialog.inputs.slice(1)).toMatchObject([{ kind: 'too_long', text: 'and then and then' }]);
  });

  it('gives the mean confidence of the finals, weighed by their length', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('aaaa', 500, 1500, { finalMs: 50, confidence: 0.9 });
    world.ear.says('aaaaaaaaaaaa', 1650, 2400, { finalMs: 100, confidence: 0.5 });
    await world.until(6000);
    expect(world.dialog.inputs[1]).toMatchObject({ confidence: 0.6 });
  });

  it('B94 lets speech that begins in the tick of a deadline win over it', async () => {
    for (const [name, tick] of [
      ['idle', 6000],
      ['endpoint', 2800],
    ] as const) {
      const world = callWorld({ answer: echo });
      if (name === 'endpoint') world.ear.says('a table', 500, 2500, { finalMs: 100 });
      world.clock.at(tick, () => {
        world.ear.gives({ kind: 'speech_started', atMs: tick });
      });
      await world.until(tick + 500);
      expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open']);
    }
  });

  it('B94 lets a final that arrives in the tick of the idle deadline win over it', async () => {
    const world = callWorld({ answer: echo });
    world.clock.at(6000, () => {
      world.ear.gives({ kind: 'final', text: 'two', startMs: 5500, endMs: 5900 });
    });
    await world.until(7000);
    expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open', 'utterance']);
  });

  it('keeps secret words from the page, from the record and from the recording', async () => {
    const world = callWorld({
      record: true,
      answer: (input) =>
        input.kind === 'open'
          ? [listen({ secret: true, slot: listening().slot })]
          : [words('ok', 'Thank you.'), { kind: 'end', hangUp: true }],
    });
    for (let ms = 20; ms < 3500; ms += 20) {
      world.clock.at(ms, () => {
        world.line.gives({ kind: 'audio', samples: new Int16Array(160).fill(1000) });
      });
    }
    world.ear.says('my secret word', 1000, 2000);
    const record = await world.ended();
    expect(world.dialog.utterances).toEqual(['my secret word']);
    expect(JSON.stringify([world.line.notices, record.turns, world.logged])).not.toContain('secret');
    // 1 s to 2 s: the caller's sound while the answer is secret.
    expect(record.audio!.caller.subarray(8000, 16_000).every((sample) => sample === 0)).toBe(true);
    expect(world.ear.frames.length).toBeGreaterThan(100);
  });
});
