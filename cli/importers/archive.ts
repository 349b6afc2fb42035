import { inflateRawSync } from 'node:zlib';
import { UsageError } from '../../engine/errors.js';
import type { SourceFile } from './imported.js';

/** What an honest export stays below: files in it, and bytes when unpacked. */
const mostFiles = 20_000;
const mostBytes = 200_000_000;

/**
 * The text files in a zip archive, by its central directory (PKWARE APPNOTE 6.3, 4.3). Stored and deflated entries only.
 * @param wanted whether a file's path is one to read
 * @throws UsageError when it is no archive, or one of a size that no export has
 */
export function filesInZip(bytes: Buffer, name: string, wanted: (path: string) => boolean): SourceFile[] {
  const refuse = (why: string): never => {
    throw new UsageError(`${name}: ${why}. Unpack it and name the folder.`);
  };
  const end = bytes.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > bytes.length) return refuse('is no zip archive that can be read');
  const count = bytes.readUInt16LE(end + 10);
  if (count > mostFiles) return refuse('has more files than an export');
  const files: SourceFile[] = [];
  let at = bytes.readUInt32LE(end + 16);
  let total = 0;
  try {
    for (let index = 0; index < count; index++) {
      if (bytes.readUInt32LE(at) !== 0x02014b50) return refuse('is damaged');
      const method = bytes.readUInt16LE(at + 10);
      const [packed, size] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)];
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset)) as [number, number, number]; // prettier-ignore
      const local = bytes.readUInt32LE(at + 42);
      const path = bytes.toString('utf8', at + 46, at + 46 + nameLength);
      at += 46 + nameLength + extra + comment;
      if (path.endsWith('/') || !wanted(path)) continue;
      total += size;
      if (total > mostBytes) return refuse('is larger than an export when unpacked');
      const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
      const raw = bytes.subarray(from, from + packed);
      if (method !== 0 && method !== 8) return refuse('is packed in a way that is not read here');
      const text = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(size, 1) });
      files.push({ path, text: text.toString('utf8') });
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    return refuse('is damaged');
  }
  return files;
}
