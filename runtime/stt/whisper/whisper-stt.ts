import { OutsideError } from '../../../engine/errors.js';
import type { SpeechToText, SttEvent } from '../../contracts.js';
import { WorkerThread } from '../../worker-thread.js';
import { hearUtterances, type Utterance } from '../utterances.js';
import { whisperModel } from './model-files.js';
import type { WhisperAnswer, WhisperRequest } from './worker.js';

export interface WhisperOptions {
  /** `onnx-community/whisper-base` when the flow names none; a name that ends in `.en` hears English only. */
  model?: string;
  /** `PARLEY_MODELS`, else `.parley/models`: the folder above `org/name`. */
  folder?: string;
}

/** Utterances that wait for the thread: with more of them every caller would wait for seconds. */
const mostWaiting = 8;

/**
 * Whisper in this process, through transformers.js in a thread of its own: no key, no network. It hears an utterance
 * when it is over, of all calls one after the other.
 */
export function whisperStt({ model: own = 'onnx-community/whisper-base', folder }: WhisperOptions = {}): SpeechToText {
  const thread = new WorkerThread<WhisperRequest, WhisperAnswer>('whisper-worker', 'whisper');
  let waiting = 0;
  return {
    name: 'whisper',
    hearsWhole: true,
    async warm() {
      await thread.request({ kind: 'warm', model: whisperModel(own, folder) });
    },
    close: () => thread.close(),
    async *transcribe(audio, { language, model: wanted }, signal): AsyncIterable<SttEvent> {
      if (signal.aborted) return;
      const model = whisperModel(wanted ?? own, folder);
      const short = language.split('-')[0]!.toLowerCase();
      const ask = async ({ sound, startMs, endMs }: Utterance): Promise<SttEvent> => {
        if (waiting >= mostWaiting)
          throw new OutsideError('whisper', 'busy', `${waiting} utterances are waiting for it`, { retryable: true });
        waiting += 1;
        try {
          const { text } = await thread.request({ kind: 'hear', model, sound, language: short });
          return { kind: 'final', text: wordsOf(text), startMs, endMs };
        } finally {
          waiting -= 1;
        }
      };
      yield* hearUtterances(audio, ask, signal);
    },
  };
}

/** What it writes of sounds that are no words stands in brackets: `[BLANK_AUDIO]`, `(coughs)`. */
function wordsOf(text: string): string {
  return text
    .replace(/\[[^\]]*\]|\([^)]*\)|♪/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
