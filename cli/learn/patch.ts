/** New examples as a change of the designer's files: lines are added, a list in brackets gets longer, nothing else is touched. */
import { basename, dirname } from 'node:path';
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Proposal } from './propose.js';

/** Lines, from 0, that are taken out at a place, and those that come there. */
export interface LineChange {
  at: number;
  removed: string[];
  added: string[];
}

export interface FilePatch {
  file: string;
  before: string;
  after: string;
  /** In the order of the file. */
  changes: LineChange[];
}

/** Examples to add; of a language other than the agent's own, where `language` says so. */
export type PlacedProposal = Proposal & { language?: string };

/** Where the examples of an intent stand: a block list, to which lines are added, or one in brackets. */
interface ExampleList {
  intent: string;
  /** Undefined: the agent's own. */
  language?: string;
  place: { kind: 'lines'; at: number; indent: string } | { kind: 'brackets'; offset: number; isEmpty: boolean };
}

/** @returns the patches, and proposals for which no list of examples was found */
export function patchesFor(
  sources: ReadonlyMap<string, string>,
  proposals: readonly PlacedProposal[],
): { patches: FilePatch[]; unplaced: PlacedProposal[] } {
  const patches: FilePatch[] = [];
  const placed = new Set<PlacedProposal>();
  for (const [file, before] of sources) {
    if (!/\.ya?ml$/.test(file) || /\.test\.ya?ml$/.test(file)) continue;
    const edits = listsIn(before, file).flatMap((list) => {
      const own = proposals.filter((one) => !placed.has(one) && isFor(one, list));
      for (const one of own) placed.add(one);
      return own.length === 0 ? [] : [{ place: list.place, texts: own.map(({ text }) => quoted(text)) }];
    });
    if (edits.length > 0) patches.push({ file, before, ...changed(before, edits) });
  }
  return { patches, unplaced: proposals.filter((one) => !placed.has(one)) };
}

/** A locale file may leave the flow out of an intent's name. */
function isFor({ intent, language }: PlacedProposal, list: ExampleList): boolean {
  if (language?.toLowerCase() !== list.language?.toLowerCase()) return false;
  return intent === list.intent || (language !== undefined && intent.endsWith(`.${list.intent}`));
}

function changed(
  before: string,
  edits: { place: ExampleList['place']; texts: string[] }[],
): Pick<FilePatch, 'after' | 'changes'> {
  const lines = before.split('\n');
  const end = before.includes('\r\n') ? '\r' : '';
  const longer = new Map<number, string>();
  const changes: LineChange[] = [];
  // From the end on, so that what stands before keeps its place.
  const inBrackets = edits.flatMap(({ place, texts }) => (place.kind === 'brackets' ? [{ place, texts }] : []));
  for (const { place, texts } of inBrackets.sort((a, b) => b.place.offset - a.place.offset)) {
    const at = before.slice(0, place.offset).split('\n').length - 1;
    const column = place.offset - (before.lastIndexOf('\n', place.offset - 1) + 1);
    const line = longer.get(at) ?? lines[at]!;
    const more = (place.isEmpty ? '' : ', ') + texts.join(', ');
    longer.set(at, line.slice(0, column) + more + line.slice(column));
  }
  for (const [at, line] of longer) changes.push({ at, removed: [lines[at]!], added: [line] });
  for (const { place, texts } of edits)
    if (place.kind === 'lines')
      changes.push({ at: place.at, removed: [], added: texts.map((text) => `${place.indent}- ${text}${end}`) });
  changes.sort((a, b) => a.at - b.at || a.removed.length - b.removed.length);
  for (const { at, removed, added } of [...changes].reverse()) lines.splice(at, removed.length, ...added);
  return { after: lines.join('\n'), changes };
}

/** Lists of examples: of flows, of an agent's intents, of a flow's own; in a locale, of all that it has examples for. */
function listsIn(text: string, file: string): ExampleList[] {
  const counter = new LineCounter();
  const lists: ExampleList[] = [];
  const isLocaleFile = basename(dirname(file)) === 'locales';
  for (const document of parseAllDocuments(text, { lineCounter: counter })) {
    if (!('contents' in document) || !isMap(document.contents)) continue;
    const root = document.contents as YAMLMap;
    const locale = root.get('locale');
    const language = isLocaleFile
      ? basename(file).replace(/\.ya?ml$/, '')
      : typeof locale === 'string'
        ? locale
        : undefined;
    const add = (intent: string, node: unknown): void => {
      const place = isSeq(node) ? placeIn(node, counter) : undefined;
      if (place) lists.push({ intent, place, ...(language !== undefined && { language }) });
    };
    const flow = root.get('flow');
    if (language === undefined && typeof flow === 'string') add(flow, root.get('examples', true));
    const named = root.get(language === undefined ? 'intents' : 'examples', true);
    if (!isMap(named)) continue;
    for (const { key, value } of named.items)
      if (isScalar(key) && typeof key.value === 'string')
        add(language === undefined && typeof flow === 'string' ? `${flow}.${key.value}` : key.value, value);
  }
  return lists;
}

function placeIn(list: YAMLSeq, counter: LineCounter): ExampleList['place'] | undefined {
  const last = list.items.at(-1);
  if (!list.range) return undefined;
  if (list.flow === true && last === undefined) return { kind: 'brackets', offset: list.range[0] + 1, isEmpty: true };
  if (!isScalar(last) || !last.range || (last.type !== 'PLAIN' && !String(last.type).startsWith('QUOTE')))
    return undefined;
  // `range[1]` is where the words end: a comment behind them is on the same line.
  const [, end] = last.range;
  if (list.flow === true) return { kind: 'brackets', offset: end, isEmpty: false };
  const { col } = counter.linePos(list.range[0]);
  return { kind: 'lines', at: counter.linePos(end).line, indent: ' '.repeat(col - 1) };
}

/** Plain where YAML reads it as these very words. */
function quoted(text: string): string {
  const isWord = /^(true|false|null|yes|no|on|off|y|n|~)$/i.test(text);
  return /^\p{L}[\p{L}\p{M}\d' ]*$/u.test(text) && !isWord ? text : JSON.stringify(text);
}

const context = 3;

/** As `git apply` and `patch -p1` take it. @param name how the file is called in it */
export function unifiedDiff({ before, changes }: FilePatch, name: string): string {
  const lines = before.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const out = [`--- a/${name}`, `+++ b/${name}`];
  let shift = 0;
  for (let first = 0; first < changes.length;) {
    let last = first;
    while (last + 1 < changes.length && changes[last + 1]!.at - endOf(changes[last]!) <= 2 * context) last++;
    const hunk = changes.slice(first, last + 1);
    const from = Math.max(0, hunk[0]!.at - context);
    const to = Math.min(lines.length, endOf(hunk.at(-1)!) + context);
    const more = hunk.reduce((sum, { added, removed }) => sum + added.length - removed.length, 0);
    out.push(`@@ -${from + 1},${to - from} +${from + 1 + shift},${to - from + more} @@`);
    let at = from;
    for (const change of hunk) {
      for (; at < change.at; at++) out.push(` ${lines[at]!}`);
      out.push(...change.removed.map((line) => `-${line}`), ...change.added.map((line) => `+${line}`));
      at = endOf(change);
    }
    for (; at < to; at++) out.push(` ${lines[at]!}`);
    shift += more;
    first = last + 1;
  }
  return `${out.join('\n')}\n`;
}

function endOf({ at, removed }: LineChange): number {
  return at + removed.length;
}
