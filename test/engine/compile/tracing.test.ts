import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settleTracing } from '../../../engine/compile/tracing.js';
import { packageRoot } from '../../../engine/package-root.js';
import { startCollector } from '../../loopback/collector.js';

const folder = mkdtempSync(join(packageRoot, 'node_modules', '.parley-tracing-'));
const script = join(folder, 'tracing-child.mjs');

beforeAll(() =>
  build({
    entryPoints: [join(packageRoot, 'test/engine/compile/tracing-child.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // As in the built command: LangChain is in a part of its own, loaded when first asked for.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['libsql', 'esbuild'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }),
);
afterAll(() => rmSync(folder, { recursive: true }));

async function sentBy(...args: string[]) {
  const collector = await startCollector();
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      LANGSMITH_TRACING: 'true', LANGSMITH_TRACING_V2: 'true', LANGCHAIN_TRACING_V2: 'true', LANGCHAIN_TRACING: 'true', LANGCHAIN_VERBOSE: 'true',
      LANGSMITH_API_KEY: 'key', LANGCHAIN_API_KEY: 'key', LANGSMITH_ENDPOINT: collector.url, LANGCHAIN_ENDPOINT: collector.url,
    }, // prettier-ignore
  });
  let printed = '';
  child.stdout.on('data', (piece: Buffer) => (printed += piece.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  await collector.close();
  return { code, printed, requests: collector.requests };
}

describe('tracing', () => {
  it('sends nothing, and prints nothing, although every variable asks for it', async () => {
    expect(await sentBy()).toEqual({ code: 0, printed: '', requests: [] });
  });

  it('sends turns when the configuration asks for it', async () => {
    const { code, requests } = await sentBy('langsmith');
    expect(code).toBe(0);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.some(({ path }) => path.includes('/runs'))).toBe(true);
  });

  it('stays off for all once an agent without it was opened in the process', () => {
    const env: NodeJS.ProcessEnv = { LANGSMITH_TRACING: 'true', LANGCHAIN_TRACING: '' };
    expect(settleTracing({}, env)).toBe(false);
    expect(env).toEqual({ LANGSMITH_TRACING: 'false', LANGSMITH_TRACING_V2: 'false', LANGCHAIN_TRACING_V2: 'false' });
    expect(settleTracing({ tracing: 'langsmith' }, env)).toBe(false);
    expect(env.LANGSMITH_TRACING).toBe('false');
  });
});
