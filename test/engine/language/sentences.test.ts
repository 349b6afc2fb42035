import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSentenceSplitter } from '../../../engine/language/sentences.js';

/** All sentences of a text that comes in pieces of `size` characters. */
function split(text: string, size = 1): string[] {
  const splitter = createSentenceSplitter();
  const sentences: string[] = [];
  for (let at = 0; at < text.length; at += size) sentences.push(...splitter.push(text.slice(at, at + size)));
  return [...sentences, ...splitter.end()];
}

describe('sentences of a stream', () => {
  it('leave as soon as they are complete', () => {
    const splitter = createSentenceSplitter();
    expect(splitter.push('Your order left')).toEqual([]);
    expect(splitter.push(' today. It')).toEqual(['Your order left today.']);
    expect(splitter.push(' will come')).toEqual([]);
    expect(splitter.push(' on Friday! Any')).toEqual(['It will come on Friday!']);
    expect(splitter.end()).toEqual(['Any']);
    expect(splitter.end()).toEqual([]);
  });

  it.each([
    ['It costs 3.50 euros. Shall I?', ['It costs 3.50 euros.', 'Shall I?']],
    ['Dr. Byrne is in. Mr. J. Doe is not.', ['Dr. Byrne is in.', 'Mr. J. Doe is not.']],
    ['We close at 5 p.m. on Friday. Come early.', ['We close at 5 p.m. on Friday.', 'Come early.']],
    ['Use a word, e.g. apple. Then stop.', ['Use a word, for example apple.', 'Then stop.']],
    ['Really?! "Yes." Good.', ['Really?!', 'Yes.', 'Good.']],
    ['Wait… what? Oh.', ['Wait… what?', 'Oh.']],
    ['First line\nSecond line', ['First line', 'Second line']],
    ['See example.com for more. Bye.', ['See example.com for more.', 'Bye.']],
    ['We have:\n- **tea**\n- `milk`\n\nWhat else?', ['We have: tea, and milk', 'What else?']],
    ['- First this.\n- Then that.', ['First this.', 'Then that.']],
    ['', []],
    ['  \n ', []],
  ])('are found in %j', (text, expected) => {
    expect(split(text)).toEqual(expected);
    expect(split(text, 1000)).toEqual(expected);
  });

  it('are cut at a comma when they grow too long to wait for', () => {
    const long = `${'we have quite a lot of things, '.repeat(8)}and that is all.`;
    const sentences = split(long, 5);
    expect(sentences.length).toBeGreaterThan(1);
    expect(sentences.every((sentence) => sentence.length <= 170)).toBe(true);
    expect(sentences.join(' ')).toBe(long);
  });

  it('lose no word, however the text is cut into pieces', () => {
    const words = fc.array(fc.constantFrom('yes.', 'No!', '3.5', 'Mr.', 'and', 'go?', 'a', 'p.m.', 'so,', 'Then'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 9 }), (parts, size) => {
        expect(split(parts.join(' '), size).join(' ')).toBe(parts.join(' '));
      }),
    );
  });
});
