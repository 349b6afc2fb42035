import type { Imported, ImportedIntent, Left } from './imported.js';

type Read = Imported & { file: string };

/**
 * An agent's examples are of one language, those of the others stand in its locale files: of an export in several languages
 * one is taken, and said what stayed.
 * @param wanted its tag; else that with the most examples, of equals the first
 */
export function ofOneLanguage(
  imported: readonly Read[],
  wanted?: string,
): { imported: Read[]; language?: string; left: Left[] } {
  const sizes = new Map<string, number>();
  for (const { intents } of imported)
    for (const { language, examples } of intents)
      if (language !== undefined) sizes.set(base(language), (sizes.get(base(language)) ?? 0) + examples.length);
  const [most] = [...sizes].sort(([, a], [, b]) => b - a);
  const chosen = wanted === undefined ? most?.[0] : base(wanted);
  const isOther = ({ language }: ImportedIntent): boolean => language !== undefined && base(language) !== chosen;
  const left = [...sizes]
    .filter(([language]) => language !== chosen)
    .map(([language, examples]) => ({
      file: `${language}`,
      what: `${examples} ${examples === 1 ? 'example' : 'examples'} in this language`,
      why: `an agent has one, others are in its locale files: --language ${language} takes them`,
    }));
  return {
    imported: imported.map((one) => ({ ...one, intents: one.intents.filter((intent) => !isOther(intent)) })),
    ...(chosen !== undefined && { language: chosen }),
    left,
  };
}

/** `en_US` and `en-GB` are one language to the router. */
function base(tag: string): string {
  return tag.split(/[-_]/)[0]!.toLowerCase();
}
