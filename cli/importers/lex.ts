import { slotTypeOf, spokenSamples } from './entity-types.js';
import type { Importer, Left, Piece, SourceFile } from './imported.js';
import { jsonAt, listIn, recordIn, textIn } from './imported.js';

/**
 * Amazon Lex V2: `…/Intents/<name>/Intent.json` with `{Slot}` in its utterances, `…/Slots/<slot>/Slot.json` beside it, and
 * `…/SlotTypes/<type>/SlotType.json`. An export marks only where a value stands; a sample of its type is put there.
 */
export const lex: Importer = {
  read(file, content, others) {
    const intent = recordIn(content);
    if (!Array.isArray(intent?.sampleUtterances)) return undefined;
    const name = textIn(intent.name) ?? textIn(intent.intentName);
    if (name === undefined) return undefined;
    const folder = file.path.split('/').slice(0, -1).join('/');
    const left: Left[] = [];
    const leave = (what: string, why: string): void => void left.push({ file: file.path, what, why });
    if (textIn(intent.parentIntentSignature) !== undefined)
      leave(`what ${name} is built on`, `${textIn(intent.parentIntentSignature)!} is a built-in of Lex`);
    const examples = intent.sampleUtterances.flatMap((one) => {
      const utterance = textIn(recordIn(one)?.utterance);
      const pieces = utterance === undefined ? undefined : piecesOf(utterance, folder, others);
      if (utterance !== undefined && !pieces) leave('an utterance', 'no sample of the value in it is known');
      return pieces ? [pieces] : [];
    });
    const language = /(?:^|\/)BotLocales\/([^/]+)\//i.exec(file.path)?.[1];
    return { format: 'Lex V2', intents: [{ name, ...(language !== undefined && { language }), examples }], left };
  },
};

/** Undefined where a value has neither a type of ours nor a sample in the export. */
function piecesOf(utterance: string, folder: string, others: ReadonlyMap<string, SourceFile>): Piece[] | undefined {
  const pieces: Piece[] = [];
  for (const part of utterance.split(/(\{[^}]*\})/)) {
    if (part === '') continue;
    const slot = /^\{(.*)\}$/.exec(part)?.[1];
    if (slot === undefined) {
      pieces.push({ text: part });
      continue;
    }
    const vendorType = textIn(recordIn(jsonAt(others, `${folder}/Slots/${slot}/Slot.json`))?.slotTypeName);
    const type = slotTypeOf(vendorType);
    const sample = type === undefined ? sampleOf(vendorType, folder, others) : spokenSamples[type];
    if (sample === undefined) return undefined;
    pieces.push({ text: sample, entity: slot, type });
  }
  return pieces;
}

function sampleOf(
  vendorType: string | undefined,
  folder: string,
  others: ReadonlyMap<string, SourceFile>,
): string | undefined {
  const locale = folder.split('/').slice(0, -2).join('/');
  const values = recordIn(jsonAt(others, `${locale}/SlotTypes/${vendorType ?? ''}/SlotType.json`))?.slotTypeValues;
  return textIn(recordIn(recordIn(listIn(values)[0])?.sampleValue)?.value);
}
