/** What is personal, in what a language model is given: the words that are worded anew, the talk, the router's question. */
import { describe, expect, it } from 'vitest';
import type { Router, RouteRequest } from '../../../../engine/contracts.js';
import type { GenerateCall } from '../../../../engine/dialog/seam.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { WordRouter } from '../../../fakes/router.js';
import { Conversation, loadText } from '../drive.js';

const clinic = `agent: clinic
language: en-IE
start: intake
---
flow: intake
slots:
  name: { type: name, called: [name], sensitive: pii, ask: What's your name?, confirm: none }
  phone: { type: phone, called: [number], sensitive: pii, ask: What's your phone number? }
states:
  ask: { collect: [name, phone], to: thanks }
  thanks: { say: "Thank you, {{ name }}.", to: when }
  when: { say: Shall I book it?, transitions: [{ intent: yes, to: end }, { intent: no, to: end }] }
---
flow: complain
title: your complaint
examples: [i want to complain]
slots: { topic: { type: text } }
states:
  talk: { generate: { task: Find out what it is about., fills: { topic: what it is about }, turns: 3, fallback: Go on. }, to: end }
`;

async function open() {
  const agent = await loadText(clinic);
  const plain = new WordRouter(trainingSet(agent));
  const routed: RouteRequest[] = [];
  const router: Router = {
    route(request) {
      routed.push(request);
      return plain.route(request);
    },
  };
  const asked: GenerateCall[] = [];
  const generate = (call: GenerateCall) => {
    asked.push(call);
    return { question: 'What happened?' };
  };
  const talk = Conversation.of(agent, { router, generate });
  talk.input({ kind: 'open' });
  return { talk, routed, asked };
}

const personal = /siobhan|byrne|123 ?4567|eight five one/i;

describe('what a model is given', () => {
  it('has no personal value of a flow that is interrupted, nor of one that is over', async () => {
    for (const answers of [[], ['yes']]) {
      const { talk, asked } = await open();
      for (const text of ["it's Siobhan Byrne", 'oh eight five one two three four five six seven', ...answers])
        await talk.say(text);
      await talk.say('i want to complain');
      const seen = JSON.stringify(asked[0]!.messages);
      expect(seen).not.toMatch(personal);
      expect(seen).toContain('Thank you, [not shown].');
    }
  });

  it('leaves what was said as it is for a person who takes the call over', async () => {
    const { talk } = await open();
    for (const text of ["it's Siobhan Byrne", '085 123 4567', 'yes']) await talk.say(text);
    expect((talk.state.history as { text: string }[]).some(({ text }) => text === 'Thank you, Siobhan Byrne.')).toBe(
      true,
    );
  });

  it("asks the router's model without the values that are known, or that look like nothing else, and for none of them", async () => {
    const { talk, routed } = await open();
    await talk.say("it's Siobhan Byrne");
    routed.length = 0;
    await talk.say('well the thing is that Siobhan Byrne is on 085 123 4567 and nobody ever called');
    // The whole sentence, and its parts by themselves.
    expect(routed.some(({ text }) => personal.test(text))).toBe(true);
    for (const { context, text } of routed) {
      expect(JSON.stringify(context)).not.toMatch(personal);
      if (personal.test(text)) expect(context.text).toContain('[not shown]');
      expect(context.slots.map(({ name }) => name)).not.toContain('phone');
    }
    const { talk: other, routed: plain } = await open();
    await other.say('well the thing is that nobody ever called');
    for (const { context } of plain) expect(context).not.toHaveProperty('text');
  });
});
