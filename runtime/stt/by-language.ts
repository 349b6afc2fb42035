import type { SpeechToText } from '../contracts.js';

/** Each language heard by its own recogniser; which of them is asked anew whenever an ear begins to listen in another. */
export function sttByLanguage(name: string, recogniserOf: (language: string) => SpeechToText): SpeechToText {
  return {
    name,
    transcribe: (audio, options, signal) => recogniserOf(options.language).transcribe(audio, options, signal),
  };
}
