import type { TextToSpeech } from '../contracts.js';

/** Each sentence said by the voice of its language. */
export function ttsByLanguage(name: string, voiceOf: (language: string) => TextToSpeech): TextToSpeech {
  return { name, speak: (sentence, signal) => voiceOf(sentence.language).speak(sentence, signal) };
}
