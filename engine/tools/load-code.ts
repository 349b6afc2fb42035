import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * A designer's `.ts` or `.js` file as a module: esbuild joins it with what it imports, and the result is imported
 * from memory. Nothing is written beside the designer's files, and a changed file is a new module.
 *
 * @param file absolute path
 * @throws esbuild's failure (with `errors`, each with a line), or whatever the file throws while it is loaded
 */
export async function loadCode(file: string): Promise<Record<string, unknown>> {
  const { build } = await import('esbuild');
  const url = JSON.stringify(pathToFileURL(file).href);
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    // A module from memory has no place of its own: CommonJS packages find theirs from the designer's file.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(${url});`,
    },
    define: { 'import.meta.url': url },
  });
  const mark = createHash('sha256').update(file).digest('hex').slice(0, 8);
  const source = `${outputFiles[0]!.text}\n//# sourceURL=${basename(file)}?${mark}`;
  return (await import(`data:text/javascript;base64,${Buffer.from(source).toString('base64')}`)) as Record<
    string,
    unknown
  >;
}
