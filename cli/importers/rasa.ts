import { slotTypeOf } from './entity-types.js';
import type { Imported, Importer, Left, Piece } from './imported.js';
import { listIn, recordIn, textIn } from './imported.js';

/** `[NYC](city)`, `[NYC](city:New York)`, `[NYC]{"entity":"city", …}`, Rasa 1 to 3. */
const mark = /\[([^\]]*)\](?:\(([^)]*)\)|(\{[^}]*\}))/g;

/** Rasa's training data: YAML with `nlu:`. https://rasa.com/docs/rasa/training-data-format */
export const rasa: Importer = {
  read(file, content) {
    const nlu = recordIn(content)?.nlu;
    if (!Array.isArray(nlu)) return undefined;
    const imported: Imported = { format: 'Rasa', intents: [], left: [] };
    const leave = (what: string, why: string): void => void imported.left.push({ file: file.path, what, why });
    for (const one of nlu) {
      const entry = recordIn(one) ?? {};
      const name = textIn(entry.intent);
      if (name === undefined) {
        const kind = ['synonym', 'regex', 'lookup'].find((key) => textIn(entry[key]) !== undefined);
        leave(kind ? `${kind} ${textIn(entry[kind])!}` : 'an entry', kind ? whys[kind]! : 'it names no intent');
        continue;
      }
      const examples = examplesOf(entry.examples).map((text) => piecesOf(text, leave));
      imported.intents.push({ name, examples });
    }
    for (const key of Object.keys(recordIn(content) ?? {}))
      if (!['version', 'nlu'].includes(key)) leave(key, 'only training examples are taken');
    return imported;
  },
};

const whys: Readonly<Record<string, string>> = {
  synonym: 'say it as an option of a slot: `options: [{ id: …, called: […] }]`',
  regex: 'say it as `pattern:` of a slot',
  lookup: 'say it as the options of a choice slot',
};

/** One block of lines with `- `, or a list of texts or of records with `text`. */
function examplesOf(examples: unknown): string[] {
  const texts = textIn(examples) !== undefined ? [textIn(examples)!] : listIn(examples).map((one) => textIn(one) ?? textIn(recordIn(one)?.text) ?? ''); // prettier-ignore
  return texts
    .flatMap((text) => text.split('\n'))
    .map((line) => line.replace(/^\s*-\s+/, '').trim())
    .filter((line) => line !== '');
}

function piecesOf(text: string, leave: (what: string, why: string) => void): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(mark)) {
    const [whole, value = '', short, long] = match;
    pieces.push({ text: text.slice(at, match.index) });
    const entity = short !== undefined ? short.split(':')[0]! : entityOf(long!, leave);
    pieces.push({ text: value, ...(entity !== undefined && { entity, type: slotTypeOf(entity) }) });
    at = match.index + whole.length;
  }
  pieces.push({ text: text.slice(at) });
  return pieces.filter((piece) => piece.text !== '');
}

function entityOf(json: string, leave: (what: string, why: string) => void): Left['what'] | undefined {
  try {
    const { entity, role, group } = JSON.parse(json) as Record<string, unknown>;
    const name = [textIn(entity), textIn(role) ?? textIn(group)].filter((part) => part !== undefined).join('_');
    return name === '' ? undefined : name;
  } catch {
    leave('a mark in an example', 'its JSON cannot be read; the words are taken');
    return undefined;
  }
}
