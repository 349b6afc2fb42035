/**
 * The traps of YAML: words cut by a comma, a colon or ` #`, `{{ }}` inside `{ }` or `[ ]`, words that begin with a
 * character YAML keeps for itself. Given a line, finds the words and gives the line with them in quotes.
 */

/** A private character that stands for `!` while YAML reads the file, so that `!verified` is no tag. */
const masked = '\uE000';

/** Same length as the text: places stay. */
export function mask(text: string): string {
  return text.replace(/(^[ ]*(?:- +)*|[:,[{] +|[[{]|- +)!/gm, `$1${masked}`);
}

export function unmask(text: string): string {
  return text.includes(masked) ? text.replaceAll(masked, '!') : text;
}

export interface CuredLine {
  line: string;
  /** Of the words that need quotes, from 1. */
  column: number;
  length: number;
  why: string;
}

const maxLineLength = 2000;

/** The line with its words in quotes; undefined when quoting is no cure. */
export function curedLine(line: string): CuredLine | undefined {
  if (line.length > maxLineLength) return undefined;
  const head = /^(\s*(?:- +)*)/.exec(line)![1]!;
  const cure = new Cure(line);
  let rest = line.slice(head.length);
  let at = head.length;
  const key = /^([A-Za-z_][\w.-]*|"[^"]*"|'[^']*'):(\s+|$)/.exec(rest);
  if (key) {
    at += key[0].length;
    rest = rest.slice(key[0].length);
  }
  if (rest === '') return undefined;
  cure.value(at, line.length, false);
  return cure.result();
}

/** Rewrites one line from left to right. */
class Cure {
  readonly #line: string;
  readonly #closings: Closings = new Map();
  #out = '';
  #copied = 0;
  #first: { column: number; length: number; why: string } | undefined;

  constructor(line: string) {
    this.#line = line;
  }

  result(): CuredLine | undefined {
    if (this.#first === undefined) return undefined;
    return { line: this.#out + this.#line.slice(this.#copied), ...this.#first };
  }

  /** A value that goes to `end`; a comment may follow it when it is not inside brackets. */
  value(start: number, end: number, inside: boolean): void {
    const text = this.#line.slice(start, end);
    const trimmed = text.trimEnd();
    if (trimmed === '') return;
    if (/^\{(?!\{)/.test(trimmed) && closes(trimmed, 0, '}') !== -1)
      return this.#braces(start, start + closes(trimmed, 0, '}'));
    if (trimmed.startsWith('[')) {
      const close = closes(trimmed, 0, ']');
      if (close !== -1 && /^\s*(#.*)?$/.test(trimmed.slice(close + 1))) return this.#brackets(start, start + close);
    }
    // An open bracket with keys behind it was never closed: quotes are no cure.
    if (/^\{\s*[A-Za-z_][\w-]*:(\s|$)/.test(trimmed) || /^[[{].*[,[{]$/.test(trimmed)) return;
    const why = troubleOf(trimmed, inside);
    if (why === undefined) return;
    this.#quote(start, start + trimmed.length, why);
  }

  /** `{ key: value, key: value }`, `close` at the closing brace. */
  #braces(start: number, close: number): void {
    let at = start + 1;
    while (at < close) {
      const key = /^\s*([A-Za-z_][\w.-]*|"[^"]*"|'[^']*'):\s+/.exec(this.#line.slice(at, close));
      if (!key) return;
      const from = at + key[0].length;
      const to = this.#endOfItem(from, close, /^,\s*(?:[A-Za-z_][\w.-]*|"[^"]*"|'[^']*'):(\s|$)/);
      this.value(from, to, true);
      at = to + 1;
    }
  }

  #brackets(start: number, close: number): void {
    let at = start + 1;
    while (at < close) {
      while (this.#line[at] === ' ') at++;
      const to = this.#endOfItem(at, close, /^,/);
      this.value(at, to, true);
      at = to + 1;
    }
  }

  #endOfItem(from: number, close: number, next: RegExp): number {
    for (let at = from; at < close; at++) {
      const skipped = skip(this.#line, at, this.#closings);
      if (skipped > at && (at === from || !/['"]/.test(this.#line[at]!))) {
        at = skipped;
        continue;
      }
      if (next.test(this.#line.slice(at, close))) return at;
    }
    return close;
  }

  #quote(start: number, end: number, why: string): void {
    const words = this.#line.slice(start, end);
    this.#first ??= { column: start + 1, length: end - start, why };
    this.#out += this.#line.slice(this.#copied, start) + quoted(words);
    this.#copied = end;
  }
}

function quoted(words: string): string {
  return words.includes('"') && !words.includes("'")
    ? `'${words}'`
    : `"${words.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}

/** Why these words need quotes; undefined when they do not. */
function troubleOf(words: string, inside: boolean): string | undefined {
  if (/^("([^"\\]|\\.)*"|'([^']|'')*')\s*(#.*)?$/.test(words)) return undefined;
  if (/^[|>][-+0-9]*\s*(#.*)?$/.test(words)) return undefined;
  if (words.startsWith('"') && !words.includes('"', 1)) return undefined;
  if (/^['"]/.test(words)) return 'YAML ends the words at the closing quote, and more follows it.';
  if (/^\{\{/.test(words)) return 'YAML reads braces at the beginning as a map, and not as a value put into words.';
  if (inside && words.includes('{{')) return 'YAML reads {{ }} inside { } or [ ] as maps.';
  if (/^[[{>|*&%@`]/.test(words)) return `YAML keeps a leading ${words[0]} for itself.`;
  if (/^#|\s#/.test(words))
    return 'YAML reads what follows the # as a comment. (If it is one, put it on a line of its own.)';
  if (/^[-?] /.test(words)) return `YAML keeps a leading ${words[0]} for itself.`;
  if (/:(\s|$)/.test(words)) return 'YAML reads the colon as the end of a key.';
  if (inside && words.includes(',')) return 'YAML ends the words at the comma, and takes what follows for a key.';
  if (inside && /[{}[\]]/.test(words)) return 'YAML reads brackets inside { } or [ ] as its own.';
  return undefined;
}

/** The index of the last character of a quoted piece or `{{ }}` or bracket that begins at `at`; `at` when none does. */
function skip(line: string, at: number, known: Closings): number {
  if (line.startsWith('{{', at)) {
    const end = line.indexOf('}}', at);
    return end === -1 ? at : end + 1;
  }
  const character = line[at]!;
  if (character === '"' || character === "'") {
    const end = line.indexOf(character, at + 1);
    return end === -1 ? at : end;
  }
  if (character === '[' || character === '{') {
    const end = closes(line, at, character === '[' ? ']' : '}', known);
    return end === -1 ? at : end;
  }
  return at;
}

/** Where the bracket that opens at `at` closes; a # that YAML would read as a comment does not stop it. -1: nowhere. */
function closes(line: string, at: number, close: string, known: Closings = new Map()): number {
  let end = known.get(at);
  if (end === undefined) known.set(at, (end = findClosing(line, at, close, known)));
  return end;
}

/** Where the brackets of one line close that were looked at before: else open ones would be looked at again and again. */
type Closings = Map<number, number>;

function findClosing(line: string, at: number, close: string, known: Closings): number {
  for (let index = at + 1; index < line.length; index++) {
    if (line[index] === close) return index;
    const character = line[index]!;
    // An apostrophe in the middle of a word opens nothing.
    if ((character === "'" || character === '"') && /\w/.test(line[index - 1] ?? '')) continue;
    index = skip(line, index, known);
  }
  return -1;
}
