import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../engine/errors.js';
import { embeddedStt } from '../../../runtime/stt/embedded/embedded-stt.js';
import { grammarOf, sentencesOf } from '../../../runtime/stt/embedded/grammar.js';
import { plainWords } from '../../../runtime/stt/embedded/plain-words.js';
import { interimText, judge } from '../../../runtime/stt/embedded/verdict.js';
import { createStt } from '../../../runtime/stt/index.js';
import { createTts } from '../../../runtime/tts/index.js';
import { describeSpeechToText } from '../../conformance/stt.js';
import { createCaller, listenings, onTheLine } from '../../fixtures/speech.js';

const caller = createCaller();
let said: Promise<Int16Array> | undefined;

describeSpeechToText('embedded', {
  hearsSound: true,
  speech: async () => ({
    sound: await (said ??= caller.say('where is my order', 'rms').then((samples) => onTheLine(samples, 40))),
    text: 'where is my order',
    listening: listenings.menu,
  }),
  create: async () => {
    const stt = embeddedStt({ workers: 1 });
    await stt.warm!();
    return {
      stt,
      close: () => {
        stt.close!();
        caller.close();
      },
    };
  },
});

describe('examples as people say them', () => {
  it.each([
    ["I'd like to check on order 4417", "i'd like to check on order four four one seven"],
    ['Table for 4 at 7:30pm', 'table for four at seven thirty p.m.'],
    ['on the 22nd, please!', 'on the twenty second please'],
    ['What\u2019s my caf\u00e9 bill \u2014 $25?', "what's my cafe bill twenty five dollars"],
    ['5 p.m. works', 'five p.m. works'],
    ['unit b12', 'unit b one two'],
    ['R&D', 'r and d'],
  ])('%s', (text, words) => {
    expect(plainWords(text).words.join(' ')).toBe(words);
  });
});

describe('a grammar', () => {
  const check = (fsg: string): { states: number; words: Set<string> } => {
    const lines = fsg.trim().split('\n');
    const states = Number(lines[1]!.split(' ')[1]);
    const words = new Set<string>();
    for (const line of lines.slice(4, -1)) {
      const match = /^TRANSITION (\d+) (\d+) ([\d.e-]+)(?: (\S+))?$/.exec(line);
      expect(match, line).not.toBeNull();
      expect(Number(match![1])).toBeLessThan(states);
      expect(Number(match![2])).toBeLessThan(states);
      expect(Number(match![3])).toBeGreaterThan(0);
      expect(Number(match![3])).toBeLessThanOrEqual(1);
      if (match![4] !== undefined && !match![4].startsWith('g_')) words.add(match![4]);
    }
    return { states, words };
  };

  it('is the same for the same listening, and lists every word it uses', () => {
    for (const listening of Object.values(listenings)) {
      const { fsg, words } = grammarOf(listening);
      expect(grammarOf(listening).fsg).toBe(fsg);
      expect([...check(fsg).words].sort()).toEqual(words);
    }
  });

  it('hears every word of the asked slot, however many there are', () => {
    const { words } = grammarOf(listenings.date);
    for (const word of ['tomorrow', 'wednesday', 'february', 'december', 'eleventh', 'thirtieth', 'twenty', 'ninth'])
      expect(words).toContain(word);
  });

  it('hears other values where an example holds one', () => {
    const { words } = grammarOf(listenings.menu);
    for (const word of ['zero', 'nine', 'monday', 'saturday']) expect(words).toContain(word);
  });

  it('holds only garbage when nothing is listened for', () => {
    const { fsg, words } = grammarOf({ ...listenings.confirm, moves: [], softWords: [], stopWords: [] });
    expect(words).toEqual([]);
    expect(check(fsg).states).toBeGreaterThan(2);
  });

  it("draws values by the slot's own bounds", () => {
    const digits = sentencesOf({ ...listenings.order, moves: [], softWords: [], stopWords: [] }).map(
      ({ words }) => words,
    );
    const bare = digits.filter((words) => !words.includes('is') && !words.includes("it's"));
    expect(bare.length).toBeGreaterThanOrEqual(40);
    for (const words of bare) {
      expect(words.length).toBeGreaterThanOrEqual(4);
      expect(words.length).toBeLessThanOrEqual(8);
    }
  });
});

describe('the verdict on an utterance', () => {
  const at = (word: string, startS: number, lengthS: number, p = 0.9) => ({ word, startS, lengthS, p });

  it('keeps words with noise at the ends', () => {
    expect(judge([at('g_f', 0, 0.4), at('yes', 0.4, 0.3), at('g_s', 0.7, 0.4)])).toMatchObject({
      text: 'yes',
      confidence: expect.closeTo(0.9),
    });
  });

  it('rejects a word found in the middle of other speech', () => {
    expect(judge([at('g_aa', 0, 0.6), at('g_t', 0.6, 0.6), at('yes', 1.2, 0.3), at('g_s', 1.5, 0.9)]).text).toBe('');
    expect(judge([at('g_aa', 0, 0.6)])).toEqual({ text: '', words: [], confidence: 0 });
  });

  it('is less sure with garbage among the words', () => {
    const clean = judge([at('track', 0, 0.5), at('order', 0.5, 0.5)]);
    const noisy = judge([at('track', 0, 0.5), at('g_m', 0.5, 0.2), at('order', 0.7, 0.5)]);
    expect(noisy.text).toBe('track order');
    expect(noisy.confidence).toBeLessThan(clean.confidence);
  });

  it('shows an interim only when most of it is words', () => {
    expect(interimText(['where', 'is', 'g_s'])).toBe('where is');
    expect(interimText(['g_s', 'g_t', 'g_aa', 'g_m', 'bye'])).toBe('');
  });
});

describe('choosing a provider by name', () => {
  it('takes `provider/model` and the key from the environment', async () => {
    expect((await createStt('deepgram/nova-3', { DEEPGRAM_API_KEY: 'k' })).name).toBe('deepgram');
    expect((await createTts('cartesia/sonic-3', { CARTESIA_API_KEY: 'k' })).name).toBe('cartesia');
    expect((await createTts('embedded/rms')).name).toBe('embedded');
  });

  it('names those there are when asked for another', async () => {
    await expect(createStt('parrot')).rejects.toThrow(UsageError);
    await expect(createTts('toString')).rejects.toThrow(/embedded, cartesia/);
    expect(() => embeddedStt({ workers: 0 })).toThrow(UsageError);
  });
});
