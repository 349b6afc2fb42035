import type { TextToSpeech, TtsPiece } from '../contracts.js';

/** How words are said, by the word: `Siobhan` → `shi-vawn`. */
export type Lexicon = ReadonlyMap<string, string>;

/**
 * A voice that says these words as they are spelt in the lexicon: whole words, in capitals or not. Plain letters, which
 * every vendor's voice reads alike. Only the voice gets them: word times come back with the words of the text, so what
 * was heard, transcripts and traces show the words as they are written.
 */
export function pronounced(voice: TextToSpeech, lexicon: Lexicon): TextToSpeech {
  if (lexicon.size === 0) return voice;
  const respell = respeller(lexicon);
  return {
    name: voice.name,
    warm: async () => voice.warm?.(),
    close: () => voice.close?.(),
    async *speak(sentence, signal) {
      const text = respell(sentence.text);
      const ssml = sentence.ssml?.replace(
        /(<[^>]*>)|([^<]+)/g,
        (_, tag: string | undefined, words: string) => tag ?? respell(words),
      );
      if (text === sentence.text && ssml === sentence.ssml) return yield* voice.speak(sentence, signal);
      const written = timesAsWritten(sentence.text, respell);
      for await (const piece of voice.speak({ ...sentence, text, ...(ssml === undefined ? {} : { ssml }) }, signal))
        yield piece.kind === 'words' ? { kind: 'words', words: written(piece.words) } : piece;
    },
  };
}

function respeller(lexicon: Lexicon): (text: string) => string {
  const sounds = new Map([...lexicon].map(([word, sound]) => [word.toLowerCase(), sound]));
  // The longest first: "Dún Laoghaire" before "Dún".
  const words = [...sounds.keys()]
    .sort((a, b) => b.length - a.length)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const whole = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${words.join('|')})(?![\\p{L}\\p{M}\\p{N}])`, 'giu');
  return (text) => text.replace(whole, (word) => sounds.get(word.toLowerCase()) ?? word);
}

type Times = Extract<TtsPiece, { kind: 'words' }>['words'];

/**
 * Word times as they come, for the words of `text`. A word that is said in several has their times together; where the
 * voice counts words in its own way, its words are given on as they are.
 */
function timesAsWritten(text: string, respell: (text: string) => string): (spoken: Times) => Times {
  const places = text.split(/\s+/).filter((word) => word !== '');
  const sounds = places.map((word) => respell(word).split(/\s+/));
  // Names of several words are not cut up: their times are the voice's own.
  const isWordByWord = sounds.flat().join(' ') === respell(text).split(/\s+/).join(' ');
  let at = 0;
  let open: Times = [];
  return (spoken) => {
    if (!isWordByWord) return spoken;
    const done: Times = [];
    for (const word of spoken) {
      open.push(word);
      if (open.length < (sounds[at]?.length ?? 1)) continue;
      done.push({ text: places[at] ?? word.text, startMs: open[0]!.startMs, endMs: word.endMs });
      at += 1;
      open = [];
    }
    return done;
  };
}
