/** Values of one type for several slots: each goes where it can be meant. */
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../../intents/router.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import type { Json } from '../../../../engine/contracts.js';
import { Conversation, loadText } from '../drive.js';

const desk = `
agent: desk
slots:
  birthday: { type: date, scope: call, range: 1900-01-01..today, called: [date of birth], ask: Your date of birth? }
  who: { type: name, scope: call, called: [name], ask: And your name? }
  account: { type: digits, pattern: "[0-9]{8}", scope: call, ask: Your account number? }
---
flow: move_visit
examples: [change my visit, "can i move my visit to [friday](day)", "i can't make it [tomorrow](not_day)"]
slots:
  not_day: { type: date, optional: true }
  day: { type: date, range: today.., ask: Which day? }
  opening: { type: choice, options: "{{ openings.times }}", ask: Which one? }
tools:
  openings: { effect: read, input: { day: date }, output: { times: { list: { id: text, at: time } } }, http: { get: "https://x.example/o" } }
states:
  who: { collect: [birthday, who], to: day }
  day: { collect: day, to: look }
  look: { call: openings, transitions: [{ on: error, to: human }], to: pick }
  pick: { collect: opening, to: sure }
  sure: { say: "{{ opening.at | say_time }}?", transitions: [{ intent: yes, to: end }] }
---
flow: give_reading
examples: [give a meter reading, reading]
slots: { reading: { type: integer, range: 0..99999, called: [reading], ask: What does it say? } }
states: { ask: { collect: [account, reading], to: end } }
`;

const openings = { times: [{ id: 'a', at: '09:30' }, { id: 'b', at: '11:00' }, { id: 'c', at: '15:15' }] }; // prettier-ignore

async function open(): Promise<Conversation> {
  const agent = await loadText(desk);
  const talk = Conversation.of(agent, { tools: { openings }, router: await createRouter(trainingSet(agent), {}) });
  talk.input({ kind: 'open' });
  return talk;
}

describe('a value of a type that several slots have', () => {
  it.each<[string, string, Record<string, Json>]>([
    ['goes by the word before it, as in an example: "to"', 'move my visit to friday please', { day: '2026-03-06', not_day: null }],
    ['goes to the slot that its range allows, and refuses nothing', 'can i move my visit to friday, date of birth april 7 1985', { day: '2026-03-06', birthday: '1985-04-07', not_day: null }],
    ['goes to the slot that is asked for somewhere', 'i want to change my visit, born april 7 1985', { birthday: '1985-04-07', not_day: null, day: null }],
    ['is heard of a name that is called by its name, also in short', "change my visit, my name's Ann Porter", { who: 'Ann Porter' }],
  ])('%s', async (_, said, slots) => {
    const turn = await (await open()).say(said);
    expect(turn.trace.slots).toMatchObject(slots);
    expect(turn.said.filter((id) => id.startsWith('reject'))).toEqual([]);
  }); // prettier-ignore

  it('goes to the one that takes it, though the word before it names another: "reading, 44712234"', async () => {
    const turn = await (await open()).say('reading, 44712234');
    expect(turn.trace.slots).toMatchObject({ account: '44712234', reading: null });
    expect(turn.said).toEqual(['ask.reading.1']);
  });

  it('still gets a no, with why, where nothing else takes it', async () => {
    const talk = await open();
    await talk.say('reading, 44712234');
    expect((await talk.say('one hundred and fifty thousand')).said).toContain('reject.reading');
  });
});

describe('an option with a time, named in the request before anyone knows the options', () => {
  it('is chosen when they are known', async () => {
    const talk = await open();
    await talk.say('can i move my visit to friday at eleven');
    await talk.say('the seventh of april 1985');
    const turn = await talk.say('ann porter');
    expect(turn.trace.slots).toMatchObject({ opening: 'b' });
    expect(turn.said).toEqual(['move_visit/sure']);
  });

  it('is asked for where the time is that of none', async () => {
    const talk = await open();
    await talk.say('can i move my visit to friday at two');
    await talk.say('the seventh of april 1985');
    expect((await talk.say('ann porter')).said).toEqual(['ask.opening.1']);
  });
});
