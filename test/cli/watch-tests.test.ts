import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { eventually } from '../conformance/line.js';
import { flow } from './flow-command.js';

const agent = 'agent: jokes\nstart: hello\n';
const hello = (bye: string): string => `flow: hello
states:
  greet:
    say: Would you like to hear a joke?
    transitions: [{ intent: yes, to: joke }, { intent: no, to: bye }]
  joke: { say: "You might not get it.", to: bye }
  bye: { say: ${bye}, hang_up: true }
`;
const script = (name: string, say: string, said: string): string =>
  `test: ${name}\nturns:\n  - expect: { said: greet }\n  - say: ${say}\n    expect: { said: ${said} }\n`;

/** An agent of two files of scripts, watched; what was written since the last look is taken by `next`. */
function watching(...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'flow-watch-'));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  write('agent.yaml', agent);
  write('hello.flow.yaml', hello('Goodbye!'));
  write('taken.test.yaml', script('takes the joke', 'yes please', '[joke, bye]'));
  write('left.test.yaml', script('leaves it', 'no', 'bye'));
  const child = spawn(process.execPath, [join(packageRoot, '.dist', 'flow.js'), 'test', folder, '--watch', ...more], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
  let output = '';
  let errors = '';
  let read = 0;
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
  const next = async (): Promise<string> => {
    await eventually(() => output.indexOf('Watching. Ctrl-C ends it.', read) >= 0, 30_000);
    const told = output.slice(read);
    read = output.length;
    return told;
  };
  const end = async (): Promise<number | null> => {
    const closed = once(child, 'close');
    child.kill('SIGINT');
    await closed;
    return child.exitCode;
  };
  return { write, next, end, errors: () => errors };
}

describe('flow test --watch', () => {
  it('plays all once, then what an edit touches: the scripts of an edited file, all of an edited flow', async () => {
    const { write, next, end, errors } = watching();
    expect(await next()).toContain('2 passed of 2 scripts');

    write('left.test.yaml', script('leaves it alone', 'no thanks', 'joke'));
    const edited = await next();
    expect(edited).toContain('left.test.yaml changed');
    expect(edited).toContain('failed   leaves it alone');
    expect(edited).toContain('0 passed, 1 failed of 1 script');
    expect(edited).not.toContain('takes the joke');

    write('left.test.yaml', script('leaves it alone', 'no thanks', 'bye'));
    expect(await next()).toContain('1 passed of 1 script');

    write('hello.flow.yaml', hello('So long!'));
    const both = await next();
    expect(both).toContain('hello.flow.yaml changed');
    expect(both).toContain('2 passed of 2 scripts');
    expect([await end(), errors()]).toEqual([0, '']);
  }, 90_000);

  it('tells the mistakes of an edit, and plays again once they are mended', async () => {
    const { write, next, end, errors } = watching();
    await next();
    write('hello.flow.yaml', hello('Goodbye!').replace('to: joke', 'to: jok'));
    const told = await next();
    expect(told).not.toContain('passed');
    expect(errors()).toContain('Did you mean "joke"?');
    write('hello.flow.yaml', hello('Goodbye!'));
    expect(await next()).toContain('2 passed of 2 scripts');
    expect(await end()).toBe(0);
  }, 90_000);

  it('plays once for many files saved in one go', async () => {
    const { write, next, end } = watching();
    await next();
    write('taken.test.yaml', script('takes it', 'yes', '[joke, bye]'));
    write('left.test.yaml', script('leaves it now', 'no', 'bye'));
    const told = await next();
    expect(told).toContain('2 passed of 2 scripts');
    expect(told.split('changed')).toHaveLength(2);
    expect(await end()).toBe(0);
  }, 90_000);

  it('refuses what is written at the end of a run, with the cure', async () => {
    const ran = await flow(['test', join(packageRoot, 'flows', 'hello'), '--watch', '--json']);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('--watch goes on until Ctrl-C, so --json needs a run without it.');
  });
});
