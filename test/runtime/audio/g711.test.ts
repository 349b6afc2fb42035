import { alaw, mulaw } from 'alawmulaw';
import { describe, expect, it } from 'vitest';
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw } from '../../../runtime/audio/g711.js';

const everySample = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);

/** The first few indices at which two lists differ: comparing 65,536 elements by the runner takes seconds. */
function differences(ours: Uint8Array, theirs: Uint8Array): number[] {
  const found: number[] = [];
  for (let i = 0; i < ours.length; i++) if (ours[i] !== theirs[i] && found.length < 5) found.push(i);
  return found;
}

describe('G.711', () => {
  it('codes every mu-law value as another implementation does', () => {
    expect(differences(encodeMuLaw(everySample), mulaw.encode(everySample))).toEqual([]);
    expect(decodeMuLaw(everyByte)).toEqual(mulaw.decode(everyByte));
  });

  it('codes every A-law value as another implementation does', () => {
    expect(differences(encodeALaw(everySample), alaw.encode(everySample))).toEqual([]);
    expect(decodeALaw(everyByte)).toEqual(alaw.decode(everyByte));
  });

  it('loses nothing when its own decoded values are coded again, but for the two zeros of mu-law', () => {
    const again = encodeMuLaw(decodeMuLaw(everyByte));
    expect([...again].filter((byte, i) => byte !== i)).toEqual([0xff]);
    expect(encodeALaw(decodeALaw(everyByte))).toEqual(everyByte);
  });
});
