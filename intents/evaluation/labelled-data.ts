import { wordsOf } from '../classifier/words.js';

/** One labelled turn. `intent: null` means none of the intents: a foreign turn. */
export interface LabelledTurn {
  text: string;
  intent: string | null;
}

/** Anyone's labelled data: what to learn from, and what to be asked. */
export interface LabelledData {
  train: { text: string; intent: string }[];
  test: LabelledTurn[];
}

/** Something in a data file, with its place (`train[12].intent`) and the cure. */
export interface DataProblem {
  place: string;
  message: string;
}

export interface ReadData {
  /** Absent when an error was found. */
  data?: LabelledData;
  errors: DataProblem[];
  /** The data can be used, but something in it costs accuracy or is left out. */
  notes: DataProblem[];
}

/** So many of a kind are told one by one; of the others only the number. */
const toldOneByOne = 10;
const shape = '{"train":[{"text":"…","intent":"…"}],"test":[{"text":"…","intent":"…" or null}]}';

/**
 * Reads `{"train":[{"text","intent"}],"test":[{"text","intent"|null}]}`. Finds all mistakes at once.
 * @param content the file's bytes, or its text; never quoted in a problem, for it may be what callers said
 */
export function readLabelledData(content: Uint8Array | string): ReadData {
  const text = typeof content === 'string' ? content : textOf(content);
  if (text === undefined)
    return { errors: [{ place: 'the file', message: `is not UTF-8; save it so, or words with marks are read wrongly` }], notes: [] }; // prettier-ignore
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return { errors: [{ place: placeInText(text, error), message: `is not JSON; wanted is ${shape}` }], notes: [] };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { errors: [{ place: 'the file', message: `wants to be an object: ${shape}` }], notes: [] };

  const errors: DataProblem[] = [];
  const notes: DataProblem[] = [];
  const { train, test } = value as Record<string, unknown>;
  const learned = readTurns('train', train, errors) as LabelledData['train'];
  const asked = readTurns('test', test, errors);
  const intents = new Set(learned.map(({ intent }) => intent));
  for (const [i, { intent }] of learned.entries())
    if (intent === null)
      errors.push({
        place: `train[${i}].intent`,
        message: 'is null; foreign turns belong into "test", for the router is not taught them',
      });
  const strangers = asked.flatMap(({ intent }, i) => (intent !== null && !intents.has(intent) ? [i] : []));
  for (const i of strangers)
    errors.push({
      place: `test[${i}].intent`,
      message: 'is an intent with no example in "train"; give it examples, or write null for a foreign turn',
    });
  if (errors.length > 0) return { errors: few(errors), notes: [] };

  notes.push(...thinPlaces(learned), ...alikeNames(learned), ...learnedTurns(learned, asked));
  if (asked.every(({ intent }) => intent === null))
    notes.push({
      place: 'test',
      message: 'has foreign turns only (intent null), so nothing is said of how well intents are told apart',
    });
  if (!asked.some(({ intent }) => intent === null))
    notes.push({
      place: 'test',
      message:
        'has no foreign turn (intent null), so AUROC is not known and nothing is said of turns that no intent is for',
    });
  return { data: { train: learned, test: asked }, errors: [], notes: few(notes) };
}

function readTurns(part: 'train' | 'test', list: unknown, errors: DataProblem[]): LabelledTurn[] {
  if (!Array.isArray(list) || list.length === 0) {
    errors.push({ place: part, message: `wants to be a list with at least one turn; the file is ${shape}` });
    return [];
  }
  return list.flatMap((turn: unknown, i): LabelledTurn[] => {
    const { text, intent } = (typeof turn === 'object' && turn !== null ? turn : {}) as Record<string, unknown>;
    if (typeof text !== 'string') {
      errors.push({ place: `${part}[${i}].text`, message: 'wants to be a text' });
      return [];
    }
    if (intent === null || (typeof intent === 'string' && intent.trim() !== '')) return [{ text, intent }];
    errors.push({
      place: `${part}[${i}].intent`,
      message:
        part === 'test' ? "wants to be an intent's name, or null for a foreign turn" : "wants to be an intent's name",
    });
    return [];
  });
}

/** What is no mistake, but will be felt: texts without words, texts of two intents, intents with one example. */
function thinPlaces(train: LabelledData['train']): DataProblem[] {
  const notes: DataProblem[] = [];
  const places = new Map<string, { at: number; intents: Set<string> }>();
  const examples = new Map<string, { at: number; texts: Set<string> }>();
  for (const [at, { text, intent }] of train.entries()) {
    const key = wordsOf(text).join(' ');
    if (key === '') {
      notes.push({ place: `train[${at}].text`, message: 'has no word in it; it is left out' });
      continue;
    }
    const same = places.get(key);
    if (same && !same.intents.has(intent))
      notes.push({
        place: `train[${at}].text`,
        message: `is an example of two intents (also train[${same.at}]); such turns can only be guessed: keep it in one`,
      });
    if (same) same.intents.add(intent);
    else places.set(key, { at, intents: new Set([intent]) });
    const known = examples.get(intent);
    if (known) known.texts.add(key);
    else examples.set(intent, { at, texts: new Set([key]) });
  }
  for (const { at, texts } of examples.values())
    if (texts.size === 1)
      notes.push({ place: `train[${at}].intent`, message: 'has this one example only; three to ten make it reliable' });
  if (examples.size < 2)
    notes.push({
      place: 'train',
      message: 'has fewer than two intents: nothing to tell apart, only foreign turns to reject',
    });
  return notes;
}

/** Names that only a slip tells apart: to the router they are two intents. */
function alikeNames(train: LabelledData['train']): DataProblem[] {
  const first = new Map<string, { at: number; intent: string }>();
  const told = new Set<string>();
  return train.flatMap(({ intent }, at): DataProblem[] => {
    const key = intent.normalize('NFKC').trim().toLowerCase().replace(/[\s_-]+/g, ' '); // prettier-ignore
    const same = first.get(key);
    if (!same) first.set(key, { at, intent });
    if (!same || same.intent === intent || told.has(intent)) return [];
    told.add(intent);
    const message = `is named nearly as train[${same.at}].intent, and counts as another: write one of them everywhere`;
    return [{ place: `train[${at}].intent`, message }];
  });
}

/** What was learned is known word for word: such turns say nothing of those that callers will say. */
function learnedTurns(train: LabelledData['train'], test: readonly LabelledTurn[]): DataProblem[] {
  const learned = new Set(train.map(({ text }) => wordsOf(text).join(' ')));
  learned.delete('');
  const known = test.filter(({ text }) => learned.has(wordsOf(text).join(' '))).length;
  if (known === 0) return [];
  const turns = known === 1 ? 'one turn that stands' : `${known} turns that stand`;
  return [{ place: 'test', message: `has ${turns} word for word in train; they make the figures too good` }];
}

/** Undefined when it is no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function few(problems: DataProblem[]): DataProblem[] {
  const rest = problems.length - toldOneByOne;
  if (rest <= 1) return problems;
  return [...problems.slice(0, toldOneByOne), { place: 'and', message: `${rest} more like these` }];
}

/**
 * `line 3, column 7` of what the parser stumbled on. Its message names an offset, or quotes what stands around the
 * place, or neither where the text was cut: then the end is the place.
 */
function placeInText(text: string, error: unknown): string {
  const { message } = error as Error;
  const offset = /position (\d+)/.exec(message)?.[1];
  const quoted = /^Unexpected token '([^]+?)', (\.\.\.)?"([^]*)"(?:\.\.\.)? is not valid JSON$/.exec(message);
  let at = offset === undefined ? text.length : Number(offset);
  if (quoted)
    at = Math.max(0, text.indexOf(quoted[3]!)) + (quoted[2] ? 10 : Math.max(0, quoted[3]!.indexOf(quoted[1]!)));
  const before = text.slice(0, at);
  return `line ${before.split('\n').length}, column ${before.length - before.lastIndexOf('\n')}`;
}
