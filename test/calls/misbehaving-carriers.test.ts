/** Twilio's and Telnyx' wire at its worst: marks that are late or lost, sound twice and mixed up, sockets half open. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { CarrierCall } from '../loopback/carrier.js';
import { isSilent } from '../loopback/telephone.js';
import { TelnyxTwin } from '../loopback/telnyx.js';
import { startReal, type RealServer } from './real-server.js';
import { talker } from './telephone-calls.js';
import { watchedWords } from './watched-words.js';

const authToken = '12345678901234567890123456789012';

interface Caller {
  misbehave(faults: { losesMarks?: boolean; lateMarksMs?: number; order?: readonly number[]; twice?: boolean }): void;
  heard: readonly Int16Array[];
  key(digit: string): void;
  /** The carrier tells that the call is over; the socket stays as it is. */
  endsHalfOpen(): Promise<unknown>;
  clears(): number;
  problems(): readonly string[];
}

describe('a carrier that misbehaves', () => {
  let telnyx: TelnyxTwin;
  let server: RealServer;
  let callers = 0;
  const words = watchedWords();

  beforeAll(async () => {
    telnyx = await TelnyxTwin.start();
    server = await startReal({
      agents: { talker },
      env: {
        TWILIO_AUTH_TOKEN: authToken,
        TELNYX_API_KEY: telnyx.apiKey,
        TELNYX_PUBLIC_KEY: telnyx.publicKey,
        TELNYX_API_BASE: telnyx.apiBase,
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
    await telnyx.close();
  });

  const number = (): string => `+3538730${String(++callers).padStart(5, '0')}`;
  const carriers: Record<string, () => Promise<Caller>> = {
    async Twilio() {
      const { url } = server.started.server;
      const call = await CarrierCall.place({ webhook: `${url}/twilio/voice?agent=talker`, authToken, from: number() });
      return {
        misbehave: (faults) => void (call.faults = faults),
        heard: call.heard,
        key: (digit) => call.key(digit),
        endsHalfOpen: () => call.post(`${url}/twilio/status`, { CallStatus: 'completed' }),
        clears: () => call.clears.length,
        problems: () => call.problems,
      };
    },
    async Telnyx() {
      const { call } = await telnyx.ring(`${server.started.server.url}/telnyx/voice?agent=talker`, { from: number() });
      return {
        misbehave({ order = [0], ...faults }) {
          call.faults = faults;
          call.shuffle = order;
        },
        heard: call.heard,
        key: (digit) => call.key(digit),
        endsHalfOpen: () => call.hangUp('half open'),
        clears: () => call.clears,
        problems: () => telnyx.problems,
      };
    },
  };

  for (const [name, ring] of Object.entries(carriers)) {
    for (const [what, faults] of [
      ['loses marks', { losesMarks: true }],
      ['tells marks 700 ms late', { lateMarksMs: 700 }],
      ['sends sound twice and mixed up', { order: [1, 0, 3, 2], twice: true }],
    ] as const)
      it(`and ${what} (${name}) is spoken to all the same: a key silences us at once, and the farewell is heard`, async () => {
        const caller = await ring();
        caller.misbehave(faults);
        await eventually(() => caller.heard.some((frame) => !isSilent(frame)), 8000);
        caller.key('1');
        await words.said('Goodbye then.');
        await eventually(() => server.records.length === 1, 10_000);
        const [record] = server.records;
        expect(record!.ended).toBe('completed');
        if ('twice' in faults) expect(record!.counters.repeated_media).toBeGreaterThan(5);
        expect(caller.clears()).toBe(1);
        expect(caller.problems()).toEqual([]);
      }, 30_000);

    it(`and leaves the socket half open (${name}) is believed when it tells that the call is over`, async () => {
      const caller = await ring();
      await eventually(() => caller.heard.some((frame) => !isSilent(frame)), 8000);
      await caller.endsHalfOpen();
      await eventually(() => server.records.length === 1, 10_000);
      expect(server.records[0]!.ended).toBe('caller_hung_up');
    }, 30_000);
  }
});
