/**
 * Bad input: random legal and illegal events over every agent in `flows/` (and, with `PARLEY_SHARED`, every example
 * case). Whatever comes, the engine never throws, always asks, says or ends, and keeps what it promised.
 *
 * `PARLEY_FUZZ=100000` plays so many turns over every agent together; a failure names its agent and seed, and
 * `PARLEY_FUZZ_SEED=agent:7` plays only that conversation.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAgents } from '../../../../cli/find-agents.js';
import type { Agent } from '../../../../engine/language/flow.js';
import { loadAgent } from '../../../../engine/language/load.js';
import { playAtRandom } from './play-at-random.js';

const turnsInAll = Number(process.env.PARLEY_FUZZ ?? 6000);
const [onlyAgent, onlySeed] = (process.env.PARLEY_FUZZ_SEED ?? '').split(':');

const shared = process.env.PARLEY_SHARED;
const roots = ['flows', ...(shared ? [join(shared, 'cases')] : [])];
const paths = roots.flatMap(findAgents);
const loaded = await Promise.all(paths.map(async (path) => ({ path, ...(await loadAgent(path)) })));
const agents = loaded.flatMap(({ path, agent, tests }) =>
  agent && (onlyAgent === '' || onlyAgent === undefined || agent.name === onlyAgent) ? [{ path, agent, tests }] : [],
);

describe('whatever a caller, a tool or a driver does', () => {
  it('has agents to be tried on', () => expect(agents.length).toBeGreaterThan(onlyAgent ? 0 : 2));

  it.each(agents)(
    '$agent.name goes on or ends, says nothing broken, and writes nothing twice',
    async ({ agent, tests }: { agent: Agent; tests: Parameters<typeof playAtRandom>[1] }) => {
      let left = Math.ceil(turnsInAll / agents.length);
      for (let seed = onlySeed === undefined ? 1 : Number(onlySeed); left > 0; seed++) {
        left -= await playAtRandom(agent, tests, seed);
        if (onlySeed !== undefined) break;
      }
    },
    600_000,
  );
});
