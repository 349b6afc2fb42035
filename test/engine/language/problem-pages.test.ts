import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { problemCodes } from '../../../engine/language/problems.js';
import { pagesOf } from '../../../engine/language/problem-pages.js';
import { packageRoot } from '../../../engine/package-root.js';
import { load } from './load-text.js';

const pages = pagesOf(readFileSync(join(packageRoot, 'flows', 'problems.md'), 'utf8'));

/**
 * An example of 1 MB would not fit, nor one with every built-in word of another language; what is not there yet changes
 * with every version; servers are asked with --tools only.
 */
const withoutExample = new Set(['too-big', 'type-not-ready', 'tool-mismatch', 'no-language-words']);

it('has a page for every code, and for nothing else', () => {
  expect([...pages.keys()].sort()).toEqual(Object.keys(problemCodes).sort());
});

describe('each page', () => {
  it.each([...pages].filter(([code]) => !withoutExample.has(code)))(
    '%s: its wrong example gives that problem alone, its right one none',
    async (code, page) => {
      const [wrong, right] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
      const found = (await load(wrong!)).problems;
      expect([...new Set(found.map((problem) => problem.code))]).toEqual([code]);
      expect(found[0]!.cure).not.toBe('');
      expect((await load(right!)).problems).toEqual([]);
    },
  );

  it.each([...pages])('%s says what it means', (_code, page) => {
    expect(page.split('\n\n')[1]!.length).toBeGreaterThan(40);
  });
});
