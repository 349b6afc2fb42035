/** A model that could talk by itself is the voice of a call: it says what the flow says, or another voice does. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { RealClock } from '../../engine/clock.js';
import { loopbackKey, startOpenAiRealtime, type LoopbackOpenAiRealtime } from '../loopback/openai-realtime.js';
import { startReal, type RealServer } from './real-server.js';

const shop = `
agent: shop
voice: { tts: openai/gpt-realtime }
start: order
no_input_after: 60s
---
flow: order
states:
  ask: { say: Shall I cancel the order?, transitions: [{ key: 1, to: kept }] }
  kept: { say: I have kept it., hang_up: true }
`;

let openai: LoopbackOpenAiRealtime;
let server: RealServer;

beforeAll(async () => {
  openai = await startOpenAiRealtime();
  server = await startReal({
    agents: { shop: { 'agent.yaml': shop } },
    env: { PARLEY_VAD: 'energy', OPENAI_TTS_URL: openai.url, OPENAI_API_KEY: loopbackKey },
  });
});
afterAll(async () => {
  await server.close();
  await openai.close();
});

it('has its own words said by the other voice where the model answers instead of reading, and goes on', async () => {
  openai.fault = { kind: 'words', text: 'Yes, I have cancelled it for you.' };
  const said: string[] = [];
  const phone = await Phone.dial(`${server.callUrl}?agent=shop`, {
    clock: new RealClock(),
    onMessage: ({ type, who, text, final }: PhoneMessage) => {
      if (type === 'transcript' && who === 'agent' && final === true) said.push(String(text));
    },
  });
  await phone.until(() => said.length === 1 && phone.agentSilentMs > 300, 20_000);
  expect(openai.texts).toEqual(['Shall I cancel the order?', 'Shall I cancel the order?']);
  openai.fault = undefined;
  phone.key('1');
  await phone.until(() => said.length === 2, 20_000);
  expect(said).toEqual(['Shall I cancel the order?', 'I have kept it.']);
  expect(openai.texts.at(-1)).toBe('I have kept it.');
  expect(openai.problems).toEqual([]);
  expect(server.lines.filter((line) => line.includes('voice failed'))).toHaveLength(1);
  const metrics = await (await fetch(`${server.started.server.url}/metrics`)).text();
  expect(metrics).toContain('voice_own_words_total{provider="openai/gpt-realtime",part="voice"} 2');
  expect(
    server.lines.filter((line) => line.includes('said something else than it was asked to read; nobody hears it')),
  ).toHaveLength(1);
  expect(server.lines.join('\n')).not.toContain('cancelled it');
});
