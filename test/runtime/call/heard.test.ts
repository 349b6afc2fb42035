import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import type { Given } from '../../fakes/dialog.js';
import { reduce } from '../../../runtime/call/reducer.js';
import type { CallEvent, Effect } from '../../../runtime/call/events.js';
import { newCall } from '../../../runtime/call/state.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

const long = 'We are open every day from nine in the morning until ten in the evening.';
const talker =
  (first: Given[] = [words('hours', long), listen()]) =>
  (input: Input): Given[] =>
    input.kind === 'open' ? first : [words('reply', 'All right.'), listen()];

describe('what was heard', () => {
  it('B5 is speaking from the first frame sent, and first heard at the first mark', async () => {
    const world = callWorld({ answer: talker(), voice: { firstByteMs: 300 }, line: { delayMs: 80 } });
    await world.until(299);
    expect(world.call.phase).toBe('thinking');
    await world.until(302);
    expect(world.call.phase).toBe('speaking');
    world.clock.at(9000, () => {
      world.call.hangUp();
    });
    const record = await world.ended();
    const { stages } = record.turns[0]!;
    expect(stages!.firstByte).toBe(300);
    expect(stages!.firstSent).toBe(300);
    expect(stages!.firstHeard).toBeGreaterThan(300);
    expect(stages!.firstHeard).toBeLessThanOrEqual(300 + 180);
  });

  it('B41 never counts more as heard than the last mark and 100 ms, on a line with delay', async () => {
    const world = callWorld({ answer: talker(), line: { delayMs: 150 } });
    await world.until(2050);
    world.call.interrupt();
    await world.until(9000);
    const [part] = world.dialog.inputs.at(-1)!.heard!.parts;
    const totalMs = world.voice.msOf(long);
    // Playing began at 200 at the other end; the marks came another 150 ms later.
    const heardMs = 2050 - 200;
    expect(part!.share * totalMs).toBeLessThanOrEqual(heardMs);
    expect(part!.share * totalMs).toBeGreaterThan(heardMs - 150 - 100 - 450);
  });

  it('B42 is not moved by the marks a carrier returns when it is cleared', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(2050);
    world.call.interrupt();
    await world.until(3000);
    world.call.hangUp();
    const record = await world.ended();
    expect(record.counters.fenced_mark).toBeGreaterThanOrEqual(1);
    expect(record.turns[0]!.interrupted).toBe(true);
    expect(record.turns[0]!.text.length).toBeLessThan(long.length / 2);
    expect(`${record.turns[0]!.text} ${record.turns[0]!.unheard!}`).toBe(long);
  });

  it('B44 switches to the clock for the rest of the call when marks never come, and warns once', async () => {
    const world = callWorld({
      answer: (input) => [words(input.kind, 'One two three four five six.'), listen({ noInputMs: 3000 })],
      line: { losesMarks: true },
    });
    await world.until(20_000);
    expect(world.logged.filter((line) => line.event === 'marks overdue')).toHaveLength(1);
    expect(world.dialog.inputs.length).toBeGreaterThan(2);
    expect(world.dialog.inputs[1]!.heard).toMatchObject({ estimated: true, parts: [{ share: 1 }] });
  });

  it('B45 ends the heard text at a word, by the times the voice gave or else by characters', async () => {
    for (const withTimes of [true, false]) {
      const world = callWorld({ answer: talker(), voice: { words: withTimes } });
      await world.until(2500);
      world.call.interrupt();
      await world.until(9000);
      world.call.hangUp();
      const { text } = (await world.ended()).turns[0]!;
      expect(long.startsWith(text)).toBe(true);
      expect(text.split(' ').every((word) => long.split(' ').includes(word))).toBe(true);
      expect(text.split(' ').length).toBeGreaterThan(4);
    }
  });

  it('B45 stores nothing that was heard for less than 150 ms', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(150);
    world.call.interrupt();
    await world.until(9000);
    expect(world.dialog.inputs[1]!.heard!.parts).toEqual([{ id: 'hours', text: long, share: 0 }]);
  });

  it('B46 records the heard text, that it was cut, and what was not heard', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('tell me about sunday', 2000, 3000);
    world.clock.at(9000, () => {
      world.call.hangUp();
    });
    const record = await world.ended();
    const [agent, caller, reply] = record.turns;
    expect(agent).toMatchObject({ who: 'agent', interrupted: true });
    expect(`${agent!.text} ${agent!.unheard!}`).toBe(long);
    expect(caller).toMatchObject({ who: 'caller', text: 'tell me about sunday', startMs: 2000, endMs: 3000 });
    expect(reply).toMatchObject({ who: 'agent', text: 'All right.' });
    expect(record.interruptions).toEqual([{ onsetMs: 2000, silentMs: 2100 }]);
  });

  it('B47 ends normally when the last mark came, and at the computed end and 1.5 s when it did not', async () => {
    const answer = (input: Input): Given[] =>
      input.kind === 'played' ? [listen()] : [words('hours', long), { kind: 'wait', for: 'played' }];
    const good = callWorld({ answer, line: { delayMs: 100 } });
    await good.until(8000);
    const endMs = 50 + good.voice.msOf(long);
    expect(good.dialog.asked[1]!.input.kind).toBe('played');
    expect(good.dialog.asked[1]!.atMs).toBeGreaterThanOrEqual(endMs + 200);
    expect(good.dialog.asked[1]!.atMs).toBeLessThanOrEqual(endMs + 240);
    const lost = callWorld({ answer, line: { losesMarks: true } });
    await lost.until(12_000);
    expect(lost.dialog.asked[1]!.input.kind).toBe('played');
    expect(lost.dialog.asked[1]!.atMs).toBeLessThanOrEqual(endMs + 1500 + 40);
  });

  it('B49 stores nothing of a second sentence when the first is interrupted', async () => {
    const world = callWorld({ answer: talker([words('one', long), words('two', 'And on Sundays too.'), listen()]) });
    world.ear.says('tell me about sunday', 2000, 3000);
    await world.until(6000);
    const { parts } = world.dialog.inputs[1]!.heard!;
    expect(parts.map((part) => part.id)).toEqual(['one', 'two']);
    expect(parts[1]).toMatchObject({ id: 'two', share: 0 });
  });

  it('B95 takes the end for heard only when its last mark is back', async () => {
    const world = callWorld({ answer: talker(), line: { delayMs: 100 } });
    // All is sent, all was played, and the last mark is on its way.
    await world.until(50 + 100 + 4800 + 20);
    world.call.interrupt();
    await world.until(12_000);
    const { parts } = world.dialog.inputs[1]!.heard!;
    expect(parts[0]!.share).toBeLessThan(1);
    expect(parts[0]!.share).toBeGreaterThan(0.85);
  });

  it('B3 has one owner of the line: after an interruption no frame of the former reply follows', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('tell me about sunday', 2000, 3000);
    await world.until(8000);
    const sends = world.steps.flatMap((step) => step.effects.filter((effect) => effect.kind === 'send'));
    const order = sends.map((effect) => effect.sentence);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
  });

  it('B75 sends frames at absolute times, makes up for a late tick, and never more than the lead', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(9000);
    const frames = world.line.frames;
    expect(frames).toHaveLength(world.voice.msOf(long) / 20);
    frames.forEach((frame, i) => {
      const dueMs = 50 + i * 20;
      expect(frame.sentMs).toBeLessThanOrEqual(dueMs);
      expect(frame.sentMs).toBeGreaterThanOrEqual(dueMs - 200);
    });
    expect(world.line.heard).toHaveLength(1);
  });

  it('B75 makes no gap of a stall of 100 ms, one of a stall of 500 ms, and never sends more than the lead at once', () => {
    for (const [stallMs, gaps] of [
      [100, 0],
      [500, 1],
    ] as const) {
      let state = newCall({ lineMarks: false, language: 'en' }, 0);
      const sends: { atMs: number; playAtMs: number }[] = [];
      const take = (event: CallEvent, atMs: number): Effect[] => {
        const result = reduce(state, event, atMs);
        state = result.state;
        for (const effect of result.effects)
          if (effect.kind === 'send') sends.push({ atMs, playAtMs: effect.playAtMs });
        return result.effects;
      };
      take({ kind: 'start' }, 0);
      take({ kind: 'out', gen: 1, out: words('hours', long) }, 0);
      take({ kind: 'voice_audio', sentence: 1, samples: 8 * 3000 }, 0);
      take({ kind: 'voice_done', sentence: 1 }, 0);
      for (let atMs = 0; atMs < 4000; atMs += 20) {
        if (atMs <= 1000 || atMs >= 1000 + stallMs) take({ kind: 'tick', pump: true }, atMs);
      }
      expect(sends).toHaveLength(150);
      const found = sends.filter((one, i) => i > 0 && one.playAtMs > sends[i - 1]!.playAtMs + 20);
      expect(found).toHaveLength(gaps);
      expect(sends.every(({ atMs, playAtMs }) => playAtMs - atMs < 200)).toBe(true);
      // No lag stays: after the stall frames are again sent 200 ms ahead, three at a time.
      const ahead = sends.slice(-3).map(({ atMs, playAtMs }) => playAtMs - atMs);
      expect(ahead.sort()).toEqual([140, 160, 180]);
    }
  });

  it('B43 estimates by the clock while marks are late, and believes them when they come', async () => {
    const world = callWorld({ answer: talker(), line: { delayMs: 700 } });
    await world.until(1200);
    world.call.interrupt();
    await world.until(12_000);
    const late = world.dialog.inputs[1]!.heard!;
    expect(late.estimated).toBe(true);
    expect(late.parts[0]!.share * world.voice.msOf(long)).toBeLessThanOrEqual(1150);
  });

  it('B77 pads the last piece of a sentence to a whole frame and loses none of it', async () => {
    const world = callWorld({ answer: talker([words('hi', 'Hello you.'), listen()]), voice: { msPerCharacter: 67 } });
    await world.until(3000);
    expect(world.line.frames.every((frame) => frame.samples.length === 160)).toBe(true);
    expect(world.line.frames).toHaveLength(Math.ceil(world.voice.msOf('Hello you.') / 20));
  });
});
