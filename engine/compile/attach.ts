import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { DialogState } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import { adoptState } from './adopt-state.js';
import type { DialogGraph } from './graph.js';
import type { KeptCall, KeptEffect } from './turn-host.js';

/** What a checkpoint says of a dialog when it is opened. */
export interface Attached {
  state: DialogState | undefined;
  /** Something was being done when the process died: it is done first. */
  pendingNode: 'turn' | 'effect' | undefined;
  late: KeptCall[];
}

interface Kept {
  id: string;
  agent: Agent;
  graph: DialogGraph;
  saver: BaseCheckpointSaver;
  onProblem: (line: string) => void;
}

/** Reads the checkpoint, if there is one. */
export async function attach(kept: Kept): Promise<Attached> {
  const { id, agent, saver, onProblem } = kept;
  const tuple = await saver.getTuple({ configurable: { thread_id: id, checkpoint_ns: '' } });
  if (!tuple) return { state: undefined, pendingNode: undefined, late: [] };
  const values = tuple.checkpoint.channel_values as {
    dialog?: DialogState;
    then?: KeptEffect | null;
    late?: KeptCall[];
  };
  const adopted = values.dialog && adoptState(agent, values.dialog);
  if (adopted?.note) onProblem(`dialog ${id}: ${adopted.note}`);
  const pendingNode = await pendingNodeOf(kept);
  const late = adopted?.lost ? [] : (values.late ?? []);
  return { state: adopted?.state, pendingNode, late };
}

/** Where the graph stands in the middle of something: after a crash, or while a resident run waits in `turn`. */
export async function pendingNodeOf({
  id,
  graph,
  saver,
}: Pick<Kept, 'id' | 'graph' | 'saver'>): Promise<Attached['pendingNode']> {
  const config = { configurable: { thread_id: id } };
  const { next } = await graph.getState(config);
  if (next.length === 1 && next[0] === 'turn') return 'turn';
  // Killed between a task's writes and the checkpoint, `next` is empty and the writes are not.
  const pending = next.length > 0 || ((await saver.getTuple(config))?.pendingWrites ?? []).length > 0;
  return pending ? 'effect' : undefined;
}
