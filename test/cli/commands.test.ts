import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { eventually } from '../conformance/line.js';
import { flow } from './flow-command.js';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'flow-cli-'));
}

function write(name: string, text: string): string {
  const file = join(folder(), name);
  writeFileSync(file, text);
  return file;
}

const hello = `
flow: hello
states:
  greet:
    say: Hi! Would you like to hear a joke?
    transitions: [{ intent: yes, to: joke }, { intent: no, to: bye }]
  joke: { say: "You might not get it.", to: bye }
  bye: { say: Goodbye!, hang_up: true }
`;
const script = `
---
test: a joke
turns:
  - expect: { said: greet, state: greet }
  - say: yes please
    expect: { intent: yes, said: [joke, bye], ended: true }
`;
const wrong = `
flow: hello
states:
  greet: { say: Hi!, to: byee }
  bye: { say: Goodbye!, hang_up: true }
`;

describe('the command line', () => {
  it('answers help within 300 ms', async () => {
    const times: number[] = [];
    // The best of several: other work on the machine is not what this is about.
    for (let run = 0; run < 5; run++) times.push((await flow(['--help'])).ms);
    expect(Math.min(...times)).toBeLessThan(300);
  });

  it('reads nothing heavy before a command is chosen', () => {
    const folder = join(packageRoot, '.dist');
    const closure = new Set<string>();
    const visit = (file: string): void => {
      if (closure.has(file)) return;
      closure.add(file);
      for (const [, target] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)\s[^;]*?from\s*"(\.[^"]+)"/gm))
        visit(join(dirname(file), target!));
    };
    visit(join(folder, 'flow.js'));
    const bytes = [...closure].reduce((sum, file) => sum + statSync(file).size, 0);
    expect(bytes).toBeLessThan(400_000);
    for (const file of closure)
      expect(readFileSync(file, 'utf8')).not.toMatch(/class StateGraph|class Ajv|onnxruntime/);
  });

  it('has help with an example for every command', async () => {
    const top = await flow(['--help']);
    expect(top.code).toBe(0);
    for (const command of ['new', 'check', 'talk', 'test', 'graph', 'serve', 'call', 'import', 'learn']) {
      expect(top.stdout).toContain(`  ${command} `);
      const help = await flow([command, '--help']);
      expect(help.code).toBe(0);
      expect(help.stdout).toMatch(/Examples?:\n\s+\$ /);
    }
  });

  it.each([
    ['no command', []],
    ['an unknown command', ['chek']],
    ['an unknown option', ['check', '--frobnicate']],
    ['a missing argument', ['graph']],
    ['a path with nothing at it', ['check', join('no', 'such', 'agent')]],
    ['two pictures at once', ['graph', 'flows/hello', '--svg', '--mermaid']],
    ['a file in a folder that is not there', ['graph', 'flows/hello', '-o', join('no', 'such', 'folder', 'hello.svg')]],
    ['a flow that the agent has not', ['graph', 'flows/hello', '--flow', 'nobody']],
    ['no script with such a name', ['test', 'flows/hello', '--filter', 'no script is called this']],
  ])('exits 2 for %s, without a stack', async (_, args) => {
    const ran = await flow(args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).not.toBe('');
    expect(ran.stderr).not.toMatch(/\n\s+at /);
  });

  it('suggests the command that was probably meant', async () => {
    expect((await flow(['chek'])).stderr).toContain('check');
  });
});

describe('flow check', () => {
  it('exits 0 and says so when all is well', async () => {
    const ran = await flow(['check', write('hello.flow.yaml', hello)]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('No problems');
    expect(ran.stdout).not.toContain('\u001b[');
  });

  it('says which key of a provider is not set here, and who answers in its place', async () => {
    const file = write(
      'voices.flow.yaml',
      `agent: voices\nstart: hello\nvoice: { stt: google, tts: cartesia }\n---${hello}`,
    );
    const note = (more: Record<string, string>) => flow(['check', file], { env: more });
    const told = await note({ GOOGLE_APPLICATION_CREDENTIALS: '/keys/ear.json' });
    expect(told.code).toBe(0);
    expect(told.stdout).toContain('Note: cartesia needs CARTESIA_API_KEY');
    expect(told.stdout).not.toContain('google needs');
    expect((await note({ CARTESIA_API_KEY: 'k' })).stdout).toContain('Note: google needs GOOGLE_API_KEY');
  });

  it('explains a code with a wrong and a right example, as text and as JSON', async () => {
    const ran = await flow(['check', '--explain', 'dead-end']);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toMatch(
      /^dead-end\n\nThe state neither waits.*Wrong:\n\nflow: hello\n.*Right:\n\nflow: hello\n/s,
    );
    const json = await flow(['check', '--explain', 'dead-end', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      code: 'dead-end',
      page: expect.stringContaining('```yaml') as string,
    });
    const slip = await flow(['check', '--explain', 'dead-edn']);
    expect(slip.code).not.toBe(0);
    expect(slip.stderr).toContain('Did you mean "dead-end"?');
  });

  it('shows place, code, cure and caret, and exits 1', async () => {
    const file = write('hello.flow.yaml', wrong);
    const ran = await flow(['check', file]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`${file}:4:`);
    expect(ran.stdout).toContain('unknown-state');
    expect(ran.stdout).toContain('Did you mean "bye"?');
    expect(ran.stdout).toMatch(/\^\^\^/);
  });

  it('tells problems as JSON in the fixed shape', async () => {
    const file = write('hello.flow.yaml', wrong);
    const ran = await flow(['check', file, '--json']);
    expect(ran.code).toBe(1);
    const { problems } = JSON.parse(ran.stdout) as { problems: Record<string, unknown>[] };
    const problem = problems.find(({ code }) => code === 'unknown-state')!;
    expect(Object.keys(problem)).toEqual(['code', 'severity', 'file', 'line', 'column', 'message', 'cure']);
    expect(problem).toMatchObject({ severity: 'error', file, line: 4 });
  });

  it('takes a folder of agents, and each file with a flow in a folder without an agent', async () => {
    const root = folder();
    mkdirSync(join(root, 'one'));
    writeFileSync(join(root, 'one', 'agent.yaml'), `agent: one\nstart: hello\n---\n${hello}`);
    writeFileSync(join(root, 'two.yaml'), hello);
    writeFileSync(join(root, 'notes.yaml'), 'nothing: here\n');
    expect((await flow(['check', root])).stdout).toContain('No problems in 2 agents.');
  });

  it('stops quietly when nobody reads on', () => {
    const ran = spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${join(packageRoot, '.dist', 'flow.js')}" check flows --json | head -c 1`],
      { cwd: packageRoot, encoding: 'utf8' },
    );
    expect(ran.stderr).toBe('');
  });
});

describe('flow graph', () => {
  it('prints Mermaid, and writes SVG to a file that ends so', async () => {
    const file = write('hello.flow.yaml', hello);
    expect((await flow(['graph', file])).stdout).toMatch(/^flowchart TD/);
    const svg = join(folder(), 'hello.svg');
    expect((await flow(['graph', file, '-o', svg])).code).toBe(0);
    expect(readFileSync(svg, 'utf8')).toMatch(/^<svg .*state-hello-greet.*<\/svg>\n$/s);
  });

  it('exits 1 with the problems of a flow that cannot be read', async () => {
    const ran = await flow(['graph', write('hello.flow.yaml', wrong)]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('unknown-state');
  });
});

describe('flow new', () => {
  it('lays an agent that checks and tests at once', async () => {
    const place = join(folder(), 'pizza-line');
    const laid = await flow(['new', place]);
    expect(laid.code).toBe(0);
    expect(readdirSync(place).sort()).toEqual([
      'agent.yaml',
      'call-back.flow.yaml',
      'call-back.test.yaml',
      'mocks.yaml',
      'tools.ts',
    ]);
    expect(await flow(['check', place])).toMatchObject({ code: 0 });
    const tested = await flow(['test', place, '--json']);
    expect(JSON.parse(tested.stdout)).toMatchObject({ passed: 3, failed: 0, skipped: 0 });
    expect(tested.code).toBe(0);
  });

  it('lays an agent that talks and runs its own tool', async () => {
    const place = join(folder(), 'pizza-line');
    await flow(['new', place]);
    const talked = await flow(['talk', place], { input: 'call me back on friday at ten\nMurphy\nyes\n/quit\n' });
    expect(talked.code).toBe(0);
    expect(talked.stdout).toContain('And who should we ask for?');
    expect(talked.stdout).toContain('We call Murphy');
    expect(talked.stdout).toContain("Good, that's noted.");
  });

  it('never writes over what is there', async () => {
    const place = folder();
    writeFileSync(join(place, 'mine.txt'), 'mine');
    const ran = await flow(['new', place]);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('is not empty');
    expect(readdirSync(place)).toEqual(['mine.txt']);
  });
});

describe('flow test', () => {
  it('tells results as JSON in the fixed shape', async () => {
    const ran = await flow(['test', write('hello.yaml', hello + script), '--json']);
    expect(ran.code).toBe(0);
    const told = JSON.parse(ran.stdout) as { tests: Record<string, unknown>[] };
    expect(told).toMatchObject({ passed: 1, failed: 0, skipped: 0 });
    expect(Object.keys(told.tests[0]!)).toEqual(['name', 'file', 'ok', 'turns', 'ms', 'failures']);
    expect(told.tests[0]).toMatchObject({ name: 'a joke', ok: true, turns: 2, failures: [] });
  });

  it('shows the turn, the candidates and the line of a failure, writes JUnit, and exits 1', async () => {
    const file = write('hello.yaml', hello + script.replace('said: [joke, bye]', 'said: [bye, joke]'));
    const junit = join(folder(), 'junit.xml');
    const ran = await flow(['test', file, '--junit', junit]);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`${file}:15`);
    expect(ran.stdout).toContain('"joke" was not said'.replaceAll('"', ''));
    expect(ran.stdout).toContain('hello/joke  You might not get it.');
    expect(ran.stdout).toMatch(/candidates {2}.*yes \d/);
    expect(ran.stdout).toContain('0 passed, 1 failed of 1 script');
    expect(readFileSync(junit, 'utf8')).toContain('<testcase classname=');
    expect(readFileSync(junit, 'utf8')).toContain('<failure message="turn 2: said:');
    const told = JSON.parse((await flow(['test', file, '--json'])).stdout) as {
      tests: { failures: Record<string, unknown>[] }[];
    };
    expect(Object.keys(told.tests[0]!.failures[0]!)).toEqual([
      'turn',
      'message',
      'expected',
      'actual',
      'line',
      'traces',
    ]);
    expect(told.tests[0]!.failures[0]).toMatchObject({
      turn: 2,
      line: 15,
      expected: ['bye', 'joke'],
      actual: ['hello/joke', 'hello/bye'],
    });
  });

  it('exits 1 and shows the problems when the agent has mistakes', async () => {
    const ran = await flow(['test', write('hello.yaml', wrong + script)]);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('unknown-state');
  });
});

describe('flow talk', () => {
  it('talks with what a pipe says, keys and silence included', async () => {
    const file = write(
      'menu.yaml',
      `
flow: menu
slots: { code: { type: digits, dtmf: { length: 4, end: "#" }, ask: [Your code?, Please key in your code.] } }
states:
  get: { collect: code, to: ok }
  ok: { say: "Thank you, {{ code }}.", hang_up: true }
`,
    );
    const ran = await flow(['talk', file, '--trace'], { input: '/silence\n/keys 1234#\n' });
    expect(ran.code).toBe(0);
    const said = ran.stdout.split('\n').filter((line) => line.startsWith('agent'));
    expect(said).toEqual([
      'agent  Your code?  (ask.code.1)',
      'agent  Please key in your code.  (ask.code.2)',
      'agent  Thank you, 1 2 3 4.  (menu/ok)',
    ]);
    expect(ran.stdout).toMatch(/^ {2}at {10}menu\/get$/m);
    expect(ran.stdout).toContain('(the agent hangs up)');
  });

  const clinic = `
flow: intake
slots:
  name: { type: name, sensitive: pii, ask: What's your name? }
  size: { type: choice, options: [small, large], ask: Small or large? }
states:
  ask: { collect: [name, size], to: told }
  told: { say: "Thank you, {{ name }}.", hang_up: true }
`;

  it('shows each turn with --trace: the rule that decided, moves, slots before and after, the place, the time', async () => {
    const ran = await flow(['talk', write('intake.yaml', clinic), '--trace'], { input: 'Siobhan Byrne\nlarge\n' });
    expect(ran.code).toBe(0);
    const lines = ran.stdout.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        '  turn 2      utterance "[name]"',
        '  rule        answer: nothing but an answer to the question, or a change (by rule 1.00)',
        '  slots       name: null → "[name]"',
        '  at          intake/ask',
      ]),
    );
    expect(lines.find((line) => line.startsWith('  moves'))).toMatch(
      /^ {2}moves {7}fill name = "\[name\]" {2}\("\[name\]", /,
    );
    expect(lines.find((line) => line.startsWith('  time'))).toMatch(/in all .* ms, first words after .* ms$/);
    expect(ran.stdout).toContain('agent  Thank you, [name].');
    expect(ran.stdout).toContain('you    [name]\nagent  Small or large?');
    expect(ran.stdout).not.toMatch(/siobhan|byrne/i);
  });

  it('shows personal values with --show-pii', async () => {
    const file = write('intake-shown.yaml', clinic);
    const ran = await flow(['talk', file, '--trace', '--show-pii'], { input: 'Siobhan Byrne\nlarge\n' });
    expect(ran.stdout).toContain('agent  Thank you, Siobhan Byrne.');
    expect(ran.stdout).toContain('slots       name: null → "Siobhan Byrne"');
  });

  it('writes one line of JSON a turn with --json, and nothing else on its standard output', async () => {
    const ran = await flow(['talk', write('intake-json.yaml', clinic), '--json'], { input: 'Siobhan Byrne\nlarge\n' });
    expect(ran.code).toBe(0);
    const lines = ran.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as object); // prettier-ignore
    expect(lines).toMatchObject([
      { turn: 1, input: { kind: 'open' }, words: [{ id: 'ask.name.1', text: "What's your name?" }], position: 'intake/ask', ended: false, traces: [{ rule: 'opening' }] },
      { turn: 2, input: { kind: 'utterance', text: '[name]' }, words: [{ text: 'Small or large?' }], position: 'intake/ask', ended: false, traces: [{ rule: 'answer', slots: { name: '[name]' }, slotsBefore: { name: null } }] },
      { turn: 3, input: { kind: 'utterance', text: 'large' }, words: [{ text: 'Thank you, [name].' }], position: null, ended: true },
    ]); // prettier-ignore
    expect(ran.stdout).not.toMatch(/siobhan/i);
  });

  it('exits 1 when the agent has mistakes, and 2 for a flow that is not there', async () => {
    const broken = await flow(['talk', write('broken.yaml', 'flow: x\nstates: { a: { to: nowhere } }\n'), '--json']);
    expect([broken.code, broken.stdout]).toEqual([1, '']);
    const missing = await flow(['talk', write('intake-2.yaml', clinic), '--json', '--flow', 'outtake'], { input: '' });
    expect([missing.code, missing.stdout]).toEqual([2, '']);
  });

  it('goes on with the same conversation when its file is saved under it, and as before when the save has a mistake', async () => {
    const text = (question: string, to: string): string =>
      `flow: order\nslots: { size: { type: digits, ask: Which size? }, day: { type: digits, ask: "${question}" } }\nstates:\n  ask: { collect: [size, day], to: ${to} }\n  tell: { say: "Size {{ size }}, day {{ day }}.", hang_up: true }\n`;
    const file = write('order.yaml', text('Which day?', 'tell'));
    const child = spawn(process.execPath, [join(packageRoot, '.dist', 'flow.js'), 'talk', file, '--watch'], {
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    const until = (words: string): Promise<void> => eventually(() => output.includes(words), 20_000);
    const closed = once(child, 'close');
    await until('Which size?');
    child.stdin.write('4 2\n');
    await until('Which day?');
    writeFileSync(file, text('Which day of the month?', 'tlel'));
    await until('(the edit has mistakes; the talk goes on as before)');
    expect(output).toContain('Did you mean "tell"?');
    writeFileSync(file, text('Which day of the month?', 'tell'));
    await until('(read anew)');
    await until('Which day of the month?');
    child.stdin.end('1 5\n');
    await closed;
    expect(output).toContain('Size 4 2, day 1 5.');
    expect(child.exitCode).toBe(0);
  }, 60_000);

  it('uses mocks where the environment lacks what a tool needs', async () => {
    const root = folder();
    writeFileSync(
      join(root, 'agent.yaml'),
      `
agent: lookups
start: find
---
flow: find
tools:
  look: { effect: read, input: {}, output: { x: integer }, http: { get: "{{ env.NOBODY_SET_THIS }}/x" } }
states:
  go: { call: look, transitions: [{ on: error, to: broken }], to: fine }
  fine: { say: "Found {{ look.x }}.", hang_up: true }
  broken: { say: Broken., hang_up: true }
`,
    );
    writeFileSync(join(root, 'mocks.yaml'), 'tools: { look: { gives: { x: 7 } } }\n');
    expect((await flow(['talk', root])).stdout).toContain('Found 7.');
    expect((await flow(['talk', root, '--real-tools'])).stdout).toContain('Broken.');
  });
});
