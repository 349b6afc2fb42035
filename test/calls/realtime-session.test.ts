/** One Realtime session is ear, router's model and voice of a call, and yet the flow says where the call goes and what is said. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { RealClock } from '../../engine/clock.js';
import { eventually, tone } from '../conformance/line.js';
import type { RealtimePart, RealtimeQuestion } from '../loopback/openai-realtime-model.js';
import {
  loopbackKey,
  startRealtimeSession,
  type HeardQuestion,
  type LoopbackRealtimeSession,
} from '../loopback/realtime-session.js';
import { startReal, type RealServer } from './real-server.js';

const shop = `
agent: shop
voice: { stt: openai/realtime, tts: openai/realtime }
llm: openai/realtime
router: { llm_deadline: 8s }
start: order
no_input_after: 60s
---
flow: order
intents:
  cancel_it: [cancel my order, i do not want it any more]
  where_is_it: [where is my order, has it been sent]
  read_terms: [what are the terms, read me the small print]
states:
  ask:
    say: What about your order?
    transitions:
      - { intent: where_is_it, to: sent }
      - { intent: cancel_it, to: cancelled }
      - { intent: read_terms, to: terms }
    no_match: [{ say: "Is it about where it is, or to cancel it?" }]
  sent: { say: It was sent today., to: ask }
  terms:
    say: These terms are long and dull and nobody has ever heard all of them to the very end of the call.
    to: ask
  cancelled: { say: It is cancelled., hang_up: true }
`;
const [ask, again] = ['What about your order?', 'Is it about where it is, or to cancel it?'];

let openai: LoopbackRealtimeSession;
let server: RealServer;
let phone: Phone;
let answer: (asked: HeardQuestion) => RealtimePart[];
let heard: string[];
let told: string[];

beforeEach(async () => {
  openai = await startRealtimeSession([], (asked) => answer(asked));
  server = await startReal({
    agents: { shop: { 'agent.yaml': shop } },
    env: { PARLEY_VAD: 'energy', OPENAI_API_KEY: loopbackKey, OPENAI_BASE_URL: openai.url },
  });
  [heard, told] = [[], []];
  phone = await Phone.dial(`${server.callUrl}?agent=shop`, {
    clock: new RealClock(),
    onMessage: ({ type, who, text, final }: PhoneMessage) => {
      if (type === 'transcript' && final === true) (who === 'agent' ? told : heard).push(String(text));
    },
  });
}, 60_000);
afterEach(async () => {
  await server.close();
  await openai.close();
});

/** Words that are heard, each beside what was really said, where that is another. */
async function say(...words: (string | [heard: string, said: string])[]): Promise<void> {
  const fromS = openai.audioS.at(-1)! + 0.25;
  openai.script.push({
    words: words.map((one, n) => {
      const [word, sounds] = typeof one === 'string' ? [one, one] : one;
      return { word, sounds, start: fromS + n * 0.25, end: fromS + n * 0.25 + 0.2 };
    }),
  });
  await phone.say(tone(2000 * words.length, 300));
}
const move = ({ question }: HeardQuestion, part: string): RealtimePart => {
  const { name } = question.tools.find((tool) => tool.name.includes(part))!;
  return { kind: 'call', name, arguments: '{}', parts: 2 };
};
const toldTimes = (text: string): number => told.filter((one) => one === text).length;

it('goes where the caller’s voice says, not where the transcript would: only by legal moves, and in the words of the flow', async () => {
  // Decided on the sound: nothing in the transcripts says so.
  const answers: Record<string, (asked: HeardQuestion) => RealtimePart[]> = {
    'the parcel wandered away': (asked) => [
      { kind: 'text', pieces: ['I have refunded ', 'everything for you.'] },
      move(asked, 'where_is_it'),
    ],
    // A move that was not offered, with a speech.
    'no lamp for the walrus': () => [
      { kind: 'audio', transcript: 'Refunded!' },
      { kind: 'call', name: 'order_refund_1', arguments: '{}' },
    ],
    // Arguments that are none.
    'perhaps a walrus': (asked) => [{ ...move(asked, 'cancel_it'), arguments: '{"note":' } as RealtimePart],
    'the walrus would rather not': (asked) => [move(asked, 'cancel_it')],
  };
  answer = (asked) => answers[asked.sound ?? '']?.(asked) ?? [move(asked, 'none_of_these')];
  await phone.until(() => toldTimes(ask!) === 1 && phone.agentSilentMs > 300, 20_000);
  await say('the', ['parrot', 'parcel'], ['wondered', 'wandered'], ['awake', 'away']);
  await phone.until(() => toldTimes(ask!) === 2 && phone.agentSilentMs > 300, 30_000);
  await say('no', 'lamp', 'for', 'the', 'walrus');
  await phone.until(() => toldTimes(ask!) === 3 && phone.agentSilentMs > 300, 30_000);
  await say('perhaps', 'a', 'walrus');
  await phone.until(() => toldTimes(ask!) === 4 && phone.agentSilentMs > 300, 30_000);
  await say('the', ['warship', 'walrus'], 'would', 'rather', ['knot', 'not']);
  await eventually(() => server.records.length === 1, 30_000);

  expect(heard).toEqual([
    'the parrot wondered awake',
    'no lamp for the walrus',
    'perhaps a walrus',
    'the warship would rather knot',
  ]);
  expect(told).toEqual([ask, 'It was sent today.', ask, again, ask, again, ask, 'It is cancelled.']);
  expect(new Set(openai.texts)).toEqual(new Set(told));
  // All over one connection, which was the call's own and is gone with it; the other stands ready for other voices.
  expect(openai.audioS.filter((heardS) => heardS > 0)).toHaveLength(1);
  await eventually(() => openai.open <= 2, 5000);
  expect(openai.questions.filter(({ sound }) => sound === undefined)).toEqual([]);
  for (const { question } of openai.questions) {
    const names = question.tools.map(({ name }: RealtimeQuestion['tools'][number]) => name);
    expect(names).toContain('none_of_these');
    expect(names.filter((name) => name.startsWith('order_')).length).toBe(3);
  }
  // Each part is counted, once: a gap that the ear fills with silence counts too.
  const { usage = [], durationMs } = server.records[0]!;
  expect(usage.map(({ who, what }) => `${who} ${what}`).sort()).toEqual([
    'gpt-realtime llm_input_tokens',
    'gpt-realtime llm_output_tokens',
    'openai stt_seconds',
    'openai tts_characters',
  ]);
  expect(usage.find(({ what }) => what === 'stt_seconds')!.amount).toBeLessThan((1.5 * durationMs) / 1000);
  expect(usage.find(({ what }) => what === 'llm_input_tokens')!.amount).toBe(40 * openai.questions.length);
  const metrics = await (await fetch(`${server.started.server.url}/metrics`)).text();
  const own = openai.questions.filter(({ sound = '' }) => /parcel|lamp/.test(sound)).length;
  expect(metrics).toContain(`voice_own_words_total{provider="gpt-realtime",part="model"} ${own}`);
  const log = server.lines.join('\n');
  expect(log.match(/worded a reply where it was to choose a move; nobody hears it/g)).toHaveLength(1);
  expect(log).not.toMatch(/refunded|walrus|parrot/i);
  expect(openai.problems).toEqual([]);
}, 120_000);

it('falls silent where the caller cuts in, and answers them', async () => {
  answer = (asked) => [move(asked, asked.sound?.includes('gloomy') ? 'read_terms' : 'cancel_it')];
  await phone.until(() => toldTimes(ask!) === 1 && phone.agentSilentMs > 300, 20_000);
  // The voice is still at it when they do.
  openai.fault = { kind: 'stall', afterChunks: 30 };
  await say('something', 'gloomy', 'for', 'the', 'walrus');
  await phone.until(() => openai.texts.some((text) => text.startsWith('These terms')), 20_000);
  await phone.until(() => phone.agentSilentMs < 50, 20_000);
  const fromS = openai.audioS.at(-1)!;
  await phone.until(() => openai.audioS.at(-1)! > fromS + 1.2, 20_000);
  openai.fault = undefined;
  await say('the', 'walrus', 'is', 'rather', 'bored');
  await eventually(() => openai.cancelled.length > 0, 5000);
  await eventually(() => server.records.length === 1, 30_000);
  const [record] = server.records;
  expect(told.at(-1)).toBe('It is cancelled.');
  expect(record!.interruptions).toHaveLength(1);
  expect(openai.cancelled).toEqual(['voice']);
  // What was not heard is not in the record as said.
  const terms = record!.turns.find(({ text }) => text.startsWith('These terms'))!;
  expect(terms.text.length).toBeLessThan(60);
  expect(openai.problems).toEqual([]);
}, 90_000);

it('goes on in the other voice where the session dies in mid-sentence, and over a new one after it', async () => {
  answer = (asked) => [move(asked, asked.sound?.includes('gloomy') ? 'read_terms' : 'cancel_it')];
  await phone.until(() => toldTimes(ask!) === 1 && phone.agentSilentMs > 300, 20_000);
  // The voice makes no more of the sentence than its beginning.
  openai.fault = { kind: 'stall', afterChunks: 8 };
  await say('something', 'gloomy', 'for', 'the', 'walrus');
  await phone.until(() => openai.texts.some((text) => text.startsWith('These terms')), 20_000);
  await phone.until(() => phone.agentSilentMs < 50, 20_000);
  openai.fault = undefined;
  await openai.hangUp();
  await phone.until(() => toldTimes(ask!) === 2 && phone.agentSilentMs > 300, 30_000);
  await say('the', 'walrus', 'would', 'rather', 'not');
  await eventually(() => server.records.length === 1, 30_000);
  const [record] = server.records;
  expect(record!.turns.map(({ text }) => text).join(' ')).toContain('heard all of them to the very end of the call.');
  expect(told.at(-1)).toBe('It is cancelled.');
  expect(server.lines.filter((line) => line.includes('voice failed'))).toHaveLength(1);
  expect(openai.questions.at(-1)!.sound).toBe('the walrus would rather not');
  expect(record!.counters).toMatchObject({ recogniser_lost: 1 });
  expect(server.lines.join('\n')).not.toMatch(/walrus/);
  expect(openai.problems).toEqual([]);
}, 90_000);

it('never lets the caller hear what the session answers by itself', async () => {
  openai.fault = { kind: 'speaks_up', text: 'Hello I have refunded all that you ever bought in this very shop' };
  answer = (asked) => [move(asked, 'cancel_it')];
  await phone.until(() => toldTimes(ask!) === 1 && phone.agentSilentMs > 300, 20_000);
  await say('the', 'walrus', 'would', 'rather', 'not');
  await eventually(() => server.records.length === 1, 30_000);
  expect(told).toEqual([ask, 'It is cancelled.']);
  expect(openai.unasked).toEqual(['cancelled']);
  const metrics = await (await fetch(`${server.started.server.url}/metrics`)).text();
  expect(metrics).toContain('voice_own_words_total{provider="gpt-realtime",part="session"} 1');
  expect(openai.problems).toEqual([]);
}, 60_000);
