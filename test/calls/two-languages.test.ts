/** A call that goes on in another language: what goes over the wire to those who hear and speak it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Phone, type PhoneMessage } from '../../cli/caller/phone.js';
import { RealClock } from '../../engine/clock.js';
import { eventually, tone } from '../conformance/line.js';
import { loopbackKey as cartesiaKey, startCartesia, type LoopbackCartesia } from '../loopback/cartesia.js';
import { loopbackKey as deepgramKey, startDeepgram, type LoopbackDeepgram } from '../loopback/deepgram.js';
import { startReal, type RealServer } from './real-server.js';

const museum = `
agent: museum
languages: [en-IE, es]
start: tickets
lexicon: { tickets: tick its, visita: no sound of Spanish }
no_input_after: 60s
voice: { stt: deepgram/nova-3, tts: cartesia/sonic-3, voice: v-english, es: { stt: deepgram/nova-2, voice: v-spanish } }
---
flow: tickets
title: your tickets
examples: [I want tickets]
slots:
  count: { type: integer, ask: How many tickets? }
  size: { type: choice, options: { short: [], long: [] }, ask: The short or the long tour? }
states:
  ask: { collect: [count, size], to: end }
---
locale: es
words:
  tickets.title: sus entradas
  ask.count.1: ¿Cuántas entradas?
  ask.size.1: ¿La visita corta o la larga?
examples: { tickets: [quiero entradas] }
lexicon: { visita: bisíta }
slots: { tickets.size: { options: { short: corta, long: larga } } }
`;
/** Seconds of the sound that the recogniser was sent. */
const saidAtS = 1.5;
const utterance = (...words: string[]): { words: { word: string; start: number; end: number }[] } => ({
  words: words.map((word, at) => ({ word, start: saidAtS + at * 0.35, end: saidAtS + at * 0.35 + 0.3 })),
});

describe('a call that goes on in Spanish', () => {
  let deepgram: LoopbackDeepgram;
  let cartesia: LoopbackCartesia;
  let server: RealServer;

  beforeAll(async () => {
    deepgram = await startDeepgram();
    cartesia = await startCartesia();
    server = await startReal({
      agents: { museum: { 'agent.yaml': museum } },
      env: {
        PARLEY_VAD: 'energy',
        DEEPGRAM_URL: deepgram.url,
        DEEPGRAM_API_KEY: deepgramKey,
        CARTESIA_URL: cartesia.url,
        CARTESIA_API_KEY: cartesiaKey,
      },
    });
  });
  beforeEach(() => {
    cartesia.requests.length = 0;
    deepgram.connections.length = 0;
    server.records.length = 0;
  });
  afterAll(async () => {
    await server.close();
    await deepgram.close();
    await cartesia.close();
  });

  const spoken = (): string[] =>
    cartesia.requests.map(
      ({ transcript, language, voice }) => `${String(language)} ${(voice as { id: string }).id}: ${String(transcript)}`,
    );

  /** A caller who asks for Spanish and answers in it. Returns what the agent said and what it heard. */
  async function callInSpanish(): Promise<{ said: string[]; heard: string[] }> {
    const said: string[] = [];
    const heard: string[] = [];
    deepgram.script = [utterance('spanish', 'please')];
    const phone = await Phone.dial(`${server.callUrl}?agent=museum`, {
      clock: new RealClock(),
      onMessage: ({ type, who, text, final }: PhoneMessage) => {
        if (type === 'transcript' && final === true) (who === 'agent' ? said : heard).push(String(text));
      },
    });
    const speak = async (connection: number): Promise<void> => {
      await phone.until(() => (deepgram.connections[connection]?.audioS ?? 0) >= saidAtS - 0.05, 20_000);
      await phone.say(tone(7200, 300).map((sample, at) => sample * Math.abs(Math.sin(at / 400))));
    };
    await phone.until(() => deepgram.connections.length === 1, 20_000);
    // What the next connection will hear.
    deepgram.script = [utterance('dos', 'entradas')];
    await speak(0);
    await phone.until(() => said.includes('¿Cuántas entradas?'), 20_000);
    await speak(1);
    await phone.until(() => said.includes('¿La visita corta o la larga?') && phone.agentSilentMs > 300, 20_000);
    phone.hangUp();
    await eventually(() => server.records.length === 1);
    return { said, heard };
  }

  it('B99 is heard and spoken in Spanish from the next words on, by the recogniser, the voice and the lexicon of that language', async () => {
    const { said, heard } = await callInSpanish();
    expect(heard).toEqual(['spanish please', 'dos entradas']);
    expect(said).toEqual([
      'How many tickets?',
      'Claro, seguimos en español.',
      '¿Cuántas entradas?',
      '¿La visita corta o la larga?',
    ]);
    expect(deepgram.connections.map(({ query }) => `${query.get('language')!} ${query.get('model')!}`)).toEqual([
      'en-IE nova-3',
      'es nova-2',
    ]);
    expect(spoken()).toEqual([
      'en v-english: How many tick its?',
      'es v-spanish: Claro, seguimos en español.',
      'es v-spanish: ¿Cuántas entradas?',
      'es v-spanish: ¿La bisíta corta o la larga?',
    ]);
    expect([...deepgram.problems, ...cartesia.problems]).toEqual([]);
    expect(server.lines.filter((line) => line.includes('"level":"warn"'))).toEqual([]);
  });

  it('has fixed sentences of both languages kept: the next caller hears them from memory', async () => {
    const { said } = await callInSpanish();
    expect(said).toHaveLength(4);
    expect(spoken()).toEqual([]);
  });
});

describe('a server without the keys for another language', () => {
  it('says when it starts, not in the call, what is not heard and spoken, and which keys cure it', async () => {
    const server = await startReal({ agents: { museum: { 'agent.yaml': museum } }, env: { PARLEY_VAD: 'energy' } });
    await server.close();
    expect(server.lines).toContainEqual(
      'Speech: calls in es will not be understood: the embedded recogniser and voice know English only. Set DEEPGRAM_API_KEY and CARTESIA_API_KEY.',
    );
  });
});
