import { describe, expect, it } from 'vitest';
import { Conversation } from '../drive.js';

const shop = (transitions = ''): string => `
flow: shop
slots:
  n: { type: integer, ask: [How many?, Say a number.], confirm: CONFIRM }
  gift: { type: yes_no, ask: Is it a gift? }
tools:
  order: { effect: write, input: { n: integer }, output: { reference: text }, http: { post: "https://shop.example/orders", body: { n: "{{ n }}" } } }
states:
  ask: { collect: n, to: buy }
  buy:
    confirm: "{{ n }} pieces. Shall I order?"
    call: order
    ${transitions}
    to: done
  done: { say: Ordered., hang_up: true }
${transitions === '' ? '' : '  kept: { say: Nothing was ordered., hang_up: true }'}
`;
const plain = shop('transitions: [{ on: declined, to: kept }]').replace('CONFIRM', 'none');
const tools = { order: { reference: 'R1' } };

describe('confirming a state', () => {
  it('writes only after a yes', async () => {
    const { talk } = await Conversation.open(plain, { tools });
    const asked = await talk.say('three');
    expect(asked.said).toEqual(['shop/buy.confirm']);
    expect(asked.tools).toEqual([]);
    const yes = await talk.say('yes please');
    expect(yes.tools.map((call) => call.input)).toEqual([{ n: 3 }]);
    expect(yes.said).toEqual(['shop/done']);
    expect(yes.ended).toBe(true);
  });

  it('agrees to nothing by a yes that was hardly heard', async () => {
    const { talk } = await Conversation.open(plain, { tools });
    await talk.say('three');
    const mumbled = await talk.say('yes', 0.3);
    expect(mumbled.tools).toEqual([]);
    expect(mumbled.trace).toMatchObject({ state: 'buy', counters: { no_match: 1 } });
  });

  it('takes a bare no as declined, and writes nothing', async () => {
    const { talk } = await Conversation.open(plain, { tools });
    await talk.say('three');
    const no = await talk.say('no');
    expect(no.said).toEqual(['shop/kept']);
    expect(no.tools).toEqual([]);
  });

  it('asks what to change where nobody deals with a no, and the change is asked anew', async () => {
    const { talk } = await Conversation.open(shop().replace('CONFIRM', 'none'), { tools });
    await talk.say('three');
    const no = await talk.say('no');
    expect(no.said).toEqual(['what_to_change']);
    const change = await talk.say('make it five');
    expect(change.said).toEqual(['correct', 'shop/buy.confirm']);
    expect(change.trace).toMatchObject({ state: 'buy', slots: { n: 5 } });
    expect(change.tools).toEqual([]);
    expect((await talk.say('yes')).tools.map((call) => call.input)).toEqual([{ n: 5 }]);
  });

  it('takes a no with a change as the change', async () => {
    const { talk } = await Conversation.open(plain, { tools });
    await talk.say('three');
    const change = await talk.say('no, five');
    expect(change.trace).toMatchObject({ intent: 'correct', state: 'buy', slots: { n: 5 } });
    expect(change.tools).toEqual([]);
  });

  it('takes a yes that says the same value again as a yes', async () => {
    const { talk } = await Conversation.open(plain, { tools });
    await talk.say('three');
    expect((await talk.say('yes, three')).tools.map((call) => call.input)).toEqual([{ n: 3 }]);
  });
});

describe('confirming a slot', () => {
  it('asks whether an explicit value is right, and asks again after a no', async () => {
    const { talk } = await Conversation.open(shop().replace('CONFIRM', 'explicit'), { tools });
    const heard = await talk.say('three');
    expect(heard.said).toEqual(['confirm.n']);
    expect(heard.text).toMatch(/three|3/i);
    const no = await talk.say('no');
    expect(no.said).toEqual(['ask.n.2']);
    expect(no.trace.slots['n']).toBeNull();
    await talk.say('four');
    expect((await talk.say('yes')).said).toEqual(['shop/buy.confirm']);
  });

  it('goes by confidence where it is automatic and nothing says the value back later', async () => {
    const open = async (): Promise<Conversation> =>
      (
        await Conversation.open(
          'flow: f\nslots: { n: { type: integer, ask: [How many?, A number.], confirm: auto } }\nstates: { ask: { collect: n, to: done }, done: { say: Thanks., hang_up: true } }',
        )
      ).talk;
    expect((await (await open()).say('three', 0.65)).said).toEqual(['confirm.n']);
    expect((await (await open()).say('three', 1)).said).toEqual(['f/done']);
    const misheard = await (await open()).say('three', 0.3);
    expect(misheard.said).toEqual(['ask.n.2']);
    expect(misheard.trace.counters.no_match).toBe(1);
  });

  it('is left to the state that confirms the whole', async () => {
    const { talk } = await Conversation.open(shop().replace('CONFIRM', 'auto'), { tools });
    expect((await talk.say('three', 0.65)).said).toEqual(['shop/buy.confirm']);
  });

  it('needs none for keys', async () => {
    const { talk } = await Conversation.open(
      shop().replace('confirm: CONFIRM', 'confirm: explicit, dtmf: { length: 1..2, end: "#" }'),
      { tools },
    );
    expect(talk.keys('3', 'end_key').said).toEqual(['shop/buy.confirm']);
  });

  it('tells apart two options that sound alike when they were badly heard', async () => {
    const { talk } = await Conversation.open(`
flow: pay
slots:
  payee: { type: choice, options: { Tomas: [], Tomasz: [], Ingrid: [] }, ask: Who? }
states:
  ask: { collect: payee, to: done }
  done: { say: "{{ payee }} it is.", hang_up: true }
`);
    const unsure = await talk.say('Tomas', 0.55);
    expect(unsure.said).toEqual(['clarify']);
    expect(unsure.text).toMatch(/Tomas or Tomasz/);
    expect(unsure.trace.slots['payee']).toBeNull();
    const second = await talk.say('the second one');
    expect(second.trace.slots['payee']).toBe('Tomasz');
  });
});

describe('consent', () => {
  const consent = `
flow: consent
examples: ["yes i want it and yes you may store it"]
slots:
  store: { type: yes_no, ask: May we store your number? }
  n: { type: integer, ask: How many? }
states:
  ask: { collect: n, to: store }
  store: { collect: store, to: done }
  done: { say: "{{ store ? 'Stored' : 'Not stored' }}.", hang_up: true }
`;
  it('is never filled before it is asked', async () => {
    const { talk } = await Conversation.open(consent, { start: { flow: 'consent' } });
    const over = await talk.say('yes, three, yes of course');
    expect(over.trace.slots).toMatchObject({ n: 3, store: null });
    expect(over.said).toEqual(['ask.store.1']);
    expect((await talk.say('no')).text).toBe('Not stored.');
  });
});
