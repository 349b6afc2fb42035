/** The thread in which Whisper runs: nothing of a call waits for it but the words. One utterance at a time. */
import { lineRateHz } from '../../contracts.js';
import { resample } from '../../audio/resample.js';
import { answerRequests } from '../../worker-thread.js';
import type { WhisperModel } from './model-files.js';

export type WhisperRequest =
  | { kind: 'warm'; model: WhisperModel }
  /** `language` as ISO 639-1. */
  | { kind: 'hear'; model: WhisperModel; sound: Int16Array; language: string };

export interface WhisperAnswer {
  text: string;
}

/** What Whisper hears. */
const rateHz = 16_000;
/** More cores make one utterance faster, and every call's sound later. */
const threads = 2;

/** 30 s: its encoder takes neither more nor less. */
const framesWanted = 3000;
/** The last frames look so far beyond the sound. */
const afterSamples = 400;
/** Eight powers of ten below the loudest, in its scale. */
const cutOff = 2;
/** More than anybody says in one utterance; it repeats itself where it hears no speech. */
const mostTokens = 200;

interface Picture {
  data: Float32Array;
  dims: [number, number, number];
}

/** What the library's pipeline is made of, as far as it is used here. */
interface Parts {
  processor: {
    feature_extractor(sound: Float32Array, how: { max_length: number }): Promise<{ input_features: Picture }>;
  };
  model: {
    generation_config?: { is_multilingual?: boolean };
    generate(what: object): Promise<{ tolist(): (number | bigint)[][] }>;
  };
  tokenizer: { decode(tokens: (number | bigint)[], how: { skip_special_tokens: boolean }): string };
}

type Hear = (sound: Float32Array, language: string) => Promise<string>;
const open = new Map<string, Promise<Hear>>();

function opened(model: WhisperModel): Promise<Hear> {
  const key = `${model.folder} ${model.id}`;
  const known = open.get(key) ?? load(model);
  open.set(key, known);
  return known;
}

async function load({ id, folder, dtype }: WhisperModel): Promise<Hear> {
  const { env, pipeline, Tensor } = await import('@huggingface/transformers').catch((cause: unknown) => {
    throw new Error('it needs a package that is not installed: npm install @huggingface/transformers', { cause });
  });
  env.allowRemoteModels = false;
  env.localModelPath = folder;
  const transcribe = await pipeline('automatic-speech-recognition', id, {
    dtype,
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  const { model, tokenizer, processor } = transcribe as unknown as Parts;
  return async (sound, language) => {
    // The pipeline itself makes the picture of 30 s, most of them silence, for every "yes", which takes it a second.
    const { input_features: short } = await processor.feature_extractor(sound, {
      max_length: sound.length + afterSamples,
    });
    const inputs = new Tensor('float32', padded(short), [1, short.dims[1], framesWanted]);
    // A model that knows English alone refuses to be told a language.
    const told = model.generation_config?.is_multilingual === true ? { language, task: 'transcribe' } : {};
    const [tokens] = (await model.generate({ inputs, max_new_tokens: mostTokens, ...told })).tolist();
    return tokenizer.decode(tokens!, { skip_special_tokens: true });
  };
}

/** Silence behind it, as the library would have pictured it: the least value that it cuts off at. */
function padded({ data, dims }: Picture): Float32Array {
  const [, bins, frames] = dims;
  const least = data.reduce((most, one) => Math.max(most, one), -Infinity) - cutOff;
  const whole = new Float32Array(bins * framesWanted).fill(least);
  for (let bin = 0; bin < bins; bin++)
    whole.set(data.subarray(bin * frames, bin * frames + Math.min(frames, framesWanted)), bin * framesWanted);
  return whole;
}

answerRequests<WhisperRequest>(async (request): Promise<WhisperAnswer> => {
  const hear = await opened(request.model);
  if (request.kind === 'warm') return { text: '' };
  const samples = resample(request.sound, lineRateHz, rateHz);
  const text = await hear(
    Float32Array.from(samples, (sample) => sample / 32_768),
    request.language,
  );
  return { text };
});
