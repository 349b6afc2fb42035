import { describe, expect, it } from 'vitest';
import { bestSentences } from '../../../engine/knowledge/best-sentences.js';
import { cutMarkdown } from '../../../engine/knowledge/cut-markdown.js';

const one = (text: string): string =>
  cutMarkdown(text, 'a.md')
    .flatMap(({ sentences }) => sentences)
    .join(' ');

describe('a document', () => {
  it('is cut by its headings, and each passage knows those above it', () => {
    const passages = cutMarkdown(
      'Before.\n\n# Fees\nAll of them.\n## Late & lost\nNone.\n## Cards\nThree.\n# End\nBye.',
      'a.md',
    );
    expect(passages).toEqual([
      { id: 'a.md', heads: [], sentences: ['Before.'] },
      { id: 'a.md#fees', heads: ['Fees'], sentences: ['All of them.'] },
      { id: 'a.md#late--lost', heads: ['Fees', 'Late and lost'], sentences: ['None.'] },
      { id: 'a.md#cards', heads: ['Fees', 'Cards'], sentences: ['Three.'] },
      { id: 'a.md#end', heads: ['End'], sentences: ['Bye.'] },
    ]);
  });

  it('gives two headings of one name two names', () => {
    expect(cutMarkdown('# A\nx y.\n# A\nz w.', 'f').map(({ id }) => id)).toEqual(['f#a', 'f#a-1']);
  });

  it('keeps what is for eyes to itself: tables, code, comments, images, front matter', () => {
    expect(
      one(
        '---\ntitle: x\n---\nA b.\n\n| h | i |\n|---|---|\n| 1 | 2 |\n\n```js\nlet x = 1;\n```\n\n<!-- todo -->![pic](a.png)\nC d.\n\n---\n\nE f.',
      ),
    ).toBe('A b. C d. E f.');
  });

  it('is spoken without markup and addresses, with sums and signs as people say them', () => {
    expect(one('It is **€4.95**, see [our terms](https://a.example/terms) or https://a.example/x.')).toBe(
      'It is 4 euros 95, see our terms or our website.',
    );
    expect(one('Write to <care@acme.example> soon.')).toBe('Write to care at acme dot example soon.');
  });

  it('makes one sentence of a list and of lines that were only broken for the eye', () => {
    expect(one('Bring:\n\n- a card\n- a bill\n- a photo')).toBe('Bring: a card, a bill, and a photo.');
    expect(one('We open\nat nine.')).toBe('We open at nine.');
  });

  it('with headings and tables alone has nothing to say', () => {
    expect(cutMarkdown('# A\n\n## B\n\n| x |\n|---|\n| y |\n', 'a.md')).toEqual([]);
  });

  it('that is very long under one heading is several passages of that name', () => {
    const passages = cutMarkdown(`# A\n\n${'This paragraph has quite a few words in it.\n\n'.repeat(60)}`, 'a.md');
    expect(passages.length).toBeGreaterThan(2);
    expect(new Set(passages.map(({ id }) => id))).toEqual(new Set(['a.md#a']));
  });
});

describe('the sentences that are said of a passage', () => {
  it('are the one that has the question’s words and the next', () => {
    const sentences = ['We open at nine.', 'Dogs are welcome.', 'They stay on a lead.', 'Cats are not.'];
    expect(bestSentences('may i bring my dogs', sentences)).toBe('Dogs are welcome. They stay on a lead.');
  });

  it('bring along the sentence that they lean on', () => {
    expect(
      bestSentences('how long is it kept', ['We leave the parcel at a shop.', 'It is kept for a week.', 'Bye.']),
    ).toBe('We leave the parcel at a shop. It is kept for a week.');
  });

  it('are one where two would be too long', () => {
    const long = `Dogs ${'are very welcome '.repeat(12)}here.`;
    expect(bestSentences('dogs', [long, long])).toBe(long);
  });
});
