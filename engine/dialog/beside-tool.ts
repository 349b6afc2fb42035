/** The caller speaks while a tool runs. */
import type { Move, Understanding } from '../contracts.js';
import { takeFills } from './answer.js';
import { doRepair } from './repair.js';
import { enqueue } from './queue.js';
import { mayStart, queueFlow, startFlow } from './stack.js';
import type { Fill } from './state.js';
import type { Talk } from './talk.js';
import { sayBuiltIn } from './words.js';

/** The caller speaks while a tool runs: the position stays, and only what leaves the tool alone is done. */
export function onSpokenBeside(talk: Talk, understanding: Understanding | null): void {
  const { s } = talk;
  const pending = s.pending!;
  pending.outlived = true;
  const move = understanding?.moves.find((one) => one.kind === 'repair');
  if (move?.kind === 'repair' && ['hold_on', 'repeat', 'slower'].includes(move.name)) return doRepair(talk, move);
  if (move?.kind === 'repair' && ['cancel', 'human', 'goodbye'].includes(move.name)) {
    // A write that is under way cannot be called back.
    if (pending.write && move.name === 'cancel') return sayBuiltIn(talk, 'too_late');
    if (!pending.write) return doRepair(talk, move);
  }
  const moves = understanding?.moves ?? [];
  if (changeBeside(talk, moves)) return;
  for (const one of moves) if (one.kind === 'queue') enqueue(talk, one);
  const start = moves.find((one) => one.kind === 'start');
  if (start?.kind === 'start') {
    const fills = moves.filter((one): one is Fill => one.kind === 'fill');
    if (isHarmless(talk, start.flow)) return startFlow(talk, start.flow, fills, 'digression');
    if (!talk.s.frames.some((frame) => frame.flow === start.flow)) return queueFlow(talk, start.flow, fills);
  }
  sayBuiltIn(talk, 'one_moment', { remembered: false });
}

/**
 * A change: a read that used the value is begun anew and its old answer let go; for a write on its way it comes too
 * late. What the tool does not use is changed beside it.
 */
function changeBeside(talk: Talk, moves: readonly Move[]): boolean {
  const { s } = talk;
  const changes = moves.filter((one): one is Fill => one.kind === 'fill' && one.correction);
  if (changes.length === 0 || moves.some((one) => one.kind === 'start')) return false;
  const { write, used } = s.pending!;
  if (write && changes.some((one) => used.includes(one.slot))) {
    s.trace.intent = 'correct';
    sayBuiltIn(talk, 'too_late');
    return true;
  }
  return takeFills(talk, changes, false) !== 'nothing';
}

/** A flow that writes nothing and waits for no tool may be served while a tool runs. */
function isHarmless(talk: Talk, name: string): boolean {
  const flow = talk.agent.flows.get(name);
  if (!flow || !mayStart(talk, flow)) return false;
  return [...flow.states.values()].every((state) => !state.call && !state.callFlow && !state.transfer && !state.hangUp);
}
