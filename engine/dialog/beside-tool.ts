/** The caller speaks while a tool runs. */
import type { Understanding } from '../contracts.js';
import { doRepair } from './repair.js';
import { mayStart, startFlow } from './stack.js';
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
  if (move?.kind === 'repair' && (move.name === 'cancel' || move.name === 'human')) {
    // A write that is under way cannot be called back.
    if (pending.write && move.name === 'cancel') return sayBuiltIn(talk, 'too_late');
    if (!pending.write) return doRepair(talk, move);
  }
  const start = understanding?.moves.find((one) => one.kind === 'start');
  if (start?.kind === 'start' && isHarmless(talk, start.flow)) {
    return startFlow(
      talk,
      start.flow,
      understanding!.moves.filter((one): one is Fill => one.kind === 'fill'),
      'digression',
    );
  }
  sayBuiltIn(talk, 'one_moment', { remembered: false });
}

/** A flow that writes nothing and waits for no tool may be served while a tool runs. */
function isHarmless(talk: Talk, name: string): boolean {
  const flow = talk.agent.flows.get(name);
  if (!flow || !mayStart(talk, flow)) return false;
  return [...flow.states.values()].every((state) => !state.call && !state.callFlow && !state.transfer && !state.hangUp);
}
