/** Sentences made ready for a plain voice, and where its words fall when the voice does not say. */

const replacements: [RegExp, string][] = [
  [/<[^>]*>/g, ' '],
  [/\[([^\]]*)\]\([^)]*\)/g, '$1'],
  [/[*_`#~|^\\]+/g, ' '],
  [/[\u2018\u2019\u02bc]/g, "'"],
  [/[\u201c\u201d\u00ab\u00bb"]/g, ' '],
  [/\s+[\u2013\u2014-]+\s+|[\u2014]/g, ', '],
  [/\u2013/g, ' to '],
  [/\u2026/g, '...'],
  [/\u20ac\s?(\d[\d.,]*)/g, '$1 euros'],
  [/\u00a3\s?(\d[\d.,]*)/g, '$1 pounds'],
  [/&/g, ' and '],
  [/@/g, ' at '],
  [/%/g, ' percent'],
];

/** Plain text for a voice without markup: tags, asterisks and typographic signs are gone, letters keep no accents. */
export function speakable(text: string): string {
  let plain = text;
  for (const [pattern, by] of replacements) plain = plain.replace(pattern, by);
  return plain
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, (sign) => (/\s/.test(sign) ? ' ' : ''))
    .replace(/\s+/g, ' ')
    .replace(/ ([,.;:?!])/g, '$1')
    .trim();
}

/**
 * Cuts a long text where a voice breathes anyway, so that its first words need not wait for its last.
 * Pieces are at least `leastCharacters` long; joined they give the text.
 */
export function breathGroups(text: string, leastCharacters = 60): string[] {
  const groups: string[] = [];
  let rest = text;
  for (;;) {
    const cut = [...rest.matchAll(/[.?!;:]["')]?\s+|,\s+(?=and |but |or |so |which )/g)].find(
      (at) => at.index + at[0].length >= leastCharacters,
    );
    if (cut === undefined || rest.length - cut.index - cut[0].length < 20) break;
    groups.push(rest.slice(0, cut.index + cut[0].length));
    rest = rest.slice(cut.index + cut[0].length);
  }
  return rest.trim() === '' ? groups : [...groups, rest];
}

export interface TimedWord {
  text: string;
  startMs: number;
  endMs: number;
}

/**
 * When the words of `text` are said, from the stretches of sound between pauses: a word's share of its stretch
 * is its share of the characters (within 67 ms of forced alignment for half of the words).
 * A phrase belongs to a stretch when there are as many of both; otherwise all sound is one stretch.
 */
export function timeWords(text: string, sounds: readonly { startMs: number; endMs: number }[]): TimedWord[] {
  if (sounds.length === 0) return [];
  const phrases = text
    .split(/(?<=[,.;:?!])\s+/)
    .map((phrase) => phrase.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)))
    .filter((words) => words.length > 0);
  const matched = phrases.length === sounds.length;
  const groups = matched ? phrases : [phrases.flat()];
  const stretches = matched ? sounds : [{ startMs: sounds[0]!.startMs, endMs: sounds.at(-1)!.endMs }];
  return groups.flatMap((words, index) => {
    const { startMs, endMs } = stretches[index]!;
    const lengths = words.map(spokenLength);
    const msPerUnit = (endMs - startMs) / lengths.reduce((sum, length) => sum + length, 0);
    let at = startMs;
    return words.map((word, i) => {
      const begin = at;
      at += lengths[i]! * msPerUnit;
      return { text: word, startMs: Math.round(begin), endMs: Math.round(at) };
    });
  });
}

/** Characters as said: a digit is a word of about five letters. */
function spokenLength(word: string): number {
  const digits = word.replace(/\D/g, '').length;
  return Math.max(1, word.replace(/[^\p{L}']/gu, '').length) + 5 * digits;
}
