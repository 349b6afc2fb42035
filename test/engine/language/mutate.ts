import { seededRandom } from '../../../engine/compile/moment.js';

/** Spoils YAML as editors, merges and slips of the hand do; the same seed spoils the same way. */

/** 0 ≤ x < 1, always the same for one seed. */
export function randomOf(seed: number): () => number {
  return seededRandom(seed, 'spoiled', 0);
}

type Mutation = (text: string, random: () => number, other: string) => string;

const below = (random: () => number, most: number): number => Math.floor(random() * most);
const pick = <Item>(items: readonly Item[], random: () => number): Item => items[below(random, items.length)]!;
const inLines =
  (change: (lines: string[], at: number, random: () => number, other: string[]) => void): Mutation =>
  (text, random, other) => {
    const lines = text.split('\n');
    change(lines, below(random, lines.length), random, other.split('\n'));
    return lines.join('\n');
  };
const insert = (text: string, at: number, piece: string): string => text.slice(0, at) + piece + text.slice(at);

/** What a hand, a copy or an attack puts into a file. */
const pieces = [
  ...['\t', '\0', '\u0007', '\u2028', '\uFEFF', '\uD800', '\u202E', '😀', 'é', '\r', '\r\n', '\u00A0'],
  ...[
    '{{',
    '}}',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    ':',
    ': ',
    ' #',
    '#',
    '&a ',
    '*a',
    '!!js ',
    '!x ',
    '| ',
    '> ',
    '- ',
    '? ',
    '%',
    '@',
    '`',
    ',',
    '---\n',
    '...\n',
    '<<: *a',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'prototype',
    'hasOwnProperty',
    'null',
    '~',
    'true',
    '1e999',
    '-0',
    '0x1F',
    '.inf',
  ],
  ...[
    '{{ __proto__ }}',
    '{{ constructor.constructor }}',
    '{{ [1,2].map(i, i) }}',
    '{{ 1 / 0 }}',
    '{{ "a".matches("(a+)+$") }}',
    '{{ x | y | z }}',
  ],
];

export const mutations: Readonly<Record<string, Mutation>> = {
  'a byte is another': (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + String.fromCharCode(below(random, random() < 0.9 ? 128 : 65_536)) + text.slice(at + 1);
  },
  'a piece is cut out': (text, random) => {
    const at = below(random, text.length);
    return text.slice(0, at) + text.slice(at + 1 + below(random, 30));
  },
  'the end is missing': (text, random) => text.slice(0, below(random, text.length)),
  'a piece is put in': (text, random) => insert(text, below(random, text.length), pick(pieces, random)),
  'a piece is put before a value': (text, random) => {
    const places = [...text.matchAll(/: +|- +/g)];
    const place = places.length === 0 ? 0 : pick(places, random).index + 2;
    return insert(text, place, pick(pieces, random));
  },
  'two lines change places': inLines((lines, at, random) => {
    const to = below(random, lines.length);
    [lines[at], lines[to]] = [lines[to]!, lines[at]!];
  }),
  'a line stands twice': inLines((lines, at) => lines.splice(at, 0, lines[at]!)),
  'a line is gone': inLines((lines, at) => lines.splice(at, 1)),
  'a line is indented otherwise': inLines((lines, at, random) => {
    lines[at] = ' '.repeat(below(random, 12)) + (lines[at] ?? '').trimStart();
  }),
  'a line comes from another file': inLines((lines, at, random, other) => lines.splice(at, 1, pick(other, random))),
  'a value comes from another file': inLines((lines, at, random, other) => {
    const value = /: +(.*)$/.exec(pick(other, random))?.[1] ?? '';
    lines[at] = (lines[at] ?? '').replace(/: +.*$/, `: ${value}`);
  }),
  'a key has another name': (text, random) => {
    const keys = [...text.matchAll(/[A-Za-z_]\w*(?=:)/g)];
    if (keys.length < 2) return text;
    const [from, to] = [pick(keys, random), pick(keys, random)];
    const name =
      random() < 0.8 ? to[0] : pick(['__proto__', 'constructor', 'toString', 'valueOf', 'end', 'human'], random);
    return text.slice(0, from.index) + name + text.slice(from.index + from[0].length);
  },
  'a name is that of an object’s own': (text, random) => {
    const names = [...text.matchAll(/\b[a-z]+_[a-z_]+\b/g)];
    if (names.length === 0) return text;
    return text.replaceAll(
      pick(names, random)[0],
      pick(['__proto__', 'constructor', 'toString', 'hasOwnProperty'], random),
    );
  },
  'brackets are nested deep': (text, random) => {
    const depth = 1 + below(random, 400);
    const [open, close] = pick(
      [
        ['[', ']'],
        ['{a: ', '}'],
        ['(', ')'],
        ['{{', '}}'],
      ] as const,
      random,
    );
    return insert(text, below(random, text.length), open.repeat(depth) + (random() < 0.5 ? close.repeat(depth) : ''));
  },
  'maps are nested deep': (text, random) => {
    const depth = 2 + below(random, 200);
    const nested = Array.from({ length: depth }, (_, level) => `${' '.repeat(level)}k${level}:`).join('\n');
    return random() < 0.5 ? `${text}\n${nested}\n` : `${nested}\n${text}`;
  },
  'aliases multiply': (text, random) => {
    const names = Array.from({ length: 3 + below(random, 12) }, (_, index) => `l${index}`);
    const lines = names.map((name, index) =>
      index === 0
        ? `${name}: &${name} [x, x, x, x]`
        : `${name}: &${name} [${Array(9)
            .fill(`*${names[index - 1]!}`)
            .join(', ')}]`,
    );
    return `${text}\n${lines.join('\n')}\nstates: *${names.at(-1)!}\n`;
  },
  'a scalar is huge': (text, random) =>
    insert(
      text,
      below(random, text.length),
      pick(['x', ' ', '{{', '[', '"', 'a.', '-', '&&', '1+'], random).repeat(1 + below(random, 20_000)),
    ),
};

/** A text spoiled one to four times, and how. */
export function mutated(text: string, other: string, seed: number): { text: string; how: string[] } {
  const random = randomOf(seed);
  const how: string[] = [];
  let spoiled = text;
  for (let times = 1 + below(random, 4); times > 0; times--) {
    const name = pick(Object.keys(mutations), random);
    how.push(name);
    spoiled = mutations[name]!(spoiled, random, other);
  }
  return { text: spoiled, how };
}
