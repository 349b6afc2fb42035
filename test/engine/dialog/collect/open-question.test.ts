import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const trip = `
flow: trip
slots:
  seats: { type: integer, range: 1..8, ask: [How many seats?, A number please.] }
  meal: { type: choice, options: [fish, pasta], ask: Fish or pasta? }
  code: { type: code, pattern: "[A-Z][0-9]{3}", ask: Which code? }
states:
  ask:
    collect: [seats, meal]
    ask: [What would you like?, Tell me how many seats and which meal.]
    to: done
  done: { say: "{{ seats }} seats, {{ meal }}.", hang_up: true }
`;

describe('an open question for several slots', () => {
  it('takes them in any order, all in one sentence', async () => {
    const { talk, first } = await Conversation.open(trip);
    expect(first.said).toEqual(['trip/ask.ask.1']);
    expect((await talk.say('pasta for two')).text).toContain('2 seats, pasta.');
  });

  it('asks slot by slot for what it left empty, with fresh counters', async () => {
    const { talk } = await Conversation.open(trip);
    expect(talk.silence().said).toEqual(['trip/ask.ask.2']);
    const turn = await talk.say('pasta');
    expect(turn.said).toEqual(['ask.seats.1']);
    expect(turn.trace.counters).toMatchObject({ no_input: 0, no_match: 0, attempt: 1 });
  });

  it('is a ladder, and after its last rung the slots are asked one by one', async () => {
    const { talk } = await Conversation.open(trip);
    expect(talk.silence().said).toEqual(['trip/ask.ask.2']);
    const turn = talk.silence();
    expect(turn.said).toEqual(['ask.seats.1']);
    expect(turn.trace.counters).toMatchObject({ no_input: 0, attempt: 1 });
    expect(talk.silence().said).toEqual(['ask.seats.2']);
  });

  it('is not put when one slot is left, and what is known is not asked', async () => {
    const { talk, first } = await Conversation.open(trip, { start: { slots: { seats: 3 } } });
    expect(first.said).toEqual(['ask.meal.1']);
    expect((await talk.say('fish')).text).toContain('3 seats, fish.');
  });

  it('is enough as soon as `until` holds', async () => {
    const { talk } = await Conversation.open(
      trip.replace('    to: done\n', '    until: seats != null || meal != null\n    to: done\n'),
    );
    expect((await talk.say('fish')).said).toEqual(['trip/done']);
  });

  it('keeps what was said for a slot that is collected later', async () => {
    const later = trip.replace('to: done\n', 'to: then\n  then: { collect: code, to: done }\n');
    const { talk } = await Conversation.open(later);
    expect((await talk.say('two seats, fish, code A123')).said).toEqual(['trip/done']);
  });
});
