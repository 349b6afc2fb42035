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

  it('has nothing in it that was said or keyed, and runs again all the same', async () => {
    const answer = (input: Input): Given[] =>
      input.kind === 'open'
        ? [
            words('pin', 'What is your password? It has four figures.'),
            listen({ secret: true, keys: { min: 4, max: 4, firstMs: 6000, betweenMs: 2000, menu: ['1'] } }),
          ]
        : [
            { kind: 'tool', callId: 'c', name: 'check', phase: 'settled', onInterrupt: 'finish', outcome: 'ok' },
            { ...words('ok', 'Thank you, Siobhan. Anything else?'), masked: 'Thank you, [name]. Anything else?' },
            listen({ moves: [{ intent: 'pay', examples: ['pay Mateo', 'swordfish'] }], hints: ['Mateo'] }),
          ];
    for (const keyed of [true, false]) {
      const lines: string[] = [];
      const world = callWorld({ answer, events: (line) => void lines.push(line) });
      if (keyed)
        [...'4931'].forEach((digit, i) =>
          world.clock.at(2500 + i * 200, () => world.line.gives({ kind: 'key', digit })),
        );
      else {
        // Over the question, with words of the question in it.
        world.ear.says('my password is swordfish four 4931', 2500, 3500);
        // It goes on, and says a part of it again later.
        world.ear.says('no wait it is swordfish', 4000, 5000);
        world.ear.says('and the swordfish is for Mateo', 9000, 10_000);
        world.ear.says('swordfish', 13_000, 13_500);
      }
      world.clock.at(20_000, () => world.call.hangUp());
      await world.ended();
      expect(world.dialog.inputs.length).toBeGreaterThan(1);
      const log = lines.join('\n');
      expect(log).not.toMatch(/swordfish|4931|"digit":"[1-9]|siobhan|mateo|password|figures|anything|thank/i);
      // Where the agent was is told by the names of its words.
      expect(log).toContain('"id":"ok"');
      expect(replayEvents(lines)).toMatchObject({ kind: 'same', ended: 'hung_up_here' });
    }
  });

  it('gives no word of a secret the stand-in that it has elsewhere, where everybody knows what is said', async () => {
    const said = (lines: string[], find: (text: string) => boolean): string[] => {
      const texts = lines.flatMap((line) => line.match(/"text":"[^"]*"/g) ?? []);
      return [...new Set(texts.filter(find).flatMap((text) => text.match(/[\u1401-\u1658]+/g) ?? []))];
    };
    const answer = (_: Input, turn: number): Given[] =>
      turn === 0
        ? [words('menu', 'Press one, two or nine.'), listen()]
        : [words('pin', 'Your PIN?'), listen({ secret: turn === 1 })];
    const lines: string[] = [];
    const world = callWorld({ answer, events: (line) => void lines.push(line) });
    world.ear.says('nine', 4000, 4500);
    world.ear.says('one nine two seven', 9000, 10_000);
    // Its last words come after the turn was taken.
    world.ear.says('two seven', 14_000, 15_000);
    world.clock.at(20_000, () => world.call.hangUp());
    await world.ended();
    expect(replayEvents(lines)).toMatchObject({ kind: 'same' });
    const menu = lines.findIndex((line) => line.includes('"id":"menu"'));
    const known = said([lines[menu]!], () => true);
    expect(known).toHaveLength(4);
    const secretFrom = lines.findIndex((line) => line.includes('"kind":"secret","on":true'));
    const secretTo = lines.findIndex((line) => line.includes('"kind":"secret","on":false'));
    const heard = lines.slice(secretFrom, secretTo).filter((line) => line.includes('"kind":"final"'));
    expect(heard.length).toBeGreaterThan(0);
    const secret = said(heard, () => true);
    expect(secret).toHaveLength(4);
    expect(secret.filter((word) => known.includes(word))).toEqual([]);
  });

  it('says what the call did where it did otherwise without its words', () => {
    const lines: string[] = [];
    const keep = keepEvents({ lineMarks: true, language: 'en' }, 0, (line) => void lines.push(line));
    keep({ kind: 'start' }, [{ kind: 'hang_up' }], 0);
    expect(lines[1]).toContain('"effects":[{"kind":"hang_up"}]');
    expect(replayEvents(lines)).toMatchObject({ kind: 'different', line: 2, logged: ['{"kind":"hang_up"}'] });
  });
});
