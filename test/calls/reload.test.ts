/** Edits under a server that takes calls: running calls keep what they began with, new calls get what was saved. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.js';
import { eventually } from '../conformance/line.js';
import { packRows } from '../intents/training/rows.js';
import { Browser, startReal, type RealOptions, type RealServer } from './real-server.js';

/** Two places driven by keys; each says which edition it is of, and so does its code. */
const desk = (edition: string, version: number, more = ''): string => `
agent: desk
language: en
version: ${String(version)}
knowledge: { help: { files: [help/*.md] } }
---
flow: desk
no_input_after: 120s
tools:
  stamp: { effect: read, input: {}, output: { by: text }, code: "./tools.ts#stamp" }
states:
  ask: { say: "${edition} edition. Press one.", transitions: [{ key: "1", to: stamp }] }
  stamp: { call: stamp, to: tell }
  tell: { say: "${edition} told by {{ stamp.by }}.", transitions: [{ key: "1", to: stamp }] }
${more}`;
const code = (by: string): string =>
  `import { by } from './by.ts';\nexport const stamp = () => ({ by: by + '${by}' });\n`;

let folder: string;
let place: string;
let server: RealServer | undefined;
const children = new Set<ChildProcess>();
const browsers: Browser[] = [];

const write = (name: string, text: string): void => writeFileSync(join(place, name), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-reload-'));
  place = join(folder, 'desk');
  mkdirSync(join(place, 'help'), { recursive: true });
  write('agent.yaml', desk('First', 1));
  write('by.ts', "export const by = 'old ';\n");
  write('tools.ts', code('Ann'));
  write('help/hours.md', '# Hours\n\nWe are open from nine to five.\n');
});
afterEach(async () => {
  for (const browser of browsers.splice(0)) browser.socket.terminate();
  await server?.close();
  server = undefined;
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: RealOptions = {}): Promise<RealServer> {
  server = await startReal({ paths: [place], ...options });
  return server;
}

async function dial(callUrl: string): Promise<Browser> {
  const browser = await Browser.dial(callUrl);
  browsers.push(browser);
  return browser;
}

const health = async (url: string): Promise<{ agents: { version: number; hash: string; dialogs: number; old?: true }[] }> =>
  (await (await fetch(`${url}/healthz`)).json()) as never; // prettier-ignore
const logged = (lines: readonly string[], event: string): Record<string, unknown>[] =>
  lines.flatMap((line) => (line.includes(`"event":"${event}"`) ? [JSON.parse(line) as Record<string, unknown>] : []));

describe('an edit under calls', () => {
  it('learns new examples in a thread of its own: the loop goes on turning for the sound of calls', async () => {
    const intents = packRows(12, 15);
    const examples = intents.flatMap(({ examples: own }) => own.map(({ text }) => text));
    const flow = (more: string[]): string =>
      `${desk('First', 1)}---\nflow: ask_more\nexamples: ${JSON.stringify([...examples, ...more])}\nstates: { a: { say: Well, to: end } }\n`;
    write('agent.yaml', flow([]));
    const { started } = await start();
    write('agent.yaml', flow(['one more way to ask for it']));
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns += 1;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    expect(await started.reload()).toEqual([{ path: place, outcome: 'new', agent: 'desk' }]);
    done = true;
    // In one thread the loop comes round a few dozen times, however long the training takes.
    expect(turns).toBeGreaterThan(500);
  });

  it('leaves the running call its words and its code, and gives a new call the new ones', async () => {
    const { started, callUrl, lines } = await start();
    const before = await dial(callUrl);
    await before.hears('First edition. Press one.');
    write('agent.yaml', desk('Second', 2));
    write('tools.ts', code('Ben'));
    // Only a file that the tool's code imports: that is new code too.
    write('by.ts', "export const by = 'new ';\n");
    expect(await started.reload()).toEqual([{ path: place, outcome: 'new', agent: 'desk' }]);

    const after = await dial(callUrl);
    await after.hears('Second edition. Press one.');
    // The code was not called before the edit: it is of the first version all the same.
    before.key('1');
    await before.hears('First told by old Ann.');
    after.key('1');
    await after.hears('Second told by new Ben.');
    const { agents } = await health(started.server.url);
    expect(agents).toMatchObject([
      { version: 2, dialogs: 1 },
      { version: 1, dialogs: 1, old: true },
    ]);
    expect(logged(lines, 'agent reloaded')).toMatchObject([{ agent: 'desk', version: 2, before: 1, running: 1 }]);
    expect(logged(lines, 'call started').map(({ version }) => version)).toEqual([1, 2]);
  });

  it('lets go of the old version with its last call, and of nothing before', async () => {
    const { started, callUrl, lines, records } = await start();
    const before = await dial(callUrl);
    await before.hears('First edition');
    write('agent.yaml', desk('Second', 2));
    await started.reload();
    expect(logged(lines, 'agent version ended')).toEqual([]);
    before.hangUp();
    await eventually(() => logged(lines, 'agent version ended').length === 1, 10_000);
    expect(logged(lines, 'agent version ended')).toMatchObject([{ agent: 'desk', version: 1 }]);
    expect((await health(started.server.url)).agents).toMatchObject([{ version: 2, dialogs: 0 }]);
    await eventually(() => records.length === 1, 10_000);
    expect(records[0]!.about).toMatchObject({ agent: 'desk', version: 1 });
  });

  it('keeps no memory of versions whose calls are over', async () => {
    const { started } = await start();
    const gone: WeakRef<object>[] = [];
    for (let version = 2; version <= 4; version++) {
      gone.push(new WeakRef(started.agents[0]!));
      write('agent.yaml', desk(`Edition ${String(version)}`, version));
      await started.reload();
    }
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    await eventually(() => {
      collectGarbage();
      return gone.every((one) => one.deref() === undefined);
    }, 10_000);
  });

  it('keeps the version before when the edit has a mistake, and tells line and cure', async () => {
    const told: string[] = [];
    const { started, callUrl, lines } = await start({
      onProblems: (problems) => told.push(...problems.map(({ code, line, cure }) => `${code} ${String(line)} ${cure}`)),
    });
    write('agent.yaml', desk('Second', 2).replace('to: stamp }', 'to: stmap }'));
    expect(await started.reload()).toMatchObject([{ outcome: 'kept' }]);
    expect(told).toContain('unknown-state 12 Did you mean "stamp"?');
    expect(logged(lines, 'agent not reloaded')).toMatchObject([
      { agent: 'desk', version: 1, problem: expect.stringContaining('first unknown-state at agent.yaml:12') as string },
    ]);
    await (await dial(callUrl)).hears('First edition');
    write('agent.yaml', desk('Third', 3));
    await started.reload();
    await (await dial(callUrl)).hears('Third edition');
  });

  it('keeps the version before when the code of a tool cannot be loaded', async () => {
    const { started, callUrl, lines } = await start();
    write('agent.yaml', desk('Second', 2));
    write('tools.ts', 'export const stamp = () => ({ by: \n');
    expect(await started.reload()).toMatchObject([{ outcome: 'kept' }]);
    expect(String(logged(lines, 'agent not reloaded')[0]!.problem)).toMatch(/tools\.ts cannot be loaded: line \d/);
    await (await dial(callUrl)).hears('First edition');
  });

  it('ends with the newest of two edits in quick succession', async () => {
    const { started, callUrl } = await start();
    write('agent.yaml', desk('Second', 2));
    const one = started.reload();
    write('agent.yaml', desk('Third', 3));
    const two = started.reload();
    await Promise.all([one, two]);
    await (await dial(callUrl)).hears('Third edition');
    expect((await health(started.server.url)).agents).toMatchObject([{ version: 3 }]);
  });

  async function breakOff(keepLost: string): Promise<{ back: string; started: RealServer['started'] }> {
    const { started, callUrl } = await start({ env: { PARLEY_KEEP_LOST: keepLost } });
    const before = await dial(callUrl);
    await before.hears('First edition');
    const resume = String(before.messages.find(({ type }) => type === 'ready')!.resume);
    before.socket.terminate();
    await eventually(() => started.server.calls.size === 0, 10_000);
    const welcome = 'version: 2\nrepair: { welcome_back: { say: The second welcome. } }';
    write('agent.yaml', desk('Second', 2).replace('version: 2', welcome));
    await started.reload();
    return { back: `${callUrl}?resume=${encodeURIComponent(resume)}`, started };
  }

  it('gives a caller whose line broke the version they had, while their dialog is kept open', async () => {
    const { back, started } = await breakOff('30s');
    expect((await health(started.server.url)).agents).toMatchObject([{ version: 2 }, { version: 1, dialogs: 1 }]);
    const again = await dial(back);
    await again.hears('First edition. Press one.');
    again.key('1');
    await again.hears('First told by old Ann.');
  });

  it('gives a caller who comes back after that the version of today', async () => {
    const { back } = await breakOff('off');
    await (await dial(back)).hears('The second welcome.');
  });
});

describe('with watch', () => {
  const reloads = ({ lines }: RealServer): unknown[] => logged(lines, 'agent reloaded').map(({ version }) => version);

  it('takes a file that an editor saves beside the old one and renames', async () => {
    const real = await start({ watch: true });
    write('.agent.yaml.swp', desk('Second', 2));
    renameSync(join(place, '.agent.yaml.swp'), join(place, 'agent.yaml'));
    await eventually(() => reloads(real).length === 1, 15_000);
    await (await dial(real.callUrl)).hears('Second edition');
  });

  it('takes several files that are saved one after the other as one edit', async () => {
    const real = await start({ watch: true });
    for (const [name, text] of [
      ['tools.ts', code('Ben')],
      ['help/hours.md', '# Hours\n\nWe are open all day.\n'],
      ['agent.yaml', desk('Second', 2)],
    ] as const) {
      write(name, text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => reloads(real).length > 0, 15_000);
    expect(reloads(real)).toEqual([2]);
  });

  it('takes a document of its knowledge, also one that is new', async () => {
    const real = await start({ watch: true });
    const [{ agent }] = real.started.agents as [RealServer['started']['agents'][number]];
    write('help/prices.md', '# Prices\n\nA letter is two euros.\n');
    await eventually(() => reloads(real).length === 1, 15_000);
    const passages = (of: typeof agent): number => of.knowledge!.get('help')!.passages.length;
    expect(passages(real.started.agents[0]!.agent)).toBeGreaterThan(passages(agent));
  });

  it('keeps what is there while a file is half written, and takes the whole', async () => {
    const real = await start({ watch: true });
    const text = desk('Second', 2);
    write('agent.yaml', text.slice(0, text.indexOf('to: stamp')));
    await eventually(() => logged(real.lines, 'agent not reloaded').length === 1, 15_000);
    await (await dial(real.callUrl)).hears('First edition');
    write('agent.yaml', text);
    await eventually(() => reloads(real).length === 1, 15_000);
    await (await dial(real.callUrl)).hears('Second edition');
  });
});

describe('flow serve', () => {
  it('reads its agents anew at SIGHUP and goes on', async () => {
    const child = spawn(
      process.execPath,
      [join(packageRoot, '.dist/flow.js'), 'serve', place, '--port', '0', '--no-open', '--json-log'],
      {
        env: { PATH: process.env.PATH, HOME: process.env.HOME, PARLEY_HOME: join(folder, '.parley'), PARLEY_VAD: 'energy' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ); // prettier-ignore
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
    await eventually(() => /Talk to them at \S+/.test(output), 30_000);
    const url = /Talk to them at (\S+)/.exec(output)![1]!;
    const before = await dial(`${url.replace('http', 'ws')}/call`);
    await before.hears('First edition');

    write('agent.yaml', desk('Second', 2).replace('to: stamp }', 'to: stmap }'));
    child.kill('SIGHUP');
    await eventually(() => output.includes('"event":"agent not reloaded"'), 15_000);
    expect(output).toContain('Did you mean "stamp"?');
    write('agent.yaml', desk('Second', 2));
    child.kill('SIGHUP');
    await eventually(() => output.includes('"event":"agent reloaded"'), 15_000);

    await (await dial(`${url.replace('http', 'ws')}/call`)).hears('Second edition');
    before.key('1');
    await before.hears('First told by old Ann.');
    expect(child.exitCode).toBe(null);
  }, 60_000);
});
