import { describe, expect, it } from 'vitest';
import type { VirtualClock } from '../../../engine/clock.js';
import type { Input } from '../../../engine/contracts.js';
import type { TurnModel } from '../../../runtime/contracts.js';
import { callWorld } from '../../fakes/call.js';
import { listen, listening, words } from '../../fakes/dialog.js';

/** An agent that opens by listening and then answers each utterance. */
const echo = (input: Input) =>
  input.kind === 'open' ? [listen()] : [words('reply', 'I see, thank you very much.'), listen()];

/** Says after so long whether what was said is complete. */
const turnModel =
  (afterMs: number, complete: (text: string) => boolean) =>
  (clock: VirtualClock): TurnModel => ({
    name: 'scripted',
    isComplete: ({ text }, signal) => clock.sleep(afterMs, signal).then(() => complete(text)),
  });

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

  it('B8 withdraws a reprompt nobody heard when the final comes after its budget: one turn', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : input.kind === 'not_heard'
            ? [words('again', 'Sorry, what was that?'), listen()]
            : [words('reply', 'I see.'), listen()],
      voice: { firstByteMs: 400 },
    });
    world.ear.says('a table for two', 500, 2500, { finalMs: 1700, interims: false });
    await world.until(7000);
    expect(world.dialog.asked.map(({ atMs, input }) => [input.kind, atMs])).toEqual([
      ['open', 0],
      ['not_heard', 4000],
      ['utterance', 4500],
    ]);
    // The dialog takes the reprompt back.
    expect(world.dialog.inputs[2]).toMatchObject({ text: 'a table for two', whole: 'a table for two' });
    expect(world.line.heard).toHaveLength(1);
  });

  it('B9 waits for the longest time when the turn model says that more comes', async () => {
    const world = callWorld({ answer: echo, turnModel: turnModel(50, () => false) });
    world.ear.says('a table for two', 500, 2500, { finalMs: 100 });
    await world.until(7000);
    expect(world.dialog.asked[1]!.atMs).toBe(2500 + 2500);
    const on = callWorld({ answer: echo, turnModel: turnModel(50, (text) => text.endsWith('friday')) });
    on.ear.says('a table for two', 500, 2500, { finalMs: 100 });
    on.ear.says('on friday', 4000, 4600, { finalMs: 100 });
    await on.until(7000);
    expect(on.dialog.utterances).toEqual(['a table for two on friday']);
    expect(on.dialog.asked[1]!.atMs).toBe(4600 + 300);
  });

  it('B9 does not wait for a turn model beyond its budget, and looks at no late verdict', async () => {
    const world = callWorld({ answer: echo, turnModel: turnModel(900, () => false) });
    world.ear.says('a table for two', 500, 2500, { finalMs: 200 });
    await world.until(5000);
    expect(world.dialog.asked[1]!.atMs).toBe(2700 + 400);
    expect(world.logged.filter((line) => line.event === 'turn model too slow')).toHaveLength(1);
    world.call.hangUp();
    expect((await world.ended()).counters.late_judgements).toBe(1);
  });

  it('B9 takes what ends in the middle of a phrase for unfinished where there is no turn model', async () => {
    for (const [text, waitMs] of [
      ['a table for two and', 2500],
      ['my number is', 2500],
      ["no i don't want to", 300],
      ['who is it for', 300],
      ['a', 300],
      ['um', 2500],
    ] as const) {
      const world = callWorld({ answer: echo });
      world.ear.says(text, 500, 2500, { finalMs: 100 });
      await world.until(7000);
      expect([text, world.dialog.asked[1]!.atMs - 2500]).toEqual([text, waitMs]);
    }
  });

  it('B11 makes one turn of two finals a second apart with no speech between', async () => {
    const patient = (input: Input) =>
      input.kind === 'open' ? [listen({ endpointing: { minMs: 1500, maxMs: 2500 } })] : echo(input);
    const world = callWorld({ answer: patient });
    world.ear.says('a table', 500, 2500, { finalMs: 100 });
    world.clock.at(3600, () => {
      world.ear.gives({ kind: 'final', text: 'for two', startMs: 2500, endMs: 2700 });
    });
    await world.until(7000);
    expect(world.dialog.utterances).toEqual(['a table for two']);
  });

  it('B11 takes a committed turn back whose answer nobody heard, and answers the whole once', async () => {
    for (const thinkMs of [0, 2000]) {
      const world = callWorld({
        answer: (input) =>
          input.kind === 'open'
            ? [listen()]
            : [{ waitMs: thinkMs }, words('reply', 'I see, thank you very much.'), listen()],
        voice: { firstByteMs: 600 },
      });
      world.ear.says('a table', 500, 1500, { finalMs: 50 });
      world.ear.says('for two', 2000, 2600, { finalMs: 100 });
      await world.until(9000);
      expect(world.dialog.utterances).toEqual(['a table', 'for two']);
      expect(world.dialog.inputs[2]).toMatchObject({ whole: 'a table for two' });
      // One reply reaches the caller.
      expect(world.line.heard).toHaveLength(1);
      expect(world.dialog.mostAtOnce).toBe(1);
    }
  });

  it('B11 takes words over a reply that is heard for a barge-in, with nothing taken back', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table', 500, 1500, { finalMs: 50 });
    world.ear.says('on friday please', 2600, 3300, { finalMs: 100 });
    await world.until(9000);
    expect(world.dialog.utterances).toEqual(['a table', 'on friday please']);
    expect(world.dialog.inputs[2]).not.toHaveProperty('whole');
  });

  it('B12 joins a late tail to its utterance while nothing of the reply was heard', async () => {
    const world = callWorld({ answer: echo, voice: { firstByteMs: 500 } });
    world.ear.says('a table', 500, 2500, { finalMs: 100 });
    world.clock.at(3000, () => {
      world.ear.gives({ kind: 'final', text: 'for two', startMs: 2500, endMs: 2550 });
    });
    await world.until(7000);
    expect(world.dialog.asked.map(({ atMs, input }) => [input.kind, atMs])).toEqual([
      ['open', 0],
      ['utterance', 2800],
      ['utterance', 3000],
    ]);
    expect(world.dialog.inputs[2]).toMatchObject({ text: 'for two', whole: 'a table for two' });
    expect(world.line.heard).toHaveLength(1);
  });

  it('B17 learns how long a caller pauses within a turn, within the state’s bounds, and forgets it slowly', async () => {
    const world = callWorld({ answer: echo, voice: { firstByteMs: 900 } });
    const waits: number[] = [];
    for (const fromMs of [0, 10_000, 20_000]) {
      world.ear.says('a table', fromMs + 500, fromMs + 1500, { finalMs: 50 });
      world.ear.says('for two', fromMs + 2300, fromMs + 2900, { finalMs: 50 });
      await world.until(fromMs + 9000);
      waits.push(world.dialog.asked.at(-1)!.atMs - (fromMs + 2900));
    }
    expect(waits[0]).toBe(300);
    expect(waits[1]).toBeGreaterThan(400);
    expect(waits[2]).toBeGreaterThan(waits[1]!);
    expect(waits[2]).toBeLessThan(900);
    world.ear.says('thank you', 31_000, 32_000, { finalMs: 50 });
    world.ear.says('and on friday', 41_000, 42_000, { finalMs: 50 });
    await world.until(50_000);
    const last = world.dialog.asked.filter(({ input }) => input.kind === 'utterance').slice(-2);
    expect(last[1]!.atMs - 42_000).toBeLessThan(last[0]!.atMs - 32_000);
  });

  it('B17 learns nothing from "mhm" over the agent’s words', async () => {
    const world = callWorld({ answer: echo });
    world.ear.says('a table', 500, 1500, { finalMs: 50 });
    world.ear.says('mhm', 2500, 2800, { finalMs: 50 });
    world.ear.says('for two', 9000, 9600, { finalMs: 50 });
    await world.until(12_000);
    expect(world.dialog.asked.filter(({ input }) => input.kind === 'utterance').at(-1)!.atMs).toBe(9900);
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
