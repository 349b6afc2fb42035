import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAgent } from '../../../engine/language/load.js';
import { formatProblem, problemCodes } from '../../../engine/language/problems.js';
import { packageRoot } from '../../../engine/package-root.js';
import { folderOf } from './load-text.js';
import { mutated, randomOf } from './mutate.js';

/** How many spoiled files are loaded; `PARLEY_FUZZ=10000` for the long run. */
const count = Number(process.env['PARLEY_FUZZ'] ?? 300);
/** Of this process's own time, so that a busy machine does not count; what hangs takes for ever. */
const longestMs = 5_000;

/** The files of the example agents: real flows, scripts and stand-ins. */
function seeds(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return seeds(path);
    return path.endsWith('.yaml') ? [readFileSync(path, 'utf8')] : [];
  });
}

const texts = seeds(join(packageRoot, 'flows'));

describe('a spoiled file', () => {
  it(
    `gives a list of problems, never an exception and never a hang (${count} of them)`,
    async () => {
      const file = join(folderOf({ 'a.flow.yaml': '' }), 'a.flow.yaml');
      let [loads, problemsInAll] = [0, 0];
      for (let seed = 1; seed <= count; seed++) {
        const random = randomOf(seed * 7919);
        const text = texts[Math.floor(random() * texts.length)]!;
        const other = texts[Math.floor(random() * texts.length)]!;
        const spoiled = mutated(text, other, seed);
        writeFileSync(file, spoiled.text);
        const before = process.cpuUsage();
        const { agent, problems } = await loadAgent(file).catch((error: unknown) => {
          throw new Error(`seed ${seed} (${spoiled.how.join('; ')}) threw`, { cause: error });
        });
        const used = process.cpuUsage(before);
        const took = (used.user + used.system) / 1000;
        if (took > longestMs) throw new Error(`seed ${seed} (${spoiled.how.join('; ')}) took ${Math.round(took)} ms`);
        // Either it runs, or it says why not: in known words, at a place that is there.
        expect(agent !== undefined || problems.some(({ severity }) => severity === 'error'), `seed ${seed}`).toBe(true);
        const lines = spoiled.text.split('\n').length;
        for (const problem of problems) {
          expect(problemCodes, `seed ${seed}`).toHaveProperty(problem.code);
          expect(problem.message, `seed ${seed}`).not.toMatch(/undefined|\[object|NaN/);
          expect(problem.line, `seed ${seed}`).toBeLessThanOrEqual(lines + 1);
          formatProblem(problem);
        }
        loads++;
        problemsInAll += problems.length;
      }
      expect(loads).toBe(count);
      expect(problemsInAll).toBeGreaterThan(count / 2);
      expect(({} as Record<string, unknown>)['say']).toBeUndefined();
    },
    Math.max(60_000, count * 500),
  );
});
