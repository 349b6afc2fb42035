import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { createGate } from '../../../runtime/vad/gate.js';
import { createVad } from '../../../runtime/vad/index.js';
import { createSilero } from '../../../runtime/vad/silero.js';
import { describeVad } from '../../conformance/vad.js';

describeVad('silero', () => createVad('silero'));
describeVad('energy', () => createVad('energy'));

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

it('names the detectors there are when asked for another', async () => {
  await expect(createVad('webrtc')).rejects.toThrow(UsageError);
  await expect(createVad('webrtc')).rejects.toThrow(/silero, energy/);
});
