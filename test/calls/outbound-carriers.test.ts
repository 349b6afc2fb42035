/** Calls that we place by Plivo, Vonage and jambonz: a person, a machine, nobody. What is common: outbound.test.ts. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OutgoingCall } from '../../runtime/server/outgoing-calls.js';
import { eventually } from '../conformance/line.js';
import { JambonzAccount } from '../loopback/jambonz-account.js';
import { PlivoTwin } from '../loopback/plivo.js';
import { isSilent, type Telephone } from '../loopback/telephone.js';
import { VonageTwin } from '../loopback/vonage.js';
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
const ourNumber = '+35315550000';
const secret = 'what jambonz knows';

/** The far end of a call that we placed. */
interface Callee {
  takes(): Promise<unknown>;
  /** What the carrier hears of who took it; `over`: that a machine's greeting is, where it can tell. */
  hears(who: 'person' | 'machine' | 'over'): Promise<unknown>;
  /** Nobody took it. */
  ends(how: 'busy' | 'no answer' | 'failed'): Promise<unknown>;
  key(digit: string): void;
  telephone: Telephone;
  /** Whether the carrier was asked to find out who takes it, and for how long it rings. */
  asked: { detects: boolean; ringSeconds: number };
}

describe('a call that we place', () => {
  let plivo: PlivoTwin;
  let vonage: VonageTwin;
  let jambonz: JambonzAccount;
  let server: RealServer;
  const words = watchedWords();
  let callees = 0;

  const carriers: Record<string, { tellsOver: boolean; callee(): Callee; problems(): string[] }> = {
    plivo: {
      tellsOver: false,
      problems: () => plivo.problems,
      callee() {
        const { body, call, takes, hears, ends } = plivo.placed!;
        const statuses = { busy: 'busy', 'no answer': 'no-answer', failed: 'failed' };
        return {
          takes,
          hears: (who) => hears(who === 'person' ? 'false' : 'true'),
          ends: (how) => ends(statuses[how]),
          key: (digit) => call.key(digit),
          telephone: call.telephone,
          asked: { detects: body.machine_detection === 'true', ringSeconds: Number(body.ring_timeout) },
        };
      },
    },
    vonage: {
      tellsOver: true,
      problems: () => vonage.problems,
      callee() {
        const { body, call, takes, told } = vonage.placed!;
        const statuses = { busy: 'busy', 'no answer': 'timeout', failed: 'failed' };
        return {
          takes,
          hears: (who) =>
            who === 'over'
              ? told('machine', { sub_state: 'beep_start' })
              : told(who === 'person' ? 'human' : 'machine'),
          ends: (how) => told(statuses[how]),
          key: (digit) => call.key(digit),
          telephone: call.telephone,
          asked: { detects: body.advanced_machine_detection !== undefined, ringSeconds: body.ringing_timer },
        };
      },
    },
    jambonz: {
      tellsOver: true,
      problems: () => [...jambonz.problems, ...(jambonz.placed?.call.problems ?? [])],
      callee() {
        const { body, call } = jambonz.placed!;
        const statuses = { busy: 'busy', 'no answer': 'no-answer', failed: 'failed' };
        const types = {
          person: 'amd_human_detected',
          machine: 'amd_machine_detected',
          over: 'amd_machine_stopped_speaking',
        };
        return {
          takes: () => jambonz.takes(),
          hears: (who) => jambonz.hears(types[who]),
          ends: (how) => jambonz.told(statuses[how]),
          key: (digit) => call.key(digit),
          telephone: call.telephone,
          asked: { detects: body.amd !== undefined, ringSeconds: body.timeout },
        };
      },
    },
  };

  beforeAll(async () => {
    plivo = await PlivoTwin.start();
    vonage = await VonageTwin.start();
    jambonz = await JambonzAccount.start();
    server = await startReal({
      agents: { remind },
      env: {
        PLIVO_AUTH_ID: plivo.authId,
        PLIVO_AUTH_TOKEN: plivo.authToken,
        PLIVO_API_BASE: plivo.apiBase,
        VONAGE_SIGNATURE_SECRET: vonage.signatureSecret,
        VONAGE_APPLICATION_ID: vonage.applicationId,
        VONAGE_PRIVATE_KEY: vonage.privateKey,
        VONAGE_API_BASE: vonage.apiBase,
        JAMBONZ_SECRET: secret,
        JAMBONZ_ACCOUNT_SID: jambonz.accountSid,
        JAMBONZ_API_KEY: jambonz.apiKey,
        JAMBONZ_API_BASE: jambonz.apiBase,
        PARLEY_CALL_FROM: ourNumber,
        PARLEY_CALLS_PER_MINUTE: '40',
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
    await Promise.all([plivo.close(), vonage.close(), jambonz.close()]);
    expect(server.lines.join('\n')).not.toMatch(/3538720|35315550000/);
  });

  for (const [carrier, { tellsOver, callee, problems }] of Object.entries(carriers))
    describe(`by ${carrier}`, () => {
      /** Each once: nobody is rung more than twice a minute. */
      const dial = async (detectsMachine = true): Promise<{ call: OutgoingCall; far: Callee }> => {
        const to = `+3538720${String(++callees).padStart(5, '0')}`;
        const call = await server.started.server.dial({ to, agent: 'remind', carrier, detectsMachine, ringMs: 25_000 });
        return { call, far: callee() };
      };
      const taken = async (far: Callee): Promise<void> => {
        await far.takes();
        await eventually(() => server.started.server.calls.size > 0);
      };

      it('is spoken into when a person took it, and not before; the flow knows who called whom', async () => {
        const { call, far } = await dial();
        expect(far.asked).toEqual({ detects: true, ringSeconds: 25 });
        await eventually(() => call.status === 'ringing');
        await taken(far);
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(words.texts).toEqual([]);
        await far.hears('person');
        await words.said('Hello, this is the clinic. An outbound call.');
        far.key('1');
        const record = await call.done;
        expect(record).toMatchObject({ id: call.id, transport: carrier, direction: 'outbound', answeredBy: 'person', ended: 'completed' }); // prettier-ignore
        expect(problems()).toEqual([]);
      }, 20_000);

      it('waits out the greeting of a machine, leaves its message and hangs up', async () => {
        const { call, far } = await dial();
        await taken(far);
        await far.hears('machine');
        await new Promise((resolve) => setTimeout(resolve, 300));
        expect(words.texts).toEqual([]);
        // Who does not tell that it is over is silent for so long that it is heard to be.
        if (tellsOver) await far.hears('over');
        expect(await call.done).toMatchObject({ answeredBy: 'machine', ended: 'completed', turns: [{ who: 'agent' }] });
        expect(words.texts).toEqual(['This is the clinic. Please call us back.']);
        expect(far.telephone.heard.some((frame) => !isSilent(frame))).toBe(true);
        expect(problems()).toEqual([]);
      }, 30_000);

      it('remembers who took it where that is told before the sound is there, and asks nobody where nobody wants to know', async () => {
        const early = await dial();
        await early.far.hears('person');
        await taken(early.far);
        await words.said('Hello, this is the clinic.');
        early.far.key('1');
        expect(await early.call.done).toMatchObject({ answeredBy: 'person' });
        words.clear();
        const { call, far } = await dial(false);
        expect(far.asked.detects).toBe(false);
        await taken(far);
        await words.said('Hello, this is the clinic.');
        far.key('1');
        expect((await call.done).ended).toBe('completed');
      }, 30_000);

      for (const [how, ended] of [
        ['busy', 'busy'],
        ['no answer', 'no_answer'],
        ['failed', 'failed'],
      ] as const)
        it(`leaves a record when it comes to ${how}`, async () => {
          const { call, far } = await dial();
          await far.ends(how);
          expect(await call.done).toMatchObject({ ended, transport: carrier, direction: 'outbound', turns: [] });
          expect(server.records).toHaveLength(1);
          expect(problems()).toEqual([]);
        });
    });
});
