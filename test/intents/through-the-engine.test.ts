/** The engine, the router and a model together: what leaves for the model, and what may come back from it. */
import { describe, expect, it } from 'vitest';
import type { LanguageModel, ModelRequest, RouteRequest, Router } from '../../engine/contracts.js';
import { trainingSet } from '../../engine/dialog/intents.js';
import type { Frame } from '../../engine/dialog/state.js';
import { createRouter } from '../../intents/router.js';
import { Conversation, loadText } from '../engine/dialog/drive.js';

const clinic = `
agent: clinic
start: welcome
---
flow: welcome
states: { hi: { say: "Clinic, hello.", to: end } }
---
flow: visit
title: a visit
examples: [I need a visit, book a visit, see the doctor]
slots:
  who: { type: name, sensitive: pii, ask: Your name? }
  phone: { type: phone, sensitive: pii, ask: Your number? }
  size: { type: choice, options: [short, long], ask: A short or a long visit? }
  people: { type: integer, min: 1, max: 9, ask: For how many? }
  pet: { type: text, ask: Which animal is it? }
states:
  name: { collect: who, to: number }
  number: { collect: phone, to: length }
  length: { collect: size, to: many }
  many: { collect: [people, pet], to: done }
  done: { say: "{{ size }}, {{ people }}.", to: end }
---
flow: complaint
title: a complaint
examples: [I want to complain, this is not good enough]
states: { sorry: { say: I am sorry., to: end } }
`;

const framesOf = ({ state }: Conversation): Frame[] => (state as unknown as { frames: Frame[] }).frames;

/** A talk whose router is the one that serves calls; its model answers by `call`, and all it was told is kept. */
async function talkWith(call: (asked: ModelRequest) => { name: string; arguments: string }) {
  const agent = await loadText(clinic);
  const told: ModelRequest[] = [];
  const logged: string[] = [];
  const requests: RouteRequest[] = [];
  const model: LanguageModel = {
    name: 'm',
    async *stream(request) {
      told.push(request);
      yield { kind: 'call', ...call(request) };
    },
  };
  const cached: string[] = [];
  const own = await createRouter(trainingSet(agent), {
    embedder: 'static',
    model,
    log: (line) => logged.push(line),
    onModel: ({ cached: by }) => cached.push(by ?? 'no'),
  });
  const router: Router = {
    route: (request, signal, counted) => {
      requests.push(request);
      return own.route(request, signal, counted);
    },
  };
  return { talk: Conversation.of(agent, { router }), told, logged, requests, cached };
}

const none = { name: 'none_of_these', arguments: '{}' };
const named = ({ functions }: ModelRequest, part: string): string =>
  functions!.find(({ name }) => name.startsWith(part))!.name;

describe('a personal value', () => {
  it('is private to the turn that gives it and to every later one that says it again, and leaves for no model and no log', async () => {
    const { talk, told, logged, requests, cached } = await talkWith(() => none);
    talk.input({ kind: 'open' });
    await talk.say('book a visit');
    await talk.say('Siobhan Kowalczyk');
    await talk.say('well, Siobhan Kowalczyk is what my parrot calls it');
    await talk.say('the parrot of Siobhan Kowalczyk can be rung at 087 123 4567, but it bites');
    await talk.say('the parrot bites anybody, whoever it is');
    expect(requests.length).toBeGreaterThan(2);
    // A name or a number is asked for in each of these turns.
    for (const request of requests.slice(1)) expect(request.private, request.text).toBe(true);
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toMatch(/siobhan|kowalczyk|087|4567/i);
    expect(JSON.stringify(logged)).not.toMatch(/siobhan|kowalczyk|parrot|087/i);
    expect(cached.every((by) => by === 'no')).toBe(true);
  });

  it('keeps no answer of a model for the same private words again, where those of other turns are kept', async () => {
    const asked = async (sentence: string, before: string[]): Promise<number> => {
      const { talk, told } = await talkWith(() => none);
      talk.input({ kind: 'open' });
      for (const said of before) await talk.say(said);
      await talk.say(sentence);
      await talk.say(sentence);
      return told.length;
    };
    expect(await asked('my parrot ate the thing from the postman', [])).toBe(1);
    expect(await asked('my parrot ate the thing from the postman', ['book a visit'])).toBe(2);
  });
});

describe('a value that a model names', () => {
  const visiting = (slots: object) =>
    talkWith((asked) => ({ name: named(asked, 'visit'), arguments: JSON.stringify(slots) }));
  const ask = 'my grey parrot swallowed a marble and now it is in quite a state';

  it.each<[string, object, Record<string, unknown>]>([
    ['that nobody said is refused', { people: 7, pet: 'a green dragon' }, { people: null, pet: null }],
    ['that was said is taken', { pet: 'grey parrot' }, { pet: 'grey parrot' }],
    ['may be chosen among the options, for these were offered to it', { size: 'long' }, { size: 'long' }],
    ['that is no option is refused', { size: 'endless' }, { size: null }],
    ['that is out of its range is refused, said or not', { people: 400 }, { people: null }],
    ['of a personal slot is refused, for it was never asked for it', { who: 'Ann Lee', phone: '0871234567' }, { who: null, phone: null }], // prettier-ignore
    ['of another kind is refused', { people: { $gt: 0 }, size: ['long'] }, { people: null, size: null }],
  ])('%s', async (_, slots, expected) => {
    const { talk, told } = await visiting(slots);
    talk.input({ kind: 'open' });
    await talk.say(ask);
    expect(told).toHaveLength(1);
    const frame = framesOf(talk).find(({ flow }) => flow === 'visit')!;
    for (const [slot, value] of Object.entries(expected)) expect(frame.slots[slot] ?? null, slot).toEqual(value);
  });
});
