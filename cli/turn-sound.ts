/** The sound of a script's turn (`audio:`): a file, or words that a voice speaks. Heard by `flow test`, played by `flow call`. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../engine/errors.js';
import type { TestTurn } from '../engine/language/script.js';
import { join } from '../runtime/audio/level.js';
import { resample } from '../runtime/audio/resample.js';
import { readWav } from '../runtime/audio/wav.js';
import { lineRateHz, type TextToSpeech } from '../runtime/contracts.js';

/** Who speaks words, and how. */
export interface Speaker {
  voice: TextToSpeech;
  voiceName?: string;
  language: string;
}

/**
 * 8 kHz samples of one channel.
 * @param script the file of the script: a sound's path counts from there
 * @throws UsageError when the file cannot be read any more as it was when it was checked
 */
export function soundOf(audio: NonNullable<TestTurn['audio']>, script: string, speaker: Speaker): Promise<Int16Array> {
  return typeof audio === 'string' ? readSound(resolve(dirname(script), audio)) : utter(audio.say, speaker);
}

/** How a turn's sound is named to people: its words, or its file. */
export function nameOfSound(audio: NonNullable<TestTurn['audio']>): string {
  return typeof audio === 'string' ? audio : audio.say;
}

/** A WAV file at the rate of a line; several channels are mixed. */
async function readSound(path: string): Promise<Int16Array> {
  try {
    const { sampleRateHz, channels } = readWav(await readFile(path));
    const [first] = channels;
    const mono =
      channels.length === 1
        ? first!
        : first!.map((_, at) => channels.reduce((sum, channel) => sum + channel[at]!, 0) / channels.length);
    return resample(mono, sampleRateHz, lineRateHz);
  } catch (cause) {
    throw new UsageError(`The sound ${path} cannot be played: ${cause instanceof Error ? cause.message : 'unknown'}`, {
      cause,
    });
  }
}

/** Words spoken, without the silence at either end. */
export async function utter(text: string, { voice, voiceName, language }: Speaker): Promise<Int16Array> {
  const pieces: Int16Array[] = [];
  const sentence = { text, language, ...(voiceName !== undefined && { voice: voiceName }) };
  for await (const piece of voice.speak(sentence, new AbortController().signal)) {
    if (piece.kind !== 'audio') continue;
    if (piece.sampleRateHz !== lineRateHz)
      throw new Error(`the caller's voice must give ${lineRateHz} Hz, not ${piece.sampleRateHz}`);
    pieces.push(piece.samples);
  }
  const whole = join(pieces);
  let from = 0;
  let to = whole.length;
  while (from < to && Math.abs(whole[from]!) < 200) from++;
  while (to > from && Math.abs(whole[to - 1]!) < 200) to--;
  return whole.slice(from, to);
}
