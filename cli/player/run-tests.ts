/** Plays the scripts of agents, one after the other. */
import { formatProblem } from '../../engine/language/problems.js';
import { loadAgent } from '../../engine/language/load.js';
import { coloursFor } from '../terminal.js';
import { Rehearsal } from './playable-agent.js';
import { playScript } from './play-script.js';
import type { TestResult } from './report.js';

export interface RunOptions {
  /** Only scripts with this text in their name or file. */
  filter?: string | undefined;
  /** Stop after the first failure. */
  bail: boolean;
  /** Tools without a mock are run for real, instead of failing the turn. */
  realTools: boolean;
  /** Picks the variants of words. */
  seed: number;
  onStart?: (name: string, index: number, of: number) => void;
  onResult?: (result: TestResult) => void;
  /** An agent has mistakes and its scripts cannot be played: the problems as text. */
  onBroken?: (problems: string) => void;
}

/** What the scripts at these paths came to, and how many agents could not be loaded. */
export async function runTests(
  paths: readonly string[],
  options: RunOptions,
): Promise<{ results: TestResult[]; broken: number }> {
  const loaded = await Promise.all(paths.map((path) => loadAgent(path)));
  const results: TestResult[] = [];
  let broken = 0;
  const wanted = loaded.map(({ tests }) =>
    tests.filter(({ name, file }) => options.filter === undefined || `${name} ${file}`.includes(options.filter)),
  );
  const of = wanted.reduce((sum, tests) => sum + tests.length, 0);
  const rehearsal = new Rehearsal();
  let index = 0;
  try {
    for (const [at, { agent, problems, mocks }] of loaded.entries()) {
      if (!agent) {
        broken++;
        const colour = coloursFor(process.stderr).isColorSupported;
        options.onBroken?.(problems.map((problem) => formatProblem(problem, { colour })).join('\n\n'));
        continue;
      }
      const playable = rehearsal.ready(agent, mocks);
      for (const script of wanted[at]!) {
        options.onStart?.(script.name, index++, of);
        const result = await playScript(script, playable, options);
        results.push(result);
        options.onResult?.(result);
        if (!result.ok && options.bail) return { results, broken };
      }
    }
  } finally {
    await rehearsal.close();
  }
  return { results, broken };
}
