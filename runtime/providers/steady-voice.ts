import type { Clock } from '../../engine/contracts.js';
import { OutsideError } from '../../engine/errors.js';
import type { TextToSpeech, TtsPiece } from '../contracts.js';
import type { Circuit } from './circuit.js';
import { keepWarm } from './keep-warm.js';

export interface SteadyVoiceOptions {
  clock: Clock;
  circuit: Circuit;
  /** Speaks while the circuit is open. Without one the voice is asked all the same: nothing is lost by it. */
  other?: TextToSpeech;
}

type Sentence = Parameters<TextToSpeech['speak']>[0];

/** A second try must leave time for the other voice. */
const againWithinMs = 1000;
/** Given up by whoever listens after so long without sound: not because they were interrupted. The call waits 2 s. */
const stalledMs = 1900;

/**
 * A vendor's voice with all that is the same for every vendor: a sentence that failed before its first sound, or had
 * none, is asked for once more; what it does is counted for the circuit and for the bill; while the circuit is open
 * the other voice speaks at once. In mid-sentence it fails: only the call knows what was heard, and goes on from there.
 */
export function steadyVoice(voice: TextToSpeech, { clock, circuit, other }: SteadyVoiceOptions): TextToSpeech {
  const warmth = keepWarm(voice, clock);
  return {
    name: voice.name,
    warm: () => warmth.begin(),
    close() {
      warmth.end();
      voice.close?.();
    },
    async *speak(sentence, signal) {
      if (circuit.why !== undefined && other) return yield* other.speak(withoutVoice(sentence), signal);
      const beganMs = clock.now();
      for (let tries = 1; ; tries++) {
        const once = { sound: false };
        try {
          yield* speakOnce(sentence, signal, once);
          return;
        } catch (problem) {
          if (signal.aborted) throw problem;
          circuit.failed(problem);
          const mayHelp = !(problem instanceof OutsideError) || problem.retryable;
          if (once.sound || !mayHelp || tries >= 2 || clock.now() - beganMs > againWithinMs) throw problem;
          sentence.failed?.(voice.name);
        }
      }
    },
  };

  async function* speakOnce(
    sentence: Sentence,
    signal: AbortSignal,
    once: { sound: boolean },
  ): AsyncGenerator<TtsPiece> {
    let lastMs = clock.now();
    let complete = false;
    sentence.spent?.({ who: voice.name, what: 'tts_characters', amount: [...sentence.text].length });
    try {
      for await (const piece of voice.speak(sentence, signal)) {
        lastMs = clock.now();
        if (piece.kind === 'audio' && piece.samples.length > 0) once.sound = true;
        yield piece;
      }
      complete = true;
    } finally {
      if (!complete && signal.aborted && clock.now() - lastMs >= stalledMs)
        circuit.failed(new OutsideError(voice.name, 'timeout', 'it stopped speaking', { retryable: true }));
    }
    if (once.sound) circuit.succeeded();
    else if (/[\p{L}\p{N}]/u.test(sentence.text))
      throw new OutsideError(voice.name, 'protocol', 'it gave no sound', { retryable: true });
  }
}

/** What a circuit asks a voice for, to know whether it is back. */
export async function probeVoice(voice: TextToSpeech, language: string): Promise<void> {
  let sound = false;
  for await (const piece of voice.speak({ text: 'OK.', language }, AbortSignal.timeout(5000)))
    sound ||= piece.kind === 'audio' && piece.samples.length > 0;
  if (!sound) throw new OutsideError(voice.name, 'protocol', 'it gave no sound', { retryable: true });
}

/** A voice's name and its markup belong to its provider. */
export function withoutVoice({ voice, ssml, ...sentence }: Sentence): Sentence {
  void voice;
  void ssml;
  return sentence;
}
