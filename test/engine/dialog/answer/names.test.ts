import { describe, expect, it } from 'vitest';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
language: en-IE
start: hello
slots:
  patient: { type: name, scope: call, called: [name], ask: What is your full name? }
---
flow: hello
states: { hi: { say: Hello., to: end } }
---
flow: file
title: your file
examples: [find my file]
slots:
  birth_date:
    type: date
    called: [date of birth]
    range: 1900-01-01..today
    ask_first: true
    confirm: explicit
    ask: [And your date of birth?, "Day, month and year, please."]
  doctor: { type: name, called: [doctor], ask: Who is your doctor? }
tools:
  look: { effect: read, input: { patient: name, birth_date: date }, output: { id: text }, http: { get: "https://x.test/" } }
states:
  who: { collect: patient, to: born }
  born: { collect: birth_date, to: doctor }
  doctor: { collect: doctor, to: agree }
  agree:
    confirm: "{{ patient }}, with {{ doctor }}. Is that right?"
    transitions: [{ on: declined, to: nothing }]
    call: look
    to: done
  nothing: { say: Nothing was done., to: end }
  done: { say: Found., to: end }
`;

async function talkTo(...sentences: string[]): Promise<Turn> {
  const { talk, first } = await Conversation.open(desk, { start: { flow: 'file' }, tools: { look: { id: 'F1' } } });
  let turn = first;
  for (const sentence of sentences) turn = await talk.say(sentence);
  return turn;
}

const toDoctor = ['Aoife Murphy', 'the fourth of May 1980', 'yes'];

describe('a name that is given in two turns', () => {
  it('is put together, and the question that stands is put again without a rung', async () => {
    const turn = await talkTo('Aoife', 'Murphy');
    expect(turn.trace.slots['patient']).toBe('Aoife Murphy');
    expect(turn.said.at(-1)).toBe('ask.birth_date.1');
  });

  it('stays what it was when the next question is answered', async () => {
    const turn = await talkTo('Aoife', 'the fourth of May 1980');
    expect(turn.trace.slots).toMatchObject({ patient: 'Aoife', birth_date: '1980-05-04' });
  });

  it('takes no third turn for a part of it', async () => {
    expect((await talkTo('Aoife', 'sorry what', 'Murphy')).trace.slots['patient']).toBe('Aoife');
  });

  it('leaves a whole name alone', async () => {
    expect((await talkTo('Aoife Murphy', 'Brennan')).trace.slots['patient']).toBe('Aoife Murphy');
  });

  it('gives a second name to the slot that asks for one', async () => {
    const turn = await talkTo('Aoife', 'the fourth of May 1980', 'yes', 'Brennan');
    expect(turn.trace.slots).toMatchObject({ patient: 'Aoife', doctor: 'Brennan' });
  });
});

describe('a name and a date of birth in one sentence', () => {
  it.each(['Aoife Murphy born the fourth of May 1980', "it's Aoife Murphy, fourth of May 1980"])(
    'asks whether the date is right instead of asking for it: "%s"',
    async (said) => {
      const turn = await talkTo(said);
      expect(turn.trace.slots['patient']).toBe('Aoife Murphy');
      expect(turn.said).toEqual(['confirm.birth_date']);
      expect(turn.text).toContain('1980');
    },
  );

  it('asks for the date when no year was said', async () => {
    const turn = await talkTo('Aoife Murphy, born on the fourth of May');
    expect(turn.trace.slots).toMatchObject({ patient: 'Aoife Murphy', birth_date: null });
    expect(turn.said).toEqual(['ask.birth_date.1']);
  });

  it('asks for the year too when it alone is missing', async () => {
    const turn = await talkTo('Aoife Murphy', 'the fourth of May');
    expect(turn.trace.slots['birth_date']).toBeNull();
    expect(turn.said.at(-1)).toBe('half_year');
  });
});

describe('a name that is put right when it is read back', () => {
  it.each([
    ["no it's Brannon", 'Brannon'],
    ["no hang on it's Brannon", 'Brannon'],
    ["sorry, it's Doctor Brannon", 'Brannon'],
    ['no, wait, the doctor is Brannon', 'Brannon'],
  ])('takes "%s"', async (said, doctor) => {
    const turn = await talkTo(...toDoctor, 'Brennan', said);
    expect(turn.trace.slots).toMatchObject({ patient: 'Aoife Murphy', doctor });
    expect(turn.said.at(-1)).toBe('file/agree.confirm');
  });

  it.each([
    "no it's fine",
    "no it's grand",
    'no way',
    'no thanks',
    'sorry what',
    'no bother',
    'no worries',
    "no it's not",
  ])('hears no name in "%s"', async (said) => {
    expect((await talkTo(...toDoctor, 'Brennan', said)).trace.slots).toMatchObject({
      patient: 'Aoife Murphy',
      doctor: 'Brennan',
    });
  });
});
