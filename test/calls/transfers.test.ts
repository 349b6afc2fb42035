/** Whole calls that are handed over, on Twilio: what became of the dialling comes back into the flow. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { TwilioTwin, type Desk } from '../loopback/twilio.js';
import { startReal, type RealServer } from './real-server.js';
import { watchedWords } from './watched-words.js';

const flow = (name: string, transfer: string, roads: string): string => `
flow: ${name}
title: a broken kettle
slots: { order: { type: digits, called: [order number], ask: What is your order number?, dtmf: { length: 4 } } }
states:
  ask: { collect: order, to: over }
  over:
    say: One moment.
    transfer: { to: "+35315550199", ${transfer} }
    transitions:
      - { on: busy, to: engaged }
      - { on: no_answer, to: nobody }
      - { on: error, to: broken }
${roads}
  engaged: { say: They are on the phone., hang_up: true }
  nobody: { say: Nobody picks up., to: more }
  more: { say: Press one to try again., transitions: [{ key: "1", to: over }] }
  broken: { say: I could not put you through., hang_up: true }
`;

describe('a transfer on Twilio', () => {
  let twin: TwilioTwin;
  let server: RealServer;
  const words = watchedWords();
  let call: CarrierCall | undefined;
  let callers = 0;

  beforeAll(async () => {
    twin = await TwilioTwin.start();
    server = await startReal({
      agents: {
        cold: flow('cold', 'wait: 20s, max: 10m', ''),
        warm: flow('warm', 'mode: warm, wait: 20s', ''),
        back: flow(
          'back',
          'max: 10m',
          '      - { on: max_time, to: engaged }\n    to: survey\n  survey: { say: How was that? Goodbye., hang_up: true }',
        ),
      },
      env: {
        TWILIO_AUTH_TOKEN: twin.authToken,
        TWILIO_ACCOUNT_SID: twin.accountSid,
        TWILIO_API_BASE: twin.apiBase,
      },
      wrapDialog: words.wrap,
    });
  });
  beforeEach(() => {
    words.clear();
    server.records.length = 0;
    twin.dials.length = twin.requests.length = twin.whispers.length = 0;
    twin.fails = undefined;
  });
  afterEach(async () => {
    call?.vanish();
    await eventually(() => server.started.server.calls.size === 0);
    expect(twin.problems).toEqual([]);
  });
  afterAll(async () => {
    await server.close();
    await twin.close();
  });

  async function callUp(agent: string, desk: Desk): Promise<CarrierCall> {
    twin.desk = desk;
    const webhook = `${server.started.server.url}/twilio/voice?agent=${agent}`;
    // Each of a number of their own: who was cut off before is not offered to go on.
    const from = `+3538700${String(++callers).padStart(5, '0')}`;
    call = await CarrierCall.place({ webhook, authToken: twin.authToken, from });
    twin.calls.set(call.callSid, call);
    await words.said('What is your order number?');
    for (const digit of '4711') call.key(digit);
    await words.said('One moment.');
    return call;
  }
  /** Heard at the caller's end, not only meant to be said. */
  async function hears(text: string): Promise<void> {
    await words.said(text);
    const from = call!.heard.length;
    await eventually(() => call!.heard.slice(from).some((frame) => frame.some((sample) => Math.abs(sample) > 200)));
  }

  for (const [status, text] of [
    ['busy', 'They are on the phone.'],
    ['no-answer', 'Nobody picks up.'],
    ['failed', 'I could not put you through.'],
  ] as const) {
    for (const agent of ['cold', 'warm']) {
      it(`that comes to ${status} (${agent}) brings the caller back, who hears the flow's own road for it`, async () => {
        const { callSid } = await callUp(agent, { does: status });
        await hears(text);
        expect(twin.dials[0]!.dial).toMatchObject({ timeout: '20', answerOnBridge: 'true' });
        expect(twin.dials[0]!.to).toBe('+35315550199');
        expect(twin.requests[0]!.path).toBe(`Calls/${callSid}.json`);
      }, 20_000);
    }
  }

  it('that is answered leaves the caller to the person: the agent goes at once, and the call ends with their talk', async () => {
    const caller = await callUp('cold', { does: 'answer' });
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.ended).toBe('completed');
    await eventually(() => twin.dials[0]!.isBridged);
    expect(caller.hasEnded).toBe(false);
    await twin.dials[0]!.over('completed', { DialBridged: 'true', DialCallDuration: '95' });
    expect(caller.hasEnded).toBe(true);
    // Nobody hangs up on who talks with somebody else.
    expect(twin.requests.map(({ form }) => [...form.keys()])).toEqual([['Twiml']]);
    expect(twin.dials[0]!.dial.timeLimit).toBe('600');
  }, 20_000);

  it('goes on with the caller when the person has hung up, where the flow has words for it', async () => {
    await callUp('back', { does: 'answer' });
    await eventually(() => twin.dials[0]?.isBridged === true);
    expect(server.records).toEqual([]);
    await twin.dials[0]!.over('completed', { DialBridged: 'true', DialCallDuration: '95' });
    await hears('How was that? Goodbye.');
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.ended).toBe('completed');
  }, 20_000);

  it('that reaches its longest time is told so to the flow', async () => {
    await callUp('back', { does: 'answer' });
    await eventually(() => twin.dials[0]?.isBridged === true);
    await twin.dials[0]!.over('completed', { DialBridged: 'true', DialCallDuration: '600' });
    await hears('They are on the phone.');
  }, 20_000);

  it('tells the person first what it is about, and takes no key for nobody', async () => {
    await callUp('warm', { does: 'answer', declines: true });
    await hears('Nobody picks up.');
    expect(twin.whispers[0]).toBe(
      'A caller is on the line for you. a broken kettle. order number: 4 7 1 1. To take the call, press any key.',
    );
    // Again, and now somebody takes it.
    twin.desk = { does: 'answer' };
    await words.said('Press one to try again.');
    call!.key('1');
    await eventually(() => server.records.length === 1, 10_000);
    await eventually(() => twin.dials[1]!.isBridged);
    expect(server.records[0]!.ended).toBe('completed');
  }, 30_000);

  it('whose caller hangs up while it rings ends the call', async () => {
    await callUp('cold', { does: 'ring' });
    await eventually(() => twin.dials.length === 1);
    await twin.dials[0]!.over('no-answer', {}, 'completed');
    await eventually(() => server.records.length === 1);
    expect(server.records[0]!.ended).toBe('caller_hung_up');
  }, 20_000);

  it('that Twilio refuses to begin is an error of the flow, and the caller was never away', async () => {
    twin.fails = { status: 400, code: 21220 };
    const { streamSid } = await callUp('cold', { does: 'answer' });
    await hears('I could not put you through.');
    expect(call!.streamSid).toBe(streamSid);
    expect(server.lines.some((line) => line.includes('400 (21220)'))).toBe(true);
  }, 20_000);

  it('is told by nobody else: a forged webhook changes nothing', async () => {
    const caller = await callUp('cold', { does: 'ring' });
    await eventually(() => twin.dials.length === 1);
    const { action } = twin.dials[0]!.dial;
    for (const forge of ['none', 'wrong'] as const)
      expect((await caller.post(action!, { DialCallStatus: 'busy', CallStatus: 'in-progress' }, forge)).status).toBe(
        403,
      );
    expect(server.started.server.calls.size).toBe(1);
    await twin.dials[0]!.over('busy');
    await hears('They are on the phone.');
    expect(server.lines.join('\n')).not.toContain('35315550199');
  }, 20_000);
});
