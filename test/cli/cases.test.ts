/**
 * The shared cases: agents and scripts that say what the language means. Every script is played; the ones that need
 * what is not there yet are named here with the reason, so that each is noticed when it begins to pass.
 */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findAgents } from '../../cli/find-agents.js';
import type { TestResult } from '../../cli/player/report.js';
import { runTests } from '../../cli/player/run-tests.js';
import { loadAgent } from '../../engine/language/load.js';

const shared = process.env['PARLEY_SHARED'];
const cases = join(shared ?? '', 'cases');

/** Agents that cannot be checked yet, with what they need: none of their scripts can be played. */
const agentsForLater: Record<string, string> = {};

/** Scripts of the other agents that need what is not there yet: by name, with what they need. */
const scriptsForLater: Record<string, string> = {};

describe.skipIf(shared === undefined)('the shared cases', () => {
  const folders =
    shared === undefined ? [] : readdirSync(cases).filter((name) => statSync(join(cases, name)).isDirectory());

  it.each(folders)('%s: every script passes but those named for later', { timeout: 300_000 }, async (folder) => {
    const agents = findAgents(join(cases, folder));
    const isWaiting = (path: string): boolean => relative(cases, path) in agentsForLater;
    const { results, broken } = await runTests(
      agents.filter((path) => !isWaiting(path)),
      { bail: false, realTools: false, seed: 0 },
    );
    const waiting = await Promise.all(agents.filter(isWaiting).map((path) => loadAgent(path)));

    const all = results.length + waiting.reduce((sum, { tests }) => sum + tests.length, 0);
    const wrong = results.filter(({ ok, skipped }) => !ok || skipped !== undefined);
    console.log(
      [`${folder}: ${results.length - wrong.length} of ${all} scripts pass`, ...wrong.map(tell)].join('\n  '),
    );

    expect(broken, 'agents with mistakes').toBe(0);
    // Both ways: an agent or a script that begins to work leaves its list.
    expect(waiting.filter(({ agent }) => agent !== undefined).map(({ agent }) => agent!.name)).toEqual([]);
    expect(wrong.map(({ name }) => name).sort()).toEqual(
      results
        .map(({ name }) => name)
        .filter((name) => name in scriptsForLater)
        .sort(),
    );
  });
});

function tell({ name, skipped, failures }: TestResult): string {
  const why = skipped ?? failures.map(({ turn, message }) => `turn ${turn}, ${message}`).join('; ');
  return `${name}: ${why} (${scriptsForLater[name] ?? 'not named for later'})`;
}
