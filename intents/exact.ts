import type { TrainingIntent } from '../engine/contracts.js';
import { withPlaceholders } from './classifier/placeholders.js';
import { baseLanguage, wordsOf } from './classifier/words.js';

/** Words that change no meaning at either end of a turn, by language. */
const courtesy: Record<string, Set<string>> = {
  en: new Set(['please', 'um', 'uh', 'er', 'erm', 'hmm', 'thanks', 'well', 'so', 'okay', 'ok', 'oh']),
};

/** Which intents have exactly this example, after normalisation: accepted at once, no model asked. */
export class ExactMatches {
  readonly #intents = new Map<string, Set<string>>();
  readonly #courtesy: Set<string>;

  constructor(intents: TrainingIntent[], language: string) {
    this.#courtesy = courtesy[baseLanguage(language)] ?? new Set();
    for (const { id, examples } of intents) {
      for (const { text, values } of examples) {
        this.#add(text, id);
        const typed = withPlaceholders(text, values);
        // "<city>" alone is every city there is: too little to stand for an intent.
        if (typed !== undefined && wordsOf(typed).some((word) => !word.startsWith('<'))) this.#add(typed, id);
      }
    }
  }

  /** The first of `legal` (nearest first) with this very text, with or without words of courtesy around it. */
  find(forms: string[], legal: string[]): string | undefined {
    for (const form of forms) {
      const words = wordsOf(form);
      for (const key of [words, this.#bare(words)]) {
        const intents = key.length === 0 ? undefined : this.#intents.get(key.join(' '));
        const found = intents && legal.find((id) => intents.has(id));
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #add(text: string, id: string): void {
    const key = wordsOf(text).join(' ');
    if (key === '') return;
    const intents = this.#intents.get(key);
    if (intents) intents.add(id);
    else this.#intents.set(key, new Set([id]));
  }

  #bare(words: string[]): string[] {
    let [start, end] = [0, words.length];
    while (start < end && this.#courtesy.has(words[start]!)) start++;
    while (end > start && this.#courtesy.has(words[end - 1]!)) end--;
    return words.slice(start, end);
  }
}
