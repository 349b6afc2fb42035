/** `lexicon:` how words are said that a voice would say wrong. */
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { textOf } from './yaml-source.js';

/** Sounds by word; undefined where there are none. */
export function buildLexicon(node: YamlNode | undefined, shop: Workshop): ReadonlyMap<string, string> | undefined {
  if (node?.kind !== 'map' || node.entries.length === 0) return undefined;
  const lexicon = new Map<string, string>();
  for (const { key, keyNode, value } of node.entries) {
    const sound = textOf(value)?.trim() ?? '';
    if (!/\p{L}/u.test(key))
      shop.report(
        keyNode,
        'bad-value',
        `"${key}" is no word.`,
        'Write the word as it stands in what is said: Siobhan.',
      );
    else if (!/^\p{L}[\p{L}\p{M}' -]*$/u.test(sound))
      shop.report(
        value,
        'bad-value',
        `"${sound}" is no way to spell how "${key}" sounds.`,
        'Write it in plain letters and hyphens, as in shi-vawn: every voice reads these alike.',
      );
    else lexicon.set(key, sound);
  }
  return lexicon;
}
