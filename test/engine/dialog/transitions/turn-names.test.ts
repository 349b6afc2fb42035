import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const ask = `
flow: f
slots:
  n: { type: integer, range: 1..5, ask: How many? }
  colour: { type: choice, options: [red, blue], ask: Which colour? }
  pin: { type: digits, sensitive: secret, dtmf: { length: 4 }, ask: Your PIN? }
states:
  ask:
    collect: [n, colour]
    transitions: [{ intent: why, say: "{{ turn.text }}" }]
    to: sort
  sort:
    transitions:
      - { if: '"n" in turn.slots && "colour" in turn.slots', to: both }
      - { if: '"colour" in turn.slots', to: last }
    to: none
  both: { say: "Both, {{ turn.value }}.", to: pin }
  last: { say: "Last {{ turn.value }}.", to: pin }
  none: { say: None., to: pin }
  pin: { collect: pin, to: done }
  done: { say: "{{ turn.value == null ? 'hidden' : 'shown' }}", hang_up: true }
`;

describe('what conditions and words know of the turn', () => {
  it('is every slot that it changed, and the value that answers the question', async () => {
    const { talk } = await Conversation.open(ask);
    expect((await talk.say('two red')).text).toContain('Both, 2.');
  });

  it('is of this turn alone', async () => {
    const { talk } = await Conversation.open(ask);
    await talk.say('two');
    expect((await talk.say('red')).text).toContain('Last red.');
  });

  it('has no slot whose value was refused', async () => {
    const { talk } = await Conversation.open(ask);
    const refused = await talk.say('nine red');
    expect(refused.trace.slots).toMatchObject({ n: null, colour: 'red' });
    expect(talk.state['turnSlots']).toEqual(['colour']);
  });

  it('never is a secret, spoken or keyed', async () => {
    for (const give of [
      (talk: Conversation) => talk.say('one two three four'),
      (talk: Conversation) => talk.keys('1234'),
    ]) {
      const { talk } = await Conversation.open(ask);
      await talk.say('two red');
      expect((await give(talk)).text).toBe('hidden');
    }
  });
});
