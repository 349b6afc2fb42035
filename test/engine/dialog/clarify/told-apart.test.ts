import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const desk = `
agent: desk
start: order
---
flow: order
slots: { pickup: { type: datetime, ask: When? } }
states: { ask: { collect: pickup, to: end } }
`;

describe('two readings of one moment', () => {
  it('of the same day are told apart by the time alone', async () => {
    const { talk } = await Conversation.open(desk);
    const turn = await talk.say('tomorrow at three');
    expect(turn.text).toMatch(/three o'clock in the morning or three o'clock in the afternoon/);
    expect(turn.text).not.toContain('March');
    expect((await talk.say('in the afternoon')).trace.slots).toMatchObject({ pickup: '2026-03-03T15:00' });
  });

  it('at the same time by the day alone', async () => {
    const { talk } = await Conversation.open(desk);
    const turn = await talk.say('next friday at three pm');
    expect(turn.text).not.toContain("o'clock");
    expect((await talk.say('the 13th')).trace.slots).toMatchObject({ pickup: '2026-03-13T15:00' });
  });
});
