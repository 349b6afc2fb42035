import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pullModel, type PullOptions } from '../../../cli/models/hub.js';
import { encoderFiles } from '../../../intents/embedder/transformers.js';
import { whisperFiles } from '../../../runtime/stt/whisper/model-files.js';
import { Hub, type HubFile } from '../../loopback/hub.js';

const id = 'maker/encoder';
const weights = Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * 31) % 251));

const model = (): Record<string, HubFile> => ({
  'config.json': { body: Buffer.from('{"model_type":"bert"}') },
  'tokenizer.json': { body: Buffer.from('{"model":{"type":"WordPiece","vocab":{}}}') },
  'tokenizer_config.json': { body: Buffer.from('{}') },
  'onnx/model_quantized.onnx': { body: weights, large: true },
});

describe('flow models pull, against a hub of its wire', () => {
  let folder: string;
  let hub: Hub;
  const pull = (options: Partial<PullOptions> = {}) =>
    pullModel({ id, folder, files: encoderFiles, endpoint: hub.url, ...options });
  const at = (file: string): string => join(folder, id, file);
  /** Breaks the hub's answer off once so much of the file is on the disk: progress is told a moment before that. */
  const breaksOff =
    (file: string, after: number) =>
    (which: string, bytes: number): void => {
      if (which !== file || bytes !== after) return;
      const part = `${at(file)}.part`;
      const look = (): void =>
        void (existsSync(part) && statSync(part).size === after ? hub.breakOff() : setImmediate(look));
      look();
    };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-pull-'));
  });
  afterEach(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('fetches what an encoder needs, follows the redirect of large files, and says which commit it is', async () => {
    hub = await Hub.start(model());
    const pulled = await pull();
    expect(pulled.files.map(({ file }) => file)).toEqual([
      'onnx/model_quantized.onnx',
      'tokenizer.json',
      'tokenizer_config.json',
      'config.json',
    ]);
    expect(readFileSync(at('onnx/model_quantized.onnx')).equals(weights)).toBe(true);
    expect(pulled.commit).toMatch(/^c0ffee/);
  });

  it('fetches nothing again that is there whole', async () => {
    hub = await Hub.start(model());
    await pull();
    const again = await pull();
    expect(again.files.every(({ fetched }) => !fetched)).toBe(true);
  });

  it('goes on where a file broke off, and leaves no config.json before all is there', async () => {
    const files = model();
    files['onnx/model_quantized.onnx']!.breaksAt = 20_000;
    hub = await Hub.start(files);
    const onProgress = breaksOff('onnx/model_quantized.onnx', 20_000);
    await expect(pull({ onProgress })).rejects.toThrow(/broke off; run the command again and it goes on from there/);
    expect(existsSync(at('config.json'))).toBe(false);
    await pull();
    expect(hub.requests.map(({ range }) => range)).toContain('bytes=20000-');
    expect(readFileSync(at('onnx/model_quantized.onnx')).equals(weights)).toBe(true);
  });

  it('throws away a file that is not what the hub says it is', async () => {
    const files = model();
    files['onnx/model_quantized.onnx']!.forged = Buffer.alloc(weights.length, 7);
    hub = await Hub.start(files);
    await expect(pull()).rejects.toThrow(/is not what the hub says it is \(SHA-256\)/);
    expect(existsSync(at('onnx/model_quantized.onnx'))).toBe(false);
    expect(existsSync(at('onnx/model_quantized.onnx.part'))).toBe(false);
  });

  it('takes the weights that are there: the larger ones where no quantised ones are', async () => {
    const { 'onnx/model_quantized.onnx': quantised, ...rest } = model();
    hub = await Hub.start({ ...rest, 'onnx/model.onnx': quantised! });
    const pulled = await pull();
    expect(pulled.files[0]!.file).toBe('onnx/model.onnx');
  });

  describe('of a Whisper', () => {
    const others = ['generation_config.json', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'];
    const whisper = (...suffixes: string[]): Record<string, HubFile> =>
      Object.fromEntries([
        ...[...others, 'config.json'].map((file) => [file, { body: Buffer.from('{"model_type":"whisper"}') }] as const),
        ...suffixes.flatMap((suffix) =>
          ['encoder_model', 'decoder_model_merged'].map(
            (name) => [`onnx/${name}${suffix}.onnx`, { body: weights, large: true }] as const,
          ),
        ),
      ]);

    it('fetches its two quantised parts and what it hears and writes by, and nothing else', async () => {
      hub = await Hub.start({ ...whisper('', '_quantized', '_fp16'), 'README.md': { body: Buffer.from('about it') } });
      const pulled = await pull({ files: whisperFiles });
      expect(pulled.files.map(({ file }) => file)).toEqual([
        'onnx/encoder_model_quantized.onnx',
        'onnx/decoder_model_merged_quantized.onnx',
        ...others,
        'config.json',
      ]);
    });

    it('takes the parts that fit each other', async () => {
      const { 'onnx/decoder_model_merged_quantized.onnx': missing, ...rest } = whisper('', '_quantized');
      expect(missing).toBeDefined();
      hub = await Hub.start(rest);
      const pulled = await pull({ files: whisperFiles });
      expect(pulled.files.map(({ file }) => file)).toContain('onnx/decoder_model_merged.onnx');
      expect(existsSync(at('onnx/encoder_model.onnx'))).toBe(true);
    });

    it('goes on in the second part where that broke off', async () => {
      const files = whisper('_quantized');
      files['onnx/decoder_model_merged_quantized.onnx']!.breaksAt = 30_000;
      hub = await Hub.start(files);
      const onProgress = breaksOff('onnx/decoder_model_merged_quantized.onnx', 30_000);
      await expect(pull({ files: whisperFiles, onProgress })).rejects.toThrow(/decoder_model_merged.* broke off/);
      expect(existsSync(at('config.json'))).toBe(false);
      const again = await pull({ files: whisperFiles });
      expect(again.files.slice(0, 2).map(({ fetched }) => fetched)).toEqual([false, true]);
      expect(hub.requests.map(({ range }) => range)).toContain('bytes=30000-');
      expect(readFileSync(at('onnx/decoder_model_merged_quantized.onnx')).equals(weights)).toBe(true);
    });

    it('says which file the hub lacks', async () => {
      const { 'preprocessor_config.json': missing, ...rest } = whisper('_quantized');
      expect(missing).toBeDefined();
      hub = await Hub.start(rest);
      await expect(pull({ files: whisperFiles })).rejects.toThrow('maker/encoder has no preprocessor_config.json');
    });
  });

  it('shows the token to the hub and to nobody else; without it a closed model is not there', async () => {
    const store = await Hub.start(model());
    const files = model();
    files['onnx/model_quantized.onnx']!.store = store.url;
    hub = await Hub.start(files, 'hf_secret');
    await expect(pull()).rejects.toThrow(/set HF_TOKEN/);
    await pull({ token: 'hf_secret' });
    expect(store.requests).toEqual([{ url: '/store/onnx/model_quantized.onnx' }]);
    expect(hub.requests.at(-1)!.authorization).toBe('Bearer hf_secret');
    await store.close();
  });

  it('says what to do when there is no such model, no way out, or an address in the clear', async () => {
    hub = await Hub.start({});
    await expect(pull()).rejects.toThrow(/has none of onnx\/model_quantized\.onnx/);
    await expect(pullModel({ id, folder, files: encoderFiles, endpoint: 'http://hub.example' })).rejects.toThrow(
      /must begin with https/,
    );
    await expect(pullModel({ id: '../../etc/passwd', folder, files: encoderFiles, endpoint: hub.url })).rejects.toThrow(
      /is no model's id/,
    );
    const gone = await Hub.start({});
    const { url } = gone;
    await gone.close();
    await expect(pullModel({ id, folder, files: encoderFiles, endpoint: url })).rejects.toThrow(
      /cannot be reached.*HF_ENDPOINT/,
    );
  });
});
