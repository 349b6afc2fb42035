/** Longest text the router reads, in UTF-16 units; what follows is not looked at. A spoken turn is far shorter. */
export const maxTextLength = 2_000;

/** A typed placeholder as it stands in a text: `<money>`. */
const token = /<[a-z][a-z0-9_]*>|[\p{L}\p{M}\p{N}]+/gu;

/**
 * A text's words as the router compares them: lower case, without punctuation, apostrophes and marks
 * (what's -> whats, café -> cafe), typed placeholders kept whole. A recogniser writes none of the
 * dropped things reliably. Total: any string gives a list, perhaps an empty one.
 */
export function wordsOf(text: string): string[] {
  const plain = text
    .slice(0, maxTextLength)
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFKC')
    .replace(/(?<=\p{L})['\u2018\u2019\u02bc](?=\p{L})/gu, '')
    .toLowerCase();
  return plain.match(token) ?? [];
}

/** A name written for a program, as words: `check_order.too_late` -> `check order too late`. */
export function nameAsWords(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[._/-]+/g, ' ')
    .trim();
}

/** The language without its region: `en-IE` -> `en`. */
export function baseLanguage(language: string): string {
  return language.split(/[-_]/)[0]!.toLowerCase();
}
