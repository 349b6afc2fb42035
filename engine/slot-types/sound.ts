import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
let editDistance: ((a: string, b: string) => number) | undefined;

/** How alike two words are written: 1 the same, 0 nothing in common. */
export function likeness(a: string, b: string): number {
  editDistance ??= (require('fastest-levenshtein') as { distance: (a: string, b: string) => number }).distance;
  const longest = Math.max(a.length, b.length);
  return longest === 0 ? 0 : 1 - editDistance(a, b) / longest;
}

/** The spellings that English says alike, in the order in which they are rewritten. */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/[^a-z]/g, ''], [/^kn|^gn/, 'n'], [/^wr/, 'r'], [/^x/, 's'], [/ph/g, 'f'], [/tch|ch/g, 'x'], [/sh|sch/g, 'x'],
  [/ck/g, 'k'], [/c(?=[eiy])/g, 's'], [/[cq]/g, 'k'], [/x(?=$)/g, 'ks'], [/dg(?=[ei])/g, 'j'], [/gh(?=t|$)/g, ''], [/z/g, 's'],
  [/th/g, 't'], [/v/g, 'f'], [/(.)\1+/g, '$1'], [/^[aeiouy]+/, 'a'], [/(?<=.)[aeiouyhw]/g, ''],
]; // prettier-ignore

/** The consonants one hears: "cook" and "coke", "Tomas" and "Tomasz" have the same. */
export function soundKey(word: string): string {
  const plain = word.toLowerCase().normalize('NFD').replace(/\p{M}/gu, '');
  return spellings.reduce((text, [from, to]) => text.replace(from, to), plain);
}
