import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../../runtime/contracts.js';

export interface ScriptedVoiceOptions {
  firstByteMs?: number;
  msPerCharacter?: number;
  /** Word times come with the audio. */
  words?: boolean;
  /** `refuse`: fails at once. A number: dies after so many milliseconds of audio. `silent`: never answers. `empty`: no audio. */
  fails?: (text: string) => 'refuse' | 'silent' | 'empty' | number | undefined;
  /** The sound comes twice as fast as it is played, and not all at once. */
  dribbles?: boolean;
  /** It tells what it is given, as a vendor's is told of. */
  costs?: boolean;
}

/** A voice of 15 characters a second: a tone, so that what was heard can be measured. */
export class ScriptedVoice implements TextToSpeech {
  readonly name: string;
  readonly asked: { atMs: number; text: string; signal: AbortSignal }[] = [];
  readonly #clock: Clock;
  readonly #options: ScriptedVoiceOptions;

  constructor(clock: Clock, options: ScriptedVoiceOptions = {}, name = 'scripted') {
    this.#clock = clock;
    this.#options = options;
    this.name = name;
  }

  msOf(text: string): number {
    return Math.round((text.length * (this.#options.msPerCharacter ?? 1000 / 15)) / 20) * 20;
  }

  async *speak(
    sentence: Pick<Parameters<TextToSpeech['speak']>[0], 'text' | 'spent'>,
    signal: AbortSignal,
  ): AsyncIterable<TtsPiece> {
    if (this.#options.costs) sentence.spent?.({ who: this.name, what: 'tts_characters', amount: sentence.text.length });
    this.asked.push({ atMs: this.#clock.now(), text: sentence.text, signal });
    const trouble = this.#options.fails?.(sentence.text);
    if (trouble === 'refuse') throw new OutsideError(this.name, 'unreachable', 'refused', { retryable: true });
    if (trouble === 'silent') await this.#clock.sleep(3_600_000, signal);
    await this.#clock.sleep(this.#options.firstByteMs ?? 50, signal);
    if (trouble === 'empty') return;
    const totalMs = this.msOf(sentence.text);
    if (this.#options.words) {
      let at = 0;
      const perCharacter = totalMs / sentence.text.length;
      const words = sentence.text.split(' ').map((text) => {
        const word = { text, startMs: at * perCharacter, endMs: (at + text.length) * perCharacter };
        at += text.length + 1;
        return word;
      });
      yield { kind: 'words', words };
    }
    const ms = typeof trouble === 'number' ? Math.min(trouble, totalMs) : totalMs;
    if (!this.#options.dribbles) yield { kind: 'audio', samples: tone(ms), sampleRateHz: 8000 };
    for (let gaveMs = 0; this.#options.dribbles && gaveMs < ms; gaveMs += 200) {
      yield { kind: 'audio', samples: tone(Math.min(200, ms - gaveMs)), sampleRateHz: 8000 };
      await this.#clock.sleep(100, signal);
    }
    if (typeof trouble === 'number') throw new OutsideError(this.name, 'closed', 'died', { retryable: true });
  }
}

function tone(ms: number): Int16Array {
  return Int16Array.from({ length: ms * 8 }, (_, i) => Math.round(8000 * Math.sin((2 * Math.PI * 400 * i) / 8000)));
}
