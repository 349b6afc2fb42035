import type { DialogState } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';

/**
 * A stored dialog meets the agent of today. The same version: as it is. Another version in which its place still
 * exists: it goes on there. Otherwise it goes on where no flow runs; what it knew of shared slots stays.
 *
 * @returns the state and, when anything changed, one line for the log
 */
export function adoptState(agent: Agent, state: DialogState): { state: DialogState; note?: string; lost: boolean } {
  if (state.version === agent.hash) return { state, lost: false };
  const frames = placesOf(state);
  const gone = frames.find(({ flow, state: name }) => !agent.flows.get(flow)?.states.has(name));
  const versions = `stored by version ${state.version}, this is ${agent.hash}`;
  if (!gone)
    return { state: { ...state, version: agent.hash }, note: `${versions}; it goes on where it was`, lost: false };
  const floor = { frames: [], pending: null, queue: [], clarify: null, awaiting: null, later: null, human: null };
  return {
    state: { ...state, version: agent.hash, ...floor },
    note: `${versions}, which has no ${gone.flow}/${gone.state}; it goes on where no flow runs`,
    lost: true,
  };
}

/** The flows on the stack and where each stands. */
function placesOf(state: DialogState): { flow: string; state: string }[] {
  return Array.isArray(state.frames) ? (state.frames as { flow: string; state: string }[]) : [];
}
