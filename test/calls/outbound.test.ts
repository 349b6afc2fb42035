/** Whole calls that we place: a person, a machine, nobody; what is checked before; and the carriers' wire for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DialOrder } from '../../runtime/server/options.js';
import type { OutgoingCall } from '../../runtime/server/outgoing-calls.js';
import { eventually } from '../conformance/line.js';
import { TelnyxTwin } from '../loopback/telnyx.js';
import { TwilioTwin } from '../loopback/twilio.js';
import { startReal, type RealServer } from './real-server.js';
import { watchedWords } from './watched-words.js';

const remind = `
flow: remind
listen: [{ on: machine, to: message }]
states:
  hello: { say: "Hello, this is the clinic. An {{ call.direction }} call.", transitions: [{ key: "1", to: bye }] }
  message: { say: "This is the clinic. Please call us back.", hang_up: true }
  bye: { say: Goodbye., hang_up: true }
`;
const plain = `
flow: plain
states: { hello: { say: "Hello, this is the clinic.", hang_up: true } }
`;
const secret = 'a token secret of more than thirty-two bytes';
const ourNumber = '+35315550000';

describe('a call that we place', () => {
  let twilio: TwilioTwin;
  let telnyx: TelnyxTwin;
  let server: RealServer;
  const words = watchedWords();
  let callees = 0;
  /** Each once: nobody is rung more than twice a minute. */
  const somebody = (): string => `+3538710${String(++callees).padStart(5, '0')}`;

  beforeAll(async () => {
    twilio = await TwilioTwin.start();
    telnyx = await TelnyxTwin.start();
    server = await startReal({
      agents: { remind, plain },
      env: {
        TWILIO_AUTH_TOKEN: twilio.authToken,
        TWILIO_ACCOUNT_SID: twilio.accountSid,
        TWILIO_API_BASE: twilio.apiBase,
        TELNYX_API_KEY: telnyx.apiKey,
        TELNYX_PUBLIC_KEY: telnyx.publicKey,
        TELNYX_API_BASE: telnyx.apiBase,
        TELNYX_CONNECTION_ID: '1234',
        PARLEY_CALL_FROM: ourNumber,
        PARLEY_CALLS_PER_MINUTE: '40',
        PARLEY_TOKEN_SECRET: secret,
      },
      wrapDialog: words.wrap,
    });
  });
  beforeEach(() => {
    words.clear();
    server.records.length = twilio.requests.length = telnyx.commands.length = 0;
    twilio.callee = 'answer';
    twilio.fails = undefined;
  });
  afterAll(async () => {
    await server.close();
    await twilio.close();
    await telnyx.close();
    expect(twilio.problems).toEqual([]);
    expect(telnyx.problems).toEqual([]);
    expect(server.lines.join('\n')).not.toMatch(/3538710|35315550000/);
  });

  const dial = (order: Partial<DialOrder> = {}): Promise<OutgoingCall> =>
    server.started.server.dial({ to: somebody(), agent: 'remind', ...order });
  const taken = async (): Promise<void> => {
    await eventually(() => twilio.placed?.call !== undefined && server.started.server.calls.size > 0, 5000);
  };

  describe('by Twilio', () => {
    it('is spoken into when a person took it, and not before; the flow knows who called whom', async () => {
      const call = await dial();
      await taken();
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(words.texts).toEqual([]);
      await twilio.hears('human');
      await words.said('Hello, this is the clinic. An outbound call.');
      twilio.placed!.call!.key('1');
      const record = await call.done;
      expect(record).toMatchObject({ id: call.id, direction: 'outbound', answeredBy: 'person', ended: 'completed' });
      const { form } = twilio.placed!;
      expect(Object.fromEntries(form)).toMatchObject({ From: ourNumber, Timeout: '30', MachineDetection: 'DetectMessageEnd', AsyncAmd: 'true' }); // prettier-ignore
      expect(call).toMatchObject({ status: 'ended', ended: 'completed', answeredBy: 'person' });
    }, 20_000);

    it('leaves its message after the beep, hears it played, and hangs up', async () => {
      const call = await dial();
      await taken();
      await twilio.hears('machine_end_beep');
      const record = await call.done;
      expect(words.texts).toEqual(['This is the clinic. Please call us back.']);
      expect(record).toMatchObject({ answeredBy: 'machine', ended: 'completed', turns: [{ who: 'agent' }] });
      expect(twilio.placed!.call!.audibleMs).toBeGreaterThan(500);
    }, 20_000);

    it('says nothing to a machine where the flow has no words for one', async () => {
      const call = await dial({ agent: 'plain' });
      await taken();
      await twilio.hears('machine_end_silence');
      expect(await call.done).toMatchObject({ answeredBy: 'machine', ended: 'completed', turns: [] });
      expect(words.texts).toEqual([]);
    }, 20_000);

    it('is given up on a fax', async () => {
      const call = await dial();
      await taken();
      await twilio.hears('fax');
      expect(await call.done).toMatchObject({ ended: 'fax', turns: [] });
    }, 20_000);

    it('speaks at once where nobody asked who took it', async () => {
      const call = await dial({ detectsMachine: false });
      await taken();
      await words.said('Hello, this is the clinic.');
      expect(twilio.placed!.form.has('MachineDetection')).toBe(false);
      twilio.placed!.call!.stop();
      expect((await call.done).ended).toBe('caller_hung_up');
    }, 20_000);

    for (const [does, ended] of [
      ['busy', 'busy'],
      ['no-answer', 'no_answer'],
      ['failed', 'failed'],
    ] as const)
      it(`leaves a record when it comes to ${does}`, async () => {
        twilio.callee = does;
        const call = await dial();
        expect(await call.done).toMatchObject({
          id: call.id,
          ended,
          direction: 'outbound',
          transport: 'twilio',
          turns: [],
        });
        expect(server.records).toHaveLength(1);
        expect(call.status).toBe('ended');
      });

    it('that Twilio refuses tells so, without the number, and leaves a record', async () => {
      twilio.fails = { status: 400, code: 21211 };
      await expect(dial()).rejects.toThrow('twilio: its REST interface answered 400 (21211) to call');
      expect(server.records).toMatchObject([{ ended: 'failed' }]);
    });

    it('ends when Twilio tells that it has, though its socket stays half open', async () => {
      const call = await dial({ detectsMachine: false });
      await taken();
      await words.said('Hello');
      const { form, sid } = twilio.placed!;
      await twilio.post(form.get('StatusCallback')!, { CallSid: sid, CallStatus: 'completed' });
      const record = await call.done;
      expect(record.ended).toBe('caller_hung_up');
      expect(record.counters.status_callbacks).toBeGreaterThan(0);
    }, 20_000);
  });

  describe('by Telnyx', () => {
    const placed = async () => {
      const call = await dial({ carrier: 'telnyx' });
      return { call, leg: telnyx.placed! };
    };

    it('is spoken into when a person took it', async () => {
      const { call, leg } = await placed();
      await leg.told('call.answered');
      await eventually(() => leg.isStreaming && server.started.server.calls.size > 0);
      await leg.told('call.machine.detection.ended', { result: 'human' });
      await words.said('Hello, this is the clinic. An outbound call.');
      leg.key('1');
      expect(await call.done).toMatchObject({ answeredBy: 'person', ended: 'completed', transport: 'telnyx' });
    }, 20_000);

    it('waits out the greeting of a machine and leaves its message', async () => {
      const { call, leg } = await placed();
      await leg.told('call.answered');
      await eventually(() => leg.isStreaming && server.started.server.calls.size > 0);
      await leg.told('call.machine.detection.ended', { result: 'machine' });
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(words.texts).toEqual([]);
      await leg.told('call.machine.greeting.ended', { result: 'beep_detected' });
      expect(await call.done).toMatchObject({ answeredBy: 'machine', ended: 'completed' });
      expect(words.texts).toEqual(['This is the clinic. Please call us back.']);
    }, 20_000);

    for (const [cause, ended] of [
      ['user_busy', 'busy'],
      ['timeout', 'no_answer'],
      ['unallocated_number', 'failed'],
    ] as const)
      it(`leaves a record when it comes to ${cause}`, async () => {
        const { call, leg } = await placed();
        await leg.told('call.hangup', { hangup_cause: cause });
        expect(await call.done).toMatchObject({ ended, turns: [] });
      });
  });

  it('is not placed at all to what is no number, to one that charges, from none, or by an agent that is not there', async () => {
    for (const [order, problem] of [
      [{ to: '0871234567' }, '+ and its country'],
      [{ to: '112' }, '+ and its country'],
      [{ to: '+1 900 555 0199' }, 'charges whoever calls'],
      [{ to: '+44 909 879 0000' }, 'charges whoever calls'],
      [{ to: '+353 1550 123 456' }, 'charges whoever calls'],
      [{ from: 'me' }, 'from takes a number'],
      [{ to: ourNumber }, 'the same number'],
      [{ agent: 'nobody' }, 'no agent is called nobody'],
      [{ carrier: 'pigeon' }, 'no carrier'],
    ] as const)
      await expect(dial(order)).rejects.toThrow(problem);
    expect(twilio.requests).toEqual([]);
    expect(server.records).toEqual([]);
  });

  describe('over POST /calls', () => {
    const post = (body: unknown, token = secret): Promise<Response> =>
      fetch(`${server.started.server.url}/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
    const ask = (id: string, token = secret): Promise<Response> =>
      fetch(`${server.started.server.url}/calls/${id}`, { headers: { authorization: `Bearer ${token}` } });

    it('is placed for whoever has the secret, and asked for by its name', async () => {
      twilio.callee = 'busy';
      const answer = await post({ to: somebody(), agent: 'remind' });
      expect(answer.status).toBe(201);
      const { id } = (await answer.json()) as { id: string };
      await eventually(() => server.records.length === 1);
      expect(await (await ask(id)).json()).toMatchObject({ id, status: 'ended', ended: 'busy', carrier: 'twilio' });
    });

    it('is refused without the secret, and with what is no order', async () => {
      expect((await post({ to: somebody() }, 'guessed')).status).toBe(401);
      expect((await ask('any', 'guessed')).status).toBe(401);
      expect((await ask('any')).status).toBe(404);
      for (const body of [
        'no json',
        {},
        { to: 5 },
        { to: somebody(), volume: 11 },
        { to: somebody(), machine: 'yes' },
        { to: '+19005550199' },
      ]) {
        const answer = await post(body);
        expect(answer.status).toBe(400);
        expect(await answer.text()).not.toContain('900555');
      }
      expect(twilio.requests).toEqual([]);
    });

    it('rings the same number twice a minute at most', async () => {
      twilio.callee = 'busy';
      const to = somebody();
      const answers = [await post({ to }), await post({ to }), await post({ to })];
      expect(answers.map(({ status }) => status)).toEqual([201, 201, 429]);
    });
  });
});
