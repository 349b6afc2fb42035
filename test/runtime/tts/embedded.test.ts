import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import type { TtsPiece } from '../../../runtime/contracts.js';
import { embeddedTts } from '../../../runtime/tts/embedded/embedded-tts.js';
import { flitePhones, fliteVoices } from '../../../runtime/tts/embedded/flite.js';
import { breathGroups, speakable, timeWords } from '../../../runtime/tts/speakable.js';
import { describeTextToSpeech } from '../../conformance/tts.js';

describeTextToSpeech('embedded', {
  words: true,
  create: async () => {
    const tts = embeddedTts();
    return { tts, close: () => tts.close!() };
  },
});

const never = new AbortController().signal;

async function speechMs(pieces: AsyncIterable<TtsPiece>): Promise<number> {
  let ms = 0;
  for await (const piece of pieces)
    if (piece.kind === 'audio') ms += (piece.samples.length * 1000) / piece.sampleRateHz;
  return ms;
}

describe('the embedded voice', () => {
  const tts = embeddedTts();
  afterAll(() => tts.close!());

  it('has every voice it names, all at 8 kHz', async () => {
    for (const voice of fliteVoices) {
      for await (const piece of tts.speak({ text: 'Good morning.', language: 'en', voice }, never)) {
        if (piece.kind === 'audio') expect(piece.sampleRateHz).toBe(8000);
      }
    }
  });

  it("begins to speak within 120 ms of sound instead of after flite's 165 ms of silence", async () => {
    const first: number[] = [];
    for await (const piece of tts.speak({ text: 'Hello there.', language: 'en' }, never)) {
      if (piece.kind === 'audio') first.push(...piece.samples);
    }
    expect(first.findIndex((sample) => Math.abs(sample) > 500) / 8).toBeLessThan(120);
  });

  it('speaks slower when asked to', async () => {
    const slow = embeddedTts({ stretch: 1.5 });
    const text = 'We open at nine.';
    expect(await speechMs(slow.speak({ text, language: 'en' }, never))).toBeGreaterThan(
      1.3 * (await speechMs(tts.speak({ text, language: 'en' }, never))),
    );
    slow.close!();
  });

  it('speaks one sentence slower where its rate says so, and the next at its own pace', async () => {
    const text = 'We open at nine.';
    const own = await speechMs(tts.speak({ text, language: 'en' }, never));
    expect(await speechMs(tts.speak({ text, language: 'en', rate: 0.7 }, never))).toBeGreaterThan(1.25 * own);
    expect(await speechMs(tts.speak({ text, language: 'en' }, never))).toBeCloseTo(own, -1);
  });

  it('refuses an unknown voice when it is made, and in a sentence, naming those it has', async () => {
    expect(() => embeddedTts({ voice: 'sonic' })).toThrow(UsageError);
    await expect(speechMs(tts.speak({ text: 'Hello.', language: 'en', voice: 'sonic' }, never))).rejects.toMatchObject({
      kind: 'refused',
      retryable: false,
      message: expect.stringContaining('slt, rms, awb'),
    });
  });

  it('survives its close: a later sentence starts a new thread', async () => {
    const own = embeddedTts({ voice: 'kal16' });
    expect(await speechMs(own.speak({ text: 'Once.', language: 'en' }, never))).toBeGreaterThan(200);
    own.close!();
    expect(await speechMs(own.speak({ text: 'Twice.', language: 'en' }, never))).toBeGreaterThan(200);
    own.close!();
  });

  it('knows how a word of no dictionary is said', async () => {
    const [zendo, acme] = await flitePhones(['zendo', 'acme']);
    expect(zendo).toMatch(/^Z EH N D OW$/);
    expect(acme).toMatch(/^[A-Z]+( [A-Z]+)+$/);
  });
});

describe('text for a voice', () => {
  it('drops markup and typographic signs', () => {
    expect(speakable('**Hello** <b>you</b> \u2014 it\u2019s \u201cfine\u201d\u2026')).toBe("Hello you, it's fine...");
    expect(speakable('Caf\u00e9 & bar, 20% off')).toBe('Cafe and bar, 20 percent off');
    expect(speakable('\u20ac12.50')).toBe('12.50 euros');
  });

  it('cuts a long text at a breath and loses nothing', () => {
    const text =
      'Your order left the warehouse on Monday, and it should reach you by Friday. Is there anything else that I can do for you today?';
    const groups = breathGroups(text);
    expect(groups.length).toBeGreaterThan(1);
    expect(groups.join('')).toBe(text);
    expect(breathGroups('Short. And sweet.')).toEqual(['Short. And sweet.']);
  });

  it('times words by their characters within each stretch of sound', () => {
    const words = timeWords('Hello, it is 42.', [
      { startMs: 30, endMs: 530 },
      { startMs: 700, endMs: 1400 },
    ]);
    expect(words.map(({ text }) => text)).toEqual(['Hello,', 'it', 'is', '42.']);
    expect(words[0]).toEqual({ text: 'Hello,', startMs: 30, endMs: 530 });
    expect(words[1]!.startMs).toBe(700);
    expect(words[3]!.endMs).toBe(1400);
    expect(words[3]!.endMs - words[3]!.startMs).toBeGreaterThan(words[1]!.endMs - words[1]!.startMs);
  });
});
