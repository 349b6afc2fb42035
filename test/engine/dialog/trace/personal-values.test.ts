/** Personal values in what may be printed of a turn. */
import { describe, expect, it } from 'vitest';
import { PersonalValues } from '../../../../engine/dialog/personal-values.js';
import { Conversation } from '../drive.js';

const clinic = `agent: clinic
language: en-IE
start: intake
---
flow: intake
slots:
  name: { type: name, called: [name], sensitive: pii, ask: What's your name?, confirm: none }
  phone: { type: phone, sensitive: pii, ask: What's your phone number? }
  born: { type: date, sensitive: pii, range: ..today, ask: When were you born? }
  why: { type: text, ask: What brings you here? }
  pin: { type: digits, sensitive: secret, dtmf: { length: 4 }, ask: Your PIN? }
tools:
  book: { effect: read, input: { phone: text, why: text }, output: { ref: text, greeting: text }, http: { get: "https://clinic.example" } }
states:
  ask: { collect: [name, phone, born, why, pin], to: look }
  look: { call: book, to: tell }
  tell: { say: "Thank you, {{ name }}. We call {{ phone }} about {{ why }}, and you were born on {{ born | say_date }}.", transitions: [{ intent: yes, to: end }] }
`;

async function intake() {
  const { talk, first } = await Conversation.open(clinic, { tools: { book: { ref: 'A1', greeting: 'Hi Siobhan' } } });
  const personal = PersonalValues.of(talk.agent, () => '2026-03-02T10:00:00')!;
  let asked = first.listening?.slot?.name;
  return {
    /** What may be printed of a turn. */
    async turn(text: string) {
      const turn = text.startsWith('/') ? talk.keys(text.slice(1)) : await talk.say(text);
      personal.learnState(talk.state);
      const shown = personal.hideTrace(turn.trace, asked);
      asked = turn.listening?.slot?.name;
      return { shown, whole: turn.trace };
    },
    personal,
  };
}

describe('what may be printed of a turn', () => {
  it("has the slot's name in place of the value: in slots before and after, in moves, and within the caller's words", async () => {
    const { turn } = await intake();
    const { shown, whole } = await turn("hello, it's Siobhan Byrne speaking");
    expect(JSON.stringify(whole)).toContain('Byrne');
    expect(JSON.stringify(shown)).not.toMatch(/siobhan|byrne/i);
    expect(shown.slots).toMatchObject({ name: '[name]', phone: null });
    expect(shown.slotsBefore).toMatchObject({ name: null });
    expect(shown.text).toMatch(/^hello, it's \[name\]/);
    expect(shown.moves).toMatchObject([{ kind: 'fill', slot: 'name', value: '[name]', text: '[name]' }]);
  });

  it('hides a number however it was said, and wherever it is said again', async () => {
    const { turn, personal } = await intake();
    await turn('Siobhan Byrne');
    const { shown } = await turn("yeah that's oh eight five one two three four five six seven");
    expect(shown.slots).toMatchObject({ phone: '[phone]' });
    expect(shown.text).not.toMatch(/eight|five|seven/);
    for (const text of [
      'We call 085 123 4567.',
      'We call 0 8 5, 1 2 3, 4 5 6 7.',
      '+353 85 123 4567',
      'ending in 4567',
    ])
      expect(personal.hideText(text)).toMatch(/\[phone\]/);
    expect(personal.hideText('Your table is number 12, at 19:00.')).toBe('Your table is number 12, at 19:00.');
    expect(personal.hideText('I said oh eight five one two three four five six seven', true)).toBe('I said [phone]');
  });

  it("hides words for the question that nobody understood, but not a caller's request", async () => {
    const { turn } = await intake();
    await turn('Siobhan Byrne');
    expect((await turn('um it goes eight five something')).shown.text).toBe('[phone]');
    expect((await turn('can you repeat that')).shown.text).toBe('can you repeat that');
  });

  it("hides values in a tool's input and answer, and in the agent's words, whatever they are there for", async () => {
    const { turn } = await intake();
    for (const text of ['Siobhan Byrne', '085 123 4567', 'the fourth of March 1988', 'a sore back']) await turn(text);
    const { shown, whole } = await turn('/4711');
    expect(whole.tools[0]).toMatchObject({ input: { phone: '+353851234567' } });
    expect(shown.tools[0]).toMatchObject({
      input: { phone: '[phone]', why: 'a sore back' },
      result: { ref: 'A1', greeting: 'Hi [name]' },
    });
    expect(shown.words!.at(-1)!.text).toBe(
      'Thank you, [name]. We call [phone] about a sore back, and you were born on [born].',
    );
    expect(JSON.stringify(shown)).not.toMatch(/4711|1988|siobhan|4567/i);
  });

  it('keeps an old value in mind after a correction', async () => {
    const { turn } = await intake();
    await turn('Siobhan Byrne');
    const { shown } = await turn('no, the name is Aoife Kelly');
    expect(shown.slotsBefore).toMatchObject({ name: '[name]' });
    expect(shown.slots).toMatchObject({ name: '[name]' });
    expect(JSON.stringify(shown)).not.toMatch(/siobhan|byrne|aoife|kelly/i);
  });

  it('is the whole trace where no slot is sensitive', async () => {
    const { talk } = await Conversation.open('flow: a\nslots: { n: { type: integer, ask: How many? } }\nstates: { a: { collect: n, to: end } }\n'); // prettier-ignore
    expect(PersonalValues.of(talk.agent, () => '')).toBeUndefined();
  });
});
