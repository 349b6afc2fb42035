import { describe, expect, it } from 'vitest';
import type { TextToSpeech, TtsPiece } from '../../../runtime/contracts.js';
import { cachedTts } from '../../../runtime/tts/cached.js';

const never = new AbortController().signal;

/** A voice that counts, 100 samples a letter in pieces of 400. */
function countingVoice(): TextToSpeech & { made: string[] } {
  const made: string[] = [];
  return {
    name: 'counting',
    made,
    async *speak({ text }, signal): AsyncIterable<TtsPiece> {
      made.push(text);
      yield { kind: 'words', words: [{ text, startMs: 0, endMs: 100 }] };
      for (let at = 0; at < text.length; at += 4) {
        await Promise.resolve();
        signal.throwIfAborted();
        if (text.startsWith('Break') && at > 0) throw new Error('broken');
        const samples = new Int16Array(100 * Math.min(4, text.length - at)).fill(text.charCodeAt(at));
        yield { kind: 'audio', samples, sampleRateHz: 8000 };
      }
    },
  };
}

async function all(pieces: AsyncIterable<TtsPiece>): Promise<TtsPiece[]> {
  const result: TtsPiece[] = [];
  for await (const piece of pieces) result.push(piece);
  return result;
}

const always = (): boolean => true;

describe('a voice with a memory', () => {
  it('says a sentence the second time without making it, sound for sound and word for word', async () => {
    const voice = countingVoice();
    const tts = cachedTts(voice, { mayKeep: always });
    const first = await all(tts.speak({ text: 'Good morning.', language: 'en' }, never));
    expect(await all(tts.speak({ text: 'Good morning.', language: 'en' }, never))).toEqual(first);
    expect(voice.made).toEqual(['Good morning.']);
  });

  it('makes it anew for another voice, another pace, another language, and whenever SSML says how', async () => {
    const voice = countingVoice();
    const tts = cachedTts(voice, { mayKeep: always });
    const text = 'Hello.';
    await all(tts.speak({ text, language: 'en' }, never));
    await all(tts.speak({ text, language: 'de' }, never));
    await all(tts.speak({ text, language: 'en', voice: 'other' }, never));
    await all(tts.speak({ text, language: 'en', ssml: '<speak>Hello.</speak>' }, never));
    await all(tts.speak({ text, language: 'en', ssml: '<speak>Hello.</speak>' }, never));
    await all(tts.speak({ text, language: 'en', rate: 0.85 }, never));
    expect(voice.made).toHaveLength(6);
  });

  it('keeps nothing that it was not told it may: a sentence with a value in it is made each time', async () => {
    const voice = countingVoice();
    const tts = cachedTts(voice, { mayKeep: (text) => text === 'Your code, please.' });
    for (const text of ['Your code, please.', 'Your code is 1 2.', 'Your code, please.', 'Your code is 1 2.'])
      await all(tts.speak({ text, language: 'en' }, never));
    expect(voice.made).toEqual(['Your code, please.', 'Your code is 1 2.', 'Your code is 1 2.']);
  });

  it('keeps no sentence that was interrupted, abandoned or broken', async () => {
    const voice = countingVoice();
    const tts = cachedTts(voice, { mayKeep: always });
    const stop = new AbortController();
    await expect(async () => {
      for await (const piece of tts.speak({ text: 'Long enough to cut.', language: 'en' }, stop.signal))
        if (piece.kind === 'audio') stop.abort(new Error('cut'));
    }).rejects.toThrow('cut');
    for await (const piece of tts.speak({ text: 'Long enough to cut.', language: 'en' }, never)) {
      if (piece.kind === 'audio') break;
    }
    await expect(all(tts.speak({ text: 'Break here.', language: 'en' }, never))).rejects.toThrow('broken');
    await expect(all(tts.speak({ text: 'Break here.', language: 'en' }, never))).rejects.toThrow('broken');
    await all(tts.speak({ text: 'Long enough to cut.', language: 'en' }, never));
    expect(voice.made.filter((text) => text.startsWith('Long'))).toHaveLength(3);
    expect(voice.made.filter((text) => text.startsWith('Break'))).toHaveLength(2);
  });

  it('can be interrupted while it speaks from memory', async () => {
    const tts = cachedTts(countingVoice(), { mayKeep: always });
    await all(tts.speak({ text: 'Good morning.', language: 'en' }, never));
    const stop = new AbortController();
    let heard = 0;
    await expect(async () => {
      for await (const piece of tts.speak({ text: 'Good morning.', language: 'en' }, stop.signal))
        if (piece.kind === 'audio' && ++heard === 2) stop.abort(new Error('cut'));
    }).rejects.toThrow('cut');
    expect(heard).toBe(2);
  });

  it('is not changed by what is done to a piece that it gave', async () => {
    const tts = cachedTts(countingVoice(), { mayKeep: always });
    for await (const piece of tts.speak({ text: 'Hi.', language: 'en' }, never))
      if (piece.kind === 'audio') piece.samples.fill(0);
    for await (const piece of tts.speak({ text: 'Hi.', language: 'en' }, never))
      if (piece.kind === 'audio') expect(piece.samples[0]).toBe('H'.charCodeAt(0));
  });

  it('stays within its bytes and forgets what was unused longest', async () => {
    const voice = countingVoice();
    // 200 bytes a letter: room for two of four letters.
    const tts = cachedTts(voice, { mayKeep: always, maxBytes: 1700 });
    for (const text of ['aaaa', 'bbbb', 'aaaa', 'cccc', 'aaaa', 'bbbb', 'a sentence that is too long']) {
      await all(tts.speak({ text, language: 'en' }, never));
    }
    expect(voice.made).toEqual(['aaaa', 'bbbb', 'cccc', 'bbbb', 'a sentence that is too long']);
  });

  it('says the first sentences while it warms, so that the first caller hears them at once', async () => {
    const voice = countingVoice();
    const tts = cachedTts(voice, { mayKeep: always, sayFirst: [{ text: 'Welcome.', language: 'en' }] });
    await tts.warm!();
    await all(tts.speak({ text: 'Welcome.', language: 'en' }, never));
    expect(voice.made).toEqual(['Welcome.']);
  });
});
