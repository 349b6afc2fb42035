/**
 * The table of behaviours in runtime/README.md against the titles of tests that begin with a number (`B17 …`). A number
 * that nothing proves fails, unless its row says *not yet* and why; so does a row that names a file without such a test.
 * `UPDATE_BEHAVIOURS=1` writes the files that carry each number into the table.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const tests = new URL('../', import.meta.url);
const readme = new URL('../../runtime/README.md', import.meta.url);
const count = 102;

/** Files by number; their names are relative to test/, without `.test.ts`. */
function proofs(): Map<number, string[]> {
  const found = new Map<number, Set<string>>();
  for (const path of readdirSync(tests, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.ts')) continue;
    const titles = readFileSync(new URL(path, tests), 'utf8').matchAll(/\(\s*['"`]((?:B[1-9]\d{0,2} )+)/g);
    for (const [, numbers] of titles) {
      for (const name of numbers!.trim().split(' ')) {
        const number = Number(name.slice(1));
        found.set(number, (found.get(number) ?? new Set()).add(path.replace(/(\.test)?\.ts$/, '')));
      }
    }
  }
  return new Map([...found].map(([number, files]) => [number, [...files]]));
}

interface Row {
  number: number;
  what: string;
  proof: string;
}

function rows(text: string): Row[] {
  return [...text.matchAll(/^\| B(\d+) \| (.*?) \| (.*?) \|$/gm)].map(([, number, what, proof]) => ({
    number: Number(number),
    what: what!,
    proof: proof!,
  }));
}

const listed = (files: readonly string[]): string => files.map((file) => `\`${file}\``).join(', ');

describe('the table of behaviours', () => {
  const proved = proofs();
  if (process.env.UPDATE_BEHAVIOURS) {
    const text = readFileSync(readme, 'utf8').replace(
      /^\| B(\d+) \| (.*?) \| (.*?) \|$/gm,
      (row, number: string, what: string) => {
        const files = proved.get(Number(number));
        return files ? `| B${number} | ${what} | ${listed(files)} |` : row;
      },
    );
    writeFileSync(readme, text);
  }
  const table = rows(readFileSync(readme, 'utf8'));

  it('has each of the 102 once, in order', () => {
    expect(table.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
  });

  it('names a test for each, in a file that has it, or says why there is none yet', () => {
    const wrong = table.flatMap(({ number, proof }) => {
      const files = proved.get(number) ?? [];
      if (proof.startsWith('*not yet*: '))
        return files.length === 0 ? [] : [`B${number} is proved by ${listed(files)}`];
      const named = [...proof.matchAll(/`([^`]+)`/g)].map(([, file]) => file!);
      if (named.length === 0) return [`B${number} names no test`];
      return named.filter((file) => !files.includes(file)).map((file) => `B${number} has no test in ${file}`);
    });
    expect(wrong).toEqual([]);
  });

  it('knows every number that a test carries', () => {
    expect([...proved.keys()].filter((number) => number > count)).toEqual([]);
  });
});
