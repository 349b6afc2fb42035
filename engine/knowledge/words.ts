/** What of an utterance tells what it is about. */

/** The stems of the words that carry a meaning; where a question has none ("where are you"), all of its words. */
export function wordsOf(text: string): Set<string> {
  const all = text
    .toLowerCase()
    .replace(/['’](?:s|re|m|ve|ll|d)\b/gu, '')
    .split(/[^\p{L}\d]+/u)
    .filter((word) => word !== '');
  const telling = all.filter((word) => !empty.has(word));
  return new Set((telling.length > 0 ? telling : all).map(stem));
}

/** Light on purpose: plural and verb endings, so that "opening" and "opens" meet "open". */
export function stem(word: string): string {
  if (word.length <= 3) return word;
  const bare = word
    .replace(/(?:ies)$/u, 'y')
    .replace(/(?:sses)$/u, 'ss')
    .replace(/(?<=[^su])s$/u, '');
  const root = bare.length > 5 ? bare.replace(/(?:ing|ed)$/u, '') : bare;
  return root.length > 3 ? root.replace(/e$/u, '').replace(/(.)\1$/u, '$1') : root;
}

/** Words that any question may have. */
const empty: ReadonlySet<string> = new Set(
  (
    'a an the and or but so if then than that this these those there here it its is are was were be been am do does did ' +
    'can could will would shall should may might must have has had i you he she we they me my your our us them what ' +
    'which who whom when where why how of in on at to for from by with about into as not no yes please tell know say ' +
    'want need like just also any some other another get got one ll re ve hi hello hey well okay ok uh um thanks thank question ask'
  ).split(' '),
);
