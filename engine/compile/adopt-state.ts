import type { DialogState } from '../dialog/seam.js';
import { migrate } from '../dialog/migrate.js';
import { refit } from '../dialog/refit.js';
import type { Frame, Inside } from '../dialog/state.js';
import { inside } from '../dialog/state.js';
import type { Agent } from '../language/flow.js';

/**
 * A stored dialog meets the agent of today. The same version: as it is. Another one: its names are moved by the agent's
 * `migrations`, and what then fits nothing is let go of. Where its place is gone the flow is passed once more with
 * what was said; where that could make a write twice, or the flow is gone, the task is over and the caller is told.
 *
 * @returns the state; when anything changed one line for the log; and whether what was being done there is lost
 */
export function adoptState(agent: Agent, state: DialogState): { state: DialogState; note?: string; lost: boolean } {
  if (state.version === agent.hash) return { state, lost: false };
  const versions = `stored by version ${versionOf(state.release, state.version)}, this is ${versionOf(agent.version, agent.hash)}`;
  try {
    const fitted = refit(agent, migrate(agent, inside(state), state.release));
    return {
      state: asOf(agent, fitted.state),
      note: `${versions}; ${fitted.notes.length > 0 ? fitted.notes.join('; ') : 'it goes on where it was'}`,
      lost: fitted.lost,
    };
  } catch (error) {
    // A damaged state is no reason to turn its caller away: nothing runs, and they are told.
    const floor = { frames: [], pending: null, queue: [], clarify: null, awaiting: null, later: null, human: null };
    return {
      state: asOf(agent, { ...inside(state), ...floor, changed: true }),
      note: `${versions}; it cannot be read (${error instanceof Error ? error.name : 'failed'}), so nothing of it runs`,
      lost: true,
    };
  }
}

/** `3 (a1b2…)`, or the hash alone. */
function versionOf(number: number | undefined, hash: string): string {
  return number === undefined ? hash : `${String(number)} (${hash})`;
}

function asOf(agent: Agent, state: Inside): DialogState {
  const adopted: Inside = { ...state, version: agent.hash };
  if (agent.version === undefined) delete adopted.release;
  else adopted.release = agent.version;
  return adopted as unknown as DialogState;
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
