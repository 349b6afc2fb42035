import { describe, expect, it } from 'vitest';
import { plainJson, readYaml } from '../../../engine/language/yaml-source.js';

function read(text: string): { values: unknown[]; problems: string[]; cures: string[] } {
  const { documents, problems } = readYaml('a.yaml', text);
  return {
    values: documents.map(plainJson),
    problems: problems.map(({ code, line, column, length }) => `${code} ${line}:${column}+${length}`),
    cures: problems.map(({ cure }) => cure),
  };
}

describe('a YAML trap is one problem, at the words, with the quoted line as cure', () => {
  const traps: [title: string, line: string, at: string, cure: string][] = [
    ['a colon in words', 'say: Note: this is it', '1:6+16', 'say: "Note: this is it"'],
    ['a comma inside braces', '- { say: Hello, world, to: end }', '1:10+12', '- { say: "Hello, world", to: end }'],
    ['a value inside braces', 'a: { say: Hi {{ name }}, to: end }', '1:11+13', 'a: { say: "Hi {{ name }}", to: end }'],
    ['a value inside brackets', 'ask: [Hi {{ name }}, b]', '1:7+13', 'ask: ["Hi {{ name }}", b]'],
    ['a value at the beginning', 'say: {{ name }} is here', '1:6+18', 'say: "{{ name }} is here"'],
    ['a whole value', 'set: { names: {{ save.names }} }', '1:15+16', 'set: { names: "{{ save.names }}" }'],
    ['a # in words', 'say: Press the # key', '1:6+15', 'say: "Press the # key"'],
    ['a # before a word', 'say: Press #1 now', '1:6+12', 'say: "Press #1 now"'],
    ['a # at the beginning', 'say: #hello', '1:6+6', 'say: "#hello"'],
    ['a lone #', 'key: #', '1:6+1', 'key: "#"'],
    ['a lone # inside braces', 'x: { end: #, first: 6s }', '1:11+1', 'x: { end: "#", first: 6s }'],
    ['a pattern', 'x: { pattern: [0-9]{4}, ask: Hi }', '1:15+8', 'x: { pattern: "[0-9]{4}", ask: Hi }'],
    ['a leading @', 'say: @home now', '1:6+9', 'say: "@home now"'],
    ['a leading backtick', 'say: `x` now', '1:6+7', 'say: "`x` now"'],
    ['a leading %', 'say: % of what', '1:6+9', 'say: "% of what"'],
    ['a leading *', 'say: *sigh* hello', '1:6+12', 'say: "*sigh* hello"'],
    ['a leading &', 'say: &and so on', '1:6+10', 'say: "&and so on"'],
    ['a leading >', 'say: > folded here', '1:6+13', 'say: "> folded here"'],
    ['a leading |', 'say: | piped here', '1:6+12', 'say: "| piped here"'],
    ['a leading [', 'say: [note] this is a test', '1:6+21', 'say: "[note] this is a test"'],
    ['more after a quote', 'say: "quoted" and more', '1:6+17', `say: '"quoted" and more'`],
    ['an apostrophe at the beginning', "say: 'tis the season", '1:6+15', `say: "'tis the season"`],
    ['a colon in a list', 'examples: [what: this]', '1:12+10', 'examples: ["what: this"]'],
    [
      'words deep inside',
      'reject: [{ if: a < 1 || a > 5, say: No, not that }]',
      '1:37+12',
      'reject: [{ if: a < 1 || a > 5, say: "No, not that" }]',
    ],
  ];
  it.each(traps)('%s', (_title, line, at, cure) => {
    const { problems, cures } = read(line);
    expect(problems).toEqual([`quote-this ${at}`]);
    expect(cures).toEqual([`Write: ${cure}`]);
    expect(read(cure).problems).toEqual([]);
  });

  it('goes on as if cured, so that every trap of a file is found in one run', () => {
    const text = 'flow: x\nstates:\n  a: { say: Hi, there, to: b }\n  b: { say: One: two, to: end }\n---\nflow: y\n';
    const { values, problems } = read(text);
    expect(problems).toEqual(['quote-this 3:13+9', 'quote-this 4:13+8']);
    expect(values).toEqual([
      { flow: 'x', states: { a: { say: 'Hi, there', to: 'b' }, b: { say: 'One: two', to: 'end' } } },
      { flow: 'y' },
    ]);
  });
});

describe('what is no trap is left alone', () => {
  it.each([
    ["say: I'm fine, thanks", { say: "I'm fine, thanks" }],
    ["x: [I'm here, you're there]", { x: ["I'm here", "you're there"] }],
    ['say: He said "hi"', { say: 'He said "hi"' }],
    ['say: Hello there. # a comment', { say: 'Hello there.' }],
    ['title: your order # how the caller names it', { title: 'your order' }],
    ['if: x > 2 # a comment after an expression', { if: 'x > 2' }],
    ['to: end # a comment after a single word', { to: 'end' }],
    ['x: { a: [b, c], d: { e: f } }', { x: { a: ['b', 'c'], d: { e: 'f' } } }],
    ['say: order [4567](order_id) please', { say: 'order [4567](order_id) please' }],
    ['say: 50% off', { say: '50% off' }],
  ])('%s', (text, value) => {
    expect(read(text)).toEqual({ values: [value], problems: [], cures: [] });
  });
});

describe('scalars keep what was written', () => {
  it('reads a leading ! as its source and not as a tag', () => {
    expect(read('if: !verified').values).toEqual([{ if: '!verified' }]);
    expect(read('x: { if: !(a in b), to: end }').values).toEqual([{ x: { if: '!(a in b)', to: 'end' } }]);
    expect(read('- !a && !b').values).toEqual([['!a && !b']]);
  });

  it('turns neither yes nor on nor 012 into something else', () => {
    const { documents } = readYaml('a.yaml', 'a: yes\nb: on\nc: 012\nd: 1e3\ne: 2026-03-04\nf: 12:30:00\n');
    const map = documents[0];
    expect(map?.kind === 'map' && map.entries.map(({ value }) => value.kind === 'scalar' && value.text)).toEqual([
      'yes',
      'on',
      '012',
      '1e3',
      '2026-03-04',
      '12:30:00',
    ]);
  });
});

describe('YAML that cannot be read is told once and in plain words', () => {
  it.each([
    ['a tab', 'x:\n\ty: 1', 'bad-yaml 2:1+1'],
    ['a key twice', 'x: 1\nx: 2', 'duplicate-name 2:1+1'],
    ['a quote that stays open, at the quote', 'say: "unclosed\nto: end', 'bad-yaml 1:6+1'],
    ['a bracket that stays open', 'x: { a: b\ny: c', 'bad-yaml 2:1+1'],
    ['a key below a value', 'x: 1\n y: 2', 'bad-yaml 1:4+1'],
  ])('%s', (_title, text, problem) => {
    expect(read(text).problems).toEqual([problem]);
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(read(`a: ${'['.repeat(20_000)}`).problems).toHaveLength(1);
  });

  it('refuses an alias bomb without opening it', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let level = 1; level <= 8; level++)
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(', ')}]`,
      );
    const { problems, values } = read(lines.join('\n'));
    expect(problems[0]).toBe('quote-this 1:5+31');
    expect(JSON.stringify(values).length).toBeLessThan(2000);
  });
});
