import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Hub } from '../loopback/hub.js';
import { flow } from './flow-command.js';

const shared = process.env.PARLEY_SHARED;
const encoder = shared && join(shared, 'models', 'Xenova', 'all-MiniLM-L6-v2');

describe('flow models', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-models-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('lists the model that ships, says that it is used, and names an encoder that lacks files with the cure', async () => {
    mkdirSync(join(folder, '.parley/models/maker/half'), { recursive: true });
    writeFileSync(join(folder, '.parley/models/maker/half/config.json'), '{}');
    const { stdout, code } = await flow(['models', 'list', '--json'], { cwd: folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { name: 'maker/half', used: false, trouble: expect.stringContaining('flow models pull maker/half') as string },
      { name: 'static-minilm', used: true, languages: ['en'] },
    ]);
  });

  it('says in one line why a model cannot be fetched, and exits 2 for what was typed, 1 for what failed', async () => {
    const hub = await Hub.start({});
    const env = { HF_ENDPOINT: hub.url };
    const none = await flow(['models', 'pull', 'maker/none'], { cwd: folder, env });
    expect(none).toMatchObject({ code: 2, stdout: '' });
    expect(none.stderr).toMatch(/^maker\/none has none of onnx\/model_quantized\.onnx.*\n$/);
    await hub.close();
    const gone = await flow(['models', 'pull', 'maker/none'], { cwd: folder, env });
    expect(gone.code).toBe(1);
    expect(gone.stderr).toMatch(/^hub: .* cannot be reached.*\n$/);
  });

  it('distil refuses what it cannot work with, before any work', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await flow(['models', 'distil', ...args], { cwd: folder });
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('maker/none')).toMatch(/there is no model maker\/none.*flow models pull/);
    expect(await refused('maker/half', '--dimensions', 'many')).toMatch(/--dimensions takes a whole number/);
    expect(await refused('maker/half', '--corpus', 'nowhere.txt')).toMatch(/nowhere\.txt cannot be read/);
  });

  it.skipIf(!encoder)(
    'makes a model from a real encoder that flow router eval reads with (needs PARLEY_SHARED)',
    async () => {
      const things = ['parcel', 'ticket', 'card', 'table', 'flight', 'bill', 'doctor', 'password'];
      const asks = [
        'where is my',
        'i lost my',
        'cancel the',
        'i want a new',
        'how much is the',
        'change my',
        'is there a',
      ];
      const ends = ['', ' please', ' today', ' now'];
      const lines = asks.flatMap((ask) => things.flatMap((thing) => ends.map((end) => `${ask} ${thing}${end}`)));
      writeFileSync(join(folder, 'lines.txt'), lines.join('\n'));
      mkdirSync(join(folder, 'mini'), { recursive: true });
      symlinkSync(encoder!, join(folder, 'mini', 'encoder'));
      const made = await flow(
        [
          'models',
          'distil',
          'mini/encoder',
          '--corpus',
          'lines.txt',
          '--vocabulary',
          'corpus',
          '--dimensions',
          '64',
          '--out',
          'made.bin',
        ],
        { cwd: folder },
      );
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect(Number(/kept back: ([\d.]+)/.exec(made.stdout)![1])).toBeGreaterThan(0.8);
      expect(statSync(join(folder, 'made.bin')).size).toBeGreaterThan(4000);
      const turn = (text: string, intent: string) => ({ text, intent });
      writeFileSync(
        join(folder, 'turns.json'),
        JSON.stringify({
          train: things.flatMap((thing) => asks.slice(0, 4).map((ask) => turn(`${ask} ${thing}`, thing))),
          test: things.map((thing) => turn(`how much is the ${thing} today`, thing)),
        }),
      );
      const judged = await flow(['router', 'eval', 'turns.json', '--model', 'made.bin', '--json'], { cwd: folder });
      expect((JSON.parse(judged.stdout.trim().split('\n').at(-1)!) as { accuracy: number }).accuracy).toBe(1);
    },
    60_000,
  );
});
