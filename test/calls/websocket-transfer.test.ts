/** A contact centre's front end hands the caller over, and the flow follows what it tells. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Browser, startReal, type RealServer } from './real-server.js';

const desk = `
flow: desk
title: a broken kettle
slots: { order: { type: digits, called: [order number], ask: What is your order number?, dtmf: { length: 4 } } }
states:
  ask: { collect: order, to: over }
  over:
    say: One moment.
    transfer: { to: "+35315550199", mode: warm, wait: 20s }
    transitions: [{ on: busy, to: engaged }, { on: closed, to: shut }, { on: error, to: broken }, { on: far_hang_up, to: survey }]
    to: end
  engaged: { say: They are on the phone., hang_up: true }
  shut: { say: They have gone home., hang_up: true }
  broken: { say: I could not put you through., hang_up: true }
  survey: { say: How was that?, hang_up: true }
`;

describe('a transfer over WebSocket', () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startReal({ agents: { desk } });
  });
  afterAll(() => server.close());

  async function handedOver(transfers: boolean): Promise<Browser> {
    server.records.length = 0;
    const browser = await Browser.dial(server.callUrl, { type: 'hello', sampleRateHz: 8000, transfers });
    await browser.hears('What is your order number?');
    for (const digit of '4711') browser.key(digit);
    await browser.until(() => browser.messages.some(({ type }) => type === 'transfer'));
    return browser;
  }
  const order = (browser: Browser) => browser.messages.find(({ type }) => type === 'transfer');

  it('gives the front end the number, the limits and what is known, and leaves when the person has the caller', async () => {
    const browser = await handedOver(true);
    expect(order(browser)).toMatchObject({
      to: '+35315550199',
      mode: 'warm',
      answerWithinMs: 20_000,
      comesBack: true,
      packet: { flow: 'desk', slots: { order: '4711' }, brief: ['a broken kettle.', 'order number: 4 7 1 1.'] },
    });
    browser.send({ type: 'transferred' });
    await browser.until(() => browser.closed);
    expect(server.records[0]!.ended).toBe('completed');
  });

  for (const [message, text] of [
    [{ type: 'failed', outcome: 'busy' }, 'They are on the phone.'],
    [{ type: 'failed', outcome: 'closed' }, 'They have gone home.'],
    [{ type: 'failed' }, 'I could not put you through.'],
    [{ type: 'transferred', outcome: 'far_hang_up' }, 'How was that?'],
  ] as const)
    it(`takes the flow's road for ${JSON.stringify(message)}`, async () => {
      const browser = await handedOver(true);
      browser.send({ type: 'answered' });
      browser.send(message);
      await browser.hears(text);
    });

  it('fails at once for a browser, which is told no more than whom', async () => {
    const browser = await handedOver(false);
    expect(order(browser)).toEqual({ type: 'transfer', to: '+35315550199', mode: 'warm' });
    await browser.hears('I could not put you through.');
  });

  it('is not told of where none was asked for, nor in words that are none', async () => {
    const browser = await Browser.dial(server.callUrl, { type: 'hello', sampleRateHz: 8000, transfers: true });
    await browser.hears('What is your order number?');
    browser.send({ type: 'transferred' });
    browser.send({ type: 'failed', outcome: 'busy' });
    for (const digit of '4711') browser.key(digit);
    await browser.until(() => order(browser) !== undefined);
    browser.send({ type: 'failed', outcome: 'ok' });
    browser.send({ type: 'failed', outcome: 'busy' });
    browser.send({ type: 'failed', outcome: 'closed' });
    await browser.hears('They are on the phone.');
    await browser.until(() => browser.closed);
    expect(server.records.at(-1)!.counters.bad_messages).toBe(4);
  });
});
