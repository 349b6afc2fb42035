/** The thread in which flite runs: one sentence after the other. */
import { resample } from '../../audio/resample.js';
import { lineRateHz } from '../../contracts.js';
import { answerRequests } from '../../worker-thread.js';
import { compileFlite, synthesize, type FliteVoice } from './flite.js';

export type TtsRequest =
  { kind: 'warm' } | { kind: 'speak'; text: string; voice: FliteVoice; stretch: number; cancelled: SharedArrayBuffer };

export interface TtsAnswer {
  /** 8 kHz. */
  samples: Int16Array;
  /** Stretches of sound between pauses. */
  sounds: { startMs: number; endMs: number }[];
}

/** flite begins every sentence with about 165 ms of silence, which a caller would hear as hesitation. */
const leadMs = 30;

answerRequests<TtsRequest>(
  async (request) => {
    if (request.kind === 'warm') {
      await compileFlite();
      return undefined;
    }
    const nothing: TtsAnswer = { samples: new Int16Array(0), sounds: [] };
    // A sentence that was taken back while others were being said costs nothing.
    if (Atomics.load(new Int32Array(request.cancelled), 0) !== 0) return nothing;
    const { samples, sampleRateHz, phones } = await synthesize(request.text, request.voice, request.stretch);
    const narrow = resample(samples, sampleRateHz, lineRateHz);
    const firstPauseMs = phones[0]?.name === 'pau' ? phones[0].endS * 1000 : 0;
    const cutMs = Math.max(0, firstPauseMs - leadMs);
    return {
      samples: narrow.slice(Math.round(cutMs * 8)),
      sounds: soundsOf(phones, cutMs),
    } satisfies TtsAnswer;
  },
  (answer) => (answer === undefined ? [] : [(answer as TtsAnswer).samples.buffer as ArrayBuffer]),
);

function soundsOf(phones: { name: string; endS: number }[], cutMs: number): TtsAnswer['sounds'] {
  const sounds: TtsAnswer['sounds'] = [];
  let startMs = 0;
  let quiet = true;
  for (const { name, endS } of phones) {
    const endMs = endS * 1000;
    if (name !== 'pau' && quiet) sounds.push({ startMs: startMs - cutMs, endMs: endMs - cutMs });
    else if (name !== 'pau') sounds.at(-1)!.endMs = endMs - cutMs;
    quiet = name === 'pau';
    startMs = endMs;
  }
  return sounds;
}
