/**
 * One agent, three ways through LangGraph: the folded graph resident and by turns, and the expanded one with a node for
 * each state. On every example script all three say the same words, know the same slots, run the same tools and end alike.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAgents } from '../../../cli/find-agents.js';
import { playScript, type PlayOptions } from '../../../cli/player/play-script.js';
import { Rehearsal } from '../../../cli/player/playable-agent.js';
import type { Out } from '../../../engine/contracts.js';
import { loadAgent } from '../../../engine/language/load.js';
import { packageRoot } from '../../../engine/package-root.js';

const shared = process.env['PARLEY_SHARED'];
const rooms = { flows: join(packageRoot, 'flows'), ...(shared !== undefined && { cases: join(shared, 'cases') }) };

/** What a caller and a back end would notice, and what the dialog knows. */
function told(out: Out): unknown {
  switch (out.kind) {
    case 'words':
      return `${out.id}: ${out.text}`;
    case 'tool':
      return `${out.phase} ${out.callId} ${out.outcome ?? ''}`;
    case 'trace':
      return { at: `${out.trace.flow ?? ''}/${out.trace.state}`, slots: out.trace.slots, tools: out.trace.tools };
    case 'listen':
      return `listen at ${out.listening.position}`;
    case 'transfer':
      return `transfer to ${out.to}`;
    case 'wait':
      return `wait for ${out.for}`;
    case 'end':
      return `end${out.hangUp ? ' and hang up' : ''}`;
  }
}

type Driver = NonNullable<PlayOptions['driver']>;

/** Plays every script of an agent by each driver, with one router: what each gave, by script. */
async function playAll(path: string): Promise<Record<Driver, Record<string, unknown[]>>> {
  const { agent, tests, mocks, problems } = await loadAgent(path);
  if (!agent) throw new Error(problems.map(({ message }) => message).join(' '));
  const rehearsal = new Rehearsal();
  const playable = rehearsal.ready(agent, mocks);
  const given: Record<Driver, Record<string, unknown[]>> = { resident: {}, turn: {}, expanded: {} };
  try {
    for (const script of tests) {
      for (const driver of ['resident', 'turn', 'expanded'] as const) {
        const outs: unknown[] = [];
        const onOut = (_: unknown, out: Out): void => void outs.push(told(out));
        const { ok } = await playScript(script, playable, { realTools: false, seed: 0, driver, onOut });
        given[driver][`${String(script.line)} ${script.name}`] = [...outs, ok];
      }
    }
  } finally {
    await rehearsal.close();
  }
  return given;
}

describe.each(Object.entries(rooms))('%s', (_room, folder) => {
  it.each(findAgents(folder).map((path) => [path.slice(folder.length + 1), path]))(
    '%s: says the same folded and resident, folded by turns, and expanded',
    { timeout: 300_000 },
    async (_name, path) => {
      const { resident, turn, expanded } = await playAll(path);
      expect(turn).toEqual(resident);
      expect(expanded).toEqual(resident);
    },
  );
});

if (shared === undefined) {
  describe('cases', () => {
    it.skip('set PARLEY_SHARED to compare on the shared cases too', () => {});
  });
}
