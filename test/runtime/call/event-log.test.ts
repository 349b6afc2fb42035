import { describe, expect, it } from 'vitest';
import { keepEvents, replayEvents } from '../../../runtime/call/event-log.js';
import type { Input } from '../../../engine/contracts.js';
import type { Given } from '../../fakes/dialog.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import { scenarios } from '../race/scenarios.js';
import { disturbances } from '../race/explore.js';
import { random } from '../race/random.js';
import { World } from '../race/world.js';

/** The log of a world's run, as the shell would have written it. */
function logOf(world: World): string[] {
  const { scenario } = world;
  const lines: string[] = [];
  const born = {
    lineMarks: scenario.line?.marks ?? true,
    language: 'en',
    rehearses: scenario.rehearses ?? false,
    manners: { pumpMs: 100, ...scenario.manners },
  };
  const keep = keepEvents(born, 0, (line) => void lines.push(line));
  for (const { event, effects, atMs } of world.log) keep(event, effects, atMs);
  return lines;
}

/** Events of all kinds at random moments, seeded. */
function wildRun(seed: number): World {
  const chance = random(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const world = new World(pick(scenarios));
  world.step();
  for (let i = 0; i < 12 && world.state.closed === undefined; i++) {
    world.run(world.now + chance() * 1500);
    pick(Object.values(disturbances))(world);
  }
  world.run(world.now + 20_000);
  return world;
}

describe('the event log of a call', () => {
  it('B4 runs again to the same effects, whatever happened', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const world = wildRun(seed);
      const result = replayEvents(logOf(world));
      expect([seed, result]).toMatchObject([seed, { kind: 'same', events: world.log.length }]);
    }
  });

  it('says at which line a call does otherwise, and what', () => {
    const lines = logOf(wildRun(3));
    const at = lines.findIndex((line) => line.includes('"kind":"speak"'));
    const changed = lines.map((line, i) => (i === at ? line.replace('"kind":"speak"', '"kind":"spoke"') : line));
    expect(replayEvents(changed)).toMatchObject({ kind: 'different', line: at + 1 });
    expect(replayEvents(lines.filter((_, i) => i !== at))).toMatchObject({ kind: 'different' });
    expect(replayEvents(['{}'])).toMatchObject({ kind: 'unreadable', line: 1 });
    expect(replayEvents([])).toMatchObject({ kind: 'unreadable' });
    expect(replayEvents([...lines.slice(0, 5), 'nonsense', ...lines.slice(5)])).toMatchObject({
      kind: 'unreadable',
      line: 6,
    });
    // A log whose process died in the middle of a line.
    expect(replayEvents([...lines.slice(0, 9), lines[9]!.slice(0, 20)])).toMatchObject({ kind: 'same', events: 8 });
  });

  it('has no secret in it, spoken or keyed, and runs again all the same', async () => {
    const answer = (input: Input): Given[] =>
      input.kind === 'open'
        ? [
            words('pin', 'What is your password?'),
            listen({ secret: true, keys: { min: 4, max: 4, firstMs: 6000, betweenMs: 2000, menu: ['1'] } }),
          ]
        : [
            { kind: 'tool', callId: 'c', name: 'check', phase: 'settled', onInterrupt: 'finish', outcome: 'ok' },
            words('ok', 'Thank you. Anything else, my friend?'),
            listen(),
          ];
    for (const keyed of [true, false]) {
      const lines: string[] = [];
      const world = callWorld({ answer, events: (line) => void lines.push(line) });
      if (keyed)
        [...'4931'].forEach((digit, i) =>
          world.clock.at(2500 + i * 200, () => world.line.gives({ kind: 'key', digit })),
        );
      else {
        world.ear.says('my secret is swordfish 4931', 2500, 3500);
        // It goes on, and says a part of it again later.
        world.ear.says('no wait it is swordfish', 4000, 5000);
        world.ear.says('and the swordfish is mine', 9000, 10_000);
      }
      world.clock.at(15_000, () => world.call.hangUp());
      await world.ended();
      expect(world.dialog.inputs.length).toBeGreaterThan(1);
      expect(lines.join('\n')).not.toMatch(/swordfish|4931|"digit":"[1-9]/);
      expect(lines.join('\n')).toContain('Anything else');
      expect(replayEvents(lines)).toMatchObject({ kind: 'same', ended: 'hung_up_here' });
    }
  });
});
