/** The file of a language as a translator needs it: every line there is, what is translated, and what is not. */
import type { BuiltInName } from '../dialog/built-ins/en.js';
import { builtInIntentNames, builtInNames, builtInsOf } from '../dialog/built-ins/built-ins.js';
import { readDocuments } from './load.js';
import type { LocaleDocument } from './locale.js';
import { fits, idsOfPlace, isUsed, quotedId, sourceOf } from './locale.js';
import type { Place, SlotPlace } from './locale-places.js';
import { placesOf } from './locale-places.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';
import { remembers } from './build-languages.js';

export interface Skeleton {
  text: string;
  /** Lines that are still to be filled. */
  missing: number;
}

interface Line {
  section: 'words' | 'examples' | 'slots' | 'lexicon';
  id: string;
  /** As it stands in the locale file, or to be filled. */
  value: string;
  source: string;
  isMissing: boolean;
}

/**
 * @param path a folder of an agent, or one file
 * @returns undefined where nothing can be read
 */
export async function readLocale(
  path: string,
  language: string,
  { onlyMissing = false }: { onlyMissing?: boolean } = {},
): Promise<Skeleton | undefined> {
  const { agent, flows, locales } = await readDocuments(path);
  if (!agent && flows.length === 0) return undefined;
  const own = locales.filter((one) => fits(one.language, language));
  const lines = [
    ...placesOf(agent, flows).flatMap((place) => lineOf(place, own)),
    ...builtInLines(language, own, remembers({ agent, flows })),
    ...own.flatMap(lexiconLines),
  ];
  const shown = onlyMissing ? lines.filter(({ isMissing }) => isMissing) : lines;
  return { text: write(shown, language), missing: lines.filter(({ isMissing }) => isMissing).length };
}

function lineOf(place: Place, own: readonly LocaleDocument[]): Line[] {
  if (place.kind === 'slot') return [slotLine(place, own)];
  const section = place.kind;
  const given = find(own, section, idsOfPlace(place));
  // More examples of a built-in intent may be left out, and words that sound the same too.
  const isOptional = !place.isNeeded || (section === 'examples' && builtInIntentNames.includes(place.id));
  if (!given && isOptional) return [];
  const value = given ? sourceOf(given) : section === 'words' ? '""' : '[]';
  return [{ section, id: place.id, value, source: sourceOf(place.node), isMissing: !given }];
}

function slotLine(place: SlotPlace, own: readonly LocaleDocument[]): Line {
  const given = find(own, 'slots', [place.id, place.short]);
  const options = get(given, 'options');
  let isMissing = false;
  const value = (node: YamlNode | undefined, empty: string): string => {
    const has = node !== undefined && itemsOf(node).some((item) => (textOf(item) ?? '').trim() !== '');
    if (!has) isMissing = true;
    return has ? sourceOf(node) : empty;
  };
  const parts: string[] = [];
  if (place.called) parts.push(`called: ${value(get(given, 'called'), '[]')}`);
  if (place.options.length > 0)
    parts.push(
      `options: { ${place.options.map((id) => `${quotedId(id)}: ${value(get(options, id), '""')}`).join(', ')} }`,
    );
  return {
    section: 'slots',
    id: place.id,
    value: `{ ${parts.join(', ')} }`,
    source: [place.called, place.optionsNode].flatMap((node) => (node ? sourceOf(node) : [])).join(', '),
    isMissing,
  };
}

/** Sounds are nobody's to translate: those that are there stay. */
function lexiconLines({ node }: LocaleDocument): Line[] {
  const lexicon = get(node, 'lexicon');
  if (lexicon?.kind !== 'map') return [];
  return lexicon.entries.map(({ key, value }) => ({
    section: 'lexicon',
    id: key,
    value: sourceOf(value),
    source: '',
    isMissing: false,
  }));
}

/** Of a language that ships no built-ins: all of them; of others what the file gives in their place. */
function builtInLines(language: string, own: readonly LocaleDocument[], hasMemory: boolean): Line[] {
  const shipped = builtInsOf(language);
  const line = (section: 'words' | 'examples', id: string, isShipped: boolean, source: string): Line[] => {
    const given = find(own, section, [id]);
    if (!given && (isShipped || !isUsed(id, { hasMemory }))) return [];
    return [
      { section, id, value: given ? sourceOf(given) : section === 'words' ? '""' : '[]', source, isMissing: !given },
    ];
  };
  return [
    ...builtInNames.flatMap((name) => line('words', name, shipped.words[name] !== undefined, englishWords(name))),
    ...builtInIntentNames.flatMap((id) =>
      line('examples', id, shipped.examples[id] !== undefined, (english.examples[id] ?? []).slice(0, 3).join(', ')),
    ),
  ];
}

const english = builtInsOf('en');

/** The English words; `{{ flow.title }}` and `{{ it }}` where they name something. */
function englishWords(name: BuiltInName): string {
  const given = english.words[name] ?? [];
  const texts = typeof given === 'function' ? given({ title: '{{ flow.title }}', it: '{{ it }}' }) : given;
  return texts.join(' / ');
}

function find(own: readonly LocaleDocument[], section: string, ids: readonly string[]): YamlNode | undefined {
  for (const id of ids)
    for (const { node } of own) {
      const given = get(get(node, section), id);
      if (given && !isBlank(given)) return given;
    }
  return undefined;
}

function isBlank(node: YamlNode): boolean {
  if (node.kind === 'scalar') return node.empty || node.text.trim() === '';
  return node.kind === 'list' ? node.items.length === 0 : node.entries.length === 0;
}

function write(lines: readonly Line[], language: string): string {
  let text = `# ${language}: fill every "" and []. The words of the first language stand beside them.\n`;
  for (const section of ['words', 'examples', 'slots', 'lexicon'] as const) {
    const own = lines.filter((line) => line.section === section);
    if (own.length === 0) continue;
    text += `${section}:\n`;
    const seen = new Set<string>();
    for (const { id, value, source } of own) {
      if (seen.has(id)) continue;
      seen.add(id);
      text += `  ${quotedId(id)}: ${value}${source === '' ? '' : ` # ${source}`}\n`;
    }
  }
  return text;
}
