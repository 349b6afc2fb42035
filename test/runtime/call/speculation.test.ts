import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import { callWorld, type World } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

const reply = 'I see, thank you very much.';
/** Answers each utterance after the time that a router and a model take. */
const thinker =
  (thinkMs = 300) =>
  (input: Input) =>
    input.kind === 'open'
      ? [listen()]
      : [
          { waitMs: input.kind === 'utterance' && input.rehearsed !== undefined ? 0 : thinkMs },
          words('reply', reply),
          listen(),
        ];
const rehearses = { waitMs: 300, words: () => words('reply', reply) };
const counters = async (world: World): Promise<Record<string, number>> => {
  world.call.hangUp();
  return (await world.ended()).counters;
};

describe('speculation', () => {
  it('B20 begins when the caller pauses, and takes no turn, calls no tool and sends nothing before the commit', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen({ endpointing: { minMs: 1200, maxMs: 2500 } })]
          : [words('reply', reply), listen()],
      rehearses,
    });
    world.ear.says('a table for two', 500, 1500, { finalMs: 50, interims: false });
    await world.until(2690);
    expect(world.dialog.rehearsed.map(({ text }) => text)).toEqual(['a table for two']);
    // The voice has made it already.
    expect(world.voice.asked.map(({ text }) => text)).toEqual([reply]);
    expect(world.dialog.utterances).toEqual([]);
    expect(world.line.frames).toEqual([]);
    await world.until(2720);
    expect(world.dialog.inputs.at(-1)).toMatchObject({ text: 'a table for two', rehearsed: 'a table for two' });
    expect(world.line.frames.length).toBeGreaterThan(0);
  });

  it('B20 begins at once where the recogniser is half sure that the turn is over, in mid-speech to the detector', async () => {
    for (const [mayBeAll, rehearsedMs] of [
      [true, 1000],
      [false, 1400],
    ] as const) {
      const world = callWorld({ answer: thinker(), rehearses: { ...rehearses, waitMs: 100 } });
      world.ear.says('a table for two', 500, 2500, { finalMs: 100, interims: false });
      world.clock.at(1000, () => world.ear.gives({ kind: 'interim', text: 'a table for two', atMs: 1000, mayBeAll }));
      await world.until(rehearsedMs - 40);
      expect(world.dialog.rehearsed).toEqual([]);
      await world.until(rehearsedMs + 40);
      expect(world.dialog.rehearsed.map(({ text }) => text)).toEqual(['a table for two']);
      world.call.hangUp();
      await world.ended();
    }
  });

  it('B21 adopts what was made for the same words, spelled otherwise or not, and makes nothing twice', async () => {
    const world = callWorld({ answer: thinker(), rehearses: { ...rehearses, waitMs: 100 } });
    world.ear.says('a table for two', 500, 1500, { finalMs: 250, interims: false });
    world.clock.at(1490, () => world.ear.gives({ kind: 'interim', text: 'A table for two', atMs: 1500 }));
    world.clock.at(1740, () => world.ear.gives({ kind: 'interim', text: 'a table, for two.', atMs: 1740 }));
    await world.until(6000);
    expect(world.dialog.rehearsed).toHaveLength(1);
    expect(world.voice.asked.map(({ text }) => text)).toEqual([reply]);
    expect(world.dialog.inputs[1]).toMatchObject({ text: 'a table for two', rehearsed: 'A table for two' });
    expect(await counters(world)).toMatchObject({
      speculations: 1,
      speculations_adopted: 1,
      speculated_sentences_adopted: 1,
    });
  });

  it('B21 drops what was made for other words, and makes one fresh turn', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : [words('reply', input.kind === 'utterance' ? `So: ${input.text}.` : ''), listen()],
      rehearses: { waitMs: 20, words: (text) => words('reply', `So: ${text}.`) },
    });
    world.ear.says('a table for two', 500, 1500, { finalMs: 200, interims: false });
    world.clock.at(1490, () => world.ear.gives({ kind: 'interim', text: 'a table for you', atMs: 1500 }));
    await world.until(6000);
    expect(world.dialog.rehearsed.map(({ text, stopped }) => [text, stopped])).toEqual([
      ['a table for you', 1700],
      ['a table for two', undefined],
    ]);
    expect(world.voice.asked.map(({ text, signal }) => [text, signal.aborted])).toEqual([
      ['So: a table for you.', true],
      ['So: a table for two.', false],
    ]);
    expect(world.dialog.utterances).toEqual(['a table for two']);
    expect(world.line.heard).toHaveLength(1);
    expect(await counters(world)).toMatchObject({
      speculations: 2,
      speculations_adopted: 1,
      speculations_wasted: 1,
      speculated_sentences_wasted: 1,
    });
  });

  it('B21 says another sentence than the rehearsed one when the turn comes to other words', async () => {
    const world = callWorld({
      answer: thinker(),
      rehearses: { waitMs: 20, words: () => words('reply', 'Something else.') },
    });
    world.ear.says('a table for two', 500, 1500, { finalMs: 50, interims: false });
    await world.until(6000);
    expect(world.voice.asked.map(({ text, signal }) => [text, signal.aborted])).toEqual([
      ['Something else.', true],
      [reply, false],
    ]);
    expect(await counters(world)).toMatchObject({ speculations_adopted: 1, speculated_sentences_wasted: 1 });
  });

  it('has the voice make what a model will likely say while it is asked, and keeps that if it is right', async () => {
    for (const [likely, made] of [
      [reply, [[reply, false]]],
      [
        'Something else.',
        [
          ['Something else.', true],
          [reply, false],
        ],
      ],
    ] as const) {
      const world = callWorld({
        answer: thinker(),
        rehearses: {
          waitMs: 20,
          guess: () => words('reply', likely),
          guessMs: 400,
          words: () => words('reply', reply),
        },
      });
      world.ear.says('a table for two', 500, 1500, { finalMs: 50, interims: false });
      await world.until(6000);
      expect(world.voice.asked.map(({ text, signal }) => [text, signal.aborted])).toEqual(made);
      expect(world.line.heard).toHaveLength(1);
      expect(await counters(world)).toMatchObject(
        likely === reply ? { speculated_sentences_adopted: 1 } : { speculated_sentences_wasted: 1 },
      );
    }
  });

  it('waits in a pause until the words of all the speech are there, for a moment at most', async () => {
    for (const [readMs, startsMs] of [
      [1500, 1670],
      [1400, 1820],
      [undefined, 1750],
    ] as const) {
      const world = callWorld({ answer: thinker(), rehearses });
      world.ear.says('a table for two', 500, 1500, { finalMs: 600, interims: false });
      world.clock.at(1390, () => world.ear.gives({ kind: 'interim', text: 'a table for', atMs: 1300 }));
      if (readMs !== undefined)
        world.clock.at(1670, () => world.ear.gives({ kind: 'interim', text: 'a table for two', atMs: readMs }));
      await world.until(startsMs - 20);
      expect([readMs, world.dialog.rehearsed.length]).toEqual([readMs, 0]);
      await world.until(startsMs + 20);
      expect(world.dialog.rehearsed.map(({ text }) => text)).toEqual([readMs === undefined ? 'a table for' : 'a table for two']); // prettier-ignore
      world.call.hangUp();
      await world.ended();
    }
  });

  it('B21 rehearses a turn three times at most, and none that goes on for more than ten seconds', async () => {
    const world = callWorld({ answer: thinker(), rehearses });
    for (const [i, text] of [
      'one',
      'one two',
      'one two three',
      'one two three four',
      'one two three four five',
    ].entries()) {
      world.ear.says(text.split(' ').at(-1)!, 500 + i * 600, 900 + i * 600, { finalMs: 120 });
    }
    await world.until(8000);
    expect(world.dialog.rehearsed.length).toBe(3);
    const long = callWorld({ answer: thinker(), rehearses });
    long.ear.says('and so on', 500, 11_000, { finalMs: 100, interims: false });
    await long.until(16_000);
    expect(long.dialog.rehearsed).toEqual([]);
    expect(long.dialog.utterances).toEqual(['and so on']);
  });

  it('B22 stops what was begun in the tick in which the caller speaks on', async () => {
    const world = callWorld({ answer: thinker(), rehearses });
    world.ear.says('a table', 500, 1500, { finalMs: 50, interims: false });
    world.ear.says('for two', 1620, 2400, { finalMs: 50, interims: false });
    await world.until(1730);
    expect(world.dialog.rehearsed.map(({ text, stopped }) => [text, stopped])).toEqual([['a table', 1720]]);
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['a table for two']);
  });

  it('B23 lets nothing be heard of what was dropped, even when it does not stop', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open' ? [listen()] : [{ waitMs: 400 }, words('reply', 'The right words.'), listen()],
      rehearses: { waitMs: 350, words: () => words('reply', 'The wrong words.'), deaf: true },
    });
    world.ear.says('a table', 500, 1500, { finalMs: 50, interims: false });
    world.ear.says('for two', 1620, 2400, { finalMs: 50, interims: false });
    await world.until(9000);
    world.call.hangUp();
    const record = await world.ended();
    expect(record.turns.filter((turn) => turn.who === 'agent').map((turn) => turn.text)).toEqual(['The right words.']);
    expect(record.counters.stale_rehearsals).toBeGreaterThan(0);
    expect(world.voice.msOf('The right words.') / 20).toBe(world.line.frames.length);
  });

  it('B90 tells with each turn whether it was worked on ahead, and what that saved', async () => {
    const gaps = [];
    for (const ahead of [true, false]) {
      const world = callWorld({ answer: thinker(), ...(ahead ? { rehearses } : {}), voice: { firstByteMs: 200 } });
      world.ear.says('a table for two', 500, 1500, { finalMs: 50, interims: false });
      await world.until(9000);
      world.call.hangUp();
      const turn = (await world.ended()).turns[1]!;
      expect(turn.rehearsed).toBe(ahead ? 'adopted' : undefined);
      gaps.push(turn.stages!.firstSent! - turn.stages!.speechEnd!);
    }
    // 300 ms until the commit, 300 of thought, 200 of the voice.
    expect(gaps).toEqual([500, 800]);
  });

  it('rehearses the whole of what was said where a turn will be taken back', async () => {
    const world = callWorld({
      answer: thinker(),
      rehearses: { waitMs: 100, words: () => words('reply', reply) },
      voice: { firstByteMs: 900 },
    });
    world.ear.says('a table', 500, 1500, { finalMs: 50, interims: false });
    world.ear.says('for two', 2000, 2600, { finalMs: 50 });
    await world.until(9000);
    expect(world.dialog.rehearsed.map(({ text, whole }) => [text, whole])).toEqual([
      ['a table', undefined],
      ['a table for two', 'a table for two'],
    ]);
    expect(world.dialog.inputs[2]).toMatchObject({ whole: 'a table for two', rehearsed: 'a table for two' });
    expect(world.line.heard).toHaveLength(1);
  });

  it('rehearses nothing that is secret', async () => {
    const world = callWorld({
      answer: (input) => (input.kind === 'open' ? [listen({ secret: true })] : [words('reply', reply), listen()]),
      rehearses,
    });
    world.ear.says('four four seven one', 500, 1500, { finalMs: 50 });
    await world.until(6000);
    expect(world.dialog.rehearsed).toEqual([]);
    expect(world.dialog.utterances).toEqual(['four four seven one']);
  });
});
