import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FoundValue, RouteDecision, RouteRequest, TrainingIntent } from '../../engine/contracts.js';
import type { Embedder } from '../../intents/embedder/embedder.js';
import { openEmbedder } from '../../intents/embedder/open-embedder.js';
import { openStaticModel, shippedStaticModel } from '../../intents/embedder/static-model.js';
import { findTransformersModel, openTransformersModel } from '../../intents/embedder/transformers.js';
import { WordPieces } from '../../intents/embedder/word-pieces.js';
import { createRouter, type HybridRouter } from '../../intents/router.js';
import { builtIns } from './built-ins.js';
import { parseExample } from './case-agents.js';

const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'router-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function intent(id: string, texts: string[], not: string[] = []): TrainingIntent {
  const example = (text: string) => parseExample(text, (slot) => slot);
  return { id, examples: texts.map(example), not: not.map(example) };
}

const restaurant = [
  intent('book_table', [
    'book a table',
    'a table for [four](integer) please',
    'I want to make a reservation',
    'can we come for dinner [tomorrow](date)',
  ]),
  intent('opening_hours', [
    'when are you open',
    'what are your opening hours',
    'are you open on [Sunday](date)',
    'until when can I come',
  ]),
  intent('menu', ['what is on the menu', 'do you have vegetarian dishes', 'what can I eat at your place']),
  intent('parking', ['where can I park', 'is there a car park', 'do you have parking']),
];
const everything = [...restaurant, ...builtIns];

function say(
  router: HybridRouter,
  text: string,
  legal = everything.map(({ id }) => id),
  changes: Partial<RouteRequest> = {},
): Promise<RouteDecision> {
  return router.route(
    {
      text,
      legal,
      values: [],
      position: 'listen',
      language: 'en-IE',
      options: {},
      context: { lastWords: '', slots: [] },
      ...changes,
    },
    never,
  );
}

const meant = (decision: RouteDecision): string => (decision.kind === 'accept' ? decision.intent : decision.kind);

describe('the router of a small agent', () => {
  it.each([
    ['could I book a table for tonight', 'book_table'],
    ["I'd like to reserve a table", 'book_table'],
    ['what time do you open', 'opening_hours'],
    ['have you got anything vegetarian on the menu', 'menu'],
    ['where do I park my car', 'parking'],
    ['can I talk to somebody real please', 'human'],
    ['yeah sure', 'yes'],
    ['could you say that again please', 'repeat'],
  ])('hears %s as %s', async (text, expected) => {
    const router = await createRouter(everything, { embedder: 'static' });
    expect(meant(await say(router, text))).toBe(expected);
  });

  it.each(['bananas', 'blah blah', 'my dog ate my homework', 'Red Bull', 'who won the match', 'xqzt'])(
    'takes %s for nothing',
    async (text) => {
      const router = await createRouter(everything, { embedder: 'static' });
      expect(await say(router, text)).toMatchObject({ kind: 'none', llmCalls: 0 });
    },
  );

  it('accepts an example at once, as a rule, with courtesy around it', async () => {
    const router = await createRouter(everything, { embedder: 'static' });
    expect(await say(router, 'Where can I park?')).toMatchObject({
      kind: 'accept',
      intent: 'parking',
      by: 'rule',
      probability: 1,
    });
    expect(await say(router, 'um, where can I park, please')).toMatchObject({
      kind: 'accept',
      intent: 'parking',
      by: 'rule',
    });
    const values: FoundValue[] = [{ start: 12, end: 15, type: 'integer' }];
    expect(await say(router, 'a table for six please', undefined, { values })).toMatchObject({
      intent: 'book_table',
      by: 'rule',
    });
  });

  it('gives a phrase that two intents share to the nearer one', async () => {
    const router = await createRouter([intent('near', ['go on']), intent('far', ['go on'])], { embedder: 'none' });
    expect(meant(await say(router, 'go on', ['near', 'far']))).toBe('near');
    expect(meant(await say(router, 'go on', ['far', 'near']))).toBe('far');
  });

  it('never answers with what is not legal here', async () => {
    const router = await createRouter(everything, { embedder: 'static' });
    for (const text of ['where can I park', 'is there somewhere to park the car']) {
      const decision = await say(router, text, ['book_table', 'opening_hours', 'yes', 'no']);
      expect(meant(decision)).not.toBe('accept');
      expect(decision.kind).toBe('none');
      expect(
        decision.candidates.every(({ intent: id }) => ['book_table', 'opening_hours', 'yes', 'no'].includes(id)),
      ).toBe(true);
    }
    expect(await say(router, 'where can I park', [])).toMatchObject({ kind: 'none' });
    expect(await say(router, 'where can I park', ['nobody_knows_it'])).toMatchObject({ kind: 'none' });
  });

  it('asks back when the caller means something legal and two are near', async () => {
    const two = [
      intent('lost_card', ['I lost my card', 'my card is lost', 'I cannot find my card']),
      intent('stolen_card', ['somebody stole my card', 'my card is stolen', 'a thief took my card']),
    ];
    const router = await createRouter([...two, ...restaurant], { embedder: 'static' });
    const decision = await say(router, 'my card', ['lost_card', 'stolen_card', 'parking']);
    expect(decision).toMatchObject({ kind: 'confirm', by: 'local' });
    if (decision.kind === 'confirm') expect([...decision.intents].sort()).toEqual(['lost_card', 'stolen_card']);
    expect(
      await say(router, 'my card', ['lost_card', 'stolen_card'], { options: { below: 'no_match' } }),
    ).toMatchObject({ kind: 'none' });
  });

  it('lets a value that only one intent has a slot for speak for it', async () => {
    const pay = [
      intent('pay_once', ['send [ten euros](money) to [Ann](name)']),
      intent('pay_monthly', ['send [ten euros](money) to [Ann](name) [every month](period)']),
    ];
    const router = await createRouter(pay, { embedder: 'static' });
    const text = 'send forty euros to Bob each fortnight';
    const values: FoundValue[] = [
      { start: 5, end: 16, type: 'money' },
      { start: 20, end: 23, type: 'name' },
      { start: 24, end: 38, type: 'period' },
    ];
    const decision = await say(router, text, ['pay_once', 'pay_monthly'], { values });
    expect(decision.candidates[0]!.intent).toBe('pay_monthly');
  });

  it('keeps away from what `not` says', async () => {
    const without = await createRouter(
      [intent('list_bookings', ['list my flights', 'read me my flights']), ...restaurant],
      { embedder: 'static' },
    );
    const withNot = await createRouter(
      [intent('list_bookings', ['list my flights', 'read me my flights'], ['book me a flight']), ...restaurant],
      { embedder: 'static' },
    );
    const before = await say(without, 'book me a flight', ['list_bookings', 'menu']);
    const after = await say(withNot, 'book me a flight', ['list_bookings', 'menu']);
    expect(after.probability).toBeLessThan(before.probability);
    expect(meant(after)).not.toBe('list_bookings');
  });

  it('obeys the threshold, the margin and the promise of a state', async () => {
    const router = await createRouter(everything, { embedder: 'static' });
    const text = 'what time do you open';
    const { probability } = await say(router, text);
    expect(meant(await say(router, text, undefined, { options: { threshold: probability + 0.001 } }))).not.toBe(
      'opening_hours',
    );
    expect(meant(await say(router, text, undefined, { options: { threshold: probability - 0.001 } }))).toBe(
      'opening_hours',
    );
    expect(meant(await say(router, text, undefined, { options: { margin: 1 } }))).not.toBe('opening_hours');
    const strict = await createRouter(everything, { embedder: 'static', maxWrong: 0.005 });
    expect(strict.report().threshold).toBeGreaterThan(router.report().threshold);
  });

  it('takes what is likely rather than asks back where the flow counts on a model and none is set', async () => {
    const router = await createRouter(everything, { embedder: 'static', maxWrong: 0.02 });
    const { threshold } = router.report();
    const text = 'is there room for my car outside';
    const free = await say(router, text);
    expect(free.probability).toBeLessThan(threshold);
    expect(meant(free)).toBe('parking');
    expect(meant(await say(router, text, undefined, { options: { llm: 'never' } }))).not.toBe('parking');
    expect(meant(await say(router, text, undefined, { options: { below: 'clarify' } }))).not.toBe('parking');
  });

  it('gives the same decision every time', async () => {
    const [one, two] = [
      await createRouter(everything, { embedder: 'static' }),
      await createRouter(everything, { embedder: 'static' }),
    ];
    for (const text of ['can I come for lunch', 'bananas', 'do you have a car park'])
      expect(await say(one, text)).toEqual(await say(two, text));
  });

  it.each([
    ['nothing', ''],
    ['blanks and control characters', ' \u0000\u0007\n '],
    ['punctuation', '?!'],
    ['one letter', 'x'],
    ['ten thousand words', 'word '.repeat(10_000)],
    ['another script', 'где моя посылка'],
    ['a half of a surrogate pair', '\ud83d'],
    ['a prototype name', '__proto__ constructor'],
  ])('comes to a safe end with %s', async (_, text) => {
    const router = await createRouter(everything, { embedder: 'static' });
    expect((await say(router, text)).kind).toBe('none');
  });

  it('learns from intents with one example, none, duplicates and contradictions', async () => {
    const odd = [
      intent('one', ['water the plants']),
      intent('empty', []),
      intent('a', ['same words']),
      intent('b', ['same words']),
      intent('one', ['give the plants water']),
      intent('blank', ['', '...']),
    ];
    const router = await createRouter(odd, { embedder: 'static' });
    const legal = odd.map(({ id }) => id);
    expect(meant(await say(router, 'give the plants water', legal))).toBe('one');
    expect(router.report().intents).toBe(5);
    expect(meant(await say(await createRouter([], { embedder: 'static' }), 'hello'))).toBe('none');
  });

  it('never reads another language as its own', async () => {
    const router = await createRouter(everything, { embedder: 'static' });
    expect(await say(router, 'a table for dinner', undefined, { language: 'de-DE' })).toMatchObject({ kind: 'none' });
  });
});

describe('the router as it judges itself', () => {
  it('uses the shipped threshold for few examples and says so', async () => {
    const report = (await createRouter(everything, { embedder: 'static' })).report();
    expect(report).toMatchObject({
      calibratedBy: 'prior',
      intents: everything.length,
      embedder: { name: 'static-minilm', hash: shippedStaticModel.sha256 },
    });
    expect(report.temperature).toBeGreaterThan(0.02);
    expect(report.threshold).toBeGreaterThan(0.3);
  });

  it('takes its own examples when there are many', async () => {
    const things = ['lamp', 'door', 'window', 'heater', 'fridge', 'radio', 'car', 'garden'];
    const frames = [
      'the X is broken',
      'repair my X',
      'my X does not work',
      'something is wrong with the X',
      'the X needs fixing',
      'who can mend a X',
      'I have trouble with the X',
      'can you fix the X',
      'X trouble',
      'our old X gave up',
    ];
    const many = things.map((thing) =>
      intent(
        `fix_${thing}`,
        frames.map((frame) => frame.replace('X', thing)),
      ),
    );
    const router = await createRouter([...many, ...builtIns], { embedder: 'static' });
    expect(router.report()).toMatchObject({ calibratedBy: 'examples' });
    expect(
      meant(
        await say(
          router,
          'please mend the fridge',
          many.map(({ id }) => id),
        ),
      ),
    ).toBe('fix_fridge');
  });
});

describe('the threshold of a state', () => {
  const things = ['lamp', 'door', 'window', 'heater', 'fridge', 'radio', 'car', 'garden', 'sofa', 'clock'];
  const acts = ['mend', 'sell', 'clean'];
  const frames = [
    'V my X',
    'please V the X',
    'I want to V a X',
    'can you V our X',
    'V X now',
    'who can V the X',
    'X to V',
  ];
  const many = things.flatMap((thing) =>
    acts.map((act) =>
      intent(
        `${act}_${thing}`,
        frames.map((frame) => frame.replace('V', act).replace('X', thing)),
      ),
    ),
  );

  it('is lower where few and unlike intents are legal, so that more is decided there', async () => {
    const router = await createRouter(many, { embedder: 'static' });
    const apart = things.map((thing) => `mend_${thing}`);
    const all = many.map(({ id }) => id);
    const among = async (legal: string[]) => await say(router, 'mend that broken radio', legal);
    expect(router.report().calibratedBy).toBe('examples');
    expect(router.threshold(0.03, apart)).toBeLessThan(router.threshold(0.03, all));
    expect((await among(apart)).probability).toBeGreaterThanOrEqual(router.threshold(0.03, apart));
  });

  it('is that of the whole agent where a state has too few examples to tell', async () => {
    const router = await createRouter(many, { embedder: 'static' });
    expect(router.threshold(0.03, ['mend_lamp', 'sell_lamp'])).toBe(router.threshold(0.03));
  });
});

describe('the embedders', () => {
  it('refuses a damaged model file and goes on with n-grams, saying so once with the cure', async () => {
    const good = readFileSync(shippedStaticModel.file);
    const changed = Buffer.from(good);
    changed[changed.length - 1]! ^= 1;
    const damaged: [string, Buffer, RegExp][] = [
      ['cut.bin', good.subarray(0, 5000), /5000 bytes where its head says/],
      ['other.bin', Buffer.from('hello world, this is no model'), /no static model/],
      ['changed.bin', changed, /SHA-256 is not the expected one/],
    ];
    for (const [name, bytes, message] of damaged) {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      expect(() => openStaticModel({ ...shippedStaticModel, file })).toThrow(message);
    }
    expect(() => openStaticModel({ ...shippedStaticModel, file: join(folder, 'none.bin') })).toThrow(
      /cannot be read \(ENOENT\); install/,
    );
  });

  it('goes on with the static model when a sentence encoder is half there', async () => {
    expect(findTransformersModel({ folder: join(folder, 'nothing') })).toBeUndefined();
    await expect(openTransformersModel({ id: 'a/b', folder })).rejects.toThrow(/wants config.json, tokenizer.json/);
    const lines: string[] = [];
    expect(await openEmbedder('none', (line) => lines.push(line))).toBeUndefined();
    expect((await openEmbedder('static', (line) => lines.push(line)))?.name).toBe('static-minilm');
    expect(lines).toEqual([]);
  });

  it('says which language its vectors cannot read', async () => {
    const lines: string[] = [];
    const router = await createRouter(
      [intent('bestellung', ['wo ist meine bestellung']), intent('rechnung', ['ich will bezahlen'])],
      { embedder: 'static', language: 'de-DE', log: (line) => lines.push(line) },
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/static-minilm reads en, the examples are de-DE/);
    expect(router.report().embedder).toBeUndefined();
    expect(
      meant(await say(router, 'wo ist denn meine Bestellung', ['bestellung', 'rechnung'], { language: 'de' })),
    ).toBe('bestellung');
  });

  it('keeps near what means the same', async () => {
    const [outing, excursion, invoice] = await openStaticModel().embed(['an outing', 'an excursion', 'an invoice']);
    const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    expect(cosine(outing!, excursion!)).toBeGreaterThan(cosine(outing!, invoice!) + 0.1);
    expect(cosine(outing!, outing!)).toBeCloseTo(1, 5);
    expect((await openStaticModel().embed(['']))[0]!.every((x) => x === 0)).toBe(true);
  });

  it('cuts words into the longest pieces that it knows', () => {
    const pieces = new WordPieces(['[UNK]', 'un', '##break', '##able', '##breakable', 'cafe', '!', 'a']);
    expect(pieces.rows('Unbreakable CAFÉ!')).toEqual([1, 4, 5, 6]);
    expect(pieces.rows('unb a')).toEqual([0, 7]);
    expect(pieces.rows(`${'a'.repeat(101)}`)).toEqual([0]);
  });

  it('asks a slow encoder once for each example, and writes nothing that a caller said', async () => {
    let asked = 0;
    const slow: Embedder = {
      name: 'slow',
      hash: 'ab'.repeat(32),
      dimensions: 4,
      embed: (texts) => {
        asked += texts.length;
        return Promise.resolve(texts.map((text) => Float32Array.from([1, text.length, text.charCodeAt(0) || 0, 3])));
      },
    };
    const cacheFolder = join(folder, 'cache');
    await createRouter(restaurant, { embedder: slow, cacheFolder });
    const first = asked;
    const router = await createRouter(restaurant, { embedder: slow, cacheFolder });
    expect(first).toBeGreaterThan(10);
    expect(asked).toBe(first);
    await say(router, 'a very secret sentence', ['menu', 'parking']);
    const files = readdirSync(cacheFolder).map((name) => join(cacheFolder, name));
    for (const file of files) expect(readFileSync(file, 'latin1').includes('secret')).toBe(false);
    for (const file of files) writeFileSync(file, '{broken');
    await createRouter(restaurant, { embedder: slow, cacheFolder });
    expect(asked).toBeGreaterThan(first);
  });
});
