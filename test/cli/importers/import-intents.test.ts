import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { parse } from 'yaml';
import { afterEach, describe, expect, it } from 'vitest';
import { importIntents } from '../../../cli/importers/import-intents.js';
import { loadAgent } from '../../../engine/language/load.js';

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Files by path, text or what is written as JSON. */
function exported(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-import-'));
  folders.push(folder);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** A zip as export tools write it: local headers, deflated bodies, a central directory. */
function zipped(files: Record<string, string>): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, raw] = [Buffer.from(path), Buffer.from(text)];
    const packed = deflateRawSync(raw);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(raw), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(raw.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.from([20, 0]), common, tail, name]));
    bodies.push(local);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}

/** What an agent with the imported YAML in it is told. */
async function problemsOf(yaml: string): Promise<string[]> {
  const folder = exported({
    'agent.yaml': `agent: imported\n${yaml}`,
    'main.flow.yaml': 'flow: main\nexamples: [something else]\nstates: { a: { say: Hello., to: end } }\n',
  });
  const { problems } = await loadAgent(folder);
  return problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
}

interface Taken {
  slots?: Record<string, unknown>;
  intents: Record<string, string[]>;
}
const read = (yaml: string): Taken => parse(yaml) as Taken;

const rasaFile = `
version: "3.1"
nlu:
- intent: book_table
  examples: |
    - a table for [tomorrow](date) please
    - i want a table in [Rome]{"entity": "city", "role": "place"}
    - a table for [four](number:4) in the [garden](area)
- intent: faq/ask_hours
  examples:
  - text: |
      when are you open: today?
    metadata: { sentiment: neutral }
- synonym: garden
  examples: |
    - yard
- lookup: area
  examples: |
    - garden
responses:
  utter_hello: [{ text: Hi }]
`;

const lexFiles = {
  'Bot/BotLocales/en_US/Intents/BookRoom/Intent.json': {
    name: 'BookRoom',
    sampleUtterances: [{ utterance: 'a room from {CheckIn} in {Town}' }, { utterance: 'a {RoomType} room' }, { utterance: 'a room with {Secret}' }], // prettier-ignore
  },
  'Bot/BotLocales/en_US/Intents/BookRoom/Slots/CheckIn/Slot.json': { name: 'CheckIn', slotTypeName: 'AMAZON.Date' },
  'Bot/BotLocales/en_US/Intents/BookRoom/Slots/Town/Slot.json': { name: 'Town', slotTypeName: 'AMAZON.City' },
  'Bot/BotLocales/en_US/Intents/BookRoom/Slots/RoomType/Slot.json': { name: 'RoomType', slotTypeName: 'Rooms' },
  'Bot/BotLocales/en_US/SlotTypes/Rooms/SlotType.json': { name: 'Rooms', slotTypeValues: [{ sampleValue: { value: 'double' } }] }, // prettier-ignore
  'Bot/BotLocales/en_US/Intents/FallbackIntent/Intent.json': {
    name: 'FallbackIntent',
    parentIntentSignature: 'AMAZON.FallbackIntent',
    sampleUtterances: [],
  },
};

describe('intents of other platforms', () => {
  it('come from Rasa’s YAML, with values of a type of ours marked and the others as plain words', async () => {
    const { yaml, formats, left, slots } = importIntents([exported({ 'nlu.yml': rasaFile })]);
    expect(formats).toEqual(['Rasa']);
    expect(read(yaml).intents).toEqual({
      book_table: [
        'a table for [tomorrow](date) please',
        'i want a table in Rome',
        'a table for [four](number) in the garden',
      ],
      faq_ask_hours: ['when are you open: today?'],
    });
    expect(slots).toEqual({ date: 'date', number: 'number' });
    expect(left.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'synonym garden',
        'lookup area',
        'responses',
        'the marks of area',
        'the marks of city_place',
      ]),
    );
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('come from Dialogflow ES, where templates and what an intent answers stay behind', async () => {
    const { yaml, formats, left } = importIntents([
      exported({
        'intents/Book Flight.json': { id: '1', name: 'Book Flight', responses: [] },
        'intents/Book Flight_usersays_en.json': [
          {
            data: [
              { text: 'fly to ', userDefined: false },
              { text: 'Cork', alias: 'geo-city', meta: '@sys.geo-city', userDefined: true },
              { text: ' with ' },
              { text: 'the cat', alias: 'pet', meta: '@pet' },
              { text: ' now', meta: '@sys.ignore', alias: 'x' },
            ],
            isTemplate: false,
          },
          { data: [{ text: 'fly @sys.date:date' }], isTemplate: true },
        ],
        'entities/pet.json': { name: 'pet' },
      }),
    ]);
    expect(formats).toEqual(['Dialogflow ES']);
    expect(read(yaml).intents).toEqual({ book_flight: ['fly to [Cork](geo_city) with the cat now'] });
    expect(left.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['a template', 'what Book Flight does', 'the marks of pet', 'the name "Book Flight"']),
    );
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('come from Dialogflow CX, with the types of the parameters beside the phrases', async () => {
    const { yaml, formats } = importIntents([
      exported({
        'intents/pay.bill/pay.bill.json': {
          displayName: 'pay.bill',
          parameters: [{ id: 'amount', entityType: 'projects/-/locations/-/agents/-/entityTypes/sys.unit-currency' }],
        },
        'intents/pay.bill/trainingPhrases/en.json': {
          trainingPhrases: [
            {
              parts: [{ text: 'pay ' }, { text: 'forty euro', parameterId: 'amount' }, { text: ' now' }],
              repeatCount: 1,
            },
          ],
        },
      }),
    ]);
    expect(formats).toEqual(['Dialogflow CX']);
    expect(read(yaml)).toMatchObject({
      slots: { amount: { type: 'money' } },
      intents: { pay_bill: ['pay [forty euro](amount) now'] },
    });
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('come from Lex, with a sample where only the place of a value is marked', async () => {
    const { yaml, left } = importIntents([exported(lexFiles)]);
    expect(read(yaml)).toMatchObject({
      slots: { check_in: { type: 'date' }, town: { type: 'city' } },
      intents: { book_room: ['a room from [tomorrow](check_in) in [Dublin](town)', 'a double room'] },
    });
    expect(left.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['an utterance', 'what FallbackIntent is built on', 'the intent FallbackIntent']),
    );
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('come from a zip as from the folder in it', () => {
    const folder = exported({});
    const texts = Object.fromEntries(Object.entries(lexFiles).map(([path, file]) => [path, JSON.stringify(file)]));
    writeFileSync(join(folder, 'bot.zip'), zipped(texts));
    expect(importIntents([join(folder, 'bot.zip')]).yaml).toBe(importIntents([exported(lexFiles)]).yaml);
    writeFileSync(join(folder, 'bad.zip'), 'no archive');
    expect(() => importIntents([join(folder, 'bad.zip')])).toThrow(/no zip archive/);
    const cut = zipped(texts);
    cut.writeUInt32LE(7, cut.length - 6);
    writeFileSync(join(folder, 'cut.zip'), cut);
    expect(() => importIntents([join(folder, 'cut.zip')])).toThrow(/damaged/);
  });

  it('come from CLU, without what was kept for tests and what means nothing', async () => {
    const text = 'move me to Thursday at the [old] desk';
    const { yaml, left } = importIntents([
      exported({
        'clu.json': {
          projectFileVersion: '2022-10-01-preview',
          assets: {
            projectKind: 'Conversation',
            intents: [{ category: 'Move' }, { category: 'None' }],
            entities: [{ category: 'When', prebuilts: [{ category: 'DateTime' }] }, { category: 'Desk' }],
            utterances: [
              { text, intent: 'Move', entities: [{ category: 'When', offset: 11, length: 8 }, { category: 'Desk', offset: 27, length: 10 }] }, // prettier-ignore
              { text: 'move it', intent: 'Move', dataset: 'Test', entities: [] },
              { text: 'bananas', intent: 'None', entities: [] },
              { text: 'move', intent: 'Move', entities: [{ category: 'When', offset: 3, length: 900 }] },
            ],
          },
        },
      }),
    ]);
    expect(read(yaml)).toMatchObject({
      slots: { when: { type: 'datetime' } },
      intents: { move: ['move me to [Thursday](when) at the old desk', 'move'] },
    });
    expect(left.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['1 utterances for tests', '1 utterances of None', 'the marks of Desk']),
    );
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('come in one language, and what is in others is told with how to take it', () => {
    const cx = exported({
      'intents/order/order.json': { displayName: 'order' },
      'intents/order/trainingPhrases/de.json': { trainingPhrases: [{ parts: [{ text: 'zwei Kisten' }] }] },
      'intents/order/trainingPhrases/en.json': { trainingPhrases: [{ parts: [{ text: 'two boxes' }] }, { parts: [{ text: 'a box' }] }] }, // prettier-ignore
    });
    const first = importIntents([cx]);
    expect(first.language).toBe('en');
    expect(read(first.yaml).intents).toEqual({ order: ['two boxes', 'a box'] });
    expect(first.left.map(({ file, what, why }) => `${file}: ${what}: ${why}`)).toContain(
      'de: 1 example in this language: an agent has one, others are in its locale files: --language de takes them',
    );
    expect(read(importIntents([cx], 'de-DE').yaml).intents).toEqual({ order: ['zwei Kisten'] });

    const phrase = (text: string) => [{ data: [{ text }], isTemplate: false }];
    const es = exported({ 'intents/a_usersays_en.json': phrase('stop it'), 'intents/a_usersays_fr.json': phrase('arrête') }); // prettier-ignore
    expect(read(importIntents([es]).yaml).intents).toEqual({ a: ['stop it'] });

    const lexIntent = (text: string) => ({ name: 'Stop', sampleUtterances: [{ utterance: text }] });
    const lexes = exported({
      'Bot/BotLocales/en_GB/Intents/Stop/Intent.json': lexIntent('halt'),
      'Bot/BotLocales/en_US/Intents/Stop/Intent.json': lexIntent('stop'),
      'Bot/BotLocales/es_ES/Intents/Stop/Intent.json': lexIntent('para'),
    });
    expect(read(importIntents([lexes]).yaml).intents).toEqual({ stop: ['halt', 'stop'] });

    const utterances = [['stop it', 'en-us'], ['arrête', 'fr'], ['do stop', 'en-us']].map(([text, language]) => ({ text, language, intent: 'Stop' })); // prettier-ignore
    const cluFile = exported({ 'clu.json': { assets: { utterances } } });
    expect(read(importIntents([cluFile]).yaml).intents).toEqual({ stop: ['stop it', 'do stop'] });
  });

  it('say that a folder has nothing to read', () => {
    const { intents, left } = importIntents([exported({})]);
    expect(intents).toBe(0);
    expect(left[0]).toMatchObject({ what: 'the folder', why: 'there is no JSON or YAML in it' });
  });

  it('get names that the language takes, and each its own', async () => {
    const nlu = ['import', 'Café!', 'cafe', '3d', '???'].map((intent) => ({ intent, examples: `- about ${intent} x` }));
    const { yaml } = importIntents([exported({ 'nlu.yml': JSON.stringify({ nlu }) })]);
    expect(Object.keys(read(yaml).intents)).toEqual(['import_intent', 'cafe', 'cafe_2', 'intent_3d', 'intent']);
    expect(await problemsOf(yaml)).toEqual([]);
  });

  it('say of every file that was not read why, and read the others', () => {
    const { left, intents } = importIntents([
      exported({
        'nlu.yml': rasaFile,
        'broken.json': '{"a":',
        'broken.yml': 'nlu:\n  - [',
        'package.json': { name: 'x' },
        'entities/pet_entries_en.json': [{ value: 'cat' }],
      }),
    ]);
    expect(intents).toBe(2);
    const why = (file: string): string | undefined => left.find((one) => one.file === file)?.why;
    expect(why('broken.json')).toBe('it is no JSON');
    expect(why('broken.yml')).toMatch(/no YAML \(line \d\)/);
    expect(why('package.json')).toMatch(/no format/);
    expect(why('entities/pet_entries_en.json')).toMatch(/options of a choice slot/);
    expect(() => importIntents(['/nowhere/at/all'])).toThrow(/There is nothing/);
  });
});
