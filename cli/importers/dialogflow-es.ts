import { slotTypeOf } from './entity-types.js';
import type { Importer, Piece } from './imported.js';
import { listIn, recordIn, textIn } from './imported.js';

/** Dialogflow ES: `intents/<name>_usersays_<language>.json`, a list of phrases in pieces, beside `intents/<name>.json`. */
export const dialogflowEs: Importer = {
  read(file, content) {
    const [, name, language] = /([^/]+)_usersays_([\w-]+)\.json$/.exec(file.path) ?? [];
    if (name !== undefined && Array.isArray(content)) {
      const left: { file: string; what: string; why: string }[] = [];
      const examples = content.flatMap((phrase) => {
        const { data, isTemplate } = recordIn(phrase) ?? {};
        if (isTemplate === true) {
          left.push({ file: file.path, what: 'a template', why: 'templates (@type:name) are no sentences; write one' });
          return [];
        }
        return [listIn(data).flatMap(pieceOf)];
      });
      return { format: 'Dialogflow ES', intents: [{ name, language, examples }], left };
    }
    const intent = recordIn(content);
    if (intent?.responses === undefined || textIn(intent.name) === undefined) return undefined;
    const what = `what ${textIn(intent.name)!} does`;
    const why = intent.fallbackIntent === true ? 'its own `no_match:` says it here' : 'answers, contexts and events are for a flow'; // prettier-ignore
    return { format: 'Dialogflow ES', intents: [], left: [{ file: file.path, what, why }] };
  },
};

function pieceOf(part: unknown): Piece[] {
  const { text, alias, meta } = recordIn(part) ?? {};
  const words = textIn(text) ?? '';
  if (words === '') return [];
  const [entity, type] = [textIn(alias), textIn(meta)];
  // `@sys.ignore` marks words that only look like a value.
  return type === '@sys.ignore' || entity === undefined
    ? [{ text: words }]
    : [{ text: words, entity, type: slotTypeOf(type) }];
}
