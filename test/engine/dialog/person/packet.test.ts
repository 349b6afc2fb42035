import { describe, expect, it } from 'vitest';
import type { TransferPacket } from '../../../../engine/contracts.js';
import type { Turn } from '../drive.js';
import { Conversation } from '../drive.js';

const shop = (summary: boolean): string => `
agent: shop
start: order
transfer: { to: "+353100000", hours: "mon-fri 08:00-18:00", summary: ${String(summary)} }
slots: { branch: { type: choice, options: [cork, galway], called: [shop] } }
no_match: [reask, { to: human }]
---
flow: order
title: your order
examples: [I want to order]
slots:
  count: { type: integer, called: [number of bags], ask: How many bags? }
  pin: { type: digits, sensitive: secret, ask: Your PIN? }
  phone: { type: phone, sensitive: pii, ask: Your phone number? }
  total: { type: integer, value: "{{ count * 2 }}" }
states:
  ask: { collect: [count, pin, phone], to: when }
  when: { call_flow: delivery, to: desk }
  desk: { say: One moment., transfer: { mode: warm, to: "sip:desk@shop.example" }, to: end }
---
flow: delivery
title: the delivery
digress: queue
slots: { day: { type: date, ask: Which day? } }
states: { ask: { collect: day, to: end } }
---
flow: returns
title: sending it back
examples: [I want to send something back]
slots: { why: { type: text, ask: What is wrong with it? } }
states: { ask: { collect: why, to: end } }
`;

async function atDelivery(summary = true, options = {}): Promise<Conversation> {
  const { talk } = await Conversation.open(shop(summary), options);
  await talk.say('three');
  await talk.say('four four seven one');
  await talk.say('212 555 0123');
  return talk;
}

function packetOf(turn: Turn): TransferPacket {
  const out = turn.outs.find((one) => one.kind === 'transfer');
  return out?.packet as unknown as TransferPacket;
}

describe('who takes a call', () => {
  it('gets what is known of the flow that runs and of all those beneath it, so that nobody is asked twice', async () => {
    const talk = await atDelivery(false, { start: { call: { from: '+12125550123', direction: 'inbound' } } });
    const packet = packetOf(await talk.say('can I talk to a person'));
    expect(packet).toEqual({
      agent: 'shop',
      call: { id: talk.state['id'], from: '+12125550123', direction: 'inbound' },
      language: 'en-US',
      reason: 'asked',
      flow: 'delivery',
      state: 'ask',
      title: 'the delivery',
      beneath: ['order'],
      queue: [],
      slots: { 'order.count': 3, 'order.phone': '+12125550123', 'order.total': 6 },
      brief: ['the delivery.', 'your order.', 'number of bags: 3.', expect.stringMatching(/^phone: .*2 1 2.*\.$/)],
    });
  });

  it('gets what was said too, where a summary is wanted', async () => {
    const talk = await atDelivery();
    const packet = packetOf(await talk.say('can I talk to a person'));
    expect(packet.history?.slice(0, 2)).toEqual([
      { from: 'agent', text: 'How many bags?' },
      { from: 'caller', text: 'three' },
    ]);
  });

  it('never gets a secret: neither its value nor the words for it', async () => {
    const talk = await atDelivery();
    const turn = await talk.say('on the sixth of March');
    const out = turn.outs.find((one) => one.kind === 'transfer')!;
    expect(out).toMatchObject({ mode: 'warm', to: 'sip:desk@shop.example' });
    expect(JSON.stringify(packetOf(turn))).not.toMatch(/4\D{0,2}4\D{0,2}7\D{0,2}1|four four seven/);
    expect(packetOf(turn)).toMatchObject({ reason: 'flow', flow: 'order', state: 'desk', beneath: [] });
  });

  it('gets what else the caller wanted', async () => {
    const talk = await atDelivery();
    await talk.say('I want to send something back');
    const packet = packetOf(await talk.say('can I talk to a person'));
    expect(packet.queue).toEqual(['returns']);
    expect(packet.brief.at(-1)).toBe('next: sending it back.');
  });

  it('is told when the caller was not understood', async () => {
    const talk = await atDelivery();
    await talk.say('xyzzy plugh');
    expect(packetOf(await talk.say('xyzzy plugh')).reason).toBe('gave_up');
  });

  it('gets what the last task was about, when nothing runs any more', async () => {
    const { talk } = await Conversation.open(shop(false), { start: { flow: 'delivery' } });
    await talk.say('on the sixth of March');
    expect(packetOf(await talk.say('can I talk to a person'))).toMatchObject({
      flow: null,
      state: null,
      title: null,
      reason: 'asked',
      slots: { day: '2026-03-06' },
    });
  });
});
