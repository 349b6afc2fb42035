import { describe, expect, it } from 'vitest';
import { callWorld, type World } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

/** 117 characters: the voice takes 7.8 s for them. */
const long =
  'We are open from nine in the morning until ten in the evening on every day of the week and on most of the holidays.';
/** Of the fake voice's tone, root mean square. */
const agentLevel = 8000 / Math.SQRT2;

interface Sound {
  fromMs: number;
  toMs: number;
  /** Beside the agent's own. */
  loudness: number;
}

/** An agent that speaks long, on a line that gives these sounds, each of which the detector takes for speech. */
function onLine(...sounds: Sound[]): World {
  const world = callWorld({
    answer: ({ kind }) =>
      kind === 'open' ? [words('hours', long), listen()] : [words('reply', 'All right.'), listen()],
  });
  for (let atMs = 0; atMs < 12_000; atMs += 20) {
    const loudness = sounds.find(({ fromMs, toMs }) => atMs >= fromMs && atMs < toMs)?.loudness ?? 0;
    const samples = new Int16Array(160).fill(Math.round(agentLevel * loudness));
    world.clock.at(atMs + 20, () => world.line.gives({ kind: 'audio', samples }));
  }
  return world;
}

function detects(world: World, fromMs: number, toMs: number): void {
  world.clock.at(fromMs + 100, () => world.ear.gives({ kind: 'speech_started', atMs: fromMs }));
  world.clock.at(toMs + 100, () => world.ear.gives({ kind: 'speech_ended', atMs: toMs }));
}

describe('B24 the gate for echoes', () => {
  it('lets the agent speak on over a sound as soft as its echo, at any time of the call', async () => {
    const world = onLine({ fromMs: 4000, toMs: 5000, loudness: 0.1 });
    detects(world, 4000, 5000);
    await world.until(9000);
    expect(world.line.clears).toEqual([]);
    expect(world.dialog.inputs.map(({ kind }) => kind)).toEqual(['open']);
  });

  it('holds at once for a caller as loud as callers are', async () => {
    const world = onLine({ fromMs: 4000, toMs: 5000, loudness: 0.7 });
    detects(world, 4000, 5000);
    await world.until(4500);
    expect(world.line.clears).toEqual([4100]);
  });

  it('takes its own words, heard softly, for an echo also late in the call', async () => {
    const world = onLine({ fromMs: 4000, toMs: 5000, loudness: 0.1 });
    world.ear.says('from nine in the morning', 4000, 5000);
    await world.until(9000);
    expect(world.line.clears).toEqual([]);
    expect(world.dialog.utterances).toEqual([]);
  });

  it('gives way to words of a soft caller', async () => {
    const world = onLine({ fromMs: 4000, toMs: 5000, loudness: 0.1 });
    world.ear.says('are you open on new years day', 4000, 5000);
    await world.until(9000);
    expect(world.line.clears.length).toBeGreaterThan(0);
    expect(world.dialog.utterances).toEqual(['are you open on new years day']);
  });

  it('falls silent for a caller who speaks up while only an echo was heard', async () => {
    const world = onLine({ fromMs: 2000, toMs: 4000, loudness: 0.1 }, { fromMs: 4000, toMs: 5000, loudness: 0.8 });
    detects(world, 2000, 5000);
    await world.until(4500);
    expect(world.line.clears).toEqual([4020]);
  });

  it('learns how loudly a line echoes from what it fell silent for in vain', async () => {
    const world = onLine({ fromMs: 1000, toMs: 1400, loudness: 0.4 }, { fromMs: 6000, toMs: 6400, loudness: 0.45 });
    detects(world, 1000, 1400);
    detects(world, 6000, 6400);
    await world.until(7000);
    expect(world.line.clears).toEqual([1100]);
  });

  it('asks nobody to say again what was only the end of its own words', async () => {
    // The agent ends at about 7.8 s; the echo outlasts it.
    const world = onLine({ fromMs: 6500, toMs: 8200, loudness: 0.1 });
    detects(world, 6500, 8200);
    await world.until(11_900);
    expect(world.dialog.inputs.map(({ kind }) => kind)).not.toContain('not_heard');
  });

  it('is off where the line is told not to echo', async () => {
    const world = callWorld({ answer: () => [words('hours', long), listen()], manners: { suppressEcho: false } });
    world.clock.at(4000, () => world.line.gives({ kind: 'audio', samples: new Int16Array(160).fill(100) }));
    world.clock.at(4100, () => world.ear.gives({ kind: 'speech_started', atMs: 4000 }));
    await world.until(4500);
    expect(world.line.clears).toEqual([4100]);
  });
});
