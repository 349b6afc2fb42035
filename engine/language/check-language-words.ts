import { baseOf, shippedLanguages } from '../dialog/built-ins/built-ins.js';
import { isHeardIn } from '../slot-types/index.js';
import { slotTypeNames } from '../slot-types/slot-type.js';
import type { Workshop } from './workshop.js';
import type { MapNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/**
 * Tells of each declared language for which nothing ships: what callers cannot give there, and what is not heard. A
 * warning, since an agent that asks for text and keys, with its words in a locale file, works.
 */
export function checkLanguageWords(agent: MapNode | undefined, languages: readonly string[], shop: Workshop): void {
  for (const language of languages) {
    if (shippedLanguages.includes(baseOf(language))) continue;
    const named = itemsOf(get(agent, 'languages')).find((item) => textOf(item) === language);
    const at = named ?? get(agent, 'language');
    if (!at) continue;
    const heard = slotTypeNames.filter((type) => isHeardIn(type, language));
    shop.report(
      at,
      'no-language-words',
      `No words of ${language} ship with the engine: of the slot types only ${heard.join(', ')} can be heard, and corrections ("no, Friday"), changes to a list and questions are not told apart.`,
      'Ask for text, let values be keyed in (`by: keys`), or add the language: "Add a language" in flows/README.md.',
      'warning',
    );
  }
}
