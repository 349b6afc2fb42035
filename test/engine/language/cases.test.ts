import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAgent } from '../../../engine/language/load.js';

const shared = process.env['PARLEY_SHARED'];

/** Folders with an agent.yaml, and the lone files of `voicexml`. */
function agents(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (!statSync(path).isDirectory()) return folder.endsWith('voicexml') && name.endsWith('.yaml') ? [path] : [];
    return readdirSync(path).includes('agent.yaml') ? [path] : agents(path);
  });
}

describe.skipIf(!shared)('the shared cases', () => {
  it.each(shared ? agents(join(shared, 'cases')) : [])(
    '%s has no mistake but parts that are not there yet',
    async (path) => {
      const { problems, agent, tests } = await loadAgent(path, { allowNotReady: true });
      expect(problems.filter(({ code }) => code !== 'type-not-ready')).toEqual([]);
      expect(agent).toBeDefined();
      expect(tests.length).toBeGreaterThan(0);
      if (path.includes('voicexml')) expect((await loadAgent(path)).agent).toBeDefined();
    },
  );
});
