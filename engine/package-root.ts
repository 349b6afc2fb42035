import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package (where its package.json is), from source and from the built files alike. */
export const packageRoot: string = findRoot();

/** A built worker's file, `.dist/<name>.js`: worker threads cannot run TypeScript. */
export function workerFile(name: string): string {
  return join(packageRoot, '.dist', `${name}.js`);
}

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'parley')
      return folder;
    const parent = dirname(folder);
    if (parent === folder)
      throw new Error('parley: its own package.json is not above its files; reinstall the package');
    folder = parent;
  }
}
