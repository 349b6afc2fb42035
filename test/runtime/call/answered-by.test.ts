import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import type { Given } from '../../fakes/dialog.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';

const answer = (input: Input): Given[] =>
  input.kind === 'open' ? [words('hi', 'Hello there.'), listen()] : [listen()];

/** Speech of somebody who takes the call, and when the dialog is opened with whom. */
async function opened(
  speech: readonly (readonly [fromMs: number, toMs: number])[],
  told: readonly (readonly [atMs: number, who: 'person' | 'machine' | 'machine_over'])[] = [],
) {
  const world = callWorld({ answer, manners: { detectsMachine: true } });
  for (const [fromMs, toMs] of speech) {
    world.clock.at(fromMs, () => world.ear.gives({ kind: 'speech_started', atMs: fromMs }));
    world.clock.at(toMs, () => world.ear.gives({ kind: 'speech_ended', atMs: toMs }));
  }
  for (const [atMs, who] of told) world.clock.at(atMs, () => world.line.gives({ kind: 'answered_by', who }));
  let openedMs = -1;
  for (let atMs = 100; atMs <= 40_000; atMs += 100) {
    await world.clock.advanceTo(atMs);
    if (openedMs < 0 && world.dialog.inputs.length > 0) openedMs = atMs;
  }
  return { world, openedMs, input: world.dialog.inputs[0] };
}

describe('who took a call that we placed', () => {
  it('B89 is a person after a short greeting and a pause, and is spoken to within 700 ms of it', async () => {
    const { openedMs, input } = await opened([[800, 1700]]);
    expect(input).not.toHaveProperty('answeredBy');
    expect(openedMs).toBeGreaterThanOrEqual(2200);
    expect(openedMs).toBeLessThanOrEqual(2400);
  });

  it('B89 is a person who says hello twice', async () => {
    const { openedMs, input } = await opened([[800, 1200], [1500, 2100]]); // prettier-ignore
    expect(input).not.toHaveProperty('answeredBy');
    expect(openedMs).toBeLessThanOrEqual(2800);
  });

  it('B89 is a person where nothing is heard and nothing told for six seconds', async () => {
    const { openedMs, input } = await opened([]);
    expect(input).not.toHaveProperty('answeredBy');
    expect(openedMs).toBe(6000);
  });

  it('B89 is a machine whose greeting goes on, and is waited out', async () => {
    const { openedMs, input } = await opened([[500, 9000]]);
    expect(input).toMatchObject({ kind: 'open', answeredBy: 'machine' });
    expect(openedMs).toBeGreaterThanOrEqual(12_000);
    expect(openedMs).toBeLessThanOrEqual(12_200);
  });

  it('B89 is a machine that takes messages as soon as the carrier hears its beep', async () => {
    const { openedMs, input } = await opened([[500, 9000]], [[9300, 'machine_over']]); // prettier-ignore
    expect(input).toMatchObject({ answeredBy: 'machine' });
    expect(openedMs).toBeLessThanOrEqual(9400);
  });

  it('B89 is not waited for longer than thirty seconds', async () => {
    const { openedMs } = await opened([[500, 39_000]]);
    expect(openedMs).toBeLessThanOrEqual(30_700);
  });

  it('B89 is a person as soon as the carrier says so', async () => {
    const { openedMs } = await opened([], [[1200, 'person']]); // prettier-ignore
    expect(openedMs).toBeLessThanOrEqual(1300);
  });

  it('B89 turns out to be a machine after all: the flow is told', async () => {
    const { world } = await opened([[800, 1700]], [[5000, 'machine_over']]); // prettier-ignore
    expect(world.dialog.inputs).toContainEqual(expect.objectContaining({ kind: 'event', name: 'machine' }));
  });

  it('B89 what was said to greet us is no turn of theirs', async () => {
    const world = callWorld({ answer, manners: { detectsMachine: true } });
    world.ear.says('hello', 800, 1700);
    await world.clock.advanceTo(6000);
    expect(world.dialog.utterances).toEqual([]);
    expect(world.dialog.inputs.map(({ kind }) => kind)).toEqual(['open']);
  });
});
