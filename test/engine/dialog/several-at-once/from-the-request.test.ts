/** What a request says of slots whose options, range or question come later. */
import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../../intents/router.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { Conversation, loadText } from '../drive.js';

const bank = `
agent: bank
language: en-IE
---
flow: send_money
title: your payment
examples: [i want to send money, "pay [Orla](payee) [fifty euros](amount)", "send [twenty](amount) to [Cian](payee)", make a payment to a friend]
slots:
  payee: { type: choice, options: "{{ payees.people }}", ask: Who should get it? }
  amount: { type: money, ask: How much? }
tools: { payees: { effect: read, output: { people: { list: { id: text, name: text } } }, http: { get: "https://bank.example/payees" } } }
states:
  list: { call: payees, to: ask }
  ask: { collect: [payee, amount], to: agree }
  agree: { say: "{{ amount | money }} to {{ payee }}?", transitions: [{ intent: yes, to: end }] }
---
flow: regular_payment
title: your regular payment
examples: [set up a regular payment, i want a standing order, "pay [Orla](payee) [every month](often)", "send [eighty euros](amount) to [Cian](payee) [each week](often)"]
slots:
  payee: { type: choice, options: "{{ payees.people }}", ask: Who should be paid? }
  amount: { type: money, ask: How much each time? }
  often: { type: choice, options: { weekly: [every week, each week], monthly: [every month, each month] }, ask: How often? }
tools: { payees: { effect: read, output: { people: { list: { id: text, name: text } } }, http: { get: "https://bank.example/payees" } } }
states:
  list: { call: payees, to: ask }
  ask: { collect: [payee, amount, often], to: agree }
  agree: { say: "{{ amount | money }} to {{ payee }}, {{ often }}?", transitions: [{ intent: yes, to: end }] }
---
flow: balance
title: your balance
examples: [what's my balance, how much money do i have]
states: { tell: { say: Enough., to: end } }
`;
const people = { payees: { people: [{ id: 'orla', name: 'Orla' }, { id: 'cian', name: 'Cian' }, { id: 'ann_lee', name: 'Ann Lee' }] } }; // prettier-ignore

async function hear(said: string): Promise<Record<string, unknown>> {
  const agent = await loadText(bank);
  const talk = Conversation.of(agent, { tools: people, router: await createRouter(trainingSet(agent), {}) });
  talk.input({ kind: 'open' });
  const { trace } = await talk.say(said);
  return { flow: trace.flow, ...trace.slots };
}

describe('an option that a tool has yet to list is kept from the request', () => {
  it.each([
    ['where an example marks it', 'send forty euros to Cian', 'cian'],
    ['in an order that no example has', 'send Orla forty euros', 'orla'],
    ['by its whole name of two words', 'send Ann Lee forty euros please', 'ann_lee'],
  ])('%s', async (_, said, payee) => {
    expect(await hear(said)).toMatchObject({ flow: 'send_money', payee, amount: '40 EUR' });
  });

  it.each([
    ['nobody on the list', 'send Olga forty euros'],
    ['two of them', 'send Orla or maybe Cian forty euros'],
    ['nobody', 'i want to send forty euros'],
  ])('and never guessed at: %s', async (_, said) => {
    expect((await hear(said))['payee'] ?? null).toBeNull();
  });
});

describe('a word that only one flow has a slot for outweighs what the router prefers', () => {
  it.each([
    ['send eighty euros to Cian every month', { payee: 'cian', amount: '80 EUR', often: 'monthly' }],
    ['pay Orla fifty euros each week', { payee: 'orla', amount: '50 EUR', often: 'weekly' }],
    ['thirty euros to Cian each week', { payee: 'cian', amount: '30 EUR', often: 'weekly' }],
  ])('%s', async (said, slots) => {
    expect(await hear(said)).toMatchObject({ flow: 'regular_payment', ...slots });
  });

  it('and without it the other one is meant', async () => {
    expect(await hear('send thirty to Cian')).toMatchObject({ flow: 'send_money', payee: 'cian', amount: '30 EUR' });
  });
});

const clinic = `
agent: clinic
language: en-IE
---
flow: visit
title: your visit
examples: [i want to see a doctor, "i have a [cough](symptom)"]
slots:
  consent: { type: yes_no, ask_first: true, ask: May we keep what you say? }
  patient: { type: name, ask: What is your name? }
  born: { type: date, range: "1900-01-01..today", confirm: explicit, ask: When were you born? }
  symptom: { type: choice, options: [cough, fever, rash], ask: What is troubling you? }
  pain: { type: integer, called: [pain], range: "0..10", ask: How bad is the pain?, reject: [{ if: pain > 10, say: Ten is the most. }] }
states:
  ask_consent: { collect: consent, to: who }
  who: { collect: [patient, born], to: what }
  what: { collect: [symptom, pain], to: end }
---
flow: refill
title: your prescription
examples: [i need more tablets, "i'm out of my tablets"]
states: { tell: { say: Ordered., to: end } }
`;

describe('what was said in a sentence that was not clear', () => {
  it('keeps its values when the caller says which was meant', async () => {
    const talk = Conversation.of(await loadText(clinic), {
      router: {
        route: () =>
          Promise.resolve({
            kind: 'confirm',
            intents: ['visit'],
            by: 'local',
            probability: 0.5,
            candidates: [],
            llmCalls: 0,
          }),
      } as never,
    });
    talk.input({ kind: 'open' });
    expect((await talk.say('hi, it is about a cough')).said).toEqual(['clarify']);
    expect((await talk.say('yes')).trace).toMatchObject({ flow: 'visit', slots: { symptom: 'cough' } });
  });
});

describe('a number that nothing claims', () => {
  async function atConsent(): Promise<Conversation> {
    const { talk } = await Conversation.open(clinic);
    await talk.say('i want to see a doctor');
    return talk;
  }

  it.each(['May 4th 1980', 'nineteen', 'half past eight', 'three days ago'])('"%s" fills no number, and is refused by none', async (said) => {
    const turn = await (await atConsent()).say(said);
    expect(turn.text).not.toMatch(/Ten is the most|between/);
    expect(turn.trace.slots?.['pain'] ?? null).toBeNull();
  }); // prettier-ignore

  it('but one that is named is taken, and refused aloud when it is too much', async () => {
    const talk = await atConsent();
    expect((await talk.say('yes and the pain is seven')).trace.slots).toMatchObject({ consent: true, pain: 7 });
    expect((await talk.say('sorry, the pain is eleven')).text).toContain('Ten is the most');
  });
});

describe('dates and names said in part', () => {
  it.each([
    ['no, the fourth', '1980-05-04'],
    ['no, the 14th', '1980-05-14'],
    ['no, the fifth of June', '1980-06-05'],
    ['no, the fifth of May 1981', '1981-05-05'],
  ])('"%s", of the fifth of May 1980, leaves the rest as it was', async (said, born) => {
    const { talk } = await Conversation.open(clinic);
    await talk.say('i want to see a doctor');
    await talk.say('yes');
    await talk.say('Aoife Murphy');
    await talk.say('the fifth of May 1980');
    expect((await talk.say(said)).trace.slots).toMatchObject({ born });
  });

  it.each(['Aoife Murphy, fourth of may nineteen eighty', 'Aoife Murphy born on the 4th of May 1980'])(
    'takes the name before the date: %s',
    async (said) => {
      const { talk } = await Conversation.open(clinic);
      await talk.say('i want to see a doctor');
      await talk.say('yes');
      expect((await talk.say(said)).trace.slots).toMatchObject({ patient: 'Aoife Murphy', born: '1980-05-04' });
    },
  );
});
