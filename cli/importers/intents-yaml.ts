/** Imported intents as `slots:` and `intents:` of our language, ready to stand in an `agent.yaml`. */
import { stringify } from 'yaml';
import { builtInNames, reservedNames } from '../../engine/language/name-scope.js';
import type { Imported, ImportedIntent, Left, Piece } from './imported.js';

export interface Written {
  yaml: string;
  intents: number;
  examples: number;
  /** Our slots by name, with their types. */
  slots: Record<string, string>;
  left: Left[];
}

/** Sentences are short: a longer example is a document or a mistake. */
const longestExample = 300;

/** What was read from all files, as one piece of YAML. Names that ours would not take are changed, which is said. */
export function writeIntents(imported: readonly (Imported & { file: string })[]): Written {
  const left: Left[] = [];
  const slots = new Map<string, string>();
  const intents = new Map<string, string[]>();
  const ids = new Map<string, string>();
  const taken = new Set<string>();
  for (const { file, intents: own } of imported)
    for (const { name, examples } of own) {
      const id = ids.get(name) ?? freeName(name, taken);
      if (!ids.has(name)) {
        ids.set(name, id);
        taken.add(id);
        if (id !== name) left.push({ file, what: `the name "${name}"`, why: `it is ${id} here` });
      }
      const texts = intents.get(id) ?? [];
      for (const text of textsOf({ name, examples }, slots, file, left)) if (!texts.includes(text)) texts.push(text);
      if (texts.length > 0) intents.set(id, texts);
      else left.push({ file, what: `the intent ${name}`, why: 'it has no examples' });
    }
  const document = {
    ...(slots.size > 0 && {
      slots: Object.fromEntries([...slots].map(([name, type]) => [name, { type, scope: 'call' }])),
    }),
    intents: Object.fromEntries(intents),
  };
  return {
    yaml: stringify(document, { lineWidth: 0 }),
    intents: intents.size,
    examples: [...intents.values()].reduce((sum, texts) => sum + texts.length, 0),
    slots: Object.fromEntries(slots),
    left,
  };
}

function textsOf({ examples }: ImportedIntent, slots: Map<string, string>, file: string, left: Left[]): string[] {
  return examples.flatMap((pieces) => {
    const text = pieces
      .map((piece) => marked(piece, slots, file, left))
      .join('')
      .replace(/\s+/g, ' ')
      .trim();
    if (!/[\p{L}\d]/u.test(text)) return [];
    if (text.length <= longestExample) return [text];
    left.push({ file, what: 'an example', why: `it is longer than ${longestExample} letters` });
    return [];
  });
}

/** `[tomorrow](date)` where a type of ours fits, else the plain words. */
function marked({ text, entity, type }: Piece, slots: Map<string, string>, file: string, left: Left[]): string {
  const words = text.replace(/[[\]{}]/g, ' ');
  if (entity === undefined) return words;
  const once = (what: string, why: string): void => {
    if (!left.some((one) => one.what === what && one.why === why)) left.push({ file, what, why });
  };
  if (type === undefined) {
    once(
      `the marks of ${entity}`,
      'no type of value fits; its words are taken. A choice slot with its options may serve',
    );
    return words;
  }
  const name = nameOf(entity, 'value');
  const known = slots.get(name);
  if (known !== undefined && known !== type) {
    once(`marks of ${entity} as ${type}`, `${name} is ${known} already; the words are taken`);
    return words;
  }
  slots.set(name, type);
  const [, before = '', core = '', after = ''] = /^(\s*)(.*?)(\s*)$/s.exec(words) ?? [];
  return core === '' ? words : `${before}[${core}](${name})${after}`;
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const own = nameOf(name, 'intent');
  for (let n = 1; ; n++) {
    const id = n === 1 ? own : `${own}_${n}`;
    if (!taken.has(id)) return id;
  }
}

/** A name as ours are: `Book Table!` → `book_table`; a word of the language gets something behind it. */
function nameOf(name: string, kind: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  const id = plain === '' ? kind : /^\d/.test(plain) ? `${kind}_${plain}` : plain;
  return reservedNames.has(id) || builtInNames.has(id) ? `${id}_${kind}` : id;
}
