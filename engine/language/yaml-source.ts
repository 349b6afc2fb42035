/**
 * YAML as source text: a small tree of maps, lists and scalars whose scalars keep what was written,
 * so that the place of a scalar decides its type, and not YAML.
 */
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document, ParsedNode } from 'yaml';
import type { Json } from '../contracts.js';
import type { Place } from './flow.js';
import type { Problem, ProblemCode } from './problems.js';
import { curedLine, unmask, mask } from './quoting.js';

/** `start` and `end` are offsets in the file's text. */
interface Span {
  file: SourceFile;
  start: number;
  end: number;
}

export interface ScalarNode extends Span {
  kind: 'scalar';
  /** As written, quotes taken off and escapes read. */
  text: string;
  /** Neither quoted nor a block. */
  plain: boolean;
  /** An empty value, `null` or `~`, not quoted. */
  empty: boolean;
}

export interface Entry {
  key: string;
  keyNode: ScalarNode;
  value: YamlNode;
}

export interface MapNode extends Span {
  kind: 'map';
  entries: Entry[];
}

export interface ListNode extends Span {
  kind: 'list';
  items: YamlNode[];
}

export type YamlNode = ScalarNode | MapNode | ListNode;

/** The entry's value, or undefined. */
export function get(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return entry(node, key)?.value;
}

export function entry(node: YamlNode | undefined, key: string): Entry | undefined {
  return node?.kind === 'map' ? node.entries.find((one) => one.key === key) : undefined;
}

/** The scalar's text; undefined for anything else and for an empty value. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === 'scalar' && !node.empty ? node.text : undefined;
}

/** One item is a list of one. */
export function itemsOf(node: YamlNode | undefined): YamlNode[] {
  if (node === undefined) return [];
  return node.kind === 'list' ? node.items : [node];
}

const plainNumber = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$/;

/** What YAML 1.2 (core) would make of the tree: for the schema, and for values whose place has no type. */
export function plainJson(node: YamlNode): Json {
  switch (node.kind) {
    case 'map': {
      const record: Record<string, Json> = {};
      for (const { key, value } of node.entries) {
        Object.defineProperty(record, key, {
          value: plainJson(value),
          enumerable: true,
          writable: true,
          configurable: true,
        });
      }
      return record;
    }
    case 'list':
      return node.items.map(plainJson);
    case 'scalar':
      if (node.empty) return null;
      if (!node.plain) return node.text;
      if (node.text === 'true') return true;
      if (node.text === 'false') return false;
      return plainNumber.test(node.text) ? Number(node.text) : node.text;
  }
}

/** A file and its places. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  place(offset: number): Place {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.path, line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  lineStart(line: number): number {
    return this.#lineStarts[line - 1] ?? this.text.length;
  }

  line(line: number): string {
    const start = this.lineStart(line);
    const end = this.text.indexOf('\n', start);
    return this.text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '');
  }

  /** A problem at a span of this file. */
  problem(
    code: ProblemCode,
    span: { start: number; end: number },
    message: string,
    cure: string,
    severity: Problem['severity'] = 'error',
  ): Problem {
    const place = this.place(span.start);
    const source = this.line(place.line);
    const length = Math.max(1, Math.min(span.end - span.start, source.length - place.column + 1));
    return { code, severity, ...place, length, message, cure, source };
  }
}

/** Documents of a file that hold something, and what is wrong with its YAML. */
export interface ReadYaml {
  documents: YamlNode[];
  problems: Problem[];
  file: SourceFile;
  /** Some of the file could not be read, so names may be missing. */
  broken: boolean;
}

/** Every repair reads the file again: large files get fewer. */
const repairsFor = (text: string): number => Math.max(3, Math.min(60, Math.floor(3_000_000 / (text.length + 1))));
const maxDepth = 60;

/**
 * Reads a file's YAML. A line that YAML reads otherwise than it was meant is one `quote-this` problem, and reading
 * goes on as if its cure had been applied, so that the rest of the file is checked in the same run.
 */
export function readYaml(path: string, text: string): ReadYaml {
  const original = new SourceFile(path, text);
  const problems: Problem[] = [];
  const cured = new Set<number>();
  let current = text;
  const maxRepairs = repairsFor(text);
  for (let repair = 0; repair <= maxRepairs; repair++) {
    const file = new SourceFile(path, current);
    const attempt = readOnce(file);
    let trouble: Trouble | undefined;
    for (const one of attempt.troubles) {
      if (cured.has(one.line)) continue;
      if (one.soft !== true) {
        trouble = one;
        break;
      }
      const { line, column, length, message, cure } = one;
      const source = original.line(line);
      problems.push({
        code: 'duplicate-name',
        severity: 'error',
        file: path,
        line,
        column,
        length,
        message,
        cure,
        source,
      });
      cured.add(line);
    }
    if (trouble === undefined || repair === maxRepairs)
      return { documents: attempt.documents, problems, file, broken: false };
    const source = original.line(trouble.line);
    const cure = curedLine(source);
    if (cure === undefined) {
      const place = trouble.trap === undefined ? trouble : { ...trouble, column: trouble.column };
      problems.push({
        code: trouble.trap === undefined ? 'bad-yaml' : 'quote-this',
        severity: 'error',
        file: path,
        line: place.line,
        column: place.column,
        length: trouble.length,
        message: trouble.trap ?? trouble.message,
        cure: trouble.trap === undefined ? trouble.cure : 'Put the words in quotes.',
        source,
      });
      // After a mistake that cannot be cured the rest of its document means nothing.
      return {
        documents: attempt.documents.filter((_, index) => attempt.indexes[index] !== trouble.document),
        problems,
        file,
        broken: true,
      };
    }
    problems.push({
      code: 'quote-this',
      severity: 'error',
      file: path,
      line: trouble.line,
      column: cure.column,
      length: cure.length,
      message: cure.why,
      cure: `Write: ${cure.line.trim()}`,
      source,
    });
    cured.add(trouble.line);
    const start = file.lineStart(trouble.line);
    current = current.slice(0, start) + cure.line + current.slice(start + file.line(trouble.line).length);
  }
  return { documents: [], problems, file: original, broken: true };
}

interface Trouble {
  document: number;
  line: number;
  column: number;
  length: number;
  message: string;
  cure: string;
  /** Set when it is a trap: the sentence to say. */
  trap?: string;
  /** The document can be read in spite of it. */
  soft?: boolean;
}

function readOnce(file: SourceFile): { documents: YamlNode[]; indexes: number[]; troubles: Trouble[] } {
  const lineCounter = new LineCounter();
  const troubles: Trouble[] = [];
  const documents: YamlNode[] = [];
  const indexes: number[] = [];
  let parsed: Document.Parsed<ParsedNode>[];
  try {
    const all = parseAllDocuments(mask(file.text), {
      lineCounter,
      // Looked for below: the parser compares each key with all before it.
      uniqueKeys: false,
      logLevel: 'silent',
      prettyErrors: false,
    });
    parsed = [...all] as Document.Parsed<ParsedNode>[];
  } catch {
    troubles.push({
      document: 0,
      line: 1,
      column: 1,
      length: 1,
      message: 'This file cannot be read as YAML.',
      cure: 'Make it simpler: it is nested too deep.',
    });
    return { documents, indexes, troubles };
  }
  for (const [index, document] of parsed.entries()) {
    const trouble: Report = (offset, end, message, cure, trap, soft) => {
      const place = file.place(Math.min(offset, Math.max(0, file.text.length - 1)));
      troubles.push({
        document: index,
        line: place.line,
        column: place.column,
        length: Math.max(1, end - offset),
        message,
        cure,
        trap,
        ...(soft === true && { soft }),
      });
    };
    for (const error of document.errors) {
      const { message, cure } = yamlSentence(error.code, error.message);
      const open = /closing ['"]/.test(error.message) ? openingQuote(file.text, error.pos[0]) : undefined;
      if (open === undefined) trouble(error.pos[0], error.pos[1], message, cure);
      else trouble(open, open + 1, 'This quote is never closed.', 'Close it at the end of the words.');
    }
    if (document.contents === null) continue;
    const node = convert(document.contents, file, trouble, 0);
    if (node.kind === 'scalar' && node.empty) continue;
    documents.push(node);
    indexes.push(index);
  }
  troubles.sort((a, b) => a.line - b.line);
  return { documents, indexes, troubles };
}

type Report = (offset: number, end: number, message: string, cure: string, trap?: string, soft?: boolean) => void;

/** The document can be read in spite of it: the first one counts. */
const twice = [
  'This key stands here twice.',
  'Keep one of them, or put both values under one key.',
  undefined,
  true,
] as const;

function convert(node: ParsedNode | null, file: SourceFile, report: Report, depth: number): YamlNode {
  const [start, end] = node?.range ?? [0, 0];
  const span = { file, start, end };
  const nothing: ScalarNode = { kind: 'scalar', text: '', plain: true, empty: true, ...span };
  if (node === null) return nothing;
  if (depth > maxDepth) {
    report(start, end, `This is nested more than ${maxDepth} levels deep.`, 'Make it flatter.');
    return nothing;
  }
  if (isAlias(node) || (node as { anchor?: string }).anchor !== undefined) {
    report(
      start,
      end,
      '',
      '',
      'YAML reads words that begin with & or * as an anchor or a reference to one, and the language has none.',
    );
    if (isAlias(node)) return nothing;
  }
  if (isScalar(node)) {
    const plain = node.type === 'PLAIN' || node.type === undefined;
    const text = unmask(plain ? (node.source ?? '') : String(node.value ?? ''));
    const empty = plain && (text === '' || text === 'null' || text === '~');
    return { kind: 'scalar', text, plain, empty, ...span };
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => {
      if (isPair(item)) return nothing;
      const child = convert(item as ParsedNode, file, report, depth + 1);
      if (node.flow && child.kind === 'map' && isMap(item) && file.text[child.start] !== '{') {
        report(child.start, child.end, '', '', 'YAML reads a colon inside these words as a key.');
      }
      return child;
    });
    return { kind: 'list', items, ...span };
  }
  if (isMap(node)) {
    const entries: Entry[] = [];
    const seen = new Set<string>();
    for (const pair of node.items) {
      const key = pair.key as ParsedNode;
      if (!isScalar(key)) {
        report(
          key?.range?.[0] ?? start,
          key?.range?.[1] ?? end,
          '',
          '',
          'YAML reads these braces as a map, and not as a value put into words.',
        );
        continue;
      }
      const keyNode = convert(key, file, report, depth + 1) as ScalarNode;
      if (seen.has(keyNode.text)) report(keyNode.start, keyNode.end, ...twice);
      seen.add(keyNode.text);
      const value = pair.value as ParsedNode | null;
      if (value === null && node.flow) {
        report(
          keyNode.start,
          keyNode.end,
          '',
          '',
          'YAML ends the words at the comma, and takes what follows for a key.',
        );
        continue;
      }
      const child =
        value === null ? { ...nothing, start: keyNode.end, end: keyNode.end } : convert(value, file, report, depth + 1);
      if (child.kind === 'scalar') {
        const rest = file.text.slice(child.end, endOfLine(file.text, child.end));
        if (
          child.empty &&
          child.text === '' &&
          /^:?\s*#/.test(file.text.slice(keyNode.end, endOfLine(file.text, keyNode.end)))
        ) {
          report(
            keyNode.start,
            keyNode.end,
            '',
            '',
            'YAML reads what follows the # as a comment, so this key has no value.',
          );
        } else if (child.plain && cutByComment(child.text, rest)) {
          report(child.start, child.end, '', '', 'YAML ends the words at " #" and reads the rest as a comment.');
        }
      }
      if (keyNode.text === '')
        report(
          child.start,
          child.end,
          'There is no key before this colon.',
          'Name the key, or put the words in quotes.',
        );
      entries.push({ key: keyNode.text, keyNode, value: child });
    }
    return { kind: 'map', entries, ...span };
  }
  return nothing;
}

const goesOn = new Set(
  'a an the your this that press pressing hit push key keying use dial enter type say with by or and then than of on in to for from as is plus'.split(
    ' ',
  ),
);

/** The # was meant to be said: it is glued to what follows, stands alone, or the words before it go on. */
function cutByComment(text: string, rest: string): boolean {
  if (!/^ #/.test(rest)) return false;
  const last = /([A-Za-z]+)[,]?$/.exec(text)?.[1]?.toLowerCase();
  return (
    /^ #\S/.test(rest) || /^ #\s*$/.test(rest) || (last !== undefined && /\s/.test(text.trim()) && goesOn.has(last))
  );
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

/** Where the quote opens that is still open at `offset`. */
function openingQuote(text: string, offset: number): number | undefined {
  for (let end = offset; end > 0;) {
    const start = text.lastIndexOf('\n', end - 1) + 1;
    const match = /(?:^|[\s:[{,-])(["'])(?:(?!\1).)*$/.exec(text.slice(start, end));
    if (match) return start + match.index + match[0].indexOf(match[1]!);
    end = start - 1;
  }
  return undefined;
}

/** The parser's codes in plain words. */
function yamlSentence(code: string, message: string): { message: string; cure: string } {
  const table: Record<string, [string, string]> = {
    TAB_AS_INDENT: ['A tab is used to indent.', 'Indent with spaces.'],
    MULTIPLE_ANCHORS: ['YAML reads & as an anchor.', 'Put the words in quotes.'],
    BAD_INDENT: ['This line is not indented like its neighbours.', 'Line it up with the keys it belongs to.'],
    BLOCK_AS_IMPLICIT_KEY: [
      'YAML reads a second key on this line.',
      'Put the words in quotes, or the key on a line of its own.',
    ],
    MISSING_CHAR: [
      'Something is missing here, such as a colon, a quote or a closing bracket.',
      'Close what was opened on this line or above.',
    ],
    BAD_ALIAS: ['YAML reads * as a reference.', 'Put the words in quotes.'],
    UNEXPECTED_TOKEN: ['YAML does not expect this here.', 'Put the words in quotes, or correct the indentation.'],
  };
  if (message.includes('call stack')) return { message: 'This is nested too deep.', cure: 'Make it flatter.' };
  const unclosed = /end with a (.)/.exec(message);
  if (code === 'BAD_INDENT' && unclosed)
    return { message: 'A bracket is opened here or above and never closed.', cure: `Close it with ${unclosed[1]!}.` };
  const [sentence, cure] = table[code] ?? [
    `YAML cannot read this: ${message.replace(/\s+/g, ' ').replace(/\.$/, '')}.`,
    'Correct the line.',
  ];
  return { message: sentence, cure };
}
