import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import type { Listening } from '../../../engine/contracts.js';
import type { EarEvent } from '../../../runtime/contracts.js';
import { createEar, type PatientEar } from '../../../runtime/ear.js';
import { embeddedStt } from '../../../runtime/stt/embedded/embedded-stt.js';
import { createSilero } from '../../../runtime/vad/silero.js';
import {
  callerVoices,
  chatter,
  createCaller,
  eventsOf,
  hearAll,
  joined,
  listenings,
  onTheLine,
  silence,
} from '../../fixtures/speech.js';

/** Silero, the recogniser and callers on a telephone line at 30 dB, faster than time. */
const caller = createCaller();
const silero = createSilero();
const stt = embeddedStt({ workers: 1 });
const log = { warn: (event: string) => expect.fail(event) };

beforeAll(async () => {
  await Promise.all([silero.warm(), stt.warm!()]);
});
afterAll(() => {
  caller.close();
  silero.close();
  stt.close!();
});

function openEar(listening: Listening): PatientEar {
  const ear = createEar({ vad: silero.open(), stt, clock: new VirtualClock(), language: 'en-US', log });
  ear.tune(listening);
  return ear;
}

const finalsOf = (events: EarEvent[]) => events.filter((event) => event.kind === 'final');

/** One call: each text in turn, with silence between. */
async function finals(listening: Listening, texts: readonly string[], voice: string): Promise<string[]> {
  const ear = openEar(listening);
  const events = eventsOf(ear);
  let atMs = 0;
  const heard: string[] = [];
  for (const text of texts) {
    const sound = onTheLine(joined([silence(600), await caller.say(text, voice), silence(900)]));
    const before = finalsOf(events).length;
    atMs = await hearAll(ear, sound, atMs);
    ear.endTurn();
    heard.push(
      finalsOf(events)
        .slice(before)
        .map((event) => event.text)
        .join(' '),
    );
  }
  ear.close();
  return heard;
}

/** The move whose examples share most words with what was heard; none when nothing fits half. */
function intentOf(listening: Listening, text: string): string | undefined {
  const heard = new Set(text.split(' '));
  const scores = listening.moves.flatMap(({ intent, examples }) =>
    examples.map((example) => {
      const words = example.toLowerCase().split(' ');
      return { intent, score: words.filter((word) => heard.has(word)).length / Math.max(words.length, heard.size) };
    }),
  );
  const best = scores.reduce((a, c) => (c.score > a.score ? c : a));
  return text !== '' && best.score >= 0.5 ? best.intent : undefined;
}

describe('the embedded ear hears a caller', () => {
  /** What is said and the intent, or the words that hold the value. */
  const cases: [keyof typeof listenings, [string, string | RegExp][]][] = [
    [
      'confirm',
      [
        ['yes please', 'yes'],
        ['no thanks', 'no'],
        ['that is right', 'yes'],
        ['nope', 'no'],
        ['repeat that please', 'repeat'],
        ['sure', 'yes'],
      ],
    ],
    [
      'menu',
      [
        ['where is my order', 'order'],
        ['I want to make a payment', 'pay'],
        ['what time do you close on Monday', 'hours'],
        ['I need a refund', 'return'],
        ['agent please', 'human'],
      ],
    ],
    [
      'order',
      [
        ['four four one seven', /four four one seven$/],
        ['my order number is six two five one', /six two five one$/],
        ['two zero six one', /two zero six one$/],
        ['say that again', 'repeat'],
      ],
    ],
    [
      'date',
      [
        ['tomorrow', /tomorrow$/],
        ['next Friday', /next friday$/],
        ['October twenty second', /october twenty second$/],
        ['it is Wednesday', /wednesday$/],
        ['cancel', 'cancel'],
      ],
    ],
  ];
  it.each(cases)('rightly where a %s is listened for, whichever voice speaks', async (name, said) => {
    const listening: Listening = listenings[name];
    const lost: string[] = [];
    for (const voice of callerVoices) {
      const heard = await finals(
        listening,
        said.map(([text]) => text),
        voice,
      );
      said.forEach(([text, wanted], i) => {
        const right = typeof wanted === 'string' ? intentOf(listening, heard[i]!) === wanted : wanted.test(heard[i]!);
        if (!right) lost.push(`${voice}: ${text} -> ${heard[i]}`);
      });
    }
    // Synthetic voices over noise are not all equally clear: two of fifteen may be asked again.
    expect(lost.length, lost.join('; ')).toBeLessThanOrEqual(2);
  });
});

describe('the embedded ear', () => {
  it('rejects what was not said to it: an empty final, no words', async () => {
    const heard = (
      await Promise.all(['rms', 'awb'].map((voice) => finals(listenings.menu, chatter.slice(0, 4), voice)))
    ).flat();
    expect(heard.filter((text) => text.trim() !== '').length).toBeLessThanOrEqual(1);
  });

  it("hears nothing in silence and in a quiet line's noise", async () => {
    const ear = openEar(listenings.menu);
    const events = eventsOf(ear);
    await hearAll(ear, joined([silence(3000), onTheLine(silence(5000), 40)]));
    expect(events).toEqual([]);
    ear.close();
  });

  it('dates speech, words and the final by the sound itself', async () => {
    const ear = openEar(listenings.menu);
    const events = eventsOf(ear);
    const speech = await caller.say('where is my order', 'rms');
    await hearAll(ear, onTheLine(joined([silence(1000), speech, silence(1000)])), 50_000);
    const spokenMs = speech.length / 8;
    expect(events.map(({ kind }) => kind).filter((kind) => kind !== 'interim')).toEqual([
      'speech_started',
      'speech_ended',
      'final',
    ]);
    const [started, ended, final] = [
      events.find((event) => event.kind === 'speech_started')!,
      events.find((event) => event.kind === 'speech_ended')!,
      finalsOf(events)[0]!,
    ];
    expect(started.atMs - 51_000).toBeGreaterThan(-100);
    expect(started.atMs - 51_000).toBeLessThan(250);
    expect(Math.abs(ended.atMs - (51_000 + spokenMs))).toBeLessThan(350);
    expect(final.words!.map(({ text }) => text)).toEqual(['where', 'is', 'my', 'order']);
    for (const word of final.words!) {
      expect(word.startMs).toBeGreaterThan(50_900);
      expect(word.endMs).toBeLessThan(51_100 + spokenMs);
    }
    expect(final.confidence).toBeGreaterThan(0.6);
    expect(final.confidence).toBeLessThanOrEqual(1);
    ear.close();
  });

  it('takes a short pause within a number for part of it', async () => {
    const ear = openEar(listenings.order);
    const events = eventsOf(ear);
    const [first, second] = [await caller.say('four four', 'rms'), await caller.say('one seven', 'rms')];
    await hearAll(ear, onTheLine(joined([silence(500), first, silence(120), second, silence(1000)])));
    expect(finalsOf(events).map(({ text }) => text)).toEqual(['four four one seven']);
    ear.close();
  });

  it('gives the same events for the same sound, however often', async () => {
    const sound = onTheLine(joined([silence(500), await caller.say('I need a refund', 'awb'), silence(900)]));
    const run = async (): Promise<EarEvent[]> => {
      const ear = openEar(listenings.menu);
      const events = eventsOf(ear);
      await hearAll(ear, sound);
      ear.close();
      return events;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(3);
    expect(await run()).toEqual(first);
  });

  it('listens differently after it was tuned again', async () => {
    const ear = openEar(listenings.confirm);
    const events = eventsOf(ear);
    const atMs = await hearAll(
      ear,
      onTheLine(joined([silence(500), await caller.say('yes please', 'rms'), silence(900)])),
    );
    ear.endTurn();
    ear.tune(listenings.order);
    await hearAll(
      ear,
      onTheLine(joined([silence(500), await caller.say('two zero six one', 'rms'), silence(900)])),
      atMs,
    );
    expect(finalsOf(events).map(({ text }) => text)).toEqual(['yes please', 'two zero six one']);
    ear.close();
  });

  it('hears four callers at the same time, each its own words', async () => {
    const texts = ['where is my order', 'I need a refund', 'when are you open', 'pay my bill'];
    const heard = await Promise.all(texts.map((text) => finals(listenings.menu, [text], 'rms')));
    expect(heard.flat()).toEqual(texts.map((text) => text.toLowerCase()));
  });
});
