/** Moments between callers, who speak local time, and back ends, which want to know of which zone. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Json, ToolResult } from '../../../engine/contracts.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';
import { startToolServer } from '../../loopback/tools.js';
import { Conversation, loadText } from '../dialog/drive.js';

const agent = `
agent: garage
timezone: Europe/Dublin
---
flow: book
examples: [book a service]
slots:
  at: { type: datetime, ask: When would suit you? }
tools:
  book:
    effect: write
    input: { at: datetime, also: { list: { at: datetime } } }
    output: { ready: datetime, next: { list: { at: datetime } } }
    http: { post: "{{ env.GARAGE }}/book/{{ at }}" }
states:
  ask: { collect: at, to: book }
  book: { call: book, with: { also: "{{ [{'at': at}] }}" }, transitions: [{ on: error, to: human }], to: tell }
  tell:
    say: "It is ready {{ book.ready | say_date }} at {{ book.ready | say_time }}."
    transitions: [{ if: book.ready < now, to: past }]
    to: end
  past: { say: It is ready now., to: end }
`;

let server: Awaited<ReturnType<typeof startToolServer>>;
beforeEach(async () => {
  server = await startToolServer();
});
afterEach(() => server.close());

async function talkOf(answer: Record<string, Json>, mocked = false) {
  const loaded = await loadText(agent);
  server.answers[`/book/${encodeURIComponent('2026-07-04T19:00:00+01:00')}`] = answer;
  const mocks = new Map([['book', [{ delayMs: 0, gives: answer, line: 1 }]]]);
  const runner = createToolRunner(loaded, { mode: mocked ? 'mock' : 'real', env: { GARAGE: server.url }, mocks });
  const at = '2026-07-04T19:00';
  const result: ToolResult = await runner.run(
    { callId: 'd/1/book/1', tool: 'book', flow: 'book', effect: 'write', input: { at, also: [{ at }] } },
    new AbortController().signal,
  );
  return { loaded, result };
}

describe('a moment', () => {
  it('goes out with the offset of the agent’s zone, in the address, the body and lists', async () => {
    await talkOf({});
    const [request] = server.requests;
    expect(decodeURIComponent(request!.path)).toBe('/book/2026-07-04T19:00:00+01:00');
    const moment = '2026-07-04T19:00:00+01:00';
    expect(JSON.parse(request!.body)).toEqual({ at: moment, also: [{ at: moment }] });
  });

  it.each([true, false])('comes in as local time, whatever its offset (stand-in: %s)', async (mocked) => {
    const { result } = await talkOf({ ready: '2026-07-06T15:30:00Z', next: [{ at: '2026-07-07T09:00:00+02:00' }] }, mocked);
    expect(result.value).toEqual({ ready: '2026-07-06T16:30', next: [{ at: '2026-07-07T08:00' }] });
  }); // prettier-ignore

  it('is spoken and compared as local time', async () => {
    const { loaded, result } = await talkOf({ ready: '2026-07-06T15:30:00Z' });
    const at = (now: string): Conversation => {
      const talk = Conversation.of(loaded, { now, start: { flow: 'book' }, tools: { book: () => result } });
      talk.input({ kind: 'open' });
      return talk;
    };
    const early = at('2026-07-04T10:00:00');
    expect((await early.say('this Saturday at seven in the evening')).text).toContain('at half past four');
    // An hour after it in Dublin, and half an hour after it in UTC.
    const late = at('2026-07-06T16:45:00');
    expect((await late.say('tomorrow at nine in the morning')).text).toContain('ready now');
  });
});
