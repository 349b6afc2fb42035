import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.js';
import { ModelFileError, type Embedder } from './embedder.js';
import { WordPieces } from './word-pieces.js';

/** The static model that ships with the project: see its README for how it was made and its licence. */
export const shippedStaticModel = {
  name: 'static-minilm',
  file: join(packageRoot, 'intents', 'embedder', 'static-minilm', 'static-minilm.bin'),
  sha256: 'c315094ff135708849fb077b6728b340bec4ce5f224dac92185475f9100c4de9',
  languages: ['en'],
};

const magic = 'PSE1';
const headerBytes = 16;

/**
 * A table of word pieces: the vector of a text is the normalised sum of its pieces' rows. No runtime,
 * about 15 µs a text. Little endian: `PSE1`, uint32 rows, uint32 dimensions, uint32 bytes of vocabulary,
 * the vocabulary (UTF-8, one piece a line), zeros up to a multiple of 4, a float32 scale a row, int8 rows.
 * @throws ModelFileError when the file is missing, cut, of another shape, or not the one expected
 */
export function openStaticModel(
  model: { name: string; file: string; sha256?: string; languages?: string[] } = shippedStaticModel,
): Embedder {
  const bytes = read(model.file);
  const hash = createHash('sha256').update(bytes).digest('hex');
  const { rows, dimensions, vocabulary, scalesAt, valuesAt } = readHeader(bytes, model.file);
  if (model.sha256 !== undefined && hash !== model.sha256) {
    throw new ModelFileError(`${model.file}: its SHA-256 is not the expected one; ${cure}`);
  }
  const pieces = new WordPieces(vocabulary);
  const scales = new Float32Array(
    bytes.buffer.slice(bytes.byteOffset + scalesAt, bytes.byteOffset + scalesAt + 4 * rows),
  );
  const values = new Int8Array(bytes.buffer, bytes.byteOffset + valuesAt, rows * dimensions);

  const embedOne = (text: string): Float32Array => {
    const sum = new Float32Array(dimensions);
    for (const row of pieces.rows(text)) {
      const scale = scales[row]!;
      const at = row * dimensions;
      for (let d = 0; d < dimensions; d++) sum[d]! += scale * values[at + d]!;
    }
    let squares = 0;
    for (const x of sum) squares += x * x;
    if (squares > 0) {
      const scale = 1 / Math.sqrt(squares);
      for (let d = 0; d < dimensions; d++) sum[d]! *= scale;
    }
    return sum;
  };

  return {
    name: model.name,
    hash,
    dimensions,
    languages: model.languages,
    embed: (texts) => Promise.resolve(texts.map(embedOne)),
  };
}

const cure = 'install the package again, or make the file again with the script that made it';

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ModelFileError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); ${cure}`,
      { cause: error },
    );
  }
}

function readHeader(bytes: Buffer, file: string) {
  if (bytes.length < headerBytes || bytes.toString('latin1', 0, 4) !== magic) {
    throw new ModelFileError(`${file}: does not begin with ${magic}, so it is no static model; ${cure}`);
  }
  const [rows, dimensions, vocabularyBytes] = [bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const scalesAt = Math.ceil((headerBytes + vocabularyBytes) / 4) * 4;
  const valuesAt = scalesAt + 4 * rows;
  const expected = valuesAt + rows * dimensions;
  if (bytes.length !== expected || rows === 0 || dimensions === 0) {
    throw new ModelFileError(`${file}: has ${bytes.length} bytes where its head says ${expected}; ${cure}`);
  }
  const vocabulary = bytes
    .toString('utf8', headerBytes, headerBytes + vocabularyBytes)
    .replace(/\n$/, '')
    .split('\n');
  if (vocabulary.length !== rows) {
    throw new ModelFileError(`${file}: has ${vocabulary.length} word pieces for ${rows} rows; ${cure}`);
  }
  return { rows, dimensions, vocabulary, scalesAt, valuesAt };
}
