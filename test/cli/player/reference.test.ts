import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runTests } from '../../../cli/player/run-tests.js';
import { folderOf } from '../../engine/language/load-text.js';
import { referenceExamples } from '../../engine/language/reference-examples.js';

const played = referenceExamples().filter(({ files }) => Object.values(files).some((text) => /^test:/m.test(text)));

it.each(played.map(({ title, files }) => [title, files] as const))(
  'plays the scripts of the reference under "%s"',
  { timeout: 60_000 },
  async (_title, files) => {
    const folder = folderOf(files);
    const path = Object.keys(files).length === 1 ? join(folder, Object.keys(files)[0]!) : folder;
    const wrong: string[] = [];
    const { results } = await runTests([path], {
      bail: false,
      realTools: false,
      seed: 0,
      onBroken: (problems) => wrong.push(problems),
    });
    for (const { name, skipped, failures } of results) {
      if (skipped !== undefined && !skipped.includes('sound')) wrong.push(`${name}: ${skipped}`);
      for (const { turn, message } of failures) wrong.push(`${name}, turn ${turn}: ${message}`);
    }
    expect(wrong).toEqual([]);
    expect(results.length).toBeGreaterThan(0);
  },
);
