import type { FoundValue } from '../../engine/contracts.js';

/**
 * The text with each value replaced by its type, "send <money> to <name>": what decides between
 * intents that differ by one slot. Of overlapping values the longer stands, then the earlier.
 * Undefined when nothing is replaced.
 */
export function withPlaceholders(text: string, values: FoundValue[]): string | undefined {
  const fits = values.filter(({ start, end }) => start >= 0 && start < end && end <= text.length);
  fits.sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start);
  const kept: FoundValue[] = [];
  for (const value of fits)
    if (kept.every((other) => value.end <= other.start || value.start >= other.end)) kept.push(value);
  if (kept.length === 0) return undefined;
  kept.sort((a, b) => a.start - b.start);
  let result = '';
  let at = 0;
  for (const { start, end, type } of kept) {
    result += `${text.slice(at, start)} <${type.toLowerCase().replace(/[^a-z0-9_]+/g, '_')}> `;
    at = end;
  }
  return (result + text.slice(at)).replace(/\s+/g, ' ').trim();
}

/** A text with placeholders as an embedder reads it: the type's name as a plain word. */
export function placeholdersAsWords(text: string): string {
  return text.replace(/<([a-z][a-z0-9_]*)>/g, (_, type: string) => type.replaceAll('_', ' '));
}
