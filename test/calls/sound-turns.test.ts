/** `flow call` with a script whose turn is a sound: the file itself is played into a real call. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resample } from '../../runtime/audio/resample.js';
import { readWav, writeWav } from '../../runtime/audio/wav.js';
import { flow } from '../cli/flow-command.js';
import { createCaller } from '../fixtures/speech.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-sound-'));
const caller = createCaller();
afterAll(() => {
  caller.close();
  rmSync(folder, { recursive: true, force: true });
});

it('plays the sound of a turn into the call, and judges what the agent made of it', { timeout: 60_000 }, async () => {
  const yes = resample(await caller.say('yes please', 'awb'), 8000, 16_000);
  writeFileSync(join(folder, 'yes.wav'), writeWav([yes], 16_000));
  writeFileSync(
    join(folder, 'joke.flow.yaml'),
    `flow: joke
states:
  greet: { say: Would you like a joke?, transitions: [{ intent: yes, to: tell }, { intent: no, to: bye }] }
  tell: { say: "I'd tell you a UDP joke, but you might not get it.", to: bye }
  bye: { say: Goodbye!, hang_up: true }
---
test: hears a recording
turns:
  - expect: { said: greet }
  - audio: yes.wav
    expect: { intent: yes, said: [tell, bye], ended: true }
`,
  );
  const { code, stdout, stderr } = await flow(['call', join(folder, 'joke.flow.yaml'), '--out', folder, '--json']);
  const told = JSON.parse(stdout) as {
    ok: boolean;
    troubles: string[];
    turns: { said?: string }[];
    files: { audio: string };
  };
  expect([told.troubles, stderr.includes('Error')]).toEqual([[], false]);
  expect(code).toBe(0);
  expect(told.turns[1]!.said).toBe('yes.wav');
  const [spoken] = readWav(readFileSync(told.files.audio)).channels;
  expect(Math.max(...spoken!)).toBeGreaterThan(3000);
});
