import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flow } from '../flow-command.js';

const folder = mkdtempSync(join(tmpdir(), 'router-eval-'));
const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const turn = (text: string, intent: string | null) => ({ text, intent });
const data = write(
  'turns.json',
  JSON.stringify({
    train: [
      turn('book a table', 'book'),
      turn('a table for four please', 'book'),
      turn('I want to make a reservation', 'book'),
      turn('when are you open', 'hours'),
      turn('what are your opening hours', 'hours'),
      turn('until when can I come', 'hours'),
    ],
    test: [turn('could I book a table', 'book'), turn('what time do you open', 'hours'), turn('my dog ate it', null)],
  }),
);

describe('flow router eval', () => {
  it('ends with one line of JSON that has exactly the promised figures', async () => {
    const svg = join(folder, 'curve.svg');
    const { code, stdout } = await flow(['router', 'eval', data, '--json', '--model', 'static', '--svg', svg]);
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(1);
    const figures = JSON.parse(stdout) as Record<string, unknown>;
    expect(figures).toEqual({
      accuracy: 1,
      auroc: 1,
      w97: { oracle: 1, self: expect.any(Number), self_error: expect.any(Number) },
      coverage: { 90: 1, 95: 1, 97: 1, 99: 1 },
      ece: expect.any(Number),
      latency_ms: { p50: expect.any(Number), p99: expect.any(Number) },
      train_ms: expect.any(Number),
    });
    expect(readFileSync(svg, 'utf8')).toContain('<polyline');
  });

  it('tells a person what the figures mean, and draws the curve where nothing else was said', async () => {
    const { code, stdout } = await flow(['router', 'eval', data, '--max-wrong', '5%'], {
      cwd: folder,
      env: { PARLEY_HOME: join(folder, 'home') },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/trained on +\d+ rows of 2 intents/);
    expect(stdout).toMatch(/local with ≤ 5\.0 % wrong/);
    expect(stdout).toMatch(/shipped one: too few examples/);
    expect(existsSync(join(folder, 'home', 'router', 'turns.svg'))).toBe(true);
  });

  it.each([
    ['data that is no JSON', ['broken.json'], 1, /broken\.json: line 1, column 10 is not JSON; wanted is \{"train"/],
    ['an intent without examples', ['odd.json'], 1, /test\[0\]\.intent is an intent with no example in "train"/],
    ['a file that is not there', ['nowhere.json'], 2, /nowhere\.json cannot be read \(ENOENT\)\. Name a JSON file/],
    [
      'a share that is none',
      ['turns.json', '--max-wrong', 'lots'],
      2,
      /--max-wrong takes a share above 0 and below 1: 3%/,
    ],
    [
      'a model that is not there',
      ['turns.json', '--model', 'a/b'],
      2,
      /--model: there is no model a\/b: neither a folder/,
    ],
    ['no file', [], 2, /missing required argument/],
  ])('answers %s with the place and the cure', async (_, [file, ...rest], code, message) => {
    write('broken.json', '{"train":');
    write('odd.json', '{"train":[{"text":"a","intent":"a"}],"test":[{"text":"a","intent":"b"}]}');
    const ran = await flow(['router', 'eval', ...(file === undefined ? [] : [join(folder, file)]), ...rest]);
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(message);
    expect(ran.stdout).toBe('');
  });

  it('says how it is used, with examples', async () => {
    const { code, stdout } = await flow(['router', 'eval', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples:\n {2}\$ flow router eval/);
  });
});
