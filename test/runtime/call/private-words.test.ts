/** Words that only later are known for personal: in the record of a call none of them is left. */
import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words, type Given } from '../../fakes/dialog.js';

describe('the record of a call', () => {
  it('is gone through once more at its end: what callers said, what was heard, and what was not', async () => {
    const answer = (input: Input): Given[] =>
      input.kind === 'open'
        ? [words('hello', 'Hello there. Siobhan Byrne is not here today, and Siobhan Byrne will not be.'), listen()]
        : [words('ok', 'I see.'), listen()];
    const world = callWorld({ answer });
    const isKnown = (): boolean => world.dialog.inputs.length > 1;
    // As a dialog does it: before the name is understood it is a word like others.
    Object.assign(world.dialog, {
      hide: (text: string, who: string, isOver = false) =>
        isKnown() || isOver ? text.replace(/siobhan byrne/gi, who === 'caller' ? '[her]' : '[name]') : text,
    });
    world.ear.says('wait it is siobhan byrne', 2500, 3500);
    world.clock.at(12_000, () => world.call.hangUp());
    const record = await world.ended();
    const [cut] = record.turns;
    expect(cut).toMatchObject({ who: 'agent', interrupted: true });
    expect(cut!.text).toContain('[name]');
    expect(cut!.unheard).toContain('[name]');
    expect(record.turns.find(({ who }) => who === 'caller')!.text).toBe('wait it is [her]');
    expect(JSON.stringify(record)).not.toMatch(/siobhan|byrne/i);
  });
});
