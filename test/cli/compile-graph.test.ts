import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemorySaver } from '@langchain/langgraph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileGraph, type AgentGraph } from '../../cli/compile-graph.js';
import { packageRoot } from '../../engine/package-root.js';

const folder = join(packageRoot, 'flows/acme-support');
let home: string;
let graph: AgentGraph;

/** As LangGraph's CLI reads it: a module's path, a colon, the name of what it exports. */
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'parley-graph-'));
  process.env.PARLEY_STORE = join(home, 'dialogs.sqlite');
  const { graphs } = JSON.parse(readFileSync(join(folder, 'langgraph.json'), 'utf8')) as {
    graphs: Record<string, string>;
  };
  const [file, name] = graphs.acme_support!.split(':') as [string, string];
  const module = (await import(join(folder, file))) as Record<string, AgentGraph>;
  graph = module[name]!;
  // The server that loads it brings its own checkpointer.
  graph.checkpointer = new MemorySaver();
}, 60_000);
afterAll(() => {
  delete process.env.PARLEY_STORE;
  rmSync(home, { recursive: true });
});

const on = (thread_id: string) => ({ configurable: { thread_id } });

describe('the graph that flows/acme-support/langgraph.json names', () => {
  it('talks: one run is one turn, and the thread is the conversation', async () => {
    const opening = await graph.invoke({}, on('a'));
    expect(opening.words.join(' ')).toMatch(/Acme/);
    expect(opening.ended).toBe(false);
    const asked = await graph.invoke({ input: 'where is my order' }, on('a'));
    expect(asked.words).toEqual(["What's your order number?"]);
    const told = await graph.invoke({ input: '4471' }, on('a'));
    expect(told.words.join(' ')).toMatch(/4 4 7 1 is .*shipped|4, 4, 7, 1|4471/);
    const over = await graph.invoke({ input: 'goodbye' }, on('a'));
    expect(over.ended).toBe(true);
  });

  it('takes a first sentence before any greeting was asked for', async () => {
    const { words } = await graph.invoke({ input: 'where is my order' }, on('b'));
    expect(words.at(-1)).toBe("What's your order number?");
    expect(words.length).toBeGreaterThan(1);
  });

  it('gives the words while they are said, and each state as a step of its own', async () => {
    await graph.invoke({}, on('c'));
    const steps: string[] = [];
    const said: string[] = [];
    for await (const [mode, chunk] of await graph.stream(
      { input: 'where is my order' },
      { ...on('c'), streamMode: ['updates', 'custom'] },
    )) {
      if (mode === 'updates') steps.push(...Object.keys(chunk as object));
      else if ((chunk as { kind: string }).kind === 'words') said.push((chunk as { text: string }).text);
    }
    expect(steps).toEqual(['listen', 'check_order/ask']);
    expect(said).toEqual(["What's your order number?"]);
  });

  it('stops before a state where it is told to, and goes on from there', async () => {
    await graph.invoke({}, on('d'));
    const stopped = await graph.invoke(
      { input: 'where is my order' },
      { ...on('d'), interruptBefore: ['check_order/ask'] },
    );
    expect(stopped.words).toEqual([]);
    expect((await graph.getState(on('d'))).next).toEqual(['check_order/ask']);
    const went = await graph.invoke(null, on('d'));
    expect(went.words).toEqual(["What's your order number?"]);
  });

  it('shows its state and its history, and can be changed and gone back to', async () => {
    await graph.invoke({}, on('e'));
    await graph.invoke({ input: 'where is my order' }, on('e'));
    const { values, next } = await graph.getState(on('e'));
    expect(next).toEqual([]);
    const dialog = (values as { dialog: { frames: { flow: string; state: string }[] } }).dialog;
    expect(dialog.frames.at(-1)).toMatchObject({ flow: 'check_order', state: 'ask' });
    const before = [];
    for await (const one of graph.getStateHistory(on('e'))) before.push(one);
    expect(before.length).toBeGreaterThan(3);
    // Back to the end of the opening, from where another request is another road.
    const opened = before.filter((one) => one.next.length === 0).at(-1)!;
    const { words } = await graph.invoke({ input: 'I want to pay my bill' }, opened.config);
    expect(words.join(' ')).not.toContain('order number');
    await graph.updateState(on('e'), { ended: true }, 'listen');
    expect((await graph.getState(on('e'))).values).toMatchObject({ ended: true });
  });

  it('is drawn with its states as nodes and its transitions as edges', async () => {
    const drawn = (await graph.getGraphAsync()).drawMermaid();
    expect(drawn).toContain('check_order/look_up');
    const { edges } = await graph.getGraphAsync();
    expect(edges.some(({ source, target }) => source === 'check_order/ask' && target === 'check_order/look_up')).toBe(
      true,
    );
  });

  it('says what is missing when a run names no thread', async () => {
    const free = await compileGraph(join(packageRoot, 'flows/hello'), { store: 'memory' });
    await expect(free.invoke({ input: 'hello' })).rejects.toThrow(
      "a run needs a thread: { configurable: { thread_id: 'a name' } }",
    );
  });

  it('keeps no caller apart from another', async () => {
    const [one, two] = await Promise.all([graph.invoke({}, on('x')), graph.invoke({}, on('y'))]);
    expect(one.words.length).toBeGreaterThan(0);
    expect(two.words.length).toBeGreaterThan(0);
    await graph.invoke({ input: 'where is my order' }, on('x'));
    const { values } = await graph.getState(on('y'));
    expect((values as { dialog: { frames: unknown[] } }).dialog.frames).toEqual([]);
  });
});
