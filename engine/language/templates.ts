/** Words and texts with `{{ expression | filter }}` in them. Values are data: they are never read as templates. */
import { compileExpression } from './expressions.js';
import type { Compiled, ExpressionTrouble } from './expressions.js';
import type { Filter } from './filters.js';
import { filters } from './filters.js';
import type { Place, Scope, Template } from './flow.js';
import type { NameScope } from './name-scope.js';
import type { ProblemCode } from './problems.js';
import type { SayContext } from './saying.js';
import { sayingFor, sayValue } from './saying.js';
import { didYouMean } from './suggest.js';
import { toWritten } from './values.js';
import { anyType } from './value-types.js';

/** As {@link ExpressionTrouble}, with offsets in the template's text. */
export type TemplateTrouble = Omit<ExpressionTrouble, 'code'> & { code: ProblemCode };

type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'value'; compiled: Compiled; filters: { filter: Filter; args: Compiled[] }[]; environment: boolean };

/**
 * How values are put in: as they are `spoken`, as they are `written` (keys, headers, phone numbers), or written and
 * percent-encoded for a `url` (what comes from `env` is the operator's and stands as it is).
 */
export type TemplateManner = 'spoken' | 'written' | 'url';

export interface CompiledTemplate {
  template: Template;
  troubles: TemplateTrouble[];
  render(scope: Scope, manner: TemplateManner): string;
}

/** @param language BCP 47: decides how dates and amounts sound */
export function compileTemplate(
  source: string,
  place: Place,
  scope: NameScope,
  language: string,
  manner: TemplateManner = 'spoken',
): CompiledTemplate {
  const troubles: TemplateTrouble[] = [];
  const pieces: Piece[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    if (open === -1) break;
    const close = closingBraces(source, open + 2);
    if (close === -1) {
      troubles.push({
        code: 'bad-template',
        start: open,
        end: open + 2,
        message: 'These braces are never closed.',
        cure: 'Close them with }}.',
      });
      break;
    }
    if (open > at) pieces.push({ kind: 'text', text: source.slice(at, open) });
    const piece = compileValue(source, open + 2, close, place, scope, troubles);
    if (piece) pieces.push(piece);
    at = close + 2;
  }
  if (at < source.length) pieces.push({ kind: 'text', text: source.slice(at) });

  const reads = new Set<string>();
  for (const piece of pieces) {
    if (piece.kind !== 'value') continue;
    for (const compiled of [piece.compiled, ...piece.filters.flatMap(({ args }) => args)]) {
      for (const name of compiled.expression.reads) reads.add(name);
    }
  }
  const render = (values: Scope, how: TemplateManner): string => {
    let text = '';
    let emptied = false;
    const now = values('now');
    const context: SayContext = { language, now: typeof now === 'string' ? now : '' };
    for (const piece of pieces) {
      if (piece.kind === 'text') {
        text += piece.text;
        continue;
      }
      const part = renderValue(piece, values, how, context);
      if (part === '') emptied = true;
      text += how === 'url' && !piece.environment ? encodeURIComponent(part) : part;
    }
    return how === 'spoken' ? tidy(text, emptied) : text.trim();
  };
  return {
    template: { source, place, reads: [...reads], render: (values) => render(values, manner) },
    troubles,
    render,
  };
}

/** The expression of a text that is nothing but one `{{ … }}` without a filter, with where it begins in the text. */
export function wholeExpression(source: string): { expression: string; start: number } | undefined {
  const match = /^\s*\{\{/.exec(source);
  if (!match) return undefined;
  const start = match[0].length;
  const close = closingBraces(source, start);
  if (close === -1 || source.slice(close + 2).trim() !== '') return undefined;
  if (splitFilters(source.slice(start, close)).length > 1) return undefined;
  const body = source.slice(start, close);
  const lead = body.length - body.trimStart().length;
  return { expression: body.trim(), start: start + lead };
}

function compileValue(
  source: string,
  from: number,
  to: number,
  place: Place,
  scope: NameScope,
  troubles: TemplateTrouble[],
): Piece | undefined {
  const [head, ...rest] = splitFilters(source.slice(from, to));
  const compile = (text: string, offset: number): Compiled => {
    const lead = text.length - text.trimStart().length;
    const compiled = compileExpression(text.trim(), place, scope);
    for (const trouble of compiled.troubles) {
      troubles.push({ ...trouble, start: trouble.start + offset + lead, end: trouble.end + offset + lead });
    }
    return compiled;
  };
  if (head!.text.trim() === '') {
    troubles.push({
      code: 'bad-template',
      start: from,
      end: Math.max(from + 1, to),
      message: 'There is nothing between these braces.',
      cure: 'Name a value, or take the braces out.',
    });
    return undefined;
  }
  const compiled = compile(head!.text, from + head!.start);
  const applied: { filter: Filter; args: Compiled[] }[] = [];
  for (const { text, start } of rest) {
    const match = /^\s*([A-Za-z_]\w*)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text);
    const lead = text.trim() === '' ? 0 : text.length - text.trimStart().length;
    const span = { start: from + start + lead, end: from + start + lead + Math.max(1, text.trim().length) };
    if (!match) {
      troubles.push({
        code: 'bad-template',
        ...span,
        message: 'After | a filter is named.',
        cure: 'For "or" in a condition write ||.',
      });
      continue;
    }
    const filter = filters.get(match[1]!);
    if (!filter) {
      troubles.push({
        code: 'unknown-filter',
        ...span,
        end: span.start + match[1]!.length,
        message: `There is no filter "${match[1]!}".`,
        cure: didYouMean(match[1]!, filters.keys()),
      });
      continue;
    }
    const inside = match[2] ?? '';
    const insideAt = from + start + text.indexOf('(') + 1;
    const args =
      inside.trim() === '' ? [] : splitTop(inside, ',').map((part) => compile(part.text, insideAt + part.start));
    if (args.length < filter.least || args.length > filter.most) {
      const wants =
        filter.most === 0
          ? 'nothing'
          : filter.least === filter.most
            ? String(filter.least)
            : `${filter.least} to ${filter.most}`;
      troubles.push({
        code: 'bad-template',
        ...span,
        message: `The filter "${filter.name}" takes ${wants} in brackets.`,
        cure: `Give it ${wants}.`,
      });
      continue;
    }
    applied.push({ filter, args });
  }
  return { kind: 'value', compiled, filters: applied, environment: /^\s*env\./.test(head!.text) };
}

function renderValue(
  piece: Extract<Piece, { kind: 'value' }>,
  values: Scope,
  how: TemplateManner,
  context: SayContext,
): string {
  let value = piece.compiled.inner(values).value;
  let type = piece.compiled.type;
  for (const { filter, args } of piece.filters) {
    const empty = value === null || value === undefined || value === '';
    if (empty && filter.takesEmpty !== true) value = null;
    else {
      const saying = sayingFor(context, type.kind === 'list' ? type.of : type);
      value = filter.apply(
        value,
        args.map((argument) => argument.inner(values).value),
        saying,
      );
    }
    if (filter.name !== 'or' || empty) type = anyType;
  }
  if (how === 'spoken') return sayValue(value, type, context);
  const written = toWritten(value);
  return written === null ? '' : typeof written === 'object' ? JSON.stringify(written) : String(written);
}

/** What an empty value leaves behind: two spaces, a space before a full stop. */
function tidy(text: string, emptied: boolean): string {
  const folded = text.replace(/\s+/g, ' ').trim();
  return emptied ? folded.replace(/ +([.,!?;:])/g, '$1').replace(/^[,;:]\s*/, '') : folded;
}

function closingBraces(source: string, from: number): number {
  let depth = 0;
  for (let at = from; at < source.length; at++) {
    const character = source[at]!;
    if (character === '"' || character === "'") {
      const end = closingQuote(source, at);
      if (end === -1) return source.indexOf('}}', from);
      at = end;
    } else if (character === '{') depth++;
    else if (character === '}') {
      if (depth > 0) depth--;
      else if (source[at + 1] === '}') return at;
    }
  }
  return -1;
}

function closingQuote(source: string, at: number): number {
  for (let index = at + 1; index < source.length; index++) {
    if (source[index] === '\\') index++;
    else if (source[index] === source[at]) return index;
  }
  return -1;
}

/** At every top-level `|` that is not `||`. */
function splitFilters(text: string): { text: string; start: number }[] {
  return splitTop(text, '|');
}

function splitTop(text: string, by: '|' | ','): { text: string; start: number }[] {
  const parts: { text: string; start: number }[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === '"' || character === "'") {
      const end = closingQuote(text, at);
      if (end === -1) break;
      at = end;
    } else if ('([{'.includes(character)) depth++;
    else if (')]}'.includes(character)) depth--;
    else if (character === by && depth === 0) {
      if (by === '|' && text[at + 1] === '|') {
        at++;
        continue;
      }
      parts.push({ text: text.slice(start, at), start });
      start = at + 1;
    }
  }
  parts.push({ text: text.slice(start), start });
  return parts;
}
