import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { createGate } from '../../../runtime/vad/gate.js';
import { createVad, vadProviders } from '../../../runtime/vad/index.js';
import { createSilero } from '../../../runtime/vad/silero.js';
import { describeVad } from '../../conformance/vad.js';

describeVad('silero', () => Promise.resolve(createVad('silero')));
describeVad('energy', () => Promise.resolve(createVad('energy')));

describe('the gate', () => {
  const run = (probabilities: number[]) => {
    const gate = createGate();
    return probabilities.flatMap((p, i) => gate.push(p, { endMs: (i + 1) * 32, lengthMs: 32 }));
  };

  it('opens at the second of three frames of speech, dated back to the first', () => {
    expect(run([0.1, 0.1, 0.9, 0.2, 0.9])).toEqual([{ kind: 'speech_started', atMs: 64 }]);
  });

  it('stays shut for a single click', () => {
    expect(run([0.1, 0.99, 0.1, 0.1, 0.99, 0.1, 0.1])).toEqual([]);
  });

  it('closes after 96 ms of quiet, dated back to the last sound', () => {
    expect(run([0.9, 0.9, 0.9, 0.1, 0.1, 0.1])).toEqual([
      { kind: 'speech_started', atMs: 0 },
      { kind: 'speech_ended', atMs: 96 },
    ]);
  });

  it('does not close within a word: one doubtful frame starts the count again', () => {
    expect(run([0.9, 0.9, 0.1, 0.1, 0.4, 0.1, 0.1])).toHaveLength(1);
  });
});

describe('silero', () => {
  const silero = createSilero();
  afterAll(() => silero.close());

  it('fails the frames of a call that is over, and only those', async () => {
    const [one, two] = [silero.open(), silero.open()];
    one.close();
    await expect(one.probability(new Int16Array(256))).rejects.toMatchObject({ kind: 'closed' });
    expect(await two.probability(new Int16Array(256))).toBeLessThan(0.2);
  });

  it('starts again after it was closed', async () => {
    await silero.warm();
    const detector = silero.open();
    silero.close();
    expect(await detector.probability(new Int16Array(256))).toBeLessThan(0.2);
  });
});

it('names the detectors there are when asked for another', () => {
  expect(() => createVad('webrtc')).toThrow(UsageError);
  expect(() => createVad('webrtc')).toThrow(/silero, energy/);
});

it('goes by loudness where the detector cannot run, and says so once', async () => {
  const lines: string[] = [];
  vadProviders['broken-for-this-test'] = () => ({
    name: 'broken',
    open: () => expect.fail('never opened'),
    warm: () => Promise.reject(new Error('the model file is not the expected one')),
    close: () => {},
  });
  const vad = createVad('broken-for-this-test', (line) => void lines.push(line));
  expect(vad.name).toBe('broken');
  await vad.warm();
  await vad.warm();
  expect(vad.name).toBe('energy');
  expect(vad.open().name).toBe('energy');
  expect(lines).toEqual([expect.stringContaining('the model file is not the expected one')]);
});
