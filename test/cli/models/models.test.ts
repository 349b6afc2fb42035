import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SttInput } from '../../../runtime/contracts.js';
import { createStt } from '../../../runtime/stt/index.js';
import { writeTinyWhisper } from '../../fixtures/tiny-whisper.js';
import { Hub, type HubFile } from '../../loopback/hub.js';
import { flow } from '../flow-command.js';

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

  it('fetches a Whisper, opens it, lists it as a recogniser, and a call hears with it where it was put', async () => {
    const made = join(folder, 'made');
    writeTinyWhisper(made, 'maker/whisper', { low: 'where is my order', high: 'thank you' });
    const files = Object.fromEntries(
      readdirSync(join(made, 'maker/whisper'), { recursive: true, encoding: 'utf8' }).flatMap((file) => {
        const path = join(made, 'maker/whisper', file);
        if (statSync(path).isDirectory()) return [];
        const body = readFileSync(path);
        return [
          [file.replace('.onnx', '_quantized.onnx'), { body, large: file.endsWith('.onnx') }] as [string, HubFile],
        ];
      }),
    );
    const hub = await Hub.start(files);
    const home = { cwd: folder, env: { HF_ENDPOINT: hub.url } };
    const pulled = await flow(['models', 'pull', 'maker/whisper'], home);
    expect(pulled).toMatchObject({ code: 0, stderr: '' });
    expect(pulled.stdout).toContain('fetched onnx/decoder_model_merged_quantized.onnx');
    expect(pulled.stdout).toMatch(/^maker\/whisper at c0ffee\w+ works: .*stt: whisper\/maker\/whisper/m);
    await hub.close();

    const listed = await flow(['models', 'list', '--json'], home);
    expect(JSON.parse(listed.stdout)).toContainEqual(
      expect.objectContaining({ name: 'maker/whisper', kind: 'recogniser', used: false }),
    );
    expect((await flow(['models', 'list'], home)).stdout).toContain('hears with stt: whisper/maker/whisper');

    const stt = await createStt('whisper/maker/whisper', { PARLEY_MODELS: join(folder, '.parley/models') });
    async function* low(): AsyncGenerator<SttInput> {
      const samples = Int16Array.from({ length: 5120 }, (_, n) => 8000 * Math.sin((2 * Math.PI * 300 * n) / 8000));
      yield { kind: 'speech_started', atMs: 0 };
      yield { kind: 'audio', samples, atMs: 640 };
      yield { kind: 'speech_ended', atMs: 640 };
    }
    const heard = [];
    for await (const event of stt.transcribe(low(), { language: 'en' }, new AbortController().signal))
      heard.push(event);
    expect(heard).toMatchObject([{ kind: 'final', text: 'where is my order' }]);
    stt.close!();

    rmSync(join(folder, '.parley/models/maker/whisper/tokenizer.json'));
    const torn = await flow(['models', 'list'], home);
    expect(torn.stdout).toMatch(/lacks tokenizer\.json\. Run `flow models pull maker\/whisper`/);
    rmSync(join(folder, '.parley/models/maker/whisper'), { recursive: true });
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
