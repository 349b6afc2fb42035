/** The sound file that a turn of a script names: looked at when the script is read, so that no test finds it missing. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { textOf } from './yaml-source.js';

const mostBytes = 20_000_000;
/** Whatever stands before the samples fits in so much, but for what no recorder writes. */
const headBytes = 65_536;
/** Kinds of samples: PCM, floating point, A-law, mu-law, and "extensible", which is one of them. */
const kinds = new Set([1, 3, 6, 7, 0xfffe]);

/** Tells of a file that is not there, or is no WAV that can be heard. */
export function checkSound(node: YamlNode, shop: Workshop): void {
  const name = textOf(node);
  if (name === undefined) return;
  const path = resolve(dirname(node.file.path), name);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat?.isFile())
    return shop.report(
      node,
      'no-such-file',
      `There is no sound "${name}".`,
      'Record it, or correct the path: it counts from this file. Words for the local voice are written { say: … }.',
    );
  if (stat.size > mostBytes)
    return shop.report(node, 'too-big', `The sound "${name}" is over 20 MB.`, 'Cut out what the caller says.');
  const fault = faultOfWav(headOf(path));
  if (fault !== undefined)
    shop.report(
      node,
      'bad-sound',
      `"${name}" cannot be heard: ${fault}.`,
      'Save it as a WAV of PCM, A-law or mu-law, at any rate from 4000 to 192000.',
    );
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0));
  } finally {
    closeSync(file);
  }
}

/** What is wrong with the head of a WAV (RIFF: chunks of a name, a length and a body), if anything is. */
function faultOfWav(head: Buffer): string | undefined {
  const nameAt = (at: number): string => head.toString('latin1', at, at + 4);
  if (head.length < 12 || nameAt(0) !== 'RIFF' || nameAt(8) !== 'WAVE') return 'it is not a WAV file';
  let known = false;
  for (let at = 12; at + 8 <= head.length;) {
    const size = head.readUInt32LE(at + 4);
    if (nameAt(at) === 'fmt ' && at + 24 <= head.length) {
      const [kind, channels, rateHz, bits] = [
        head.readUInt16LE(at + 8),
        head.readUInt16LE(at + 10),
        head.readUInt32LE(at + 12),
        head.readUInt16LE(at + 22),
      ];
      if (!kinds.has(kind)) return 'it is compressed in a way that is not read';
      if (channels < 1 || bits < 8 || bits % 8 !== 0) return 'its header is damaged';
      if (rateHz < 4000 || rateHz > 192_000) return `its rate is ${String(rateHz)}`;
      known = true;
    } else if (nameAt(at) === 'data') {
      if (!known) return 'its header is damaged';
      return at + 8 < head.length ? undefined : 'there is no sound in it';
    }
    at += 8 + size + (size % 2);
  }
  return 'there is no sound in it';
}
