import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { OutsideError } from '../../../engine/errors.js';
import type { SpeechToText, SttEvent, SttInput, VoiceActivityDetector } from '../../../runtime/contracts.js';
import { createEar, type PatientEar } from '../../../runtime/ear.js';
import { eventsOf, hearAll, joined, listenings, silence } from '../../fixtures/speech.js';

/** Hears a loud frame as speech. */
function plainVad(fails: () => Error | undefined = () => undefined): VoiceActivityDetector {
  return {
    name: 'plain',
    probability: (frame) => {
      const problem = fails();
      return problem ? Promise.reject(problem) : Promise.resolve(frame.some((sample) => sample > 3000) ? 0.9 : 0.1);
    },
    close: () => {},
  };
}

/** Writes down what it is given; answers a final "words" when speech ended. */
function notingStt(
  fails: (input: SttInput) => Error | undefined = () => undefined,
): SpeechToText & { given: SttInput[][]; languages: string[] } {
  const given: SttInput[][] = [];
  const languages: string[] = [];
  return {
    name: 'noting',
    given,
    languages,
    async *transcribe(audio, { language }): AsyncGenerator<SttEvent> {
      languages.push(language);
      const inputs: SttInput[] = [];
      given.push(inputs);
      for await (const input of audio) {
        inputs.push(input);
        const problem = fails(input);
        if (problem) throw problem;
        if (input.kind === 'speech_ended') yield { kind: 'final', text: 'words', startMs: 0, endMs: input.atMs };
      }
    },
  };
}

function ear(parts: {
  vad?: VoiceActivityDetector;
  stt?: SpeechToText;
  clock?: VirtualClock;
  warnings?: string[];
}): PatientEar {
  return createEar({
    vad: parts.vad ?? plainVad(),
    stt: parts.stt ?? notingStt(),
    clock: parts.clock ?? new VirtualClock(),
    language: 'en-US',
    log: { warn: (event) => void parts.warnings?.push(event) },
  });
}

const loud = (ms: number): Int16Array => silence(ms).fill(8000);
const lost = (retryable: boolean): OutsideError => new OutsideError('noting', 'closed', 'gone', { retryable });

describe('an ear', () => {
  it('gives the beginning, the end and the words of speech in order, dated by the sound', async () => {
    const one = ear({});
    const events = eventsOf(one);
    await hearAll(one, joined([silence(320), loud(640), silence(640)]), 10_000);
    expect(events).toEqual([
      { kind: 'speech_started', atMs: 10_320 },
      { kind: 'speech_ended', atMs: 10_960 },
      { kind: 'final', text: 'words', startMs: 0, endMs: 10_960 },
    ]);
    one.close();
  });

  it('gives the recogniser all sound, and what the detector made of it right after the frame it knew it by', async () => {
    const stt = notingStt();
    const one = ear({ stt });
    one.tune(listenings.menu);
    await hearAll(one, joined([silence(320), loud(320), silence(320)]));
    one.endTurn();
    await one.settled();
    expect(stt.given[0]!.map(({ kind }) => kind)).toEqual([
      'tune',
      ...Array<string>(12).fill('audio'),
      'speech_started',
      ...Array<string>(11).fill('audio'),
      'speech_ended',
      ...Array<string>(7).fill('audio'),
      'end_turn',
    ]);
    const sound = stt.given[0]!.flatMap((input) => (input.kind === 'audio' ? [...input.samples] : []));
    expect(sound).toEqual([...joined([silence(320), loud(320), silence(320)])]);
    one.close();
  });

  it('goes by loudness when its detector dies, says so once, and loses no speech', async () => {
    let frames = 0;
    const warnings: string[] = [];
    const one = ear({ vad: plainVad(() => (++frames > 5 ? new Error('out of memory') : undefined)), warnings });
    const events = eventsOf(one);
    await hearAll(one, joined([silence(640), loud(640), silence(640)]));
    expect(events.map(({ kind }) => kind)).toEqual(['speech_started', 'speech_ended', 'final']);
    expect(warnings).toEqual(['voice activity by loudness alone from now on']);
    one.close();
  });

  it('tells a recogniser that comes back how to listen, and gives it the open utterance again', async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    let died = false;
    let sounds = 0;
    const stt = notingStt((input) => {
      if (input.kind !== 'audio' || ++sounds < 25 || died) return undefined;
      died = true;
      return lost(true);
    });
    const one = ear({ stt, clock, warnings });
    const events = eventsOf(one);
    one.tune(listenings.menu);
    const atMs = await hearAll(one, joined([silence(640), loud(640)]));
    await clock.advance(200);
    await hearAll(one, silence(640), atMs);
    const again = stt.given[1]!.map(({ kind }) => kind);
    expect(again[0]).toBe('tune');
    expect(again.filter((kind) => kind !== 'audio')).toEqual(['tune', 'speech_started', 'speech_ended']);
    // 320 ms from before the onset too.
    expect(again.indexOf('speech_started')).toBe(11);
    expect(events.map(({ kind }) => kind)).toEqual(['speech_started', 'speech_ended', 'final']);
    expect(warnings).toEqual(['recogniser lost, connecting again']);
    one.close();
  });

  it('listens in the language it is tuned to from then on, an utterance that is open from its beginning', async () => {
    const stt = notingStt();
    const one = ear({ stt });
    const events = eventsOf(one);
    one.tune(listenings.menu);
    const atMs = await hearAll(one, joined([silence(640), loud(320)]));
    one.tune({ ...listenings.menu, language: 'es' });
    await hearAll(one, joined([loud(320), silence(640)]), atMs);
    expect(stt.languages).toEqual(['en-US', 'es']);
    const inSpanish = stt.given[1]!;
    expect(inSpanish[0]).toMatchObject({ kind: 'tune', listening: { language: 'es' } });
    expect(inSpanish.map(({ kind }) => kind).indexOf('speech_started')).toBe(11);
    expect(events.map(({ kind }) => kind)).toEqual(['speech_started', 'speech_ended', 'final']);
    one.close();
  });

  it('stays connected where it is tuned to the language that it hears already', async () => {
    const stt = notingStt();
    const one = ear({ stt });
    for (const listening of [listenings.menu, listenings.menu]) one.tune(listening);
    await hearAll(one, silence(320));
    expect(stt.languages).toEqual(['en-US']);
    one.close();
  });

  it('is deaf at once when trying again cannot help', async () => {
    const one = ear({ stt: notingStt(() => lost(false)) });
    const events = eventsOf(one);
    await hearAll(one, silence(100));
    expect(events).toEqual([{ kind: 'failed', problem: 'noting: gone' }]);
    // The detector still hears: the call must know that somebody speaks.
    await hearAll(one, loud(320), 100);
    expect(events.map(({ kind }) => kind)).toEqual(['failed', 'speech_started']);
    one.close();
  });

  it('is deaf after some attempts, once', async () => {
    const clock = new VirtualClock();
    const warnings: string[] = [];
    const one = ear({ stt: notingStt(() => lost(true)), clock, warnings });
    const events = eventsOf(one);
    let atMs = 0;
    for (let n = 0; n < 12; n++) {
      atMs = await hearAll(one, silence(100), atMs);
      await clock.advance(2000);
    }
    expect(events.filter(({ kind }) => kind === 'failed')).toHaveLength(1);
    expect(warnings).toHaveLength(4);
    one.close();
  });

  it('B68 waits for no recogniser: one that takes nothing costs the oldest sound, which is counted, and no memory', async () => {
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const given: SttInput[] = [];
    const one = ear({
      stt: {
        name: 'stuck',
        async *transcribe(audio): AsyncGenerator<SttEvent> {
          await begun;
          for await (const input of audio) {
            given.push(input);
            if (input.kind === 'speech_ended') yield { kind: 'final', text: 'words', startMs: 0, endMs: input.atMs };
          }
        },
      },
    });
    const events = eventsOf(one);
    // 20 s of silence and a word, as fast as it can be given.
    await hearAll(one, joined([silence(20_000), loud(640), silence(640)]));
    expect(events.map(({ kind }) => kind)).toEqual(['speech_started', 'speech_ended']);
    begin();
    await one.settled();
    const sound = given.filter((input) => input.kind === 'audio');
    expect(sound.length * 32).toBeLessThanOrEqual(5100);
    expect(sound.at(-1)!.atMs).toBeGreaterThan(21_200);
    expect(one.counters!['dropped_sound']).toBeGreaterThan(400);
    // The word at its end was not among what was dropped.
    expect(events.at(-1)).toMatchObject({ kind: 'final', text: 'words' });
    one.close();
  });

  it('B73 B74 takes a gap in the line for silence, so that an utterance ends', async () => {
    const clock = new VirtualClock();
    const one = ear({ clock });
    const events = eventsOf(one);
    await hearAll(one, joined([silence(320), loud(320)]));
    await clock.advance(1000);
    await one.settled();
    expect(events.map(({ kind }) => kind)).toEqual(['speech_started', 'speech_ended', 'final']);
    one.close();
  });

  it('ends its events when it is closed, and hears nothing more', async () => {
    const stt = notingStt();
    const one = ear({ stt });
    const reading = (async () => {
      for await (const event of one.events()) expect.fail(event.kind);
    })();
    one.hear(loud(100), 100);
    one.close();
    one.close();
    one.hear(loud(1000), 1100);
    await reading;
    expect(stt.given[0]!.length).toBe(0);
  });
});
