import { describe, expect, it } from 'vitest';
import type { Input, Out } from '../../../engine/contracts.js';
import type { Given } from '../../fakes/dialog.js';
import { callWorld } from '../../fakes/call.js';
import { listen, listening, words } from '../../fakes/dialog.js';

type Tool = Extract<Out, { kind: 'tool' }>;
const tool = (phase: 'started' | 'settled', more: Partial<Tool> = {}): Out => ({
  kind: 'tool',
  callId: 'd/1/look_up/1',
  name: 'find_order',
  phase,
  onInterrupt: 'finish',
  filler: { afterMs: 1000, texts: ['One moment.', 'Still looking.'] },
  ...(phase === 'settled' ? { outcome: 'ok' } : {}),
  ...more,
});
const says = (world: ReturnType<typeof callWorld>): string[] => world.voice.asked.map((one) => one.text);
const kinds = (world: ReturnType<typeof callWorld>): string[] => world.dialog.inputs.map((input) => input.kind);

describe('while a tool runs', () => {
  const slow =
    (waitMs: number, more: Partial<Tool> = {}) =>
    (input: Input): Given[] =>
      input.kind === 'open'
        ? [listen()]
        : input.kind === 'utterance' && input.text === 'where is it'
          ? [
              words('ack', 'I will look.'),
              tool('started', more),
              { waitMs },
              tool('settled', more),
              words('tell', 'It is packed.'),
              listen(),
            ]
          : [words('other', 'All right.'), listen()];

  it('B55 says a filler once the line was idle for its time, then every six seconds, three at most', async () => {
    const world = callWorld({ answer: slow(30_000) });
    world.ear.says('where is it', 500, 1500);
    await world.until(36_000);
    expect(says(world)).toEqual(['I will look.', 'One moment.', 'Still looking.', 'One moment.', 'It is packed.']);
    const [ack, first, second, third] = world.voice.asked.map((one) => one.atMs);
    const idleMs = ack! + 50 + world.voice.msOf('I will look.');
    expect(first).toBeGreaterThanOrEqual(idleMs + 1000);
    expect(first).toBeLessThan(idleMs + 1300);
    expect(second! - first!).toBeCloseTo(6000, -2);
    expect(third! - second!).toBeCloseTo(6000, -2);
    // Fillers are no part of what was said.
    await world.until(50_000);
    expect(world.dialog.inputs[2]!.heard!.parts.map((part) => part.id)).toEqual(['ack', 'tell']);
  });

  it('B55 says no filler when the tool is quick', async () => {
    const world = callWorld({ answer: slow(900) });
    world.ear.says('where is it', 500, 1500);
    await world.until(8000);
    expect(says(world)).toEqual(['I will look.', 'It is packed.']);
  });

  it('B57 has no idle timer while the tool runs, and the whole wait afterwards', async () => {
    const world = callWorld({ answer: slow(20_000, { filler: undefined }) });
    world.ear.says('where is it', 500, 1500);
    await world.until(21_700);
    expect(kinds(world)).toEqual(['open', 'utterance']);
    expect(world.call.phase).toBe('thinking');
    await world.until(40_000);
    const toldMs =
      world.voice.asked.find((one) => one.text === 'It is packed.')!.atMs + 50 + world.voice.msOf('It is packed.');
    const noInput = world.dialog.asked[2]!;
    expect(noInput.input.kind).toBe('no_input');
    expect(noInput.atMs).toBeGreaterThanOrEqual(toldMs + 6000);
    expect(noInput.atMs).toBeLessThan(toldMs + 6200);
  });

  it('B96 lets a barge-in cut the filler and leaves the tool and its reply alone', async () => {
    const world = callWorld({ answer: slow(6000) });
    world.ear.says('where is it', 500, 1500);
    world.ear.says('okay', 4000, 4300, { finalMs: 100 });
    await world.until(12_000);
    expect(world.dialog.aborts).toEqual([]);
    expect(says(world).at(-1)).toBe('It is packed.');
    expect(world.dialog.utterances).toEqual(['where is it']);
  });

  it('lets the caller’s complete words interrupt a turn that waits for a tool, with what was heard', async () => {
    const world = callWorld({ answer: slow(20_000) });
    world.ear.says('where is it', 500, 1500);
    world.ear.says('never mind then', 4000, 5000);
    await world.until(9000);
    expect(world.dialog.aborts).toHaveLength(1);
    expect(world.dialog.utterances).toEqual(['where is it', 'never mind then']);
    expect(world.dialog.mostAtOnce).toBe(1);
  });

  it('holds barge-in back while a tool blocks it, and judges the words afterwards', async () => {
    const world = callWorld({ answer: slow(5000, { onInterrupt: 'block' }) });
    world.ear.says('where is it', 500, 1500);
    world.ear.says('never mind then', 4000, 5000);
    await world.until(15_000);
    expect(world.dialog.aborts).toEqual([]);
    expect(world.dialog.utterances).toEqual(['where is it', 'never mind then']);
    expect(world.dialog.asked[2]!.atMs).toBeGreaterThan(6800);
  });

  it('gives a late result to the dialog when the line is free', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'tool'
          ? [words('late', 'It has come.'), listen()]
          : [words('hi', 'How can I help you today?'), listen()],
    });
    world.clock.at(2500, () => {
      world.dialog.settled.push({ kind: 'tool', atMs: 2500, callId: 'c', result: { outcome: 'ok' } });
    });
    world.ear.says('well', 1900, 2300);
    await world.until(6000);
    expect(kinds(world)).toEqual(['open', 'utterance', 'tool']);
    expect(says(world).at(-1)).toBe('It has come.');
  });

  it('B58 lets a tool that must finish run on when the caller hangs up, starts no words, and records its outcome', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'hang_up'
          ? [{ kind: 'end', hangUp: true }]
          : input.kind === 'open'
            ? [
                words('ack', 'I will book it.'),
                tool('started'),
                { waitMs: 8000, deaf: true },
                tool('settled'),
                words('done', 'It is booked.'),
                listen(),
              ]
            : [listen()],
    });
    await world.until(3000);
    world.line.gives({ kind: 'hang_up', reason: 'caller_hung_up' });
    const record = await world.ended();
    expect(record.tools).toEqual([{ callId: 'd/1/look_up/1', name: 'find_order', outcome: 'ok', atMs: 8000 }]);
    expect(says(world)).not.toContain('It is booked.');
    expect(kinds(world)).toEqual(['open', 'hang_up']);
    expect(record.ended).toBe('caller_hung_up');
  });
});

describe('keys', () => {
  const asks = (
    keys = { min: 4, max: 6, firstMs: 6000, betweenMs: 2000, menu: [] as string[] },
    more = {},
  ): ((input: Input) => Given[]) => {
    return (input) =>
      input.kind === 'open'
        ? [words('ask', 'Please key in your order number now, it has four to six digits.'), listen({ keys, ...more })]
        : [words('ok', 'Thanks.'), listen()];
  };
  const press = (world: ReturnType<typeof callWorld>, digits: string, atMs: number, stepMs = 200): void => {
    [...digits].forEach((digit, i) => {
      world.clock.at(atMs + i * stepMs, () => {
        world.line.gives({ kind: 'key', digit });
      });
    });
  };

  it('B81 lets a key cut the question that asks for keys, and loses none of them', async () => {
    const world = callWorld({ answer: asks() });
    press(world, '447100', 1000);
    await world.until(5000);
    expect(world.line.clears).toEqual([1000]);
    expect(world.dialog.inputs[1]).toMatchObject({
      kind: 'keys',
      digits: '447100',
      ended: 'full',
      heard: { parts: [{ id: 'ask' }] },
    });
  });

  it('B81 keeps keys that come ahead of their question for ten seconds', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : input.kind === 'utterance'
            ? [
                { waitMs: 2000 },
                words('ask', 'Your number?'),
                listen({ keys: { min: 4, max: 4, firstMs: 6000, betweenMs: 2000, menu: [] } }),
              ]
            : [listen()],
    });
    world.ear.says('my order', 500, 1000);
    press(world, '4471', 1500);
    await world.until(8000);
    expect(world.dialog.inputs.at(-1)).toMatchObject({ kind: 'keys', digits: '4471' });
    const unasked = callWorld({ answer: () => [listen()] });
    press(unasked, '44', 500);
    await unasked.until(5000);
    unasked.call.hangUp();
    expect((await unasked.ended()).turns).toEqual([]);
  });

  it('B82 ends a collection by its end key, by a pause, or by its full length and then swallows one late end key', async () => {
    for (const [typed, digits, ended, atMs] of [
      ['4471#', '4471', 'end_key', 7800],
      ['4471', '4471', 'pause', 7600 + 2000],
      ['447100#', '447100', 'full', 8000],
    ] as const) {
      const world = callWorld({ answer: asks() });
      press(world, typed, 7000);
      await world.until(12_000);
      expect(world.dialog.asked[1]).toMatchObject({ atMs, input: { kind: 'keys', digits, ended } });
      expect(world.dialog.inputs.filter((input) => input.kind === 'keys')).toHaveLength(1);
    }
  });

  it('B82 takes a menu key at once', async () => {
    const world = callWorld({ answer: asks({ min: 1, max: 1, firstMs: 6000, betweenMs: 2000, menu: ['1', '2'] }) });
    press(world, '2', 6000);
    await world.until(9000);
    expect(world.dialog.asked[1]).toMatchObject({ atMs: 6000, input: { kind: 'keys', digits: '2', ended: 'full' } });
  });

  it('B83 makes one turn of keys and speech, and the keys win', async () => {
    const world = callWorld({ answer: asks() });
    press(world, '4471', 7000);
    world.ear.says('four four seven one', 6900, 7700);
    await world.until(13_000);
    expect(kinds(world).slice(0, 2)).toEqual(['open', 'keys']);
    expect(world.dialog.utterances).toEqual([]);
  });

  it('B82 keeps secret digits out of the record and the log', async () => {
    const world = callWorld({ answer: asks(undefined, { secret: true }) });
    press(world, '987654', 7000);
    await world.until(9000);
    world.call.hangUp();
    const record = await world.ended();
    expect(world.dialog.inputs[1]).toMatchObject({ digits: '987654' });
    expect(JSON.stringify([record.turns, world.logged, world.line.notices])).not.toMatch(/987|654/);
  });

  it('takes no key for a barge-in where the words are protected, and uses it after them', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [
              words('legal', 'This call is recorded, as the law wants it.', { bargeIn: 'off' }),
              listen({ keys: { min: 1, max: 1, firstMs: 6000, betweenMs: 2000, menu: ['1'] } }),
            ]
          : [listen()],
    });
    press(world, '1', 1000);
    await world.until(6000);
    expect(world.line.clears).toEqual([]);
    expect(world.dialog.inputs[1]).toMatchObject({ kind: 'keys', digits: '1', heard: { parts: [{ share: 1 }] } });
  });
});

describe('silence', () => {
  const question = 'What is your order number?';
  const asks = (): Given[] => [words('ask', question), listen({ noInputMs: 4000 })];

  it('B84 counts from when the agent’s last audio was heard, and again after each rung', async () => {
    const world = callWorld({ answer: asks, line: { delayMs: 100 } });
    await world.until(20_000);
    const heardMs = 50 + 200 + world.voice.msOf(question);
    expect(kinds(world).slice(0, 3)).toEqual(['open', 'no_input', 'no_input']);
    expect(world.dialog.asked[1]!.atMs).toBeGreaterThanOrEqual(heardMs + 4000);
    expect(world.dialog.asked[1]!.atMs).toBeLessThanOrEqual(heardMs + 4060);
  });

  it('B84 is stopped by speech and by a key, but a noise does not begin it anew', async () => {
    const world = callWorld({ answer: asks });
    const heardMs = 50 + world.voice.msOf(question);
    world.ear.coughs(heardMs + 2000, heardMs + 2300);
    await world.until(30_000);
    // What was left when the noise began, once it was known to be no more than that.
    expect(world.dialog.asked[1]!.input.kind).toBe('no_input');
    expect(world.dialog.asked[1]!.atMs).toBeLessThan(heardMs + 2300 + 1500 + 2000 + 100);
    const spoken = callWorld({ answer: asks });
    spoken.ear.says('four four seven one', heardMs + 3800, heardMs + 5000);
    await spoken.until(heardMs + 5400);
    expect(kinds(spoken)).toEqual(['open', 'utterance']);
  });

  it('waits for the state’s own time', async () => {
    const world = callWorld({ answer: () => [listen({ noInputMs: 30_000, position: listening().position })] });
    await world.until(29_000);
    expect(kinds(world)).toEqual(['open']);
  });
});
