import { slotTypeOf } from './entity-types.js';
import type { Importer, Piece } from './imported.js';
import { jsonAt, listIn, recordIn, textIn } from './imported.js';

/**
 * Dialogflow CX: `intents/<name>/trainingPhrases/<language>.json` beside `intents/<name>/<name>.json`, which has the types of
 * the parameters; or, as the API gives it, both in one file.
 */
export const dialogflowCx: Importer = {
  read(file, content, others) {
    const record = recordIn(content);
    if (!Array.isArray(record?.trainingPhrases)) return undefined;
    const [, folder, ofFolder, language] = /^(.*?([^/]+))\/trainingPhrases\/([^/]+)\.json$/.exec(file.path) ?? [];
    const about = folder === undefined ? record : recordIn(jsonAt(others, `${folder}/${ofFolder!}.json`));
    const name = textIn(about?.displayName) ?? ofFolder;
    if (name === undefined) return undefined;
    const types = new Map(
      listIn(about?.parameters).map((parameter) => {
        const { id, entityType } = recordIn(parameter) ?? {};
        return [textIn(id) ?? '', slotTypeOf(textIn(entityType))];
      }),
    );
    const examples = record.trainingPhrases.map((phrase) =>
      listIn(recordIn(phrase)?.parts).flatMap((part): Piece[] => {
        const { text, parameterId } = recordIn(part) ?? {};
        const [words, entity] = [textIn(text) ?? '', textIn(parameterId)];
        if (words === '') return [];
        return [entity ? { text: words, entity, type: types.get(entity) } : { text: words }];
      }),
    );
    return {
      format: 'Dialogflow CX',
      intents: [{ name, ...(language !== undefined && { language }), examples }],
      left: [],
    };
  },
};
