import type { Json, Spoken } from '../contracts.js';
import type { Token } from './normalise.js';
import { tokenise, withoutThinking } from './normalise.js';
import { dropTakenBack } from './taken-back.js';
import type { Reading, SlotContext, SlotType, SlotTypeName } from './slot-type.js';

/** What one type has to say; {@link defineType} adds what all types share. */
export interface Definition {
  name: SlotTypeName;
  /** Every reading, in any order, spans as token ranges turned into offsets by `reading()`. */
  read(tokens: readonly Token[], context: SlotContext, text: string): Reading[];
  parse(written: Json, context: SlotContext): { value: Json } | { problem: string };
  say(value: Json, context: SlotContext): string;
  spoken(context: SlotContext): Spoken;
  /** The type sees to self-corrections itself (a yes after a no is an answer, not a slip). */
  keepsAll?: boolean;
}

/** Texts longer than this are cut before reading: three hundred words fit many times over. */
const maxLength = 20_000;

/** Thirty nines in a row are no amount that a number holds: they would be said back as something else. */
function isCountable(value: Json): boolean {
  const number =
    typeof value === 'number' ? value : /^(-?\S+) [A-Z]{3}$/.exec(typeof value === 'string' ? value : '')?.[1];
  return number === undefined || Math.abs(Number(number)) <= Number.MAX_SAFE_INTEGER || Number.isNaN(Number(number));
}

/**
 * Makes a type of its definition: tokens once, no throw, values that were taken back in the same
 * breath ("Thursday, no wait, Friday") left out, surest first and ties from the left.
 */
export function defineType(definition: Definition): SlotType {
  const { name } = definition;
  // What asks for no context is the same each time. It is shared between turns and not to be changed.
  const isConstant = definition.spoken.length === 0;
  let spoken: Spoken | undefined;
  return {
    name,
    find(text, context) {
      try {
        const short = text.length > maxLength ? text.slice(0, maxLength) : text;
        const tokens = definition.keepsAll ? tokenise(short) : withoutThinking(tokenise(short));
        if (tokens.length === 0) return [];
        const readings = definition.read(tokens, context, short).filter(({ value }) => isCountable(value));
        const kept = definition.keepsAll ? readings : dropTakenBack(readings, tokens, short);
        return alternatives(kept, tokens, short).sort((a, b) => b.confidence - a.confidence || a.start - b.start);
      } catch {
        // A parser's own fault must not end a call: it then has found nothing.
        return [];
      }
    },
    parse(written, context) {
      try {
        return definition.parse(written, context);
      } catch {
        return { problem: `This is no ${name}.` };
      }
    },
    say(value, context) {
      if (value === null || value === undefined) return '';
      if (context.spokenAs) return context.spokenAs(value);
      return definition.say(value, context);
    },
    spoken: (context) => (isConstant ? (spoken ??= definition.spoken(context)) : definition.spoken(context)),
  };
}

/** "Friday or Saturday": two values with nothing but "or" between are one open answer, not two answers. */
function alternatives(found: readonly Reading[], tokens: readonly Token[], text: string): Reading[] {
  const left = [...found].sort((a, b) => a.start - b.start);
  const joined: Reading[] = [];
  for (const one of left) {
    const last = joined.at(-1);
    if (last === undefined || !onlyOr(tokens, last.end, one.start)) {
      joined.push(one);
      continue;
    }
    const values = [last.value, ...(last.others ?? []), one.value, ...(one.others ?? [])];
    const others = values.filter(
      (value, index) => index > 0 && !values.slice(0, index).some((other) => same(other, value)),
    );
    const whole: Reading = {
      ...last,
      text: text.slice(last.start, one.end),
      end: one.end,
      confidence: Math.min(last.confidence, one.confidence),
    };
    delete whole.others;
    joined[joined.length - 1] = others.length === 0 ? whole : { ...whole, others };
  }
  return joined;
}

function onlyOr(tokens: readonly Token[], from: number, to: number): boolean {
  const between = tokens.filter((token) => token.start >= from && token.end <= to).map((token) => token.word);
  return between[0] === 'or' && between.slice(1).every((word) => /^(?:the|a|an|on|at|in|maybe|for)$/.test(word));
}

function same(a: Json, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** A reading of the tokens `from` (included) to `to` (excluded). */
export function reading(
  text: string,
  tokens: readonly Token[],
  from: number,
  to: number,
  value: Json,
  confidence = 1,
  others: Json[] = [],
): Reading {
  const start = tokens[from]!.start;
  let end = tokens[to - 1]!.end;
  // "p.m." keeps its last point inside the span only when it was part of the token.
  if (end > text.length) end = text.length;
  const found: Reading = { value, text: text.slice(start, end), start, end, confidence };
  if (others.length > 0) found.others = others;
  return found;
}

/** A written scalar as text: YAML gives numbers and booleans where people mean words. */
export function writtenText(written: Json): string | undefined {
  if (typeof written === 'string') return written.trim();
  if (typeof written === 'number' || typeof written === 'boolean') return String(written);
  return undefined;
}

export function words(text: string): Spoken {
  return { kind: 'words', text };
}

export function oneOf(texts: readonly (string | Spoken)[]): Spoken {
  return { kind: 'choice', options: texts.map((text) => (typeof text === 'string' ? words(text) : text)) };
}

export function inOrder(...parts: Spoken[]): Spoken {
  return { kind: 'sequence', parts };
}

/** `part` or nothing. */
export function maybe(part: Spoken): Spoken {
  return { kind: 'repeat', of: part, min: 0, max: 1 };
}
