/** Ear, model and voice of one call are OpenAI's Realtime, and yet the flow says where the call goes and what is said. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { RealClock } from '../../engine/clock.js';
import { eventually, tone } from '../conformance/line.js';
import { loopbackKey, startOpenAiRealtime, type LoopbackOpenAiRealtime } from '../loopback/openai-realtime.js';
import { startRealtimeModel, type LoopbackRealtimeModel, type RealtimePart, type RealtimeQuestion } from '../loopback/openai-realtime-model.js'; // prettier-ignore
import { startOpenAiTranscription, type LoopbackOpenAiTranscription } from '../loopback/openai-transcription.js';
import { startReal, type RealServer } from './real-server.js';

const shop = `
agent: shop
voice: { stt: openai/realtime, tts: openai/gpt-realtime }
llm: openai/realtime
router: { llm_deadline: 8s }
start: order
no_input_after: 60s
---
flow: order
intents:
  cancel_it: [cancel my order, i do not want it any more]
  where_is_it: [where is my order, has it been sent]
  buy_more: [i want to buy something, add a lamp to my basket]
states:
  ask:
    say: What about your order?
    transitions:
      - { intent: where_is_it, to: sent }
      - { intent: cancel_it, to: cancelled }
    no_match: [{ say: "Is it about where it is, or to cancel it?" }]
  sent: { say: It was sent today., to: ask }
  cancelled: { say: It is cancelled., hang_up: true }
`;
const said = (text: string, fromS: number) => ({
  words: text.split(' ').map((word, at) => ({ word, start: fromS + at * 0.25, end: fromS + at * 0.25 + 0.2 })),
});

let ear: LoopbackOpenAiTranscription;
let mind: LoopbackRealtimeModel;
let voice: LoopbackOpenAiRealtime;
let server: RealServer;
let answer: (question: RealtimeQuestion) => RealtimePart[];

beforeAll(async () => {
  [ear, mind, voice] = await Promise.all([
    startOpenAiTranscription(),
    startRealtimeModel((question) => answer(question)),
    startOpenAiRealtime(),
  ]);
  server = await startReal({
    agents: { shop: { 'agent.yaml': shop } },
    env: {
      PARLEY_VAD: 'energy',
      OPENAI_API_KEY: loopbackKey,
      OPENAI_BASE_URL: mind.url,
      OPENAI_STT_URL: ear.url,
      OPENAI_TTS_URL: voice.url,
    },
  });
});
afterAll(async () => {
  await server.close();
  await Promise.all([ear.close(), mind.close(), voice.close()]);
});

const named = ({ tools }: RealtimeQuestion, part: string): string =>
  tools.map(({ name }) => name).find((name) => name.includes(part))!;

it('hears, chooses among the legal moves and reads aloud; what it words itself and what is not legal moves nothing', async () => {
  // What the ear makes of the sound, by seconds of it.
  const spoken = [
    'the parrot wonders about that parcel',
    'no lamp for the walrus',
    'the walrus would rather be without',
  ];
  const fromS = [1.5, 8.5, 16];
  ear.script = spoken.map((text, at) => said(text, fromS[at]!));
  const ownWords: RealtimePart = { kind: 'text', pieces: ['I have refunded ', 'everything for you.'] };
  const answers: ((question: RealtimeQuestion) => RealtimePart[])[] = [
    (question) => [ownWords, { kind: 'call', name: named(question, 'where_is_it'), arguments: '{}', parts: 2 }],
    // A move of another place, with a speech.
    () => [
      { kind: 'audio', transcript: 'Refunded!' },
      { kind: 'call', name: 'order_buy_more_1', arguments: '{}' },
    ],
    (question) => [{ kind: 'call', name: named(question, 'cancel_it'), arguments: '{}' }],
  ];
  answer = (question) => answers.shift()!(question);
  const heard: string[] = [];
  const told: string[] = [];
  const phone = await Phone.dial(`${server.callUrl}?agent=shop`, {
    clock: new RealClock(),
    onMessage: ({ type, who, text, final }: PhoneMessage) => {
      if (type === 'transcript' && final === true) (who === 'agent' ? told : heard).push(String(text));
    },
  });
  for (const [at, text] of spoken.entries()) {
    await phone.until(() => (ear.audioS[0] ?? 0) >= fromS[at]! - 0.05, 30_000);
    await phone.say(tone(2000 * text.split(' ').length, 300));
    await phone.until(() => heard.length === at + 1, 20_000);
  }
  await eventually(() => server.records.length === 1, 20_000);

  expect(heard).toEqual(spoken);
  const [ask, again] = ['What about your order?', 'Is it about where it is, or to cancel it?'];
  expect(told).toEqual([ask, 'It was sent today.', ask, again, ask, 'It is cancelled.']);
  expect(new Set(voice.texts)).toEqual(new Set(told));
  // Each question offered what was legal there, over the one connection that stood ready.
  expect(mind.questions).toHaveLength(3);
  for (const question of mind.questions) {
    expect(question.tool_choice).toBe('required');
    const names = question.tools.map(({ name }) => name);
    expect(names.length).toBeLessThanOrEqual(6);
    expect(names).toContain('none_of_these');
    expect(names.filter((name) => name.startsWith('order_'))).toEqual([
      expect.stringContaining('where_is_it'),
      expect.stringContaining('cancel_it'),
    ]);
  }
  expect(mind.connections).toHaveLength(1);
  expect(server.records[0]!.usage?.filter(({ who }) => who === 'gpt-realtime')).toMatchObject([
    { what: 'llm_input_tokens', amount: 120 },
    { what: 'llm_output_tokens', amount: 18 },
  ]);
  const log = server.lines.join('\n');
  expect(log).toContain('gpt-realtime worded a reply where it was to choose a move; nobody hears it (1 so far)');
  expect(log).toContain('answered without one clean call of a function that was offered');
  expect(log).not.toMatch(/refunded|walrus|parrot/i);
  expect([...ear.problems, ...mind.problems, ...voice.problems]).toEqual([]);
}, 90_000);
