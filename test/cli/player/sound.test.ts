import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runTests } from '../../../cli/player/run-tests.js';
import type { TestResult } from '../../../cli/player/report.js';
import { resample } from '../../../runtime/audio/resample.js';
import { writeWav } from '../../../runtime/audio/wav.js';
import { createCaller } from '../../fixtures/speech.js';
import { loopbackKey, startDeepgram } from '../../loopback/deepgram.js';

const tickets = `
flow: tickets
slots: { count: { type: integer, range: 1..9, ask: [How many tickets?, A number please.] } }
no_input_after: 6s
states:
  ask: { collect: count, to: sure }
  sure:
    say: "{{ count }} tickets. Is that right?"
    transitions: [{ intent: yes, to: done }, { intent: no, clear: count, to: ask }]
  done: { say: Here you are., hang_up: true }
---
test: `;

let folder: string;
const caller = createCaller();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flow-sound-'));
  const five = await caller.say('five');
  const wide = resample(five, 8000, 44_100);
  writeFileSync(join(folder, 'five.wav'), writeWav([wide, wide], 44_100));
  writeFileSync(join(folder, 'quiet.wav'), writeWav([new Int16Array(16_000)], 16_000));
});
afterAll(() => caller.close());

async function play(script: string): Promise<TestResult> {
  const file = join(folder, 'one.yaml');
  writeFileSync(file, tickets + script);
  const { results } = await runTests([file], { bail: false, realTools: false, seed: 0, onBroken: (text) => { throw new Error(text); } }); // prettier-ignore
  return results[0]!;
}

const messages = ({ failures }: TestResult): string[] => failures.map(({ turn, message }) => `${turn}: ${message}`);

describe('a turn of sound', () => {
  it('is heard by the recogniser: a file of another rate and two channels, and words of the local voice', async () => {
    const result = await play(`buys
turns:
  - expect: { said: ask.count.1 }
  - audio: five.wav
    expect: { slots: { count: 5 }, said: sure, first_audio_ms: 3000 }
  - audio: { say: yes please }
    expect: { intent: yes, said: done, ended: true }
`);
    expect(messages(result)).toEqual([]);
    expect(result).toMatchObject({ ok: true, turns: 3 });
    expect(result.skipped).toBeUndefined();
  });

  it('fails by what was heard, and tells what that was', async () => {
    const result = await play(`buys three
turns:
  - expect: { said: ask.count.1 }
  - audio: five.wav
    expect: { slots: { count: 3 } }
`);
    expect(result.ok).toBe(false);
    expect(result.failures[0]).toMatchObject({ turn: 2 });
    expect(result.failures[0]!.record!.timeline.find(({ who }) => who === 'caller')!.text).toBe('five');
  });

  it('without speech in it is a silence, and no words for us are said so', async () => {
    const result = await play(`says nothing
turns:
  - expect: { said: ask.count.1 }
  - audio: quiet.wav
    expect: { said: none, slots: { count: null } }
  - silence: 6s
    expect: { said: ask.count, no_input: 1 }
`);
    expect(messages(result)).toEqual([]);
  });

  it('breaks into the agent’s words where it says `at`', async () => {
    const result = await play(`interrupts
start: { state: sure, slots: { count: 2 } }
turns:
  - expect: { said: sure }
  - say: what was that
    expect: { said: sure }
  - audio: { say: yes please }
    at: word 3
    expect: { intent: yes, said: done }
`);
    expect(messages(result)).toEqual([]);
  });
});

it('a script without sound loads nothing that hears', async () => {
  const loaded = vi.fn();
  vi.doMock('../../../cli/player/hearing.js', () => {
    loaded();
    return {};
  });
  const { runTests: runAnew } = await import('../../../cli/player/run-tests.js');
  const file = join(folder, 'plain.yaml');
  writeFileSync(
    file,
    `${tickets}says it\nturns:\n  - expect: { said: ask.count.1 }\n  - say: two\n    expect: { said: sure }\n`,
  );
  const { results } = await runAnew([file], { bail: false, realTools: false, seed: 0 });
  expect(results[0]!.ok).toBe(true);
  expect(loaded).not.toHaveBeenCalled();
  vi.doUnmock('../../../cli/player/hearing.js');
});

describe('--real-ear', () => {
  it('asks the recogniser that `voice:` names, with what the place listens for; without it the embedded one hears', async () => {
    // "Five" is spoken, and the pretended service hears "seven": so it is known who was asked.
    const twin = await startDeepgram([{ words: [{ word: 'seven', start: 0.3, end: 0.8 }] }]);
    vi.stubEnv('DEEPGRAM_API_KEY', loopbackKey);
    vi.stubEnv('DEEPGRAM_URL', twin.url);
    try {
      const agent = join(folder, 'real-ear');
      mkdirSync(agent);
      writeFileSync(join(agent, 'agent.yaml'), 'agent: shop\nvoice: { stt: deepgram/nova-3 }\nstart: tickets\n');
      writeFileSync(join(agent, 'tickets.flow.yaml'), tickets.split('---')[0]!);
      writeFileSync(join(agent, 'five.wav'), readFileSync(join(folder, 'five.wav')));
      const script = 'test: hears\nturns:\n  - expect: { said: ask.count.1 }\n  - audio: five.wav\n    expect: { slots: { count: COUNT } }\n';
      const hear = async (count: number, realEar: boolean): Promise<string[]> => {
        writeFileSync(join(agent, 'hears.test.yaml'), script.replace('COUNT', String(count)));
        const { results } = await runTests([agent], { bail: false, realTools: false, seed: 0, realEar });
        return messages(results[0]!);
      };
      expect(await hear(7, true)).toEqual([]);
      expect(twin.problems).toEqual([]);
      expect(twin.connections.length).toBeGreaterThan(0);
      expect(await hear(5, false)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await twin.close();
    }
  });
}); // prettier-ignore
