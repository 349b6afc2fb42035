import { describe, expect, it } from 'vitest';
import type { TextToSpeech, TtsPiece } from '../../../runtime/contracts.js';
import { pronounced } from '../../../runtime/tts/pronounced.js';

type Sentence = Parameters<TextToSpeech['speak']>[0];

/** A voice that notes what it is given, and takes 100 ms a word. */
function notingVoice(): TextToSpeech & { given: Sentence[] } {
  const given: Sentence[] = [];
  return {
    name: 'noting',
    given,
    async *speak(sentence): AsyncIterable<TtsPiece> {
      given.push(sentence);
      const words = sentence.text.split(' ').map((text, at) => ({ text, startMs: at * 100, endMs: at * 100 + 100 }));
      // In two pieces, as services do.
      await Promise.resolve();
      yield { kind: 'words', words: words.slice(0, 2) };
      yield { kind: 'words', words: words.slice(2) };
    },
  };
}

const lexicon = new Map([
  ['Siobhan', 'shi-vawn'],
  ['Dún Laoghaire', 'dun leery'],
  ['SQL', 'ess cue ell'],
]);

async function speak(text: string, ssml?: string): Promise<{ given: Sentence; words: string[]; ends: number[] }> {
  const voice = notingVoice();
  const sentence = { text, language: 'en', ...(ssml === undefined ? {} : { ssml }) };
  const words = [];
  for await (const piece of pronounced(voice, lexicon).speak(sentence, new AbortController().signal))
    if (piece.kind === 'words') words.push(...piece.words);
  return { given: voice.given[0]!, words: words.map(({ text: one }) => one), ends: words.map(({ endMs }) => endMs) };
}

describe('a word of the lexicon', () => {
  it.each([
    ['Hello Siobhan, come in.', 'Hello shi-vawn, come in.'],
    ["That's SIOBHAN's seat.", "That's shi-vawn's seat."],
    ['To Dún Laoghaire and back.', 'To dun leery and back.'],
    ['Siobhanne and MySQL stay.', 'Siobhanne and MySQL stay.'],
    ['Nothing of it here.', 'Nothing of it here.'],
  ])('is given to the voice as it sounds, whole words only: %s', async (text, given) => {
    expect((await speak(text)).given.text).toBe(given);
  });

  it('is not touched inside the tags of SSML, and is between them', async () => {
    const { given } = await speak('Siobhan.', '<speak><s id="Siobhan">Siobhan.</s></speak>');
    expect(given.ssml).toBe('<speak><s id="Siobhan">shi-vawn.</s></speak>');
  });

  it('keeps its own spelling in the word times, one word for one, so that what was heard can be told', async () => {
    const { words, ends } = await speak('Ask SQL for Siobhan, please.');
    expect(words).toEqual(['Ask', 'SQL', 'for', 'Siobhan,', 'please.']);
    expect(ends).toEqual([100, 400, 500, 600, 700]);
  });
});
