import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import type { Given } from '../../fakes/dialog.js';

const terms = 'This call is recorded, and you can object to that at any time.';
const answer =
  (more: Parameters<typeof words>[2] = {}) =>
  (input: Input): Given[] =>
    input.kind === 'open'
      ? [words('terms', terms, { mustHear: true, ...more }), words('ask', 'What can I do for you?'), listen()]
      : [words('reply', 'For when?'), listen()];

describe('words that must be heard', () => {
  it('B48 fall silent for the caller, are said on from the word they were cut in, and the caller is answered after them', async () => {
    const world = callWorld({ answer: answer() });
    world.ear.says('a table for two please', 1500, 2500);
    await world.until(8000);
    // Silent while the caller speaks, and nothing of it made anew.
    const [before, rest] = world.line.heard;
    expect(before!.toMs).toBeLessThanOrEqual(1620);
    expect(rest!.fromMs).toBeGreaterThan(2600);
    expect(world.voice.asked.filter(({ text }) => text === terms)).toHaveLength(1);
    expect(world.dialog.utterances).toEqual(['a table for two please']);
    const [, utterance] = world.dialog.asked;
    // The turn began when all of it had been heard, and is told so; the question behind it was dropped.
    const saidMs = world.voice.msOf(terms);
    expect(utterance!.atMs).toBeGreaterThan(50 + saidMs + 1000);
    expect(utterance!.atMs).toBeLessThan(50 + saidMs + 2000);
    expect(utterance!.input.heard?.parts).toEqual([
      { id: 'ask', text: 'What can I do for you?', share: 0 },
      { id: 'terms', text: terms, share: 1 },
    ]);
    expect(world.voice.asked.at(-1)!.text).toBe('For when?');
  });

  it('B48 stand in the record once, in the two pieces in which they were heard', async () => {
    const world = callWorld({ answer: answer() });
    world.ear.says('a table for two please', 1500, 2500);
    await world.until(8000);
    world.call.hangUp();
    const { turns } = await world.ended();
    const agent = turns.filter(({ who }) => who === 'agent').map(({ text }) => text);
    expect(`${agent[0]!} ${agent[1]!}`).toBe(terms);
    expect(agent[2]).toBe('For when?');
  });

  it('B48 are cut as often as the caller speaks, and still come to their end', async () => {
    const world = callWorld({ answer: answer() });
    world.ear.says('hello are you there', 1200, 1900);
    world.ear.says('a table please', 3300, 4000);
    await world.until(12_000);
    const terms = world.dialog.inputs.flatMap(({ heard }) => heard?.parts ?? []).filter(({ id }) => id === 'terms');
    expect(terms).toMatchObject([{ share: 1 }]);
    expect(world.dialog.utterances.join(' ')).toBe('hello are you there a table please');
  });

  it('B48 are told to the dialog as one piece, though their voice failed in the middle and the caller cut in on the rest', async () => {
    const fails = (text: string): number | undefined => (text === terms ? 600 : undefined);
    const world = callWorld({ answer: answer(), voice: { fails, firstByteMs: 700 } });
    world.ear.says('a table for two please', 1400, 2400);
    await world.until(12_000);
    expect(world.voice.asked[1]!.text).not.toBe(terms);
    const parts = world.dialog.inputs.flatMap(({ heard }) => heard?.parts ?? []).filter(({ id }) => id === 'terms');
    expect(parts).toEqual([{ id: 'terms', text: terms, share: 1 }]);
  });

  it('B48 are not waited for when the call has to end', async () => {
    const world = callWorld({ answer: answer() });
    await world.until(1500);
    world.line.gives({ kind: 'hang_up', reason: 'caller_hung_up' });
    const record = await world.ended();
    expect(record.ended).toBe('caller_hung_up');
    expect(world.dialog.inputs.at(-1)!.heard!.parts[0]!.share).toBeLessThan(1);
  });

  it('B48 that nothing stops are played through, and what was said over them is answered at their end', async () => {
    const world = callWorld({ answer: answer({ bargeIn: 'off' }) });
    world.ear.says('a table for two please', 1500, 2500);
    await world.until(8000);
    expect(world.line.clears[0]).toBeGreaterThanOrEqual(50 + world.voice.msOf(terms));
    expect(world.dialog.utterances).toEqual(['a table for two please']);
    expect(world.dialog.inputs[1]!.heard!.parts[0]).toEqual({ id: 'terms', text: terms, share: 1 });
  });
});
