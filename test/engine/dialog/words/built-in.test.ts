import { describe, expect, it } from 'vitest';
import { builtInExamples, builtInTitles, builtInWords } from '../../../../engine/dialog/built-ins/en.js';

const frequent = ['yes', 'no', 'repeat', 'human', 'cancel', 'help', 'hold_on', 'dont_know', 'goodbye', 'correct', 'start_over']; // prettier-ignore

describe('the built-in intents', () => {
  it('that callers use most have at least 25 examples each, all different', () => {
    for (const name of frequent) {
      const examples = builtInExamples[name]!;
      expect([name, examples.length >= 25]).toEqual([name, true]);
      expect([name, new Set(examples).size]).toEqual([name, examples.length]);
    }
  });

  it('share no example: no sentence means two of them', () => {
    const owner = new Map<string, string>();
    for (const [name, examples] of Object.entries(builtInExamples))
      for (const example of examples) {
        expect([example, owner.get(example) ?? name]).toEqual([example, name]);
        owner.set(example, name);
      }
  });

  it('each have a title by which they are offered', () => {
    expect(Object.keys(builtInExamples).filter((name) => builtInTitles[name] === undefined)).toEqual([]);
  });
});

describe('the built-in words', () => {
  const all = Object.entries(builtInWords).flatMap(([name, given]) => {
    const say = given as string[] | ((facts: { title: string; it: string }) => string[]);
    // `next` is said of a request that has a title only.
    const titles = name === 'next' ? ['your order'] : ['your order', ''];
    const texts = typeof say === 'function' ? titles.flatMap((title) => say({ title, it: 'it' })) : say;
    return texts.map((text): [string, string] => [name, text]);
  });

  it('are short: a breath each', () => {
    expect(all.filter(([, text]) => text.split(' ').length > 16)).toEqual([]);
  });

  it('ask one question at most, and leave nothing open where a flow has no title', () => {
    for (const [name, text] of all) {
      expect([name, (text.match(/\?/g) ?? []).length <= (name === 'no_input' ? 2 : 1)]).toEqual([name, true]);
      expect([name, text]).toEqual([name, expect.not.stringMatching(/undefined|\s\s|\s[.?]/)]);
    }
  });
});
