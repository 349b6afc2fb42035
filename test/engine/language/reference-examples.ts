import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../engine/package-root.js';

export const reference = readFileSync(join(packageRoot, 'flows', 'README.md'), 'utf8');

/** One example of `flows/README.md`: the heading it stands under and its files by name. */
export interface ReferenceExample {
  title: string;
  files: Record<string, string>;
}

/** All blocks of the reference. One that begins with `# mocks.yaml` or the like is a file beside the one before it. */
export function referenceExamples(): ReferenceExample[] {
  const examples: ReferenceExample[] = [];
  let heading = '';
  for (const [, title, text] of reference.matchAll(/^## (.+)$|^```(?:yaml|ts|md)\n([\s\S]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    if (text === undefined) continue;
    const beside = /^(?:#|\/\/) ([\w./-]+\.(?:yaml|md|ts))\n/.exec(text)?.[1];
    if (beside !== undefined) examples.at(-1)!.files[beside] = text;
    else examples.push({ title: heading, files: { 'a.flow.yaml': text } });
  }
  return examples;
}
