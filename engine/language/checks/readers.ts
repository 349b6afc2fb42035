/** Everything in an agent that is spoken or computed, found by its shape, so that a new key is seen without a line here. */
import type { Expression, Phrase, Place, Template, Words } from '../flow.js';

/** A template or an expression, and where it was found. */
export interface Reader {
  kind: 'template' | 'expression';
  source: string;
  place: Place;
  reads: readonly string[];
  /** Names of the properties on the way, nearest last: `['transitions', '0', 'say', …]`. */
  path: readonly string[];
  /** Set for the text of words: what is said to the caller. */
  phrase?: Phrase;
}

/** Deeper than anything an agent holds. */
const maxDepth = 16;

/** Calls `see` for each template and expression below a part of an agent; `skip` are properties not to look into. */
export function eachReader(
  root: unknown,
  see: (reader: Reader) => void,
  skip: ReadonlySet<string> = new Set(),
  path: readonly string[] = [],
): void {
  if (typeof root !== 'object' || root === null || path.length > maxDepth) return;
  if (Array.isArray(root)) {
    for (const [index, item] of root.entries()) eachReader(item, see, skip, [...path, String(index)]);
    return;
  }
  if (root instanceof Map) {
    for (const [name, item] of root as ReadonlyMap<unknown, unknown>)
      if (!skip.has(String(name))) eachReader(item, see, skip, [...path, String(name)]);
    return;
  }
  if (isTemplate(root)) return see({ kind: 'template', ...pick(root), path });
  if (isExpression(root)) return see({ kind: 'expression', ...pick(root), path });
  if (isPhrase(root)) {
    see({ kind: 'template', ...pick(root.text), path, phrase: root });
    const { text, ...rest } = root;
    void text;
    return eachProperty(rest, see, skip, path);
  }
  eachProperty(root, see, skip, path);
}

function eachProperty(
  record: object,
  see: (reader: Reader) => void,
  skip: ReadonlySet<string>,
  path: readonly string[],
): void {
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'object' && value !== null && !skip.has(name)) eachReader(value, see, skip, [...path, name]);
  }
}

/** All words below a part of an agent, each phrase once. */
export function eachPhrase(root: unknown, see: (phrase: Phrase, path: readonly string[]) => void): void {
  eachReader(root, ({ phrase, path }) => {
    if (phrase) see(phrase, path);
  });
}

function pick({ source, place, reads }: Template | Expression): Pick<Reader, 'source' | 'place' | 'reads'> {
  return { source, place, reads };
}

function isTemplate(value: object): value is Template {
  return 'render' in value && 'reads' in value && 'source' in value;
}

function isExpression(value: object): value is Expression {
  return 'evaluate' in value && 'reads' in value;
}

function isPhrase(value: object): value is Words['phrases'][number] {
  return 'mustHear' in value && 'text' in value;
}

/** Whether a source asks itself whether `name` is empty: then it may be. */
export function minds(source: string, name: string): boolean {
  const path = `\\b${name}\\b[\\w.]*`;
  return new RegExp(`${path}\\s*[!=]=\\s*null|null\\s*[!=]=\\s*${path}|\\|\\s*or\\s*\\(|\\bhas\\s*\\(`).test(source);
}
