import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const book = (keep: string): string => `
flow: book
${keep}
slots:
  day: { type: date, called: [day], ask: Which day? }
  people: { type: integer, called: [people], ask: How many? }
tools:
  find: { effect: read, input: { day: date }, output: { room: text }, http: { get: "https://x.example" } }
states:
  ask: { collect: [day, people], to: look }
  look: { call: find, to: sure }
  sure: { confirm: "{{ find.room }} on {{ day | say_date }} for {{ people }}?", to: done }
  done: { say: Done., hang_up: true }
`;

describe('on_correct: keep on a flow', () => {
  it('keeps what was found, whichever of its slots is put right; without it the read is made anew', async () => {
    for (const [keep, reads] of [
      ['on_correct: keep', 0],
      ['', 1],
    ] as const) {
      const { talk } = await Conversation.open(book(keep), { now: '2026-03-02T10:00:00', tools: { find: { room: 'garden' } } }); // prettier-ignore
      await talk.say('on the 13th');
      await talk.say('two');
      const change = await talk.say('no, on the 14th');
      expect([keep, change.tools.length]).toEqual([keep, reads]);
      expect(change.said).toEqual(['correct', 'book/sure.confirm']);
      expect(change.trace.slots).toMatchObject({ day: '2026-03-14', people: 2 });
    }
  });
});

describe('the names of the turn', () => {
  const desk = `
flow: desk
slots:
  day: { type: date, ask: Which day? }
  size: { type: choice, options: [small, large], ask: Which size? }
intents: { price: [how much is it] }
states:
  ask:
    collect: [day, size]
    transitions:
      - { on: not_listed, say: "No {{ turn.value }} here." }
      - { intent: price, if: 'turn.slots.exists(s, s == "day")', say: With the day it is ten. }
      - { intent: price, if: turn.text.startsWith("how"), say: Ten. }
    to: done
  done: { say: Done., hang_up: true }
`;

  it('are the words, the value that no option has, and the slots that this turn changed', async () => {
    const { talk } = await Conversation.open(desk, { now: '2026-03-02T10:00:00' });
    expect((await talk.say('how much is it')).text).toMatch(/^Ten\./);
    await talk.say('on the 13th');
    expect((await talk.say('huge please')).text).toMatch(/^No huge here\./);
    // The slots of the turn before are not those of this one.
    expect((await talk.say('how much is it')).text).toMatch(/^Ten\./);
  });
});
