import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouteRequest, TrainingIntent } from '../../../engine/contracts.js';
import { train, type ClassifierState, type TrainingMatter } from '../../../intents/classifier/training.js';
import { createRouter, type HybridRouter, type RouterSettings } from '../../../intents/router.js';
import { packRows } from './rows.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-kept-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const intents = packRows(8, 10);
const legal = intents.map(({ id }) => id);
/** Of four legal intents with forty examples each there is a threshold of the state's own. */
const few = legal.slice(0, 6);

/** A router, and how often it was trained. */
async function routerIn(
  cacheFolder: string,
  of: TrainingIntent[] = intents,
  settings: RouterSettings = {},
): Promise<{ router: HybridRouter; trainings: number }> {
  let trainings = 0;
  const trainElsewhere = (matter: TrainingMatter): Promise<ClassifierState> => {
    trainings += 1;
    return train(matter);
  };
  const router = await createRouter(of, { embedder: 'static', ...settings, cacheFolder, trainElsewhere });
  return { router, trainings };
}

const request = (text: string, among: string[]): RouteRequest =>
  ({
    text,
    language: 'en',
    legal: among,
    values: [],
    options: {},
  }) as unknown as RouteRequest;

const trained = (of: string): string[] => readdirSync(of).filter((name) => name.startsWith('trained-'));

describe('trained routers are kept', () => {
  it('gives the same answers from the file as freshly trained, bit by bit, and learns nothing the second time', async () => {
    const home = join(folder, 'same');
    const { router: fresh } = await routerIn(home);
    const { router: again, trainings } = await routerIn(home);
    expect(trainings).toBe(0);
    const turns = intents.flatMap(({ examples }) =>
      examples.flatMap(({ text }) => [text, `${text} tomorrow`, `I said ${text.split(' ').reverse().join(' ')}`]),
    );
    expect(turns.length).toBeGreaterThan(200);
    for (const text of turns)
      for (const among of [legal, few])
        expect(await again.judge(request(text, among))).toEqual(await fresh.judge(request(text, among)));
    for (const share of [0.005, 0.03, 0.2])
      for (const among of [undefined, legal, few])
        expect(again.threshold(share, among)).toBe(fresh.threshold(share, among));
    expect(again.report()).toEqual(fresh.report());
  });

  it('keeps softmax regression of many rows as well', async () => {
    const home = join(folder, 'large');
    const many = packRows(30, 75);
    const { router: fresh } = await routerIn(home, many);
    const { router: again, trainings } = await routerIn(home, many);
    expect(trainings).toBe(0);
    expect(fresh.report().rows).toBeGreaterThan(2_000);
    const ids = many.map(({ id }) => id);
    for (const { examples } of many)
      for (const { text } of examples.slice(0, 3)) {
        const turn = request(`${text} if you can`, ids);
        expect(await again.judge(turn)).toEqual(await fresh.judge(turn));
      }
    expect(again.threshold(0.03)).toBe(fresh.threshold(0.03));
  }, 120_000);

  it('learns anew what an edit of one example, another language or another embedder changes', async () => {
    const home = join(folder, 'edits');
    await routerIn(home);
    const [first, ...others] = intents;
    const edited = [
      { ...first!, examples: [...first!.examples, { text: 'quite another thing', values: [] }] },
      ...others,
    ];
    expect((await routerIn(home, edited)).trainings).toBe(1);
    expect((await routerIn(home, intents, { embedder: 'none' })).trainings).toBe(1);
    expect((await routerIn(home, intents, { embedder: 'none', language: 'de' })).trainings).toBe(1);
    expect((await routerIn(home)).trainings).toBe(0);
  });

  it.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => Buffer.alloc(0)],
    ['with one bit turned', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 400 ? byte ^ 1 : byte)))],
    ['of something else', () => Buffer.from('{"kind":"kernel"}')],
  ])('makes a file anew that is %s', async (name, damage) => {
    const home = join(folder, `damaged ${name}`);
    const { router: fresh } = await routerIn(home);
    const file = join(home, trained(home)[0]!);
    const whole = readFileSync(file);
    writeFileSync(file, damage(whole));
    const { router: again, trainings } = await routerIn(home);
    expect(trainings).toBe(1);
    const turn = request('where on earth is that', legal);
    expect(await again.judge(turn)).toEqual(await fresh.judge(turn));
    expect((await routerIn(home)).trainings).toBe(0);
  });

  it('holds a bounded number of files, the least lately used going first, and no drafts', async () => {
    const home = join(folder, 'many');
    mkdirSync(home);
    for (let i = 0; i < 40; i++) {
      const file = join(home, `trained-${i}`);
      writeFileSync(file, 'old');
      utimesSync(file, 1_000 + i, 1_000 + i);
    }
    writeFileSync(join(home, 'acme.jsonl'), 'what callers said');
    await routerIn(home, packRows(3, 2));
    const left = trained(home);
    expect(left).toHaveLength(24);
    expect(left).toContain('trained-39');
    expect(left).not.toContain('trained-16');
    expect(readdirSync(home)).toHaveLength(25);
  });

  it('goes without where the folder cannot be written', async () => {
    const file = join(folder, 'a file');
    writeFileSync(file, '');
    const { router, trainings } = await routerIn(join(file, 'below'));
    expect(trainings).toBe(1);
    expect((await router.judge(request(intents[0]!.examples[0]!.text, legal))).probability).toBe(1);
  });
});
