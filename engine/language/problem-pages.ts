import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

/** Where each code is explained, with a wrong and a right example. */
const file = join(packageRoot, 'flows', 'problems.md');

/** The sections of the page by their code; each begins with its heading. */
export function pagesOf(text: string): Map<string, string> {
  return new Map(
    text.split(/^(?=## `)/m).flatMap((section) => {
      const code = /^## `([a-z-]+)`/.exec(section)?.[1];
      return code === undefined ? [] : [[code, section.trim()] as const];
    }),
  );
}

/** What a code means, as Markdown; undefined when there is no such code. */
export function explain(code: string): string | undefined {
  return pagesOf(readFileSync(file, 'utf8')).get(code);
}
