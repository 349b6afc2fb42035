import type { DialogState } from '../dialog/seam.js';
import type { Frame } from '../dialog/state.js';
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

/**
 * Takes a dialog whose secrets were lost back to where each was collected, so that it is asked again and nothing
 * is done without it. A flow that waits for a tool is left until the tool has settled.
 *
 * @param lost names as `engine/dialog` keeps them: `frame.slot`, or `.slot` for one of the agent's
 * @returns the state, and the names that are dealt with
 */
export function askSecretsAgain(
  agent: Agent,
  state: DialogState,
  lost: ReadonlySet<string>,
): { state: DialogState; settled: string[] } {
  const settled: string[] = [];
  let frames = structuredClone(placesOf(state)) as unknown as Frame[];
  for (const name of lost) {
    const [n, slot] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    const index = frames.findIndex((frame) =>
      n === '' ? collects(agent, frame, slot) !== undefined : String(frame.n) === n,
    );
    const frame = frames[index];
    const place = frame && collects(agent, frame, slot);
    if (frame && place !== undefined) {
      if (frame.phase === 'tool') continue;
      Object.assign(frame, { state: place, phase: 'enter', question: null, outcome: 'ok', again: true });
      delete frame.counters[place];
      // What it had called goes on without the secret otherwise; what interrupted it may stay.
      let above = index + 1;
      while (frames[above]?.kind === 'call') above++;
      frames = [...frames.slice(0, index + 1), ...frames.slice(above)];
    }
    settled.push(name);
  }
  return { state: settled.length > 0 ? ({ ...state, frames } as unknown as DialogState) : state, settled };
}

/** The state of a flow, passed already, that collects a slot. */
function collects(agent: Agent, frame: Frame, slot: string): string | undefined {
  for (const [name, state] of agent.flows.get(frame.flow)?.states ?? []) {
    if (frame.visits[name] !== undefined && state.collect?.slots.includes(slot)) return name;
  }
  return undefined;
}

/** The flows on the stack and where each stands. */
function placesOf(state: DialogState): { flow: string; state: string }[] {
  return Array.isArray(state.frames) ? (state.frames as { flow: string; state: string }[]) : [];
}
