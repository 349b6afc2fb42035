import { VirtualClock } from '../../engine/clock.js';
import { createEar } from '../../runtime/ear.js';
import { embeddedStt } from '../../runtime/stt/embedded/embedded-stt.js';
import { grammarOf } from '../../runtime/stt/embedded/grammar.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { createVad } from '../../runtime/vad/index.js';
import { createCaller, eventsOf, hearAll, joined, listenings, onTheLine, silence } from '../fixtures/speech.js';
import type { Row } from './bench.js';

/** What the embedded speech parts cost, per second of audio, and how soon they answer. */
export async function benchSpeech(): Promise<Row[]> {
  return [...(await benchVoice()), ...(await benchDetector()), ...(await benchRecogniser())];
}

/** Wall and CPU (all threads) milliseconds of one run. */
async function timed(run: () => Promise<void>): Promise<{ wallMs: number; cpuMs: number }> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  await run();
  const used = process.cpuUsage(cpu);
  return { wallMs: performance.now() - start, cpuMs: (used.user + used.system) / 1000 };
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function benchVoice(): Promise<Row[]> {
  const tts = embeddedTts();
  await tts.warm!();
  const rows: Row[] = [];
  for (const voice of ['slt', 'kal16']) {
    const text = 'Your order left the warehouse on Monday and should be with you soon.';
    const firstMs: number[] = [];
    let seconds = 0;
    const { wallMs, cpuMs } = await timed(async () => {
      for (let n = 0; n < 8; n++) {
        const start = performance.now();
        let first = true;
        for await (const piece of tts.speak({ text, language: 'en', voice }, new AbortController().signal)) {
          if (piece.kind !== 'audio') continue;
          if (first) firstMs.push(performance.now() - start);
          first = false;
          seconds += piece.samples.length / piece.sampleRateHz;
        }
      }
    });
    rows.push(
      { name: `voice ${voice}: first sound of a 68-letter sentence, p50`, value: median(firstMs), unit: 'ms' },
      { name: `voice ${voice}: wall per second of speech`, value: wallMs / seconds, unit: 'ms' },
      { name: `voice ${voice}: CPU per second of speech`, value: cpuMs / seconds, unit: 'ms' },
    );
  }
  tts.close!();
  return rows;
}

async function benchDetector(): Promise<Row[]> {
  const vad = createVad('silero');
  await vad.warm();
  const rows: Row[] = [];
  for (const calls of [1, 16]) {
    const detectors = Array.from({ length: calls }, () => vad.open());
    const frames = 300;
    const { wallMs, cpuMs } = await timed(async () => {
      for (let n = 0; n < frames; n++) {
        await Promise.all(detectors.map((detector) => detector.probability(new Int16Array(256))));
      }
    });
    const seconds = (frames * calls * 256) / 8000;
    for (const detector of detectors) detector.close();
    rows.push(
      { name: `detector, ${calls} calls: wall per second of audio`, value: wallMs / seconds, unit: 'ms' },
      { name: `detector, ${calls} calls: CPU per second of audio`, value: cpuMs / seconds, unit: 'ms' },
    );
  }
  vad.close();
  return rows;
}

async function benchRecogniser(): Promise<Row[]> {
  const caller = createCaller();
  const vad = createVad('energy');
  const stt = embeddedStt({ workers: 1 });
  await stt.warm!();
  const startGrammar = performance.now();
  for (let n = 0; n < 20; n++) grammarOf(listenings.menu);
  const grammarMs = (performance.now() - startGrammar) / 20;

  const ear = createEar({ vad: vad.open(), stt, clock: new VirtualClock(), language: 'en', log: { warn: () => {} } });
  const events = eventsOf(ear);
  ear.tune(listenings.menu);
  const texts = [
    'where is my order',
    'I want to make a payment',
    'what time do you close on Monday',
    'I need a refund',
  ];
  const sounds = await Promise.all(texts.map((text) => caller.say(text)));
  const speechS = sounds.reduce((sum, sound) => sum + sound.length / 8000, 0);
  let atMs = await hearAll(ear, joined([silence(300), onTheLine(sounds[0]!), silence(800)]));
  ear.endTurn();
  const { wallMs, cpuMs } = await timed(async () => {
    for (const sound of sounds) {
      atMs = await hearAll(ear, onTheLine(joined([silence(300), sound, silence(800)])), atMs);
      ear.endTurn();
    }
  });
  const finals = events.filter(({ kind }) => kind === 'final').length;
  ear.close();
  stt.close!();
  caller.close();
  return [
    { name: 'recogniser: grammar of a menu, built', value: grammarMs, unit: 'ms' },
    { name: `recogniser: wall per second of speech (${finals} utterances)`, value: wallMs / speechS, unit: 'ms' },
    { name: 'recogniser: CPU per second of speech', value: cpuMs / speechS, unit: 'ms' },
  ];
}
