import { VirtualClock } from '../../../engine/clock.js';
import { compileDialog } from '../../../engine/compile/graph.js';
import { GraphDialog, type GraphDialogParts } from '../../../engine/compile/graph-dialog.js';
import type { Heard, Input, LanguageModel, Out, ToolCall, ToolResult, ToolRunner } from '../../../engine/contracts.js';
import type { Agent } from '../../../engine/language/flow.js';
import type { DialogStore } from '../../../engine/stores/dialog-store.js';
import { memoryStore } from '../../../engine/stores/memory-store.js';
import { smallAgent } from './small-agent.js';
import { smallState, smallStep, smallUnderstand } from './small-step.js';

export interface SmallOptions extends Partial<GraphDialogParts> {
  id?: string;
  agent?: Agent;
  store?: DialogStore;
  clock?: VirtualClock;
  model?: LanguageModel;
}

/** A real dialog, graph and store around the small step. */
export async function openSmall(options: SmallOptions = {}) {
  const { id = 'd', agent = smallAgent(), store = memoryStore(), clock = new VirtualClock() } = options;
  const problems: string[] = [];
  const saver = await store.saver();
  const dialog = await GraphDialog.open({
    id,
    agent,
    store,
    saver,
    graph: compileDialog(saver),
    ledger: await store.ledger(),
    router: { route: () => Promise.reject(new Error('the small step needs no router')) },
    tools: { run: () => Promise.resolve({ outcome: 'ok', value: {} }) },
    model: undefined,
    step: smallStep,
    understand: smallUnderstand,
    openState: () => smallState(id, agent.hash),
    clock,
    env: {},
    seed: 0,
    resident: false,
    claim: {},
    onProblem: (line) => problems.push(line),
    ...options,
  });
  const turn = (
    input: Partial<Input> & { kind: Input['kind'] },
    signal = new AbortController().signal,
  ): Promise<Out[]> => collect(dialog.turn({ atMs: clock.now(), ...input } as Input, { signal }));
  return {
    dialog,
    problems,
    store,
    saver,
    clock,
    turn,
    say: (text: string, signal?: AbortSignal) => turn({ kind: 'utterance', text }, signal),
  };
}

export async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** What was said, and how the turn ended: `hello: Hello.`, `listen`. */
export function spoken(outs: Out[]): string[] {
  return outs.flatMap((out) => {
    if (out.kind === 'words') return [`${out.id}: ${out.text}`];
    if (out.kind === 'tool') return [`${out.phase}${out.outcome === undefined ? '' : ` ${out.outcome}`}`];
    return out.kind === 'trace' || out.kind === 'transfer' ? [] : [out.kind];
  });
}

export const heard = (...parts: Heard['parts']): Heard => ({ parts, estimated: false });

/** A tool that comes back when the test says so, and notes what was done to it. */
export function handTool() {
  const calls: { call: ToolCall; signal: AbortSignal; settle: (result: ToolResult) => void }[] = [];
  const runner: ToolRunner = {
    run: (call, signal) =>
      new Promise((resolve) => {
        calls.push({ call, signal, settle: resolve });
        signal.addEventListener('abort', () => resolve({ outcome: 'cancelled' }));
      }),
  };
  return { calls, runner };
}
