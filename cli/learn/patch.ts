/** New examples as a change of the designer's files: lines are added, nothing else is touched. */
import { isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type YAMLMap, type YAMLSeq } from 'yaml';
import type { Proposal } from './propose.js';

export interface FilePatch {
  file: string;
  before: string;
  after: string;
  /** Lines that are added, by the line (from 0) before which they come. */
  added: { at: number; lines: string[] }[];
}

/** @returns the patches, and proposals for which no list of examples was found that lines can be added to */
export function patchesFor(
  sources: ReadonlyMap<string, string>,
  proposals: readonly Proposal[],
): { patches: FilePatch[]; unplaced: Proposal[] } {
  const patches: FilePatch[] = [];
  const placed = new Set<string>();
  for (const [file, before] of sources) {
    if (!/\.ya?ml$/.test(file) || /\.test\.ya?ml$/.test(file)) continue;
    const added: FilePatch['added'] = [];
    for (const { intent, list, lines } of listsIn(before)) {
      const own = proposals.filter((one) => one.intent === intent);
      if (own.length === 0 || placed.has(intent)) continue;
      placed.add(intent);
      added.push({ at: lines.end, lines: own.map(({ text }) => `${list}- ${quoted(text)}`) });
    }
    if (added.length === 0) continue;
    added.sort((a, b) => a.at - b.at);
    const all = before.split('\n');
    for (const { at, lines } of [...added].reverse()) all.splice(at, 0, ...lines);
    patches.push({ file, before, after: all.join('\n'), added });
  }
  return { patches, unplaced: proposals.filter(({ intent }) => !placed.has(intent)) };
}

/** Block lists of examples: of flows, of an agent's intents, of a flow's own. `list` is the indentation of its items. */
function listsIn(text: string): { intent: string; list: string; lines: { end: number } }[] {
  const counter = new LineCounter();
  const lists: { intent: string; list: string; lines: { end: number } }[] = [];
  const add = (intent: string, node: unknown): void => {
    const place = isSeq(node) && node.flow !== true ? blockOf(node, counter) : undefined;
    if (place) lists.push({ intent, ...place });
  };
  for (const document of parseAllDocuments(text, { lineCounter: counter })) {
    if (!('contents' in document) || !isMap(document.contents)) continue;
    const root = document.contents as YAMLMap;
    const flow = root.get('flow');
    if (typeof flow === 'string') add(flow, root.get('examples', true));
    const intents = root.get('intents', true);
    if (!isMap(intents)) continue;
    for (const { key, value } of intents.items)
      if (isScalar(key) && typeof key.value === 'string')
        add(typeof flow === 'string' ? `${flow}.${key.value}` : key.value, value);
  }
  return lists;
}

function blockOf(list: YAMLSeq, counter: LineCounter): { list: string; lines: { end: number } } | undefined {
  const last = list.items.at(-1);
  if (
    !isScalar(last) ||
    !last.range ||
    !list.range ||
    (last.type !== 'PLAIN' && !String(last.type).startsWith('QUOTE'))
  )
    return undefined;
  const { col } = counter.linePos(list.range[0]);
  // `range[1]` is where the words end: a comment behind them is on the same line.
  return { list: ' '.repeat(col - 1), lines: { end: counter.linePos(last.range[1]).line } };
}

/** Plain where YAML reads it as these very words. */
function quoted(text: string): string {
  const isWord = /^(true|false|null|yes|no|on|off|y|n|~)$/i.test(text);
  return /^\p{L}[\p{L}\p{M}\d' ]*$/u.test(text) && !isWord ? text : JSON.stringify(text);
}

const context = 3;

/** As `git apply` and `patch -p1` take it. @param name how the file is called in it */
export function unifiedDiff({ before, added }: FilePatch, name: string): string {
  const lines = before.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const out = [`--- a/${name}`, `+++ b/${name}`];
  let shift = 0;
  for (let first = 0; first < added.length;) {
    let last = first;
    while (last + 1 < added.length && added[last + 1]!.at - added[last]!.at <= 2 * context) last++;
    const hunk = added.slice(first, last + 1);
    const from = Math.max(0, hunk[0]!.at - context);
    const to = Math.min(lines.length, hunk.at(-1)!.at + context);
    const more = hunk.reduce((sum, one) => sum + one.lines.length, 0);
    out.push(`@@ -${from + 1},${to - from} +${from + 1 + shift},${to - from + more} @@`);
    for (let at = from; at <= to; at++) {
      for (const one of hunk) if (one.at === at) out.push(...one.lines.map((line) => `+${line}`));
      if (at < to) out.push(` ${lines[at]!}`);
    }
    shift += more;
    first = last + 1;
  }
  return `${out.join('\n')}\n`;
}
