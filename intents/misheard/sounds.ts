/**
 * How words sound, roughly: enough to find the known word a recogniser might have written instead. It is a
 * spelling's consonants and vowel classes by a few rules of English; for other languages in Latin letters it is
 * cruder, and still better than the letters.
 */

/** Spellings and the sound they stand for, the longer first. A capital is a sound that has no letter of its own. */
const spellings: [RegExp, string][] = [
  [/^(kn|gn|pn)/, 'n'],
  [/^wr/, 'r'],
  [/^wh/, 'w'],
  [/mb$/, 'm'],
  [/tch|ch/g, 'C'],
  [/dge|dg/g, 'J'],
  [/sh|ti(?=o|a)|ci(?=o|a)|ssi(?=o)/g, 'S'],
  [/th/g, 'T'],
  [/ph/g, 'f'],
  [/igh|eigh/g, 'I'],
  [/gh/g, ''],
  [/ck/g, 'k'],
  [/qu?/g, 'kw'],
  [/x/g, 'ks'],
  [/c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
  [/g(?=[ey])/g, 'J'],
  [/(?<=[^aeiouy])e$/, ''],
  [/ng/g, 'N'],
  [/ee|ea|ie|ei|y$/g, 'i'],
  [/oo|ou|ow|ew|ue/g, 'u'],
  [/ai|ay|ey/g, 'e'],
  [/au|aw|oa/g, 'o'],
  [/y/g, 'i'],
  [/(.)\1+/g, '$1'],
];

/** Sounds that a telephone's narrow band makes alike. */
const alike = ['pbtdkg', 'fTsSzv', 'mnN', 'lrw', 'CJS', 'aeiouI'];

/** A word's rough sound, a letter a sound. */
export function soundOf(word: string): string {
  let sound = word;
  for (const [spelling, heard] of spellings) sound = sound.replace(spelling, heard);
  return sound;
}

/** What it costs to take one sound for another, by both their codes: alike ones a third. */
const exchange = new Float32Array(128 * 128).fill(1);
/** What it costs to lose a sound: a vowel is lost more easily. */
const loss = new Float32Array(128).fill(0.8);
for (const group of alike)
  for (const a of group) for (const b of group) exchange[a.charCodeAt(0) * 128 + b.charCodeAt(0)] = 1 / 3;
for (let code = 0; code < 128; code++) exchange[code * 128 + code] = 0;
for (const vowel of 'aeiouI') loss[vowel.charCodeAt(0)] = 0.5;

/** A sound by its codes; letters of other scripts share one, for nothing is known of them. */
export function codesOf(sound: string): Uint8Array {
  return Uint8Array.from(sound, (letter) => Math.min(letter.charCodeAt(0), 127));
}

const longestWord = 32;
const cost = new Float32Array(longestWord + 1);

/** How unlike two sounds are: 0 the same, 1 nothing in common. Edit distance over the longer one's length. */
export function unlikeness(a: Uint8Array, b: Uint8Array): number {
  const [m, n] = [a.length, b.length];
  if (m === 0 || n === 0 || m > longestWord || n > longestWord) return 1;
  cost[0] = 0;
  for (let j = 0; j < n; j++) cost[j + 1] = cost[j]! + loss[b[j]!]!;
  for (let i = 0; i < m; i++) {
    const [from, lost] = [a[i]!, loss[a[i]!]!];
    let corner: number = cost[0];
    cost[0] = corner + lost;
    for (let j = 0; j < n; j++) {
      const above: number = cost[j + 1]!;
      cost[j + 1] = Math.min(corner + exchange[from * 128 + b[j]!]!, above + lost, cost[j]! + loss[b[j]!]!);
      corner = above;
    }
  }
  return cost[n]! / Math.max(m, n);
}
