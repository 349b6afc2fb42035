/** Whole calls by telephone with the embedded speech, and what they leave behind: files, logs, a dialog to go on with. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assemble } from '../../cli/assemble.js';
import type { Dialog, Input, Out } from '../../engine/contracts.js';
import { packageRoot } from '../../engine/package-root.js';
import { sqliteStore } from '../../engine/stores/sqlite-store.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { Browser, startReal, type RealServer } from './real-server.js';

const authToken = '12345678901234567890123456789012';
const number = '+353861234567';
// Long enough never to be found by chance among the times of an event log.
const pin = '7391526840';
const vault = `
flow: vault
slots:
  pin: { type: digits, sensitive: secret, ask: What is your pin?, dtmf: { length: 10 } }
  floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } }
states:
  ask: { collect: [pin, floor], to: done }
  done: { say: "Floor {{ floor }} it is.", hang_up: true }
`;

const contact = `
flow: contact
slots:
  member: { type: digits, sensitive: pii, ask: What is your member number?, dtmf: { length: 6 } }
  floor: { type: digits, ask: Which floor?, dtmf: { length: 2 } }
states:
  ask: { collect: [member, floor], to: done }
  done: { say: "{{ member | spell }} on floor {{ floor }}.", hang_up: true }
`;

/** The same dialog; what it gives is written down. */
function watched(dialog: Dialog, outs: Out[]): Dialog {
  return {
    id: dialog.id,
    async *turn(input, run) {
      for await (const out of dialog.turn(input, run)) {
        outs.push(out);
        yield out;
      }
    },
    understand: (text, signal) => dialog.understand(text, signal),
    hide: (text, who) => dialog.hide?.(text, who) ?? text,
    settlements: (signal) => dialog.settlements(signal),
    close: (reason) => dialog.close(reason),
  };
}

describe('a call by telephone', () => {
  let server: RealServer;
  const outs: Out[] = [];
  const voice = embeddedTts({ voice: 'rms' });
  const said = (): string[] => outs.flatMap((out) => (out.kind === 'words' ? [out.id] : []));

  beforeAll(async () => {
    server = await startReal({
      paths: [join(packageRoot, 'flows/acme-support')],
      agents: { vault, contact },
      env: { TWILIO_AUTH_TOKEN: authToken },
      wrapDialog: (dialog) => watched(dialog, outs),
    });
  });
  afterAll(async () => {
    voice.close?.();
    await server.close();
  });

  const place = (agent: string): Promise<CarrierCall> =>
    CarrierCall.place({ webhook: `${server.started.server.url}/twilio/voice?agent=${agent}`, authToken, from: number });
  async function say(call: CarrierCall, text: string): Promise<void> {
    for await (const piece of voice.speak({ text, language: 'en' }, new AbortController().signal))
      if (piece.kind === 'audio') call.speak(piece.samples);
  }
  const quiet = (call: CarrierCall, ms = 600): Promise<void> =>
    eventually(() => call.audibleMs > 0 && call.nowMs - call.audibleMs > ms, 15_000);

  it('greets, hears, takes keys for a slot, is interrupted, and is hung up on', async () => {
    const call = await place('acme-support');
    await quiet(call);
    expect(said()).toContain('welcome/hello');
    await say(call, 'where is my order');
    await eventually(() => said().includes('ask.order_id.1'), 8000);
    await quiet(call);
    for (const digit of '4471#') call.key(digit);
    const before = call.audibleMs;
    await eventually(() => said().includes('check_order/tell') && call.audibleMs > before + 700, 8000);
    const onsetMs = call.nowMs;
    await say(call, 'when are you open');
    await eventually(() => call.clears.length > 0, 5000);
    expect(call.clears[0]! - onsetMs).toBeLessThan(1500);
    await eventually(() => said().includes('opening_hours/tell'), 8000);
    call.stop();
    await eventually(() => server.records.length === 1);
    const [record] = server.records;
    expect(record).toMatchObject({ transport: 'twilio', ended: 'caller_hung_up' });
    expect(record!.turns.some(({ who, text }) => who === 'caller' && /where is my order/.test(text))).toBe(true);
    expect(record!.tools).toMatchObject([{ name: 'find_order', outcome: 'ok' }]);
    // Every message as Twilio documents it, never far ahead, with marks all along.
    expect(call.problems).toEqual([]);
    expect(call.marks.length).toBeGreaterThan(20);
  }, 60_000);

  it('writes no word, number or name of the caller into its log', () => {
    expect(server.lines.some((line) => line.includes('call ended'))).toBe(true);
    expect(server.lines.join('\n')).not.toMatch(/4471|where is|when are|order number|353861234567/i);
  });

  it('writes the name of a personal slot into the record in place of its value, whoever said it', async () => {
    outs.length = 0;
    server.records.length = 0;
    const call = await place('contact');
    await eventually(() => said().includes('ask.member.1'));
    await quiet(call, 200);
    for (const digit of '480915') call.key(digit);
    await eventually(() => said().includes('ask.floor.1'));
    await quiet(call, 200);
    for (const digit of '12') call.key(digit);
    await eventually(() => server.records.length === 1, 20_000);
    // Heard by the caller, and kept by nobody.
    expect(outs.some((out) => out.kind === 'words' && /4 8 0 9 1 5/.test(out.text))).toBe(true);
    const [record] = server.records;
    const texts = record!.turns.map(({ who, text }) => `${who}: ${text}`);
    expect(texts).toContain('caller: [member]');
    expect(texts).toContain('caller: 12');
    expect(texts.join('\n')).toContain('agent: [member] on floor 1 2.');
    expect(JSON.stringify({ ...record, audio: undefined })).not.toMatch(/480915|4 8 0 9 1 5/);
    expect(server.lines.join('\n')).not.toMatch(/480915|4 8 0 9 1 5/);
  }, 60_000);

  it('keeps a secret out of the checkpoint, the log and the record; what is no secret is kept', async () => {
    outs.length = 0;
    server.records.length = 0;
    const call = await place('vault');
    await eventually(() => said().includes('ask.pin.1'));
    await quiet(call, 200);
    for (const digit of pin) call.key(digit);
    await eventually(() => said().includes('ask.floor.1'));
    await quiet(call, 200);
    call.key('1');
    call.stop();
    await eventually(() => server.records.length === 1);
    const store = server.home;
    const bytes = readdirSync(store, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(store, name)).isFile())
      .map((name) => readFileSync(join(store, name), 'latin1'))
      .join('');
    expect(bytes).toContain(server.records[0]!.id);
    expect(bytes).not.toContain(pin);
    expect(server.lines.join('\n')).not.toContain(pin);
    expect(JSON.stringify(server.records)).not.toContain(pin);
  }, 30_000);

  it('leaves files that only their owner can read', () => {
    const modes: string[] = [];
    const walk = (path: string): void => {
      const stat = statSync(path);
      modes.push(`${stat.isDirectory() ? 'd' : 'f'}${(stat.mode & 0o777).toString(8)}`);
      if (stat.isDirectory()) for (const name of readdirSync(path)) walk(join(path, name));
    };
    walk(server.home);
    expect(modes.length).toBeGreaterThan(1);
    expect([...new Set(modes)].sort()).toEqual(['d700', 'f600']);
  });
});

/** `flow serve` in a process of its own. */
async function spawnServer(folder: string): Promise<{ child: ChildProcess; callUrl: string; output: () => string }> {
  const child = spawn(
    process.execPath,
    [join(packageRoot, '.dist/flow.js'), 'serve', join(folder, 'vault'), '--port', '0', '--no-open'],
    {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        PARLEY_HOME: join(folder, '.parley'),
        PARLEY_VAD: 'energy',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  await eventually(() => /Talk to them at \S+/.test(output), 15_000);
  const url = /Talk to them at (\S+)/.exec(output)![1]!;
  return { child, callUrl: `${url.replace('http', 'ws')}/call`, output: () => output };
}

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-serve-'));
  mkdirSync(join(folder, 'vault'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'vault', name), text);
  return folder;
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

describe('a server whose tools leave something behind that throws', () => {
  it('goes on with every call, and says where it was thrown, not what', async () => {
    const folder = folderWith({
      'vault.flow.yaml': `
flow: vault
tools: { stray: { effect: read, input: {}, output: { n: integer }, code: ./tools.js#stray } }
states:
  ask: { say: Press one., transitions: [{ key: "1", to: work }] }
  work: { call: stray, transitions: [{ on: [error, timeout], to: ask }], to: done }
  done: { say: "It gave {{ stray.n }}.", to: ask }
`,
      'tools.js': `
export function stray() {
  setTimeout(() => { throw new Error('the caller said 4471'); });
  void Promise.reject(new Error('the caller said 4471'));
  return { n: 5 };
}
`,
    });
    const { child, callUrl, output } = await spawnServer(folder);
    try {
      const beside = await Browser.dial(callUrl);
      const caller = await Browser.dial(callUrl);
      await beside.hears('Press one.');
      await caller.hears('Press one.');
      caller.key('1');
      await caller.hears('It gave 5.');
      await eventually(() => output().split('thrown where nobody waits for it').length === 3);
      expect(output()).not.toContain('4471');
      beside.key('1');
      await beside.hears('It gave 5.');
      expect(child.exitCode).toBeNull();
    } finally {
      await ended(child);
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});

describe('a server that is killed', () => {
  it('leaves a dialog that goes on where it was, under its id', async () => {
    const folder = folderWith({ 'vault.flow.yaml': vault });
    const { child, callUrl } = await spawnServer(folder);
    try {
      const caller = await Browser.dial(callUrl);
      await caller.hears('What is your pin?');
      for (const digit of pin) caller.key(digit);
      await caller.hears('Which floor?');
      await ended(child);
      await caller.until(() => caller.closed);

      const store = sqliteStore({ file: join(folder, '.parley', 'dialogs.sqlite') });
      const ready = await assemble(join(folder, 'vault'), { store });
      const dialog = await ready.open({ id: caller.id });
      const turn = async (input: Input): Promise<string[]> => {
        const ids: string[] = [];
        for await (const out of dialog.turn(input, { signal: new AbortController().signal }))
          if (out.kind === 'words') ids.push(out.id);
        return ids;
      };
      // The secret is in no checkpoint, so it is asked again; then comes the question of before.
      expect((await turn({ kind: 'open', atMs: 0 })).at(-1)).toBe('ask.pin.1');
      expect(await turn({ kind: 'keys', digits: pin, ended: 'full', atMs: 1 })).toEqual(['ask.floor.1']);
      await dialog.close('done');
      await ready.close();
      await store.close();
    } finally {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    }
  }, 30_000);
});
