import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const cafe = `
agent: cafe
language: en-IE
start: order
---
flow: order
title: your order
slots:
  order:
    type: list
    ask: What would you like?
    more: Anything else?
    of:
      size: { type: choice, options: [small, large], if: item != null, ask: Small or large? }
      item: { type: choice, options: { flat_white: [], tea: [] } }
      price: { type: money, value: "{{ 3 }}" }
states:
  take: { collect: order, to: read }
  read: { confirm: "So that's {{ order | list }}. Right?", transitions: [{ on: declined, to: end }], to: sent }
  sent: { say: Sent., to: end }
`;

describe('a list whose items have no spoken form of their own', () => {
  it('is read back by the fields of its items, and without those that are computed', async () => {
    const { talk } = await Conversation.open(cafe);
    await talk.say('a large flat white');
    const more = await talk.say('and a small tea');
    expect(more.text).not.toMatch(/3/);
    const read = await talk.say("that's all");
    expect(read.text).toBe("So that's large flat white and small tea. Right?");
  });
});
