import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { OutsideError } from '../../../engine/errors.js';
import type { EarEvent, SpeechToText, SttEvent, SttInput } from '../../../runtime/contracts.js';
import { createEar } from '../../../runtime/ear.js';
import { Circuit } from '../../../runtime/providers/circuit.js';
import { probeRecogniser, steadyRecogniser } from '../../../runtime/providers/steady-recogniser.js';
import { UsageSheet } from '../../../runtime/providers/usage.js';
import { energyVad } from '../../../runtime/vad/energy.js';
import { silence } from '../../fixtures/speech.js';

interface Scripted extends SpeechToText {
  connections: SttInput[][];
}

/** Hears a word for each 500 ms of loud sound; finals when speech ends, and after each `finalEvery` words. */
function recogniser(
  name: string,
  fails: (connection: number, input: SttInput) => Error | 'mute' | undefined = () => undefined,
  finalEvery = Infinity,
): Scripted {
  const connections: SttInput[][] = [];
  return {
    name,
    connections,
    async *transcribe(audio): AsyncGenerator<SttEvent> {
      const inputs: SttInput[] = [];
      const connection = connections.push(inputs);
      let loudMs = 0;
      let words: { text: string; startMs: number; endMs: number }[] = [];
      for await (const input of audio) {
        inputs.push(input);
        const problem = fails(connection, input);
        if (problem === 'mute') continue;
        if (problem) throw problem;
        if (input.kind === 'audio' && input.samples.some((sample) => sample > 3000)) {
          loudMs += input.samples.length / 8;
          if (loudMs >= 500) {
            loudMs -= 500;
            // Named by when it was said: the same sound is the same word.
            const text = `w${String(Math.round(input.atMs / 500))}`;
            words.push({ text, startMs: input.atMs - 500, endMs: input.atMs });
            yield { kind: 'interim', text, atMs: input.atMs };
          }
        }
        if ((input.kind === 'speech_ended' || words.length >= finalEvery) && words.length > 0) {
          const text = words.map((word) => word.text).join(' ');
          yield { kind: 'final', text, words, startMs: words[0]!.startMs, endMs: words.at(-1)!.endMs };
          words = [];
        }
      }
    },
  };
}

const lost = new OutsideError('main', 'closed', 'gone', { retryable: true });
const refused = new OutsideError('main', 'refused', 'not authorised (401)', { retryable: false });

function world(main: Scripted, other?: Scripted) {
  const clock = new VirtualClock();
  const circuit = new Circuit({ clock, probe: () => probeRecogniser(main, 'en') });
  const sheet = new UsageSheet();
  const warnings: string[] = [];
  const events: EarEvent[] = [];
  const stt = steadyRecogniser(main, { clock, circuit, ...(other && { other }) });
  const ear = createEar({
    vad: energyVad(),
    stt,
    clock,
    language: 'en',
    spent: sheet.add,
    failed: sheet.failed,
    log: { warn: (event) => void warnings.push(event) },
  });
  void (async () => {
    for await (const event of ear.events()) events.push(event);
  })();
  const hear = async (ms: number, isLoud: boolean): Promise<void> => {
    for (let passedMs = 0; passedMs < ms; passedMs += 20) {
      await clock.advance(20);
      const samples = silence(20);
      if (isLoud) for (let n = 0; n < samples.length; n++) samples[n] = 8000 * Math.sin(n / 3);
      ear.hear(samples, clock.now());
      await clock.settle();
    }
  };
  const finals = (): string => events.flatMap((event) => (event.kind === 'final' ? [event.text] : [])).join(' ');
  return { clock, circuit, sheet, warnings, events, ear, hear, finals };
}

describe('a steady recogniser', () => {
  it('B66 is connected anew after 3 s of speech without a word, hears it from its beginning, and not again for noise', async () => {
    const main = recogniser('main', (connection) => (connection === 1 ? 'mute' : undefined));
    const { hear, finals, warnings, ear, circuit } = world(main);
    await hear(400, false);
    await hear(3600, true);
    await hear(1000, false);
    expect(main.connections).toHaveLength(2);
    expect(finals().split(' ')).toHaveLength(7);
    expect(warnings).toEqual(['recogniser lost, connecting again']);
    expect(circuit.why).toBeUndefined();
    ear.close();

    const deaf = recogniser('main', () => 'mute');
    const noise = world(deaf);
    await noise.hear(400, false);
    await noise.hear(9000, true);
    expect(deaf.connections).toHaveLength(2);
    noise.ear.close();
  });

  it('B66 is given up for the other one where short sentences go by without an answer', async () => {
    const main = recogniser('main', () => 'mute');
    const other = recogniser('other');
    const { hear, finals, sheet, ear } = world(main, other);
    await hear(400, false);
    for (let sentence = 0; sentence < 3; sentence++) {
      await hear(1200, true);
      await hear(3500, false);
      ear.endTurn();
    }
    expect(main.connections).toHaveLength(2);
    expect(other.connections).toHaveLength(1);
    // The third sentence is heard as it is said.
    expect(finals().split(' ').length).toBeGreaterThanOrEqual(2);
    expect(sheet.errors).toEqual({ main: 2 });
    ear.close();
  });

  it('B66 is kept where a noise brings no words, while it hears what others say', async () => {
    let isNoise = false;
    const main = recogniser('main', () => (isNoise ? 'mute' : undefined));
    const other = recogniser('other');
    const { hear, ear } = world(main, other);
    await hear(400, false);
    for (let sentence = 0; sentence < 4; sentence++) {
      isNoise = sentence > 0;
      await hear(1200, true);
      await hear(3500, false);
      ear.endTurn();
    }
    expect(other.connections).toHaveLength(0);
    ear.close();
  });

  it('B66 B67 keeps what was said after the last final when the connection dies in mid-utterance, and repeats no word', async () => {
    let audioMs = 0;
    const main = recogniser(
      'main',
      (connection, input) => {
        if (connection === 1 && input.kind === 'audio') audioMs += 32;
        return connection === 1 && audioMs > 2900 ? lost : undefined;
      },
      2,
    );
    const { hear, events, ear } = world(main);
    await hear(320, false);
    await hear(4200, true);
    await hear(1000, false);
    const heard = events.flatMap((event) => (event.kind === 'final' ? event.text.split(' ') : []));
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.length).toBeGreaterThanOrEqual(7);
    expect(heard.length).toBeLessThanOrEqual(8);
    expect(main.connections).toHaveLength(2);
    ear.close();
  });

  it('B67 gives the open utterance to the other recogniser after two lost connections, with at most one repeated word', async () => {
    const main = recogniser('main', (_, input) => (input.kind === 'audio' && input.atMs > 1500 ? lost : undefined));
    const other = recogniser('other');
    const { hear, finals, ear, sheet } = world(main, other);
    await hear(400, false);
    await hear(3000, true);
    await hear(1000, false);
    expect(main.connections).toHaveLength(2);
    expect(other.connections).toHaveLength(1);
    const words = finals().split(' ');
    expect(words.length).toBeGreaterThanOrEqual(5);
    expect(words.length - new Set(words).size).toBeLessThanOrEqual(1);
    expect(sheet.lines().map(({ who }) => who)).toEqual(['main', 'other']);
    ear.close();
  });

  it('B70 is not asked again in any call once it refused: the other one listens', async () => {
    const main = recogniser('main', () => refused);
    const other = recogniser('other');
    const first = world(main, other);
    await first.hear(400, false);
    await first.hear(1200, true);
    await first.hear(600, false);
    expect(first.finals()).not.toBe('');
    // The call's and the circuit's own.
    expect(main.connections).toHaveLength(2);
    const stt = steadyRecogniser(main, { clock: first.clock, circuit: first.circuit, other });
    for await (const event of stt.transcribe(noSound(), { language: 'en' }, new AbortController().signal)) void event;
    expect(main.connections).toHaveLength(2);
    expect(other.connections).toHaveLength(2);
    first.ear.close();
  });

  it('B70 fails for good where there is no other one, or none for the language', async () => {
    for (const more of [{}, { other: recogniser('other'), otherHears: (language: string) => language === 'en' }]) {
      const clock = new VirtualClock();
      const circuit = new Circuit({ clock });
      const stt = steadyRecogniser(
        recogniser('main', () => refused),
        { clock, circuit, ...more },
      );
      for (let call = 0; call < 2; call++) {
        const run = (async () => {
          for await (const event of stt.transcribe(sound(), { language: 'es' }, new AbortController().signal))
            void event;
        })();
        await expect(run).rejects.toBe(refused);
      }
    }
  });

  it('B92 counts the seconds that were sent, those that were repeated to a new connection too', async () => {
    const main = recogniser('main', (connection, input) =>
      connection === 1 && input.kind === 'audio' && input.atMs > 2000 ? lost : undefined,
    );
    const { hear, sheet, ear } = world(main);
    await hear(640, false);
    await hear(2560, true);
    ear.close();
    const sent = main.connections.flat().reduce((sum, one) => sum + (one.kind === 'audio' ? one.samples.length : 0), 0);
    expect(sheet.lines()).toEqual([{ who: 'main', what: 'stt_seconds', amount: Math.round(sent / 800) / 10 }]);
    expect(sent / 8000).toBeGreaterThan(3.2);
  });
});

async function* noSound(): AsyncGenerator<SttInput> {}
async function* sound(): AsyncGenerator<SttInput> {
  yield { kind: 'audio', samples: silence(32), atMs: 32 };
}
