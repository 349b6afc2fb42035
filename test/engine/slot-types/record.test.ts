/** A record is read by the dialog, field by field: the table is of answers to the question for its first field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../../engine/contracts.js';
import { Conversation, loadText } from '../dialog/drive.js';

const agent = await loadText(`
agent: vet
language: en-IE
start: visit
---
flow: visit
slots:
  pet:
    type: record
    of:
      kind: { type: choice, options: [dog, { cat: [kitten] }, { rabbit: [bunny] }], ask: What kind of animal is it? }
      day: { type: date, ask: Which day? }
      at: { type: time, ask: At what time? }
      weight: { type: integer, ask: How many kilos?, optional: true }
states: { ask: { collect: pet, to: done }, done: { say: Done., to: end } }
`);

const none = {};
const [tuesday, friday] = ['2026-03-03', '2026-03-06'];

const rows: readonly (readonly [said: string, pet: Record<string, Json>])[] = [
  ['a dog', { kind: 'dog' }],
  ['dog', { kind: 'dog' }],
  ["it's a cat", { kind: 'cat' }],
  ["it's my kitten", { kind: 'cat' }],
  ['a bunny', { kind: 'rabbit' }],
  ['my rabbit please', { kind: 'rabbit' }],
  ['uh a dog', { kind: 'dog' }],
  ['a cat, no wait, a dog', { kind: 'dog' }],
  ['a dog on Friday', { kind: 'dog', day: friday }],
  ['a dog tomorrow', { kind: 'dog', day: tuesday }],
  ['a cat tomorrow at four pm', { kind: 'cat', day: tuesday, at: '16:00' }],
  ['the cat on Friday at half past nine in the morning', { kind: 'cat', day: friday, at: '09:30' }],
  ['on Friday', { day: friday }],
  ['tomorrow', { day: tuesday }],
  ['tomorrow at noon', { day: tuesday, at: '12:00' }],
  ['at four pm', { at: '16:00' }],
  ['friday for the dog', { kind: 'dog', day: friday }],
  ['Friday at ten a.m. with the rabbit', { kind: 'rabbit', day: friday, at: '10:00' }],
  ['I have a dog', { kind: 'dog' }],
  ["we'd like to bring our cat", { kind: 'cat' }],
  ['can I bring my dog tomorrow', { kind: 'dog', day: tuesday }],
  ['a dog please, on the sixth of March', { kind: 'dog', day: friday }],
  ['the 6th of March at 4 pm', { day: friday, at: '16:00' }],
  ['tomorrow morning at nine a.m.', { day: tuesday, at: '09:00' }],
  ['the rabbit, Friday', { kind: 'rabbit', day: friday }],
  ['a horse', none],
  ['seven', none],
  ['a parrot and a fish', none],
  ['what do you charge for a dog', none],
  ['do you treat rabbits', none],
  ['when are you open', none],
  ['is the doctor in tomorrow', none],
  ['my name is Ann', none],
  ['hmm let me think', none],
  ['yes please', none],
  ['no', none],
  ['thirty euros', none],
  ['four four seven one', none],
  ['anything', none],
  ['a doggone mess', none],
  ['the vet', none],
  ['nothing', none],
];

describe('record', () => {
  it('has at least 40 utterances, 15 of them near misses', () => {
    expect(new Set(rows.map(([said]) => said)).size).toBe(rows.length);
    expect(rows.length).toBeGreaterThanOrEqual(40);
    expect(rows.filter(([, pet]) => Object.keys(pet).length === 0).length).toBeGreaterThanOrEqual(15);
  });

  it.each(rows)('hears in "%s" %j', async (said, pet) => {
    expect(await petOf(said)).toEqual(pet);
  });

  it('is understood when it is said, whatever is in it', async () => {
    const days = ['tomorrow', 'on Friday', 'on the sixth of March'] as const;
    const dates: Record<(typeof days)[number], string> = { 'tomorrow': tuesday!, 'on Friday': friday!, 'on the sixth of March': friday! }; // prettier-ignore
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('dog', 'cat', 'rabbit'),
        fc.constantFrom(...days),
        fc.integer({ min: 1, max: 11 }),
        async (kind, day, hour) => {
          const expected = { kind, day: dates[day], at: `${hour + 12}:00` };
          expect(await petOf(`a ${kind} ${day} at ${hour} pm`)).toEqual(expected);
        },
      ),
      { numRuns: 60, seed: 3 },
    );
  });
});

async function petOf(said: string): Promise<Record<string, Json>> {
  const talk = Conversation.of(agent);
  talk.input({ kind: 'open' });
  const turn = await talk.say(said);
  const pet = (turn.trace.slots['pet'] ?? {}) as Record<string, Json>;
  return Object.fromEntries(Object.entries(pet).filter(([, value]) => value !== null));
}
