/**
 * The same agent in another language: its YAML with the words of the locale file in their places, built like any
 * other. So every template, example and option of a locale is checked at its own line, and the engine needs to know
 * nothing but which of the agents it talks with.
 */
import type { BuiltInName } from '../dialog/built-ins/en.js';
import { baseOf, builtInIntentNames, builtInNames, builtInsOf } from '../dialog/built-ins/built-ins.js';
import type { Place, SlotPlace, WordPlace } from './locale-places.js';
import { copyTree, nameNode, placesOf, set } from './locale-places.js';
import { didYouMean } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { entry, get, itemsOf, textOf } from './yaml-source.js';

/** What one locale file, or one `locale:` document, says. */
export interface LocaleDocument {
  language: string;
  node: MapNode;
}

/** The documents of an agent, with the words of one language in their places. */
export interface LocalParts {
  agent: MapNode | undefined;
  flows: MapNode[];
  /** Names of listed options, by the node of the options: the first is how one is said. */
  optionNames: Map<YamlNode, Map<string, string[]>>;
}

export interface LocaleTask {
  /** As the agent names it: `es`, `pt-BR`. */
  language: string;
  /** Its own words are the agent's YAML: the locale file gives only what is built in. */
  isDefault: boolean;
  agent: MapNode | undefined;
  flows: readonly MapNode[];
  locales: readonly LocaleDocument[];
  /** Where the agent names its languages. */
  at: YamlNode;
  /** The agent asks callers whether it may remember, and forgets on demand. */
  hasMemory: boolean;
}

/** Puts a language in place, and tells everything that lacks or that nothing here has a place for. */
export function localise(task: LocaleTask, shop: Workshop): LocalParts | undefined {
  const { language, isDefault } = task;
  const own = task.locales.filter((one) => fits(one.language, language));
  const file = `locales/${language}.yaml`;
  const agent = task.agent && copyTree(task.agent);
  const flows = task.flows.map(copyTree);
  if (own.length === 0 && !isDefault) {
    shop.report(
      task.at,
      'missing-translation',
      `The agent speaks ${language}, and there is no ${file}.`,
      `Write it with: npx flow locales ${language} > ${file}`,
    );
    return undefined;
  }
  const places = isDefault ? [] : placesOf(agent, flows);
  const given = new Given(own);
  const optionNames: LocalParts['optionNames'] = new Map();
  for (const place of places) {
    if (place.kind === 'slot') putSlot(place, given, file, optionNames, shop);
    else putWords(place, given, file, language, shop);
  }
  putBuiltIns(agent, given, task, file, shop);
  if (agent) putLexicon(agent, own, task);
  given.reportUnknown(places, shop);
  return { agent, flows, optionNames };
}

export function fits(language: string, wanted: string): boolean {
  return (
    language.toLowerCase() === wanted.toLowerCase() ||
    baseOf(language) === wanted.toLowerCase() ||
    language.toLowerCase() === baseOf(wanted)
  );
}

/** The entries of the locale's documents, and which of them served. */
class Given {
  readonly #documents: readonly MapNode[];
  readonly #served = new Set<YamlNode>();

  constructor(documents: readonly LocaleDocument[]) {
    this.#documents = documents.map(({ node }) => node);
  }

  /** What stands under one of these ids; the first that is there and not empty. */
  find(section: 'words' | 'examples' | 'slots', ids: readonly string[]): YamlNode | undefined {
    for (const id of ids) {
      for (const document of this.#documents) {
        const one = entry(get(document, section), id);
        if (!one) continue;
        this.#served.add(one.keyNode);
        if (!isEmpty(one.value)) return one.value;
      }
    }
    return undefined;
  }

  reportUnknown(places: readonly Place[], shop: Workshop): void {
    const known = {
      words: [...idsOf(places, 'words'), ...builtInNames],
      examples: [...idsOf(places, 'examples'), ...builtInIntentNames],
      slots: idsOf(places, 'slot'),
    };
    for (const document of this.#documents) {
      for (const section of ['words', 'examples', 'slots'] as const) {
        const map = get(document, section);
        for (const { key, keyNode } of map?.kind === 'map' ? map.entries : []) {
          if (this.#served.has(keyNode) || known[section].includes(key)) continue;
          const what = { words: 'no words', examples: 'no flow or intent', slots: 'no slot with options or names' }[
            section
          ];
          shop.report(
            keyNode,
            'unknown-id',
            `The agent has ${what} "${key}".`,
            didYouMean(key, known[section], 'Take it out.'),
          );
        }
      }
    }
  }
}

function idsOf(places: readonly Place[], kind: Place['kind']): string[] {
  return places.filter((place) => place.kind === kind).flatMap((place) => idsOfPlace(place));
}

function isEmpty(node: YamlNode): boolean {
  if (node.kind === 'scalar') return node.empty || node.text.trim() === '';
  if (node.kind === 'list') return node.items.length === 0 || node.items.some(isEmpty);
  return node.entries.length === 0;
}

function putWords(place: WordPlace, given: Given, file: string, language: string, shop: Workshop): void {
  const section = place.kind === 'words' ? 'words' : 'examples';
  const node = given.find(section, idsOfPlace(place));
  if (node) return place.put(node);
  // What is said the same everywhere stays; examples of the agent's own language are no examples of this one.
  if (place.kind === 'examples') place.put(undefined);
  const isBuiltIn = place.kind === 'examples' && builtInIntentNames.includes(place.id);
  if (!place.isNeeded || isBuiltIn) return;
  shop.report(
    place.node,
    'missing-translation',
    `These have no ${language} yet: ${section} "${place.id}".`,
    `Add to ${file}, under ${section}:  ${lineFor(place)}`,
  );
}

/** The ids under which a locale file may have a place, the surest first. */
export function idsOfPlace(place: Place): string[] {
  return [...new Set(place.kind === 'slot' ? [place.id, place.short] : [place.full, place.id, place.short])];
}

/** A line of the skeleton: the id, and the words of the agent's own language beside it. */
export function lineFor(place: WordPlace): string {
  const source = sourceOf(place.node);
  return `${quotedId(place.id)}: ${place.kind === 'words' ? '""' : '[]'} # ${source}`;
}

/** An id as a key of YAML. */
export function quotedId(id: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(id) && !['yes', 'no', 'on', 'off', 'true', 'false'].includes(id)
    ? id
    : JSON.stringify(id);
}

/** The words as one line. */
export function sourceOf(node: YamlNode): string {
  return node.file.text.slice(node.start, node.end).replace(/\s+/g, ' ').trim();
}

function putSlot(
  place: SlotPlace,
  given: Given,
  file: string,
  optionNames: LocalParts['optionNames'],
  shop: Workshop,
): void {
  const node = given.find('slots', [place.id, place.short]);
  const called = get(node, 'called');
  if (place.called) {
    if (called && !isEmpty(called)) place.putCalled(called);
    else
      shop.report(
        place.called,
        'missing-translation',
        `What callers call "${place.id}" has no translation yet.`,
        `Add to ${file}, under slots:  ${place.id}: { called: [] } # ${sourceOf(place.called)}`,
      );
  }
  if (place.options.length === 0) return;
  const options = get(node, 'options');
  const names = new Map<string, string[]>();
  for (const id of place.options) {
    const texts = itemsOf(get(options, id)).flatMap((item) => textOf(item) ?? []);
    if (texts.length > 0) names.set(id, texts);
  }
  const missing = place.options.filter((id) => !names.has(id));
  if (missing.length > 0)
    shop.report(
      place.optionsNode!,
      'missing-translation',
      `Options of "${place.id}" have no translation yet: ${missing.join(', ')}.`,
      `Add to ${file}, under slots:  ${place.id}: { options: { ${missing.map((id) => `${id}: ""`).join(', ')} } }`,
    );
  for (const { key, keyNode } of options?.kind === 'map' ? options.entries : [])
    if (!place.options.includes(key))
      shop.report(
        keyNode,
        'unknown-id',
        `"${place.id}" has no option "${key}".`,
        didYouMean(key, place.options, 'Take it out.'),
      );
  optionNames.set(place.optionsNode!, names);
}

/** Sounds are of one language: those in the agent's YAML are of its first, another has those of its locale file. */
function putLexicon(agent: MapNode, own: readonly LocaleDocument[], { isDefault }: LocaleTask): void {
  if (!isDefault) set(agent, 'lexicon', undefined);
  for (const { node } of own) {
    const lexicon = get(node, 'lexicon');
    if (lexicon && !get(agent, 'lexicon')) set(agent, 'lexicon', lexicon);
  }
}

/** Built-in words and examples: those that ship, with what the locale file says instead or besides. */
function putBuiltIns(agent: MapNode | undefined, given: Given, task: LocaleTask, file: string, shop: Workshop): void {
  const { language } = task;
  const shipped = builtInsOf(language);
  const missing: string[] = [];
  const repair = get(agent, 'repair');
  for (const name of builtInNames) {
    const words = given.find('words', [name]);
    if (words && agent) putRepair(agent, name, words);
    // What a designer wrote in the agent's own language stands in its repair already.
    else if (shipped.words[name] === undefined && !(task.isDefault && get(repair, name)) && isUsed(name, task))
      missing.push(`words ${name}`);
  }
  for (const id of builtInIntentNames) {
    const texts = given.find('examples', [id]);
    if (texts && agent) putExamples(agent, id, texts);
    else if (shipped.examples[id] === undefined && isUsed(id, task)) missing.push(`examples ${id}`);
  }
  if (missing.length > 0)
    shop.report(
      task.at,
      'missing-translation',
      `${language} lacks built-in words, which ship in English and Spanish: ${missing.join(', ')}.`,
      `Give them in ${file}; npx flow locales ${language} writes the lines.`,
    );
}

/** Words of what the agent cannot do are not asked for. */
export function isUsed(name: string, { hasMemory }: Pick<LocaleTask, 'hasMemory'>): boolean {
  return hasMemory || !['forget_me', 'forget_me_ask', 'not_forgotten', 'remember_ask'].includes(name);
}

function putRepair(agent: MapNode, name: BuiltInName, words: YamlNode): void {
  if (!get(agent, 'repair'))
    set(agent, 'repair', { kind: 'map', entries: [], file: words.file, start: words.start, end: words.end });
  const repair = get(agent, 'repair');
  if (repair?.kind !== 'map') return;
  const own = get(repair, name);
  if (textOf(own) === 'off') return;
  if (own?.kind === 'map' && !get(own, 'text')) set(own, 'say', words);
  else
    set(repair, name, {
      kind: 'map',
      entries: [{ key: 'say', keyNode: nameNode('say', words), value: words }],
      file: words.file,
      start: words.start,
      end: words.end,
    });
}

function putExamples(agent: MapNode, id: string, texts: YamlNode): void {
  if (!get(agent, 'intents'))
    set(agent, 'intents', { kind: 'map', entries: [], file: texts.file, start: texts.start, end: texts.end });
  const intents = get(agent, 'intents');
  if (intents?.kind === 'map') set(intents, id, texts);
}
