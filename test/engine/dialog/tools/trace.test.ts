/** What each turn leaves behind for those who watch. */
import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const shop = `flow: shop
slots:
  size: { type: choice, options: [small, large], ask: Small or large? }
  pin: { type: digits, sensitive: secret, dtmf: { length: 4 }, ask: Your PIN? }
states:
  ask: { collect: [size, pin], to: sure }
  sure:
    say: Shall I send it?
    transitions:
      - { intent: yes, to: done }
      - { intent: no, to: ask }
  done: { say: Done., hang_up: true }
`;

describe('the trace of a turn', () => {
  it('has what came in, what the turn changed as it was before, and what was said', async () => {
    const { talk, first } = await Conversation.open(shop);
    expect(first.trace).toMatchObject({ input: 'open', slotsBefore: {}, words: [{ id: 'ask.size.1', text: 'Small or large?' }] }); // prettier-ignore
    const { trace } = await talk.say('large');
    expect(trace).toMatchObject({ input: 'utterance', slotsBefore: { size: null }, slots: { size: 'large' } });
    expect(trace.words).toEqual([{ id: 'ask.pin.1', text: 'Your PIN?' }]);
  });

  it('never has a secret value, before or after', async () => {
    const { talk } = await Conversation.open(shop);
    await talk.say('large');
    const { trace } = talk.keys('4711');
    expect(JSON.stringify(trace)).not.toContain('4711');
    expect(trace.slotsBefore).toEqual({});
  });

  it('names the transition that was taken, with its line in the file; a checkpoint does not hold it', async () => {
    const { talk } = await Conversation.open(shop);
    await talk.say('large');
    talk.keys('4711');
    const { traces } = await talk.say('yes');
    expect(traces[0]!.taken).toMatchObject([{ from: 'shop/sure', by: 'yes', to: 'done', line: 10 }]);
    expect(JSON.stringify(talk.state)).not.toContain('"taken"');
  });
});
