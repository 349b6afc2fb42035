import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Embedder } from '../../intents/embedder/embedder.js';

const keyBytes = 16;

/** An embedder that keeps every vector it ever made in a file: a bench asks for the same texts again and again. */
export function rememberedEmbedder(embedder: Embedder, folder: string): Embedder & { flush(): void } {
  const { name, hash, dimensions, languages } = embedder;
  const file = join(folder, `${hash.slice(0, 16)}.bin`);
  const record = keyBytes + 4 * dimensions;
  const known = new Map<string, Float32Array>();
  const fresh: Buffer[] = [];
  if (existsSync(file)) {
    const bytes = readFileSync(file);
    for (let at = 0; at + record <= bytes.length; at += record) {
      const key = bytes.toString('latin1', at, at + keyBytes);
      known.set(
        key,
        new Float32Array(bytes.buffer.slice(bytes.byteOffset + at + keyBytes, bytes.byteOffset + at + record)),
      );
    }
  }
  const flush = (): void => {
    if (fresh.length === 0) return;
    mkdirSync(folder, { recursive: true });
    appendFileSync(file, Buffer.concat(fresh.splice(0)));
  };
  return {
    name,
    hash,
    dimensions,
    languages,
    async embed(texts) {
      const vectors: Float32Array[] = [];
      for (const text of texts) {
        const digest = createHash('sha256').update(text).digest().subarray(0, keyBytes);
        const key = digest.toString('latin1');
        let vector = known.get(key);
        if (!vector) {
          [vector] = await embedder.embed([text]);
          known.set(key, vector!);
          fresh.push(Buffer.from(digest), Buffer.from(vector!.buffer, vector!.byteOffset, vector!.byteLength));
          if (fresh.length > 1000) flush();
        }
        vectors.push(vector!);
      }
      return vectors;
    },
    flush,
    close: async () => {
      flush();
      await embedder.close?.();
    },
  };
}
