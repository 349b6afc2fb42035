import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { OutsideError } from '../../../engine/errors.js';

/** A Whisper model's files on this machine, as transformers.js wants them: `folder/id/{config.json,…,onnx/…}`. */
export interface WhisperModel {
  /** `org/name`. */
  id: string;
  folder: string;
  /** Of its weights. */
  dtype: 'q8' | 'fp32';
}

const files = [
  'generation_config.json',
  'preprocessor_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'config.json',
];
/** Quantized first: less than a third of the size, and faster on a processor. */
const weights = [
  { dtype: 'q8', suffix: '_quantized' },
  { dtype: 'fp32', suffix: '' },
] as const;
const weightsWith = (suffix: string): string[] =>
  ['encoder_model', 'decoder_model_merged'].map((name) => `onnx/${name}${suffix}.onnx`);

/** What `flow models pull` fetches of a Whisper; `config.json` last. */
export const whisperFiles = { weights: weights.map(({ suffix }) => weightsWith(suffix)), others: files };

/** Whether a model is a Whisper, by its `config.json`. */
export function isWhisper(config: Record<string, unknown> | undefined): boolean {
  return config?.model_type === 'whisper';
}

export function whisperFolder(modelsFolder: string | undefined): string {
  return resolve(modelsFolder ?? join('.parley', 'models'));
}

/** @throws OutsideError that names what is missing */
export function whisperModel(id: string, modelsFolder: string | undefined): WhisperModel {
  const folder = whisperFolder(modelsFolder);
  const has = (file: string): boolean => existsSync(join(folder, id, file));
  const found = weights.find(({ suffix }) => weightsWith(suffix).every(has));
  const missing = [
    ...files.filter((file) => !has(file)),
    ...(found ? [] : [weightsWith(weights[0].suffix).join(' and ')]),
  ];
  if (!found || missing.length > 0)
    throw new OutsideError(
      'whisper',
      'refused',
      `${join(folder, id)} lacks ${missing.join(', ')}. Run \`flow models pull ${id}\`, copy a Whisper made for transformers.js there (onnx-community/whisper-base and the like), or set PARLEY_MODELS.`,
      { retryable: false },
    );
  return { id, folder, dtype: found.dtype };
}
