import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { LanguageModel, ModelPiece, Out } from '../../../engine/contracts.js';
import { createOpenAiCompatible } from '../../../intents/language-models/openai-compatible.js';
import { startModelServer, type ModelServerReply } from '../../loopback/model.js';
import { heard, openSmall, spoken } from './open-small.js';

let closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing) await close();
  closing = [];
});

/** A dialog whose model answers over the wire, piece by piece, as the test says. */
async function talk(options: { resident?: boolean } = {}) {
  let got: (reply: ModelServerReply) => void;
  const asked = new Promise<ModelServerReply>((resolve) => (got = resolve));
  const server = await startModelServer((reply) => got(reply));
  closing.push(server.close);
  const clock = new VirtualClock();
  const model = createOpenAiCompatible({ url: server.url, model: 'small' });
  const opened = await openSmall({ clock, model, ...options });
  const stop = new AbortController();
  const input = { kind: 'utterance', text: 'model', atMs: 0 } as const;
  const outs = opened.dialog.turn(input, { signal: stop.signal })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => spoken([(await outs.next()).value as Out])[0]!;
  const rest = async (): Promise<string[]> => {
    const all: string[] = [];
    for (let out = await outs.next(); !out.done; out = await outs.next()) all.push(...spoken([out.value]));
    return all;
  };
  return { ...opened, server, clock, asked, next, rest, stop };
}

async function logOf(saver: { getTuple: (config: { configurable: object }) => Promise<unknown> }): Promise<string[]> {
  const tuple = (await saver.getTuple({ configurable: { thread_id: 'd' } })) as {
    checkpoint: { channel_values: { dialog: { log: string[] } } };
  };
  return tuple.checkpoint.channel_values.dialog.log;
}

describe.each([
  ['turn', false],
  ['resident', true],
])('words of a model, %s driver', (_name, resident) => {
  it('leave sentence by sentence: the first before the second is complete', async () => {
    const { asked, next, rest, server, saver } = await talk({ resident });
    const first = next();
    const reply = await asked;
    reply.text('Of course I can');
    reply.text(' help you. Which ');
    expect(await first).toBe('small/talk: Of course I can help you.');
    // Only now is the second one written to its end.
    const second = next();
    reply.text('order is it? Tell');
    expect(await second).toBe('small/talk: Which order is it?');
    reply.text(' me');
    reply.end();
    expect(await rest()).toEqual(['small/talk: Tell me', 'listen']);
    expect(server.requests[0]!.body.messages![0]).toEqual({ role: 'system', content: 'Talk.' });
    expect(await logOf(saver)).toEqual(['model', 'said Of course I can help you. Which order is it? Tell me']);
  });

  it('stop when the caller interrupts, and what was heard of them is kept', async () => {
    const { asked, next, rest, stop, server, saver } = await talk({ resident });
    const first = next();
    (await asked).text('Of course I can help you. Which order');
    await first;
    stop.abort(heard({ id: 'small/talk', text: 'Of course I can help you.', share: 0.5 }));
    expect(await rest()).toEqual(['listen']);
    expect(await logOf(saver)).toEqual(['model', 'heard Of course I']);
    while (!server.requests[0]!.abandoned) await new VirtualClock().settle();
  });
});

describe('words of a model that is', () => {
  const fixed = ['small/talk: The fixed line.', 'listen'];

  it('B65 absent: the fixed line is said', async () => {
    const { say } = await openSmall();
    expect(spoken(await say('model'))).toEqual(fixed);
  });

  it('B63 late with its first sentence: the fixed line is said after 1.5 seconds, not before', async () => {
    const { asked, next, rest, clock, problems } = await talk();
    const first = next();
    (await asked).text('Well, you see');
    let said = false;
    void first.then(() => (said = true));
    await clock.advance(1499);
    expect(said).toBe(false);
    await clock.advance(1);
    expect([await first, ...(await rest())]).toEqual(fixed);
    expect(problems).toEqual(['small: no first sentence in time; the fixed line is said']);
  });

  it('B65 refusing: the fixed line is said, and the log has the reason', async () => {
    const { asked, rest, problems } = await talk();
    const all = rest();
    (await asked).fail(401);
    expect(await all).toEqual(fixed);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^small: .*401.*; the fixed line is said$/);
  });

  it('B63 dying in mid-sentence: what was said stands and nothing is said twice', async () => {
    const { asked, next, rest, problems } = await talk();
    const first = next();
    const reply = await asked;
    reply.text('All is well. But');
    expect(await first).toBe('small/talk: All is well.');
    reply.die();
    expect(await rest()).toEqual(['listen']);
    expect(problems[0]).toMatch(/; what was said stands$/);
  });

  it('B64 dribbling in mid-sentence: what is there is said at a clause or a whole word, and the rest when it comes', async () => {
    const { asked, next, rest, clock } = await talk();
    const first = next();
    const reply = await asked;
    reply.text('All is well. But for the two of you, I can on');
    await first;
    const clause = next();
    await clock.advance(2999);
    let said = false;
    void clause.then(() => (said = true));
    await clock.settle();
    expect(said).toBe(false);
    await clock.advance(1);
    expect(await clause).toBe('small/talk: But for the two of you,');
    const words = next();
    reply.text('ly offer a table at ni');
    await clock.advance(3000);
    expect(await words).toBe('small/talk: I can only offer a table at');
    const end = rest();
    reply.text('ne.');
    reply.end();
    expect(await end).toEqual(['small/talk: nine.', 'listen']);
  });

  it('silent after its first sentence: the turn ends after four more seconds', async () => {
    const { asked, next, rest, clock } = await talk();
    const first = next();
    (await asked).text('All is well. But');
    await first;
    const end = rest();
    await clock.advance(4000);
    expect(await end).toEqual(['listen']);
  });

  it('deaf to its signal: the turn ends all the same', async () => {
    const clock = new VirtualClock();
    const model: LanguageModel = {
      name: 'deaf',
      stream: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<ModelPiece>>(() => {}) }),
      }),
    };
    const { say } = await openSmall({ clock, model });
    const outs = say('model');
    await clock.advance(1500);
    expect(spoken(await outs)).toEqual(fixed);
  });
});
