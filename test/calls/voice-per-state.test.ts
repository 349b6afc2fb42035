/** Who speaks and how fast in each state: what goes over the wire to the voice. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { RealClock } from '../../engine/clock.js';
import { loopbackKey, startCartesia, type LoopbackCartesia } from '../loopback/cartesia.js';
import { startReal, type RealServer } from './real-server.js';

const shop = `
agent: shop
languages: [en-IE, es]
language: en-IE
voice: { tts: cartesia/sonic-3, voice: katie, pace: 0.9, es: { voice: lucia } }
start: news
no_input_after: 60s
---
flow: news
voice: { pace: 1.2, es: { voice: carmen, pace: 1.4 } }
states:
  plain: { say: Good morning., to: sad }
  sad: { say: We are closed today., voice: { voice: "tom?emotion=sad", pace: 0.8 }, to: late }
  late: { say: Back tomorrow., voice: { voice: tom }, to: ask }
  ask: { say: Which language?, transitions: [{ key: 1, to: bye }] }
  bye: { say: Goodbye., voice: { voice: tom }, hang_up: true }
---
locale: es
words:
  news/plain: Buenos días.
  news/sad: Hoy está cerrado.
  news/late: Mañana abrimos.
  news/ask: ¿Qué idioma?
  news/bye: Adiós.
`;

let cartesia: LoopbackCartesia;
let server: RealServer;

beforeAll(async () => {
  cartesia = await startCartesia();
  server = await startReal({
    agents: { shop: { 'agent.yaml': shop } },
    env: { PARLEY_VAD: 'energy', CARTESIA_URL: cartesia.url, CARTESIA_API_KEY: loopbackKey },
  });
});
afterAll(async () => {
  await server.close();
  await cartesia.close();
});

it("asks the voice for each state's speaker, feeling and pace, and for the agent's where a state says nothing", async () => {
  const said: string[] = [];
  const phone = await Phone.dial(`${server.callUrl}?agent=shop`, {
    clock: new RealClock(),
    onMessage: ({ type, who, text, final }: PhoneMessage) => {
      if (type === 'transcript' && who === 'agent' && final === true) said.push(String(text));
    },
  });
  await phone.until(() => said.includes('Which language?'), 20_000);
  expect(
    cartesia.requests.map(({ transcript, voice, generation_config }) => [
      transcript,
      (voice as { id: string }).id,
      generation_config,
    ]),
  ).toEqual([
    ['Good morning.', 'katie', { speed: 1.2 }],
    ['We are closed today.', 'tom', { emotion: 'sad', speed: 0.8 }],
    ['Back tomorrow.', 'tom', { speed: 1.2 }],
    ['Which language?', 'katie', { speed: 1.2 }],
  ]);
  expect(cartesia.problems).toEqual([]);

  // Another provider's voice takes over: it is not asked for a name that it does not know.
  cartesia.fault = { kind: 'refuse', status: 401 };
  await cartesia.hangUp();
  phone.key('1');
  await phone.until(() => said.includes('Goodbye.'), 20_000);
});
