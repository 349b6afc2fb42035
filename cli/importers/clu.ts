import { slotTypeOf } from './entity-types.js';
import type { Imported, Importer, Piece } from './imported.js';
import { listIn, recordIn, textIn } from './imported.js';

interface Marked {
  category: string;
  offset: number;
  length: number;
}

/** Conversational Language Understanding of Azure: one JSON with `assets`. Offsets are UTF-16 units, as ours. */
export const clu: Importer = {
  read(file, content) {
    const assets = recordIn(recordIn(content)?.assets);
    if (!Array.isArray(assets?.utterances)) return undefined;
    const imported: Imported = { format: 'CLU', intents: [], left: [] };
    const leave = (what: string, why: string): void => void imported.left.push({ file: file.path, what, why });
    const types = new Map(
      listIn(assets.entities).map((entity) => {
        const { category, prebuilts } = recordIn(entity) ?? {};
        const built = textIn(recordIn(listIn(prebuilts)[0])?.category);
        return [textIn(category) ?? '', slotTypeOf(built) ?? slotTypeOf(textIn(category))];
      }),
    );
    const intents = new Map<string, { name: string; language?: string; examples: Piece[][] }>();
    const ofProject = textIn(recordIn(recordIn(content)?.metadata)?.language);
    let [forTests, ofNone] = [0, 0];
    for (const one of assets.utterances) {
      const { text, intent, dataset, entities, language: of } = recordIn(one) ?? {};
      const [words, name] = [textIn(text), textIn(intent)];
      if (words === undefined || name === undefined) continue;
      if (textIn(dataset)?.toLowerCase() === 'test') forTests++;
      else if (name === 'None') ofNone++;
      else {
        const language = textIn(of) ?? ofProject;
        const key = `${language ?? ''}\n${name}`;
        const known = intents.get(key) ?? { name, ...(language && { language }), examples: [] };
        known.examples.push(piecesOf(words, marksIn(entities), types));
        intents.set(key, known);
      }
    }
    imported.intents.push(...intents.values());
    if (forTests > 0) leave(`${forTests} utterances for tests`, 'judge the router by them: flow router eval');
    if (ofNone > 0)
      leave(`${ofNone} utterances of None`, 'foreign turns need no examples; near ones are `not:` of an intent');
    return imported;
  },
};

function marksIn(entities: unknown): Marked[] {
  return listIn(entities)
    .map((one) => recordIn(one) as Partial<Marked> | undefined)
    .filter(
      (one): one is Marked =>
        typeof one?.category === 'string' && Number.isInteger(one.offset) && Number.isInteger(one.length),
    ) // prettier-ignore
    .sort((a, b) => a.offset - b.offset || b.length - a.length);
}

function piecesOf(text: string, marks: readonly Marked[], types: ReadonlyMap<string, string | undefined>): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { category, offset, length } of marks) {
    // Of overlapping marks the first and longest stands.
    if (offset < at || length <= 0 || offset + length > text.length) continue;
    pieces.push({ text: text.slice(at, offset) });
    pieces.push({ text: text.slice(offset, offset + length), entity: category, type: types.get(category) });
    at = offset + length;
  }
  pieces.push({ text: text.slice(at) });
  return pieces.filter((piece) => piece.text !== '');
}
