import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadAgent } from '../../../engine/language/load.js';
import { writeWav } from '../../../runtime/audio/wav.js';
import { brief, folderOf } from './load-text.js';

const flow = 'flow: hello\nstates: { hi: { say: Hi., hang_up: true } }\n---\ntest: hears the caller\nturns:\n';

/** The problems of a script whose turn names `sound.wav`, with these bytes in it, or none. */
async function problemsWith(bytes: Uint8Array | undefined): Promise<{ at: string[]; message: string; cure: string }> {
  const folder = folderOf({ 'a.flow.yaml': `${flow}  - audio: sound.wav\n` });
  if (bytes) writeFileSync(join(folder, 'sound.wav'), bytes);
  const { problems, tests } = await loadAgent(join(folder, 'a.flow.yaml'));
  expect(problems.length > 0 || tests[0]!.turns[0]!.audio === 'sound.wav').toBe(true);
  return { at: brief(problems), message: problems[0]?.message ?? '', cure: problems[0]?.cure ?? '' };
}

const good = writeWav([new Int16Array(800), new Int16Array(800)], 44_100);

describe('the sound that a script names', () => {
  it('may have any usual rate and channels', async () => {
    for (const rateHz of [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000])
      expect((await problemsWith(writeWav([new Int16Array(80)], rateHz))).at).toEqual([]);
    expect((await problemsWith(good)).at).toEqual([]);
  });

  it('is a problem at its line when it is not there, with its cure', async () => {
    const { at, cure } = await problemsWith(undefined);
    expect(at).toEqual(['no-such-file 6:12']);
    expect(cure).toContain('{ say: … }');
  });

  it.each<[string, () => Uint8Array, RegExp]>([
    ['something else', () => new TextEncoder().encode('RIFF, they said, and wrote a letter'), /not a WAV/],
    ['empty', () => new Uint8Array(0), /not a WAV/],
    ['cut short before its samples', () => good.subarray(0, 44), /no sound in it/],
    ['cut short in its header', () => good.subarray(0, 20), /no sound in it/],
    ['compressed', () => good.with(20, 85), /compressed/],
    ['of no channel', () => good.with(22, 0), /damaged/],
    ['of no rate', () => good.with(24, 1).with(25, 0).with(26, 0), /rate is 1/],
    ['its samples before its format', () => good.with(12, 0x78), /damaged/],
  ])('is a problem when it is %s', async (_title, make, why) => {
    const { at, message, cure } = await problemsWith(make());
    expect(at).toEqual(['bad-sound 6:12']);
    expect(message).toMatch(why);
    expect(cure).toContain('WAV');
  });
});
