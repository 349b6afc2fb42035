import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { RouteDecision, RouteRequest, TrainingIntent } from '../../../engine/contracts.js';
import type { Embedder } from '../../../intents/embedder/embedder.js';
import { openEmbedder } from '../../../intents/embedder/open-embedder.js';
import { openStaticModel, shippedStaticModel } from '../../../intents/embedder/static-model.js';
import { createOpenAiCompatible } from '../../../intents/language-models/openai-compatible.js';
import { createRouter, type HybridRouter } from '../../../intents/router.js';
import { openAiLoopback } from '../../loopback/openai.js';

const examples: Record<string, string[]> = {
  order_status: ['where is my order', 'track my parcel', 'has it been sent yet', 'when will the parcel come'],
  complain: ['I want to complain', 'this is not good enough', 'it came broken', 'you sent me the wrong thing'],
};
const intents: TrainingIntent[] = Object.entries(examples).map(([id, texts]) => ({
  id,
  examples: texts.map((text) => ({ text, values: [] })),
  not: [],
}));
const say = (
  router: HybridRouter,
  text: string,
  options: RouteRequest['options'] = { llm: 'never' },
): Promise<RouteDecision> =>
  router.route(
    {
      text,
      legal: Object.keys(examples),
      values: [],
      position: 'p',
      language: 'en',
      options,
      context: { lastWords: '', slots: [] },
    },
    new AbortController().signal,
  );

/** The static model as an encoder that can be broken. */
function breakable(): Embedder & { closed: number; broken?: (texts: string[]) => Promise<Float32Array[]> } {
  const model = openStaticModel();
  const embedder: ReturnType<typeof breakable> = {
    name: 'acme/encoder',
    hash: 'cd'.repeat(32),
    dimensions: model.dimensions,
    closed: 0,
    close: () => Promise.resolve(void embedder.closed++),
    embed: (texts) => (embedder.broken ?? ((all) => model.embed(all)))(texts),
  };
  return embedder;
}
const fails = (): Promise<never> => Promise.reject(new Error('out of memory near "a word of the caller"'));
const failures: [string, (texts: string[]) => Promise<Float32Array[]>][] = [
  ['fails', fails],
  ['gives what is no number', (texts) => Promise.resolve(texts.map(() => new Float32Array(256).fill(NaN)))],
  ['gives vectors of another length', (texts) => Promise.resolve(texts.map(() => new Float32Array(3)))],
  ['gives too few vectors', () => Promise.resolve([])],
];

describe('an encoder that breaks', () => {
  it.each(failures)('while learning (it %s) is said once, and n-grams do without', async (_, broken) => {
    const lines: string[] = [];
    const embedder = breakable();
    embedder.broken = broken;
    const router = await createRouter(intents, { embedder, log: (line) => lines.push(line) });
    expect(lines).toEqual([
      expect.stringMatching(/^router: acme\/encoder .*; going on with n-grams only until the next start/),
    ]);
    expect(lines[0]).not.toContain('caller');
    expect(router.report().embedder).toBeUndefined();
    expect(await say(router, 'could you track my parcel please')).toMatchObject({ kind: 'accept', intent: 'order_status' }); // prettier-ignore
  });

  it.each(failures)('while running (it %s) costs no call, is said once, and n-grams take over', async (_, broken) => {
    const lines: string[] = [];
    const embedder = breakable();
    const router = await createRouter(intents, { embedder, log: (line) => lines.push(line) });
    expect(router.report().embedder?.name).toBe('acme/encoder');
    const text = 'could you track my parcel please';
    expect((await say(router, text)).kind).toBe('accept');
    embedder.broken = broken;
    // The turns that meet the failure are not decided here; what is said word for word still is.
    const met = await Promise.all([say(router, text), say(router, text), say(router, 'where is my order')]);
    expect(met.map(({ kind }) => kind)).toEqual(['none', 'none', 'accept']);
    await vi.waitFor(() => expect(router.report().embedder).toBeUndefined());
    expect(await say(router, text)).toMatchObject({ kind: 'accept', intent: 'order_status' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('caller');
    // It may serve other agents, and is closed with the router once.
    expect(embedder.closed).toBe(0);
    await router.close();
    expect(embedder.closed).toBe(1);
  });

  it('while a model is asked does not keep its answer from the caller', async () => {
    const server = await openAiLoopback(({ body }) => ({
      kind: 'call',
      name: body.tools!.map((tool) => tool.function.name).find((name) => name.startsWith('complain'))!,
      arguments: '{}',
    }));
    try {
      const embedder = breakable();
      const clock = new VirtualClock();
      const model = createOpenAiCompatible({ url: server.url, model: 'm', clock });
      const router = await createRouter(intents, { embedder, model, clock });
      embedder.broken = fails;
      const decision = await say(router, 'well that did not go as I had hoped', {});
      expect(decision).toMatchObject({ kind: 'accept', intent: 'complain', by: 'llm' });
      await router.close();
    } finally {
      await server.close();
    }
  });
});

describe('model files on this machine', () => {
  const env = { ...process.env };
  afterEach(() => {
    process.env = { ...env };
    vi.resetModules();
  });
  const encoderFolder = (files: Record<string, string>): string => {
    const folder = mkdtempSync(join(tmpdir(), 'encoder-'));
    for (const [name, text] of Object.entries(files)) {
      const file = join(folder, 'Xenova', 'all-MiniLM-L6-v2', name);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
    }
    return folder;
  };

  it.each([
    [
      'without weights',
      { 'config.json': '{}', 'tokenizer.json': '{}' },
      /wants config\.json, tokenizer\.json and onnx/,
    ],
    ['with weights that are none', { 'config.json': '{}', 'tokenizer.json': '{}', 'onnx/model_quantized.onnx': 'no' }, /cannot be loaded; fetch it again with flow models pull/], // prettier-ignore
  ])('of an encoder %s are said once, and the static model serves all agents', async (_, files, message) => {
    process.env.PARLEY_MODELS = encoderFolder(files as unknown as Record<string, string>);
    const lines: string[] = [];
    const log = (line: string): number => lines.push(line);
    for (let agent = 0; agent < 3; agent++) expect((await openEmbedder(undefined, log))?.name).toBe('static-minilm');
    expect(lines).toEqual([expect.stringMatching(message)]);
    expect(lines[0]).toMatch(/^router: .*; going on with the static model$/);
  });

  it('that PARLEY_MODELS does not have are said once', async () => {
    process.env.PARLEY_MODELS = mkdtempSync(join(tmpdir(), 'no-encoder-'));
    const { openEmbedder: fresh } = await import('../../../intents/embedder/open-embedder.js');
    const lines: string[] = [];
    for (let agent = 0; agent < 3; agent++) await fresh(undefined, (line) => lines.push(line));
    expect(lines).toEqual([expect.stringMatching(/PARLEY_MODELS has no Xenova\/all-MiniLM-L6-v2\/config\.json in it/)]);
  });

  it.each([
    ['missing', undefined, /cannot be read \(ENOENT\); install the package again/],
    ['cut', (bytes: Buffer) => bytes.subarray(0, 9000), /has 9000 bytes where its head says/],
    ['of another shape', () => Buffer.from('%PDF-1.4 not a model at all'), /does not begin with PSE1/],
    ['changed', (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([1 ^ bytes.at(-1)!])]), /SHA-256/],
  ])('of the static model that are %s are said once, and n-grams serve all agents', async (_, change, message) => {
    vi.resetModules();
    const fresh = await import('../../../intents/embedder/static-model.js');
    const { createRouter: createFresh } = await import('../../../intents/router.js');
    const file = join(mkdtempSync(join(tmpdir(), 'static-')), 'static.bin');
    if (change) writeFileSync(file, change(readFileSync(shippedStaticModel.file)));
    const whole = fresh.shippedStaticModel.file;
    fresh.shippedStaticModel.file = file;
    delete process.env.PARLEY_MODELS;
    try {
      const lines: string[] = [];
      let router!: HybridRouter;
      for (let agent = 0; agent < 3; agent++) router = await createFresh(intents, { log: (line) => lines.push(line) });
      expect(lines).toEqual([expect.stringMatching(message)]);
      expect(lines[0]).toMatch(/; going on with n-grams only$/);
      expect(await say(router, 'please track my parcel')).toMatchObject({ kind: 'accept', intent: 'order_status' });
      // Mended, it is used again without a new start.
      copyFileSync(whole, file);
      expect((await createFresh(intents)).report().embedder?.name).toBe('static-minilm');
    } finally {
      fresh.shippedStaticModel.file = whole;
    }
  });
});
