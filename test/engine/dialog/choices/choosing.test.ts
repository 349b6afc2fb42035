import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const agent = `
agent: cars
language: en-IE
start: hello
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: rent
title: your car
examples: [rent a car, "rent [the small one](car)"]
tools:
  find_cars:
    effect: read
    output: { cars: { list: { id: text, name: text, price: money, seats: integer, ready: datetime } } }
    http: { get: "{{ env.URL }}/cars" }
slots:
  car:
    type: choice
    options: "{{ find_cars.cars }}"
    spoken: "{{ name }}"
    ask: "We have {{ options | list('or') }}. Which one?"
  card: { type: digits, checksum: luhn, ask: Your card number? }
states:
  look: { call: find_cars, to: pick }
  pick:
    collect: [car, card]
    transitions: [{ on: not_listed, say: "No {{ turn.value }} here." }]
    to: done
  done: { say: "The {{ car.name }}.", to: end }
`;
const cars = [
  { id: 'A', name: 'Pico', price: '30 EUR', seats: 4, ready: '2026-03-05T09:00' },
  { id: 'B', name: 'Atlantic', price: '45 EUR', seats: 5, ready: '2026-03-04T12:00' },
  { id: 'C', name: 'Grand Van', price: '80 EUR', seats: 9, ready: '2026-03-06T08:00' },
];
const open = async (list = cars): Promise<Conversation> =>
  (await Conversation.open(agent, { now: '2026-03-02T10:00:00', start: { flow: 'rent' }, tools: { find_cars: { cars: list } } })).talk; // prettier-ignore

describe('a choice among what a tool found', () => {
  it.each([
    ['the cheapest', 'A'],
    ['the least expensive one please', 'A'],
    ['the most expensive', 'C'],
    ['the earliest one', 'B'],
    ['the next one', 'B'],
    ['whichever is ready soonest', 'B'],
    ['the biggest', 'C'],
    ['the smallest you have', 'A'],
    ['the second one', 'B'],
    ['the last one', 'C'],
    ['number three', 'C'],
    ['the van', 'C'],
    ['not the pico, the atlantic', 'B'],
  ])('understands "%s"', async (said, id) => {
    expect((await (await open()).say(said)).trace.slots['car']).toBe(id);
  });

  it('is read out as a list', async () => {
    const { first } = await Conversation.open(agent, { start: { flow: 'rent' }, tools: { find_cars: { cars } } });
    expect(first.text).toContain('Pico, Atlantic or Grand Van');
  });

  it('asks which of two that are as cheap', async () => {
    const talk = await open([cars[0]!, { ...cars[1]!, price: '30 EUR' }, cars[2]!]);
    const turn = await talk.say('the cheapest one');
    expect(turn.trace.clarify).toEqual(['Pico', 'Atlantic']);
    expect((await talk.say('the second one')).trace.slots['car']).toBe('B');
  });

  it.each(["who's on the list", 'which ones do you have', 'okay do it', 'yes please', "that's all"])(
    'hears no option that is missing in "%s", which names none',
    async (words) => {
      const turn = await (await open()).say(words);
      expect(turn.text).not.toContain('here.');
      expect(turn.trace).toMatchObject({ state: 'pick', slots: { car: null } });
    },
  );

  it('hears one in a question that names it', async () => {
    for (const words of ['do you have a limousine', 'what about the limousine'])
      expect([words, (await (await open()).say(words)).text]).toEqual([words, expect.stringMatching(/limousine here/)]);
  });

  it('leaves the others when one is denied', async () => {
    const two = await open(cars.slice(0, 2));
    expect((await two.say('not the first one')).trace.slots['car']).toBe('B');
    const three = await open();
    expect((await three.say('not the pico')).trace.clarify).toEqual(['Atlantic', 'Grand Van']);
  });

  it('takes "the other one" and "not that one" for what is left beside the one that was chosen', async () => {
    const other = await open(cars.slice(0, 2));
    await other.say('the pico');
    expect((await other.say('no, the other one')).trace.slots['car']).toBe('B');
    const denied = await open(cars.slice(0, 2));
    await denied.say('the pico');
    expect((await denied.say('no, not that one')).trace.slots['car']).toBe('B');
  });

  it('names what is not on the list', async () => {
    const turn = await (await open()).say('bananas');
    expect(turn.text).toContain('No bananas here.');
  });

  it('names it in words that a voice can say, and nothing that was hardly heard', async () => {
    expect((await (await open()).say('{{ bananas }}')).text).toContain('No bananas here.');
    const unsure = await (await open()).say('bananas', 0.1);
    expect(unsure.text).not.toContain('bananas');
    expect(unsure.said).toEqual(['no_match', 'ask.car.1']);
  });

  it('guesses no extreme where nothing can be compared', async () => {
    const bare = cars.map(({ id, name }) => ({ id, name })) as typeof cars;
    expect((await (await open(bare)).say('the cheapest')).trace.slots['car'] ?? null).toBeNull();
  });
});

it('offers two options of one word by their words, and not by their ids', async () => {
  const { talk } = await Conversation.open(`
flow: card
slots: { card: { type: choice, options: { gold_visa: [gold visa], gold_master: [gold mastercard] }, ask: Which card? } }
states: { ask: { collect: card, to: told }, told: { say: "The {{ card }}.", to: end } }
`);
  expect((await talk.say('the gold one')).text).toBe('Did you mean gold visa or gold master?');
  expect((await talk.say('the second')).text).toContain('The gold master.');
});

describe('a number with check digits', () => {
  it('is refused at once when one figure was misheard, and asked again', async () => {
    const talk = await open();
    await talk.say('the pico');
    const wrong = await talk.say('four one one one one one one one one one one one one one one two');
    expect(wrong.said).toEqual(['reject.card', 'ask.card.1']);
    expect(wrong.text).not.toContain('4111');
    const right = await talk.say('four one one one one one one one one one one one one one one one');
    expect(right.trace.slots['card']).toBe('4111111111111111');
  });
});
