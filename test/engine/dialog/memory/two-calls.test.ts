/** What is kept of a caller from one call to the next, through the driver and a store. */
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../engine/clock.js';
import { openDialog } from '../../../../engine/compile/open-dialog.js';
import type { Input, Out, TurnTrace } from '../../../../engine/contracts.js';
import { callerMemory, memoryShelf, type CallerMemory } from '../../../../engine/stores/caller-memory.js';
import { createToolRunner } from '../../../../engine/tools/tool-runner.js';
import { collect } from '../../compile/open-small.js';
import { tableRouter } from '../../compile/table-router.js';
import { loadText } from '../drive.js';

const cafe = await loadText(`
agent: cafe
start: order
memory: { ttl: 30d, consent: ask }
slots:
  guest: { type: name, scope: caller, ask: "What's your name?" }
---
flow: order
title: your order
examples: [I want to order]
slots:
  milk: { type: choice, scope: caller, ttl: 2d, options: [oat, cow], ask: Oat or cow milk?, called: [milk] }
  cups: { type: integer, ask: How many cups? }
states:
  ask: { collect: [guest, milk, cups], to: done }
  done: { say: "{{ cups }} with {{ milk }} for {{ guest }}.", to: end }
`);
const dayMs = 24 * 3600 * 1000;
const ana = '+353861234567';

interface World {
  clock: VirtualClock;
  memory: CallerMemory;
}
function newWorld(): World {
  const clock = new VirtualClock();
  return { clock, memory: callerMemory(memoryShelf({ clock }), { clock }) };
}

/** One call from its first word to its end: what was said to each line, and what is kept after it. */
async function call({ clock, memory }: World, from: string | undefined, lines: readonly string[]) {
  const problems: string[] = [];
  const dialog = await openDialog(cafe, {
    id: `call-${String(clock.now())}`,
    router: tableRouter({ yes: 'yes', no: 'no', 'forget me': 'forget_me' }),
    tools: createToolRunner(cafe, { clock, mode: 'mock' }),
    clock,
    env: {},
    memory,
    ...(from !== undefined && { start: { call: { from, caller: from } } }),
    onProblem: (line) => problems.push(line),
  });
  const words: string[] = [];
  let trace: TurnTrace | undefined;
  const turn = async (input: Pick<Input, 'kind'> & { text?: string }): Promise<void> => {
    const outs: Out[] = await collect(
      dialog.turn({ atMs: clock.now(), ...input } as Input, { signal: new AbortController().signal }),
    );
    words.push(outs.flatMap((out) => (out.kind === 'words' ? [out.text] : [])).join(' '));
    for (const out of outs) if (out.kind === 'trace') trace = out.trace;
    if (outs.at(-1)!.kind === 'wait') await turn({ kind: 'played' });
  };
  await turn({ kind: 'open' });
  for (const text of lines) await turn({ kind: 'utterance', text });
  await turn({ kind: 'hang_up' });
  await dialog.close('over');
  await clock.advance(1000);
  expect(problems).toEqual(from === undefined ? [expect.stringContaining('nobody knows who calls')] : []);
  return { words, kept: trace?.memory };
}

describe('a caller who calls again', () => {
  it('is asked nothing that was kept with leave', async () => {
    const world = newWorld();
    const first = await call(world, ana, ['Ana', 'oat', 'two', 'yes']);
    expect(first.words[0]).toContain("What's your name?");
    expect(first.kept).toEqual({ guest: 'Ana', 'order.milk': 'oat' });
    const second = await call(world, ana, ['three']);
    expect(second.words[0]).toBe('How many cups?');
    expect(second.words[1]).toContain('3 with oat for Ana.');
  });

  it('is asked again for what was kept no longer than its own time', async () => {
    const world = newWorld();
    await call(world, ana, ['Ana', 'oat', 'two', 'yes']);
    await world.clock.advance(3 * dayMs);
    expect((await call(world, ana, [])).words[0]).toBe('Oat or cow milk?');
    await world.clock.advance(30 * dayMs);
    expect((await call(world, ana, [])).words[0]).toBe("What's your name?");
  });

  it('is a stranger after "forget me"', async () => {
    const world = newWorld();
    await call(world, ana, ['Ana', 'oat', 'two', 'yes']);
    const second = await call(world, ana, ['forget me', 'yes']);
    expect(second.kept).toEqual({});
    expect((await call(world, ana, [])).words[0]).toBe("What's your name?");
  });

  it('is a stranger who gave no leave: a no, or no answer at all', async () => {
    for (const answer of [['no'], []]) {
      const world = newWorld();
      await call(world, ana, ['Ana', 'oat', 'two', ...answer]);
      expect((await call(world, ana, [])).words[0]).toBe("What's your name?");
    }
  });

  it('is not taken for another caller, nor one who hides the number for anybody', async () => {
    const world = newWorld();
    await call(world, ana, ['Ana', 'oat', 'two', 'yes']);
    expect((await call(world, '+353869999999', [])).words[0]).toBe("What's your name?");
    const hidden = await call(world, undefined, ['Bob', 'cow', 'one']);
    expect(hidden.words.join(' ')).not.toContain('remember');
    expect((await call(world, ana, [])).words[0]).toBe('How many cups?');
  });
});
