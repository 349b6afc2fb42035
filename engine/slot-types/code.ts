import type { Spoken } from '../contracts.js';
import type { Reading, SlotContext } from './slot-type.js';
import { isChecked } from './checksum.js';
import { defineType, oneOf, reading, writtenText } from './define.js';
import { lengthOf } from './digits.js';
import { readSpelled } from './letters.js';
import type { Token } from './normalise.js';
import { hesitations } from './normalise.js';
import { matchesWhole } from './pattern.js';

/** A piece of a code: where it stood and what it spells. */
interface Piece {
  from: number;
  to: number;
  text: string;
  /** A word of the language too ("a", "you", "hotel"): no code by itself. */
  word: boolean;
  /** The other reading of "oh". */
  letter?: string;
}

/** Letters and figures, written together or said one by one: "A B one two C", "AB12C", "b as in boy seven seven". */
export const code = defineType({
  name: 'code',
  read(tokens, context, text) {
    const found: Reading[] = [];
    for (let index = 0; index < tokens.length;) {
      const pieces = piecesFrom(tokens, index, context);
      if (pieces.length === 0) {
        index += 1;
        continue;
      }
      const end = pieces.at(-1)!.to;
      let fitting = fit(pieces, context);
      // "4471 I think": small words behind it may be dropped too, where a pattern tells what is too much.
      while (fitting === undefined && context.pattern !== undefined && pieces.length > 1 && pieces.at(-1)!.word) {
        pieces.pop();
        fitting = fit(pieces, context);
      }
      if (fitting !== undefined) found.push(reading(text, tokens, fitting.from, pieces.at(-1)!.to, fitting.value));
      index = end;
    }
    return found;
  },
  parse(written, context) {
    const value = writtenText(written);
    const shape = context.pattern === undefined ? '' : ` that matches the pattern ${context.pattern}`;
    const problem = { problem: `A code${shape || ', such as "AB12",'} is expected here.` };
    if (value === undefined || value === '') return problem;
    const fitting = [value.toUpperCase(), value].find(
      (one) => context.pattern === undefined || matchesWhole(context.pattern, one),
    );
    if (fitting !== undefined && context.checksum !== undefined && !isChecked(context.checksum, fitting))
      return { problem: `The check digits of this code are wrong (${context.checksum}).` };
    return fitting === undefined ? problem : { value: fitting };
  },
  say: (value) => [...String(value)].filter((sign) => sign.trim() !== '').join(' '),
  spoken(context): Spoken {
    const letters = oneOf('abcdefghijklmnopqrstuvwxyz'.split(''));
    const figures = oneOf(['zero', 'oh', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']);
    const parts = [...(context.pattern ?? '').matchAll(/(\[[^\]]+\]|\\d)(?:\{(\d+)(?:,(\d+))?\})?/g)];
    const whole = parts.map((part) => part[0]).join('') === context.pattern && parts.length > 0;
    if (!whole)
      return { kind: 'repeat', of: { kind: 'choice', options: [letters, figures] }, ...lengthOf(context.pattern) };
    return {
      kind: 'sequence',
      parts: parts.map(([, set, min = '1', max = min]): Spoken => {
        const [withLetters, withFigures] = [/[a-z]-[a-z]/i.test(set!), /\d|\\d/.test(set!)];
        const of = withLetters && withFigures ? oneOf([letters, figures]) : withLetters ? letters : figures;
        return { kind: 'repeat', of, min: Number(min), max: Number(max) };
      }),
    };
  },
});

/** Pieces in a row; a hesitation may stand between them, a word that spells nothing ends them. */
function piecesFrom(tokens: readonly Token[], index: number, context: SlotContext): Piece[] {
  const pieces: Piece[] = [];
  let at = index;
  while (at < tokens.length) {
    if (pieces.length > 0 && hesitations.has(tokens[at]!.word)) {
      at += 1;
      continue;
    }
    const piece = block(tokens, at, context) ?? spelled(tokens, at);
    if (piece === undefined) break;
    pieces.push(piece);
    at = piece.to;
  }
  return pieces;
}

function spelled(tokens: readonly Token[], index: number): Piece | undefined {
  const step = readSpelled(tokens, index);
  if (step === undefined || (step.kind === 'mark' && index === 0)) return undefined;
  const { word } = tokens[index]!;
  const asWord =
    step.next === index + 1 && ((step.kind === 'letter' && /^(?:a|i|.{2,})$/.test(word)) || step.kind === 'named');
  const piece: Piece = { from: index, to: step.next, text: step.text, word: asWord };
  if (word === 'oh' || word === 'o') piece.letter = 'o';
  return piece;
}

/** Letters and figures written without a space, or capitals written as one word (`RB`, `WF-302`). */
function block(tokens: readonly Token[], index: number, context: SlotContext): Piece | undefined {
  let to = index;
  let text = '';
  for (; to < tokens.length; to++) {
    const token = tokens[to]!;
    if (to > index && token.gap !== '' && token.gap !== '-') break;
    if (!/^(?:[a-z]+|\d+|[_/])$/.test(token.word)) break;
    if (to > index && /^(?:st|nd|rd|th|am|pm)$/.test(token.word) && token.gap === '') return undefined;
    text += (to > index ? token.gap : '') + token.word;
  }
  if (to === index || text.length < 2) return undefined;
  const mixed = /\d/.test(text) && /[a-z]/.test(text);
  const raw = tokens[index]!.raw;
  const capitals = to === index + 1 && /^[A-Z]{2,4}$/.test(raw);
  // "wf dash three": two or three consonants are no word.
  const consonants = to === index + 1 && /^[bcdfghjklmnpqrstvwxz]{2,3}$/.test(text) && context.pattern !== undefined;
  if (!mixed && !capitals && !consonants) return undefined;
  return { from: index, to, text, word: false };
}

/** The code that the pieces spell, as the pattern wants it; small words in front of it may be dropped ("it's a AB12"). */
function fit(pieces: readonly Piece[], context: SlotContext): { from: number; value: string } | undefined {
  for (let skip = 0; skip < pieces.length; skip++) {
    if (skip > 0 && !/^(?:a|i|0|you|are|see)$/.test(pieces[skip - 1]!.text) && !pieces[skip - 1]!.word)
      return undefined;
    const rest = pieces.slice(skip);
    const text = rest.map((piece) => piece.text).join('');
    // "Oh" is a zero, unless the pattern has room only for the letter.
    const written = [text, rest.map((piece) => piece.letter ?? piece.text).join('')]
      .map((one) => shaped(one, context.pattern))
      .filter((one) => one !== undefined);
    const { checksum } = context;
    const value = written.find((one) => checksum !== undefined && isChecked(checksum, one)) ?? written[0];
    if (value === undefined || value === '') continue;
    if (context.pattern === undefined && !speaksForItself(rest, value, context.asked)) continue;
    if (rest.every((piece) => piece.word) && rest.length < 3 && context.pattern === undefined) continue;
    return { from: rest[0]!.from, value };
  }
  return undefined;
}

/** Without a pattern a code needs a figure, or three letters said one by one in answer to its question. */
function speaksForItself(pieces: readonly Piece[], value: string, asked: boolean): boolean {
  if (/^\d+$/.test(value)) return asked && value.length > 1;
  if (/\d/.test(value)) return value.length > 1;
  return asked && pieces.length >= 3;
}

function shaped(text: string, pattern: string | undefined): string | undefined {
  const plain = text.replace(/[-_/.]/g, '');
  const shapes = [plain.toUpperCase(), text.toUpperCase(), plain, text];
  if (pattern === undefined) return shapes[0]!.length > 0 ? shapes[0] : undefined;
  return shapes.find((shape) => matchesWhole(pattern, shape));
}
