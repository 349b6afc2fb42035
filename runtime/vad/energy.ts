import type { VoiceActivityDetector } from '../contracts.js';

/**
 * Speech by loudness alone: for tests, and when the real detector cannot be loaded. It follows the line's noise
 * and takes everything well above it for speech, a slammed door included.
 */
export function energyVad(): VoiceActivityDetector {
  return { name: 'energy', probability: createLoudness(), close: () => {} };
}

/** Decibels over the noise at which speech is as likely as not. */
const halfwayDb = 12;
/** Below this nothing is speech: about 1 % of full scale. */
const quietestDb = -45;

function createLoudness(): (frame: Int16Array) => Promise<number> {
  let noiseDb = -60;
  return (frame) => {
    let energy = 0;
    for (const sample of frame) energy += sample * sample;
    const db = 10 * Math.log10(energy / Math.max(1, frame.length) / 32768 ** 2 + 1e-10);
    // Noise is followed quickly down and slowly up (3 dB a second), so that a word does not become noise.
    noiseDb = db < noiseDb ? noiseDb + (db - noiseDb) * 0.2 : noiseDb + Math.min(0.1, db - noiseDb);
    const over = db - Math.max(noiseDb, quietestDb - halfwayDb) - halfwayDb;
    return Promise.resolve(1 / (1 + Math.exp(-over / 2)));
  };
}
