/** Whole calls by jambonz, and by a bare mod_audio_fork, with the embedded speech, against a twin that checks all of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../conformance/line.js';
import { JambonzCall } from '../loopback/jambonz.js';
import { isSilent } from '../loopback/telephone.js';
import { callsServer, type CallsServer } from './telephone-calls.js';

const password = 'what jambonz knows';

for (const marks of [false, true])
  describe(`a call by a jambonz that ${marks ? 'answers' : 'knows no'} marks`, () => {
    let server: CallsServer;
    const http = (): string => server.real.started.server.url;
    const place = (more: Partial<Parameters<typeof JambonzCall.place>[0]> = {}): Promise<JambonzCall> =>
      JambonzCall.place({ http: http(), password, marks, ...more });
    const isOver = (): Promise<void> => eventually(() => server.real.records.length === 1, 10_000);

    beforeAll(async () => {
      server = await callsServer({ env: { JAMBONZ_SECRET: password, JAMBONZ_MARKS: marks ? 'on' : 'off' } });
    });
    beforeEach(() => server.fresh());
    afterAll(() => server.close());

    it('is answered with a listen verb, takes keys, understands what is said, and ends with its socket', async () => {
      const call = await place();
      await server.upTo(call.telephone, '12', (digit) => call.key(digit));
      await server.say(call.telephone, 'no');
      await server.words.said('Goodbye then.', 10_000);
      await isOver();
      expect(server.real.records[0]).toMatchObject({ transport: 'jambonz', ended: 'completed' });
      await eventually(() => call.closed);
      expect(call.telephone.marks.length > 0).toBe(marks);
      expect(call.problems).toEqual([]);
      expect(server.real.lines.join('\n')).not.toContain('353861234567');
    }, 60_000);

    it('falls silent when a key cuts in, whatever else comes over the wire', async () => {
      const call = await place({ agent: 'talker' });
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      call.raw('no JSON {');
      call.raw('{"type":"who knows"}');
      call.raw(Buffer.from([1]));
      call.key('1');
      await isOver();
      expect(call.telephone.clears).toBe(1);
      expect(server.real.records[0]).toMatchObject({
        ended: 'completed',
        counters: { bad_messages: 1, unknown_messages: 1, bad_media: 1 },
      });
      expect(call.problems).toEqual([]);
    }, 30_000);
    if (marks) {
      it('comes to its end when marks are late, or never come; a key that cuts in silences it at once', async () => {
        for (const faults of [{ lateMarksMs: 700 }, { losesMarks: true }]) {
          server.fresh();
          const call = await place({ agent: 'talker' });
          call.telephone.faults = faults;
          // Long enough for marks to be missed.
          await eventually(() => call.telephone.heard.filter((frame) => !isSilent(frame)).length > 120, 15_000);
          call.key('1');
          await server.words.said('Goodbye then.');
          await isOver();
          const [record] = server.real.records;
          expect(record!.ended).toBe('completed');
          // What was cut is what was heard of it, whoever told so: not nothing, and not all.
          const cut = record!.turns.find(({ interrupted }) => interrupted)!;
          expect(cut.text).toMatch(/^This takes a long/);
          expect(cut.text).not.toMatch(/want to hear\.$/);
          expect(call.telephone.clears).toBe(1);
          expect(call.problems).toEqual([]);
        }
      }, 60_000);
      return;
    }

    it('comes by a fork at 16 kHz that was started by hand, with the password and no webhook', async () => {
      const call = new JambonzCall({ http: http(), password });
      const url = new URL(`${http().replace('http', 'ws')}/jambonz/media?agent=talker`);
      await call.listen(url, { sampleRate: 16_000, mixType: 'mono', caller: '1000' }, password);
      await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
      call.key('1');
      await isOver();
      expect(server.real.records[0]!.ended).toBe('completed');
      expect(call.problems).toEqual([]);
    }, 30_000);

    for (const how of ['hangUp', 'vanish'] as const)
      it(`ends when the caller goes in the middle of a word (${how})`, async () => {
        const call = await place();
        await eventually(() => call.telephone.heard.some((frame) => !isSilent(frame)), 8000);
        call[how]();
        await isOver();
        expect(server.real.records[0]!.ended).toBe('caller_hung_up');
      }, 30_000);

    it('lets nobody in without the password or with a guessed token, and takes no two channels', async () => {
      expect((await place({ password: 'guessed' })).status).toBe(401);
      const guessed = await place({ token: 'guessed' });
      await eventually(() => guessed.closed);
      const url = new URL(`${http().replace('http', 'ws')}/jambonz/media`);
      const stranger = new JambonzCall({ http: http(), password });
      await stranger.listen(url, { sampleRate: 8000 }, 'guessed');
      expect(stranger.status).toBe(401);
      const stereo = new JambonzCall({ http: http(), password });
      await stereo.listen(url, { sampleRate: 8000, mixType: 'stereo' }, password);
      await eventually(() => stereo.closed);
      expect(server.real.records).toEqual([]);
    }, 30_000);
  });
