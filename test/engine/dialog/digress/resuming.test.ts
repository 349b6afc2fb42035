import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const order = (resume: string, more = ''): string => `
agent: desk
start: order
---
flow: order
title: your order
${resume}
slots:
  kind: { type: choice, options: { large: [], small: [] }, ask: Which size? }
  gift: { type: yes_no, ask: Is it a gift? }
  n: { type: integer, ask: [How many?, A number please.] }
states:
  kind: { collect: [kind, gift, n], to: done }
  done: { say: Ordered., to: end }
---
flow: hours
title: our hours
examples: [when are you open]
states: { tell: { say: All day., to: end } }
${more}`;
const atNumber = async (resume: string): Promise<Conversation> => {
  const { talk } = await Conversation.open(order(resume));
  await talk.say('large');
  await talk.say('yes');
  return talk;
};

describe('a task that comes back', () => {
  it('says where it is and puts the question, unless told otherwise', async () => {
    const talk = await atNumber('');
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'resume', 'ask.n.1']);
  });

  it('says in between what it knows so far, but for a bare yes', async () => {
    const talk = await atNumber('resume: summarise');
    const back = await talk.say('when are you open');
    expect(back.said).toEqual(['hours/tell', 'resume', 'resume.so_far', 'ask.n.1']);
    expect(back.text).toContain('So far I have large.');
  });

  it('has nothing to sum up before anything was said', async () => {
    const { talk } = await Conversation.open(order('resume: summarise'));
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'resume', 'ask.kind.1']);
  });

  it('only puts the question where it is silent', async () => {
    const talk = await atNumber('resume: silent');
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'ask.n.1']);
  });

  it('asks whether to go on: a yes puts the question, a no drops the task', async () => {
    const talk = await atNumber('resume: ask');
    expect((await talk.say('when are you open')).said).toEqual(['hours/tell', 'resume_ask']);
    expect((await talk.say('yes')).said).toEqual(['ask.n.1']);
    await talk.say('when are you open');
    const no = await talk.say('no');
    expect(no.said).toEqual(['anything_else']);
    expect(no.trace).toMatchObject({ state: 'end', stack: [] });
  });

  it('takes the answer itself where it only asked whether to go on', async () => {
    const talk = await atNumber('resume: ask');
    await talk.say('when are you open');
    expect((await talk.say('four')).said).toContain('order/done');
  });

  it('of its own words says what the designer wrote', async () => {
    const { talk } = await Conversation.open(order('repair: { resume: "Where were we, {{ flow.title }}." }'));
    expect((await talk.say('when are you open')).text).toContain('Where were we, your order.');
  });
});

describe('`resume` on a transition', () => {
  const asks = (place: 'listen' | 'state'): string => `
agent: desk
start: order
intents: { terms: [what are your terms] }
---
flow: order
title: your order
${place === 'listen' ? 'listen: [{ intent: terms, to: terms, resume: silent }]' : ''}
slots: { n: { type: integer, ask: [How many?, A number please.] } }
states:
  ask:
    collect: n
    ${place === 'state' ? 'transitions: [{ intent: terms, say: Of course., to: terms, resume: silent }]' : ''}
    to: done
  done: { say: Ordered., to: end }
---
flow: terms
states: { tell: { say: Our terms say so., to: end } }
`;
  it('comes back in its manner from what a flow listens for', async () => {
    const { talk } = await Conversation.open(asks('listen'));
    expect((await talk.say('what are your terms')).said).toEqual(['terms/tell', 'ask.n.1']);
  });

  it('comes back even from a state, whose flows are gone to for good without it', async () => {
    const { talk } = await Conversation.open(asks('state'));
    const back = await talk.say('what are your terms');
    expect(back.said).toEqual(['order/ask.terms', 'terms/tell', 'ask.n.1']);
    expect(back.trace).toMatchObject({ flow: 'order', counters: { attempt: 1, no_match: 0 } });
    const { talk: gone } = await Conversation.open(asks('state').replace(', resume: silent', ''));
    expect((await gone.say('what are your terms')).trace).toMatchObject({ state: 'end', stack: [] });
  });
});

describe('tasks that interrupt each other', () => {
  const many = ['a', 'b', 'c', 'd', 'e']
    .map(
      (name) =>
        `---\nflow: ${name}\ntitle: task ${name}\nexamples: [do ${name}${name}${name}]\nslots: { n_${name}: { type: integer, ask: "How many ${name}?" } }\nstates: { ask: { collect: n_${name}, to: end } }\n`,
    ) // prettier-ignore
    .join('');
  it('are three at most; what comes then is announced and served after the task', async () => {
    const { talk } = await Conversation.open(`agent: desk\nstart: a\n${many}`);
    for (const name of ['b', 'c', 'd'])
      expect((await talk.say(`do ${name}${name}${name}`)).said).toEqual([`ask.n_${name}.1`]);
    const fourth = await talk.say('do eee');
    expect(fourth.said).toEqual(['queued', 'ask.n_d.1']);
    expect(fourth.trace).toMatchObject({ flow: 'd', stack: ['a', 'b', 'c'], queue: ['e'] });
    expect((await talk.say('one')).said).toEqual(['resume', 'ask.n_c.1']);
    await talk.say('two');
    await talk.say('three');
    expect((await talk.say('four')).said).toEqual(['next', 'ask.n_e.1']);
  });

  it('run once: asked for again, one that was interrupted is gone back to', async () => {
    const { talk } = await Conversation.open(
      `agent: desk\nstart: hello\n---\nflow: hello\nstates: { hi: { say: Hi., to: end } }\n${many}`,
    );
    await talk.say('do aaa');
    await talk.say('do bbb');
    const back = await talk.say('do aaa');
    expect(back.said).toEqual(['resume', 'ask.n_a.1']);
    expect(back.trace).toMatchObject({ flow: 'a', stack: [] });
  });
});
