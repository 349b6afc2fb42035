import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from './embedder.js';

/** A batch larger than this is training, whose vectors are worth keeping; a caller's turn never is, and is never written. */
const smallestKept = 8;

/**
 * Keeps the vectors of training texts in a file by (model hash, text hash): the next start with the same
 * examples asks the encoder nothing. Texts are not stored. A damaged or foreign file is made anew; a folder
 * that cannot be written costs only time.
 */
export function cachedEmbedder(embedder: Embedder, folder: string): Embedder {
  const file = join(folder, `vectors-${embedder.hash.slice(0, 16)}.json`);
  const known = readKnown(file, embedder.dimensions);
  const { name, hash, dimensions, languages } = embedder;
  return {
    name,
    hash,
    dimensions,
    languages,
    embed: async (texts) => {
      if (texts.length < smallestKept) return embedder.embed(texts);
      const keys = texts.map((text) => createHash('sha256').update(text).digest('base64url'));
      const missing = texts.flatMap((_, i) => (known.has(keys[i]!) ? [] : [i]));
      const fresh = await embedder.embed(missing.map((i) => texts[i]!));
      for (const [at, i] of missing.entries()) known.set(keys[i]!, fresh[at]!);
      if (missing.length > 0) write(folder, file, known);
      return keys.map((key) => known.get(key)!);
    },
    close: async () => embedder.close?.(),
  };
}

function readKnown(file: string, dimensions: number): Map<string, Float32Array> {
  const known = new Map<string, Float32Array>();
  try {
    const stored = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
    for (const [key, value] of Object.entries(stored)) {
      const bytes = Buffer.from(value, 'base64');
      if (bytes.length !== 4 * dimensions) continue;
      known.set(key, new Float32Array(new Uint8Array(bytes).buffer));
    }
  } catch {
    known.clear();
  }
  return known;
}

function write(folder: string, file: string, known: Map<string, Float32Array>): void {
  const stored = Object.fromEntries(
    [...known].map(([key, vector]) => [
      key,
      Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64'),
    ]),
  );
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(stored), { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // Without the cache the next start is slower, and nothing else.
  }
}
