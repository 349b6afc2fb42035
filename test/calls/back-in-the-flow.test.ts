/** Whole calls that are handed over, by every carrier that brings its callers back: what came of it is in the flow. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { AsteriskCall } from '../loopback/asterisk.js';
import { JambonzCall } from '../loopback/jambonz.js';
import { PlivoTwin } from '../loopback/plivo.js';
import { RelayTwin } from '../loopback/relay.js';
import { VonageTwin } from '../loopback/vonage.js';
import { startReal, type RealServer } from './real-server.js';
import { watchedWords } from './watched-words.js';

const flow = (name: string, mode: string): string => `
flow: ${name}
title: a broken kettle
slots: { order: { type: digits, called: [order number], ask: What is your order number?, dtmf: { length: 2 } } }
states:
  ask: { collect: order, to: over }
  over:
    say: One moment.
    transfer: { to: "+35315550199", ${mode}wait: 20s, max: 10m }
    transitions:
      - { on: busy, to: engaged }
      - { on: no_answer, to: nobody }
      - { on: error, to: broken }
      - { on: max_time, to: long }
    to: survey
  engaged: { say: They are on the phone., hang_up: true }
  nobody: { say: Nobody picks up., to: more }
  more: { say: Press one to try again., transitions: [{ key: "1", to: over }] }
  broken: { say: I could not put you through., hang_up: true }
  long: { say: That was a long talk., hang_up: true }
  survey: { say: How was that?, transitions: [{ key: "5", to: bye }] }
  bye: { say: Goodbye then., hang_up: true }
`;

/** A call as the tests see it, whoever carries it. */
interface Caller {
  key(digit: string): void;
  /** Resolves when somebody is rung, with for how long and how long they may talk, seconds. */
  rung(): Promise<{ to: string; ringSeconds: number; mostSeconds: number }>;
  /** Nobody took it. */
  unreached(how: 'busy' | 'no answer' | 'failed'): Promise<void>;
  answered(presses?: boolean): Promise<void>;
  /** The person hangs up, or is cut off. */
  parted(seconds?: number): Promise<void>;
  /** While somebody is rung for them. */
  hangsUp(): Promise<void>;
  isWithUs(): boolean;
  hasEnded(): boolean;
  whispers: readonly string[];
  problems(): readonly string[];
  /** Nobody listens any more. */
  vanish(): void;
}

interface Carrier {
  /** Warm is a thing of its own. */
  warm?: { accept: string | undefined; declines: boolean };
  /** Tells how long the two talked; else our own clock does. */
  tellsTalk?: true;
  call(http: string, agent: string): Promise<Caller>;
}

const secret = 'what both know';
const most = (value: string | undefined): number => Number(value ?? 'NaN');

describe('a caller who was handed over comes back', () => {
  let plivo: PlivoTwin;
  let vonage: VonageTwin;
  let server: RealServer;
  let caller: Caller | undefined;
  let callers = 0;
  const words = watchedWords();
  /** Each of a number of their own: who was cut off before is not offered to go on. */
  const number = (): string => `3538701${String(++callers).padStart(5, '0')}`;

  const carriers: Record<string, Carrier> = {
    Vonage: {
      warm: { accept: undefined, declines: false },
      async call(http, agent) {
        const { call } = await vonage.ring(http, { agent, from: number() });
        const dial = (): Record<string, unknown> => (JSON.parse(call.ncco) as Record<string, unknown>[])[0] ?? {};
        const statuses = { busy: 'busy', 'no answer': 'timeout', failed: 'failed' };
        return {
          key: (digit) => call.key(digit),
          async rung() {
            await eventually(() => call.ncco.includes('"notify"') && !call.isStreaming, 10_000);
            const { timeout, limit, endpoint } = dial() as { timeout: number; limit: number; endpoint: [{ number: string }] }; // prettier-ignore
            return { to: `+${endpoint[0].number}`, ringSeconds: timeout, mostSeconds: limit };
          },
          unreached: (how) => call.legTold(statuses[how]),
          answered: () => call.answered(),
          parted: () => call.legTold('completed', { duration: '95' }),
          hangsUp: () => call.hangUp(),
          isWithUs: () => call.isStreaming,
          hasEnded: () => call.ended,
          whispers: call.whispers,
          problems: () => vonage.problems,
          vanish: () => call.vanish(),
        };
      },
    },
    jambonz: {
      warm: { accept: 'To take the call, press any key.', declines: true },
      async call(http, agent) {
        const call = await JambonzCall.place({ http, password: secret, agent, from: `+${number()}` });
        const statuses = { busy: 'busy', 'no answer': 'no-answer', failed: 'failed' };
        return {
          key: (digit) => call.key(digit),
          async rung() {
            await eventually(() => call.verbs[0]?.verb === 'dial', 10_000);
            const { timeout, timeLimit, target } = call.verbs[0] as unknown as { timeout: number; timeLimit: number; target: [{ number: string }] }; // prettier-ignore
            return { to: target[0].number, ringSeconds: timeout, mostSeconds: timeLimit };
          },
          unreached: (how) => call.dialled(statuses[how]),
          answered: (presses) => call.answered(presses),
          parted: () => call.dialled('completed'),
          hangsUp: () => call.dialled('no-answer', 'completed'),
          isWithUs: () => call.isStreaming,
          hasEnded: () => call.ended,
          whispers: call.whispers,
          problems: () => call.problems,
          vanish: () => call.vanish(),
        };
      },
    },
    'Twilio ConversationRelay': {
      tellsTalk: true,
      warm: { accept: 'To take the call, press any key.', declines: true },
      async call(http, agent) {
        const webhook = `${http}/twilio/relay?agent=${agent}`;
        const call = await RelayTwin.place({ webhook, authToken: secret, from: `+${number()}` });
        const statuses = { busy: 'busy', 'no answer': 'no-answer', failed: 'failed' };
        let dials = 0;
        return {
          key: (digit) => call.key(digit),
          async rung() {
            dials += 1;
            const before = dials === 1 ? undefined : call.dial;
            await eventually(() => call.dial !== undefined && call.dial !== before, 10_000);
            const { dial, to } = call.dial!;
            return { to, ringSeconds: most(dial.timeout), mostSeconds: most(dial.timeLimit) };
          },
          unreached: (how) => call.dialled(statuses[how]),
          answered: (presses) => call.answered(presses),
          parted: (seconds = 95) =>
            call.dialled('completed', { DialBridged: 'true', DialCallDuration: String(seconds) }),
          hangsUp: () => call.dialled('no-answer', {}, 'completed'),
          isWithUs: () => call.isOpen,
          hasEnded: () => call.hasEnded,
          whispers: call.whispers,
          problems: () => call.problems,
          vanish: () => call.vanish(),
        };
      },
    },
    Plivo: {
      warm: { accept: 'To take the call, press one.', declines: true },
      async call(http, agent) {
        const { call } = await plivo.ring(`${http}/plivo/voice?agent=${agent}`, { from: number() });
        const statuses = { busy: 'busy', 'no answer': 'no-answer', failed: 'failed' };
        return {
          key: (digit) => call.key(digit),
          async rung() {
            await eventually(() => call.xml.includes('<Dial '), 10_000);
            const [, to = ''] = /<Number>(\d+)</.exec(call.xml) ?? [];
            const [, timeout] = / timeout="(\d+)"/.exec(call.xml) ?? [];
            const [, limit] = / timeLimit="(\d+)"/.exec(call.xml) ?? [];
            return { to: `+${to}`, ringSeconds: most(timeout), mostSeconds: most(limit) };
          },
          unreached: (how) => call.dialled(statuses[how]),
          answered: (presses) => call.answered(presses),
          parted: () => call.dialled('completed'),
          hangsUp: () => call.hangUp(),
          isWithUs: () => call.isStreaming,
          hasEnded: () => call.ended,
          whispers: call.whispers,
          problems: () => plivo.problems,
          vanish: () => call.vanish(),
        };
      },
    },
    'Asterisk AudioSocket': {
      tellsTalk: true,
      async call(http, agent) {
        const port = Number(
          /"port":(\d+)/.exec(server.lines.find((line) => line.includes('"audiosocket"')) ?? '')?.[1],
        );
        const call = await AsteriskCall.place({ http, port, secret, agent, from: `+${number()}`, transfers: true });
        const statuses = { busy: 'BUSY', 'no answer': 'NOANSWER', failed: 'CHANUNAVAIL' };
        let hasEnded = false;
        const over = async (status: string, seconds?: number): Promise<void> => {
          hasEnded = !(await call.dialled(status, seconds));
        };
        return {
          key: (digit) => call.key(digit),
          async rung() {
            await eventually(() => call.closed, 10_000);
            const { to, seconds, mostMs } = (await call.next())!;
            return { to, ringSeconds: seconds, mostSeconds: mostMs / 1000 };
          },
          unreached: (how) => over(statuses[how]),
          // The dialplan tells of it when it is over.
          answered: () => Promise.resolve(),
          parted: (seconds = 95) => over('ANSWER', seconds),
          hangsUp: () => over('HANGUP'),
          isWithUs: () => !call.closed,
          hasEnded: () => hasEnded || call.hungUp,
          whispers: [],
          problems: () => call.problems,
          vanish: () => call.vanish(),
        };
      },
    },
  };

  beforeAll(async () => {
    plivo = await PlivoTwin.start();
    vonage = await VonageTwin.start();
    server = await startReal({
      agents: { cold: flow('cold', ''), warm: flow('warm', 'mode: warm, ') },
      env: {
        TWILIO_AUTH_TOKEN: secret,
        PLIVO_AUTH_ID: plivo.authId,
        PLIVO_AUTH_TOKEN: plivo.authToken,
        PLIVO_API_BASE: plivo.apiBase,
        VONAGE_SIGNATURE_SECRET: vonage.signatureSecret,
        VONAGE_APPLICATION_ID: vonage.applicationId,
        VONAGE_PRIVATE_KEY: vonage.privateKey,
        VONAGE_API_BASE: vonage.apiBase,
        JAMBONZ_SECRET: secret,
        AUDIOSOCKET_PORT: '0',
        AUDIOSOCKET_SECRET: secret,
      },
      wrapDialog: words.wrap,
    });
  });
  beforeEach(() => {
    words.clear();
    server.records.length = 0;
  });
  afterAll(async () => {
    await server.close();
    await plivo.close();
    await vonage.close();
    expect(server.lines.join('\n')).not.toMatch(/35315550199|3538701/);
  });

  const isOver = (ended: string): Promise<void> =>
    eventually(() => server.records[0]?.ended === ended && server.started.server.calls.size === 0, 10_000);

  for (const [name, carrier] of Object.entries(carriers))
    describe(`by ${name}`, () => {
      const callUp = async (agent: string): Promise<Caller> => {
        caller = await carrier.call(server.started.server.url, agent);
        await words.said('What is your order number?');
        for (const digit of '47') caller.key(digit);
        await words.said('One moment.');
        return caller;
      };

      for (const [how, text] of [
        ['busy', 'They are on the phone.'],
        ['failed', 'I could not put you through.'],
      ] as const)
        it(`when the other side was not reached (${how}), and hears the flow's own road for it`, async () => {
          const { rung, unreached, isWithUs, problems } = await callUp('cold');
          expect(await rung()).toEqual({ to: '+35315550199', ringSeconds: 20, mostSeconds: 600 });
          expect(isWithUs()).toBe(false);
          await unreached(how);
          await words.said(text);
          await isOver('completed');
          expect(problems()).toEqual([]);
        }, 30_000);

      it('when nobody picks up, is rung for again, and comes back from the talk: the person has hung up', async () => {
        const { rung, unreached, answered, parted, key, hasEnded, problems } = await callUp('cold');
        await rung();
        await unreached('no answer');
        await words.said('Press one to try again.');
        words.clear();
        key('1');
        await words.said('One moment.');
        await rung();
        await answered();
        expect(server.records).toEqual([]);
        await parted();
        await words.said('How was that?');
        key('5');
        await words.said('Goodbye then.');
        await isOver('completed');
        await eventually(hasEnded);
        expect(problems()).toEqual([]);
      }, 40_000);

      it('not, when they hang up while it rings: the call is over', async () => {
        const { rung, hangsUp, problems } = await callUp('cold');
        await rung();
        await hangsUp();
        await isOver('caller_hung_up');
        expect(problems()).toEqual([]);
      }, 30_000);

      if (carrier.tellsTalk)
        it('when they have talked for as long as they may, and the flow is told so', async () => {
          const { rung, answered, parted } = await callUp('cold');
          await rung();
          await answered();
          await parted(600);
          await words.said('That was a long talk.');
          await isOver('completed');
        }, 30_000);

      const { warm } = carrier;
      if (!warm) return;
      it('when the person does not take what they are told of first, and is theirs when they do', async () => {
        const { rung, unreached, answered, parted, key, whispers, problems } = await callUp('warm');
        await rung();
        if (warm.declines) {
          await answered(false);
          await parted();
        } else await unreached('no answer');
        await words.said('Press one to try again.');
        words.clear();
        key('1');
        await words.said('One moment.');
        await rung();
        await answered();
        await parted();
        await words.said('How was that?');
        const known = 'A caller is on the line for you. a broken kettle. order number: 4 7.';
        expect(whispers.at(-1)).toBe(warm.accept === undefined ? known : `${known} ${warm.accept}`);
        expect(problems()).toEqual([]);
        caller!.vanish();
        await isOver('caller_hung_up');
      }, 40_000);
    });
});
