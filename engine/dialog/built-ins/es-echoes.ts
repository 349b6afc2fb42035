/** Spanish: the small words with which several values are said back in one sentence. */
import type { EchoWords } from './built-ins.js';

export const spanishEchoes: EchoWords = {
  before: { city: 'en', date: 'para', datetime: 'para', time: 'a', duration: 'por' },
  roles: new Set(['a', 'de', 'desde', 'hasta', 'para', 'en', 'con']),
  plural: /^\p{L}+s$/u,
  singular: (noun) =>
    /ciones$/u.test(noun)
      ? noun.replace(/ciones$/u, 'ción')
      : noun.replace(/([^aeiouáéíóú])es$/iu, '$1').replace(/s$/u, ''),
};
