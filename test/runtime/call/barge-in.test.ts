import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import type { Given } from '../../fakes/dialog.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

const long = 'We are open every day from nine in the morning until ten in the evening.';

/** Opens with long words (72 characters: 4.8 s), then answers. */
const talker =
  (first: Given[] = [words('hours', long), listen()]) =>
  (input: Input): Given[] =>
    input.kind === 'open' ? first : [words('reply', 'All right.'), listen()];

describe('barge-in', () => {
  it('B24 falls silent in the tick of the onset and cancels nothing yet', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(1950);
    const signal = world.voice.asked[0]!.signal;
    world.ear.gives({ kind: 'speech_started', atMs: 1900 });
    await world.until(2000);
    expect(world.line.clears).toEqual([1950]);
    expect(world.call.phase).toBe('held');
    expect(signal.aborted).toBe(false);
    expect(world.dialog.aborts).toEqual([]);
    expect(world.line.frames.every((frame) => frame.sentMs <= 1950)).toBe(true);
  });

  it('B25 is interrupted by a word, tells the dialog what was heard, and hears the caller out', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('actually tell me about tomorrow', 2000, 4000);
    await world.until(6000);
    const asked = world.dialog.asked[1]!;
    expect(asked.input).toMatchObject({ kind: 'utterance', text: 'actually tell me about tomorrow' });
    const [part] = asked.input.heard!.parts;
    // Playing began 50 ms in (the voice's first byte) and stopped at 2100: about 2 s of 4.8 s.
    expect(part!.id).toBe('hours');
    expect(part!.share).toBeGreaterThan(0.35);
    expect(part!.share).toBeLessThan(0.45);
    expect(part!.text).toBe(long);
    // The share ends at a word.
    expect(long[Math.round(part!.share * long.length)]).toBe(' ');
    const stretches = world.line.heard;
    expect(stretches[0]!.toMs).toBeLessThanOrEqual(2120);
  });

  it('B25 is interrupted by 600 ms of speech without a word', async () => {
    const world = callWorld({ answer: talker() });
    world.clock.at(2100, () => {
      world.ear.gives({ kind: 'speech_started', atMs: 2000 });
    });
    await world.until(2699);
    expect(world.call.phase).toBe('held');
    await world.until(2701);
    expect(world.call.phase).toBe('listening');
    world.clock.at(3100, () => {
      world.ear.gives({ kind: 'speech_ended', atMs: 3000 });
    });
    await world.until(6000);
    expect(world.dialog.inputs[1]).toMatchObject({
      kind: 'not_heard',
      speechMs: 1000,
      heard: { parts: [{ id: 'hours' }] },
    });
  });

  it('B26 goes on after a cough from the beginning of the word it was in', async () => {
    const world = callWorld({ answer: talker(), voice: { words: true } });
    world.ear.coughs(2000, 2300);
    await world.until(9000);
    const [before, after] = world.line.heard;
    // Silent from the onset until 1.5 s after the last sound.
    expect(before!.toMs).toBeLessThanOrEqual(2120);
    expect(after!.fromMs).toBeGreaterThanOrEqual(2300 + 1500);
    expect(after!.fromMs).toBeLessThanOrEqual(2300 + 1500 + 25);
    const playedMs = before!.toMs - before!.fromMs + after!.toMs - after!.fromMs;
    const totalMs = world.voice.msOf(long);
    expect(playedMs).toBeGreaterThanOrEqual(totalMs);
    expect(playedMs - totalMs).toBeLessThanOrEqual(300 + 40);
    expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open']);
  });

  it('B26 goes on at once when the final is nothing but a backchannel', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('mhm', 2000, 2250, { finalMs: 150 });
    await world.until(9000);
    expect(world.line.heard[1]!.fromMs).toBeLessThanOrEqual(2250 + 150 + 25);
    expect(world.dialog.inputs.map((input) => input.kind)).toEqual(['open']);
  });

  it('B27 waits for an open end-of-turn decision before it goes on', async () => {
    const world = callWorld({
      answer: talker([
        words('hours', long, { bargeIn: { words: 4 } }),
        listen({ endpointing: { minMs: 2000, maxMs: 4000 } }),
      ]),
    });
    world.ear.says('yes please', 2000, 2500, { finalMs: 100 });
    await world.until(4400);
    expect(world.call.phase).toBe('held');
    await world.until(4600);
    expect(world.call.phase).toBe('speaking');
  });

  it('B28 makes one interruption of a final that comes after the agent went on', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('what about sunday', 1000, 1400, { finalMs: 1900, interims: false });
    world.clock.at(15_000, () => {
      world.call.hangUp();
    });
    const record = await world.ended();
    expect(world.dialog.utterances).toEqual(['what about sunday']);
    expect(record.interruptions).toHaveLength(1);
    const share = world.dialog.inputs[1]!.heard!.parts[0]!.share;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.45);
  });

  it('B29 stops at once for a hard word, however many words are wanted', async () => {
    const world = callWorld({ answer: talker([words('hours', long, { bargeIn: { words: 5 } }), listen()]) });
    world.ear.says('stop', 2000, 2400, { finalMs: 100 });
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['stop']);
    expect(world.dialog.inputs[1]!.heard!.parts[0]!.share).toBeLessThan(0.5);
  });

  it('B29 takes a soft word for the answer when the question just asked accepts it', async () => {
    const question = talker([
      words('confirm', 'Shall I book it?'),
      listen({ moves: [{ intent: 'yes', examples: ['okay', 'yes'] }] }),
    ]);
    const world = callWorld({ answer: question });
    world.ear.says('okay', 600, 900, { finalMs: 100 });
    await world.until(4000);
    expect(world.dialog.utterances).toEqual(['okay']);
  });

  it('B30 does not add up soft words over time, and none enters the next turn', async () => {
    const world = callWorld({ answer: talker([words('hours', long, { bargeIn: { words: 2 } }), listen()]) });
    world.ear.says('mhm', 1000, 1200, { finalMs: 100 });
    world.ear.says('right', 2500, 2700, { finalMs: 100 });
    world.ear.says('a table please', 8000, 9000);
    await world.until(11_000);
    expect(world.dialog.utterances).toEqual(['a table please']);
  });

  it('B31 withdraws a reply unheard that the caller speaks into as it begins', async () => {
    const world = callWorld({
      answer: (input, turn) =>
        input.kind === 'utterance' ? [words('reply', turn === 1 ? long : 'Friday it is.'), listen()] : [listen()],
    });
    world.ear.says('a table for two', 500, 1500);
    // The reply begins at about 1850; the caller goes on 100 ms into it.
    world.ear.says('on friday evening', 1850, 2900);
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['a table for two', 'on friday evening']);
    expect(world.dialog.inputs[2]!.heard!.parts).toEqual([{ id: 'reply', text: long, share: 0 }]);
    expect(world.line.heard[0]!.toMs - world.line.heard[0]!.fromMs).toBeLessThanOrEqual(120);
  });

  it('B32 holds a reply the caller speaks into before its first frame: a cough, and it plays soon after', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'utterance' ? [{ waitMs: 400 }, words('reply', 'It is ready.'), listen()] : [listen()],
    });
    world.ear.says('is it ready', 500, 1500);
    world.ear.coughs(1850, 2300);
    await world.until(2390);
    expect(world.line.frames).toEqual([]);
    await world.until(4000);
    expect(world.line.heard[0]!.fromMs).toBeLessThanOrEqual(2300 + 300 + 25);
    expect(world.dialog.utterances).toEqual(['is it ready']);
  });

  it('B32 drops a reply the caller speaks into before its first frame, and stores nothing as said', async () => {
    const world = callWorld({
      answer: (input, turn) =>
        input.kind === 'utterance'
          ? [{ waitMs: turn === 1 ? 400 : 0 }, words('reply', 'It is ready.'), listen()]
          : [listen()],
    });
    world.ear.says('is it ready', 500, 1500);
    world.ear.says('or not yet', 1850, 2600);
    await world.until(2890);
    expect(world.line.frames).toEqual([]);
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['is it ready', 'or not yet']);
    expect(world.dialog.inputs[2]!.heard?.parts ?? []).toEqual([]);
    expect(world.dialog.mostAtOnce).toBe(1);
  });

  it('B33 lets no frame of a reply onto the wire that was interrupted before its first byte', async () => {
    const world = callWorld({ answer: talker([words('hours', long), listen()]), voice: { firstByteMs: 1500 } });
    world.ear.says('never mind', 300, 1000, { finalMs: 100 });
    await world.until(1200);
    expect(world.voice.asked[0]!.signal.aborted).toBe(true);
    await world.until(2500);
    expect(world.line.frames).toEqual([]);
    expect(world.dialog.inputs[1]).toMatchObject({
      kind: 'utterance',
      heard: { parts: [{ id: 'hours', share: 0 }] },
    });
  });

  it('B34 keeps what is said over protected words and judges it once at their end', async () => {
    const world = callWorld({ answer: talker([words('legal', long, { bargeIn: 'off' }), listen()]) });
    world.ear.says('what about', 1000, 1500, { finalMs: 100 });
    world.ear.says('sundays then', 3000, 3500, { finalMs: 100 });
    await world.until(9000);
    expect(world.line.clears).toEqual([]);
    expect(world.dialog.utterances).toEqual(['what about sundays then']);
    expect(world.dialog.asked[1]!.atMs).toBeGreaterThanOrEqual(50 + world.voice.msOf(long));
    expect(world.dialog.inputs[1]!.heard!.parts).toEqual([{ id: 'legal', text: long, share: 1 }]);
  });

  it('B34 drops what is said over words that are deaf', async () => {
    const world = callWorld({ answer: talker([words('legal', long, { bargeIn: 'deaf' }), listen()]) });
    world.ear.says('what about sundays', 1000, 2000);
    await world.until(9000);
    expect(world.dialog.utterances).toEqual([]);
  });

  it('B35 still says protected words that stand behind those that were interrupted', async () => {
    const world = callWorld({
      answer: talker([words('hours', long), words('legal', 'This call is recorded.', { bargeIn: 'off' }), listen()]),
    });
    world.ear.says('tell me about sunday', 1000, 2000);
    await world.until(9000);
    expect(world.dialog.inputs[1]!.heard!.parts.map((part) => [part.id, part.share === 1])).toEqual([
      ['hours', false],
      ['legal', true],
    ]);
    expect(world.dialog.asked[1]!.atMs).toBeGreaterThan(2300);
  });

  it('B36 takes an interruption of nothing, of what is interrupted, and of what is over for nothing', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(1000);
    world.call.interrupt();
    world.call.interrupt();
    await world.until(1100);
    world.call.interrupt();
    world.call.hangUp();
    const record = await world.ended();
    world.call.interrupt();
    expect(record.interruptions).toHaveLength(1);
    expect(world.logged.filter((line) => line.level !== 'info')).toEqual([]);
  });

  it('B37 keeps judging when the caller pauses and speaks again while held', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.coughs(1000, 1300);
    world.ear.says('tell me about sunday', 1800, 2600);
    await world.until(6000);
    expect(world.dialog.utterances).toEqual(['tell me about sunday']);
    expect(world.line.heard[0]!.toMs).toBeLessThanOrEqual(1120);
  });

  it('B38 takes its own first words, come back as an echo, for neither an interruption nor a turn', async () => {
    const world = callWorld({ answer: talker() });
    world.ear.says('we are', 300, 600);
    world.clock.at(15_000, () => {
      world.call.hangUp();
    });
    const record = await world.ended();
    expect(world.dialog.utterances).toEqual([]);
    expect(record.interruptions).toEqual([]);
    expect(record.counters.echo_suppressed).toBe(1);
    // A caller who says something else is heard, and one who takes up words that are still to come.
    for (const text of ['are you open on sunday', 'ten in the evening']) {
      const other = callWorld({ answer: talker() });
      other.ear.says(text, 1000, 2000);
      await other.until(5000);
      expect(other.dialog.utterances).toEqual([text]);
    }
    const off = callWorld({ answer: talker(), manners: { suppressEcho: false } });
    off.ear.says('we are', 300, 600);
    await off.until(5000);
    expect(off.dialog.utterances).toEqual(['we are']);
  });

  it('B39 falls silent at once when it is told to from outside, and listens', async () => {
    const world = callWorld({ answer: talker() });
    await world.until(1000);
    world.call.interrupt();
    await world.until(1020);
    expect(world.line.clears).toEqual([1000]);
    expect(world.call.phase).toBe('listening');
    await world.until(8000);
    expect(world.dialog.inputs.at(-1)).toMatchObject({ kind: 'no_input', heard: { parts: [{ id: 'hours' }] } });
  });

  it('stops under `match` for what fits, and goes on for what does not', async () => {
    for (const fits of [true, false]) {
      const world = callWorld({ answer: talker([words('hours', long, { bargeIn: 'match' }), listen()]) });
      world.dialog.fits = () => fits;
      world.ear.says('tell me about sunday', 1000, 2000);
      await world.until(9000);
      expect(world.dialog.utterances).toEqual(fits ? ['tell me about sunday'] : []);
      expect(world.line.heard.length).toBe(2);
      if (!fits) expect(world.call.phase).toBe('listening');
    }
  });
});
