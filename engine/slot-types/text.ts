import { defineType, writtenText } from './define.js';

/**
 * Free words. Only the answer to its own question is one: anything else said in a call would fit.
 * Its value is what was said, without the sighs at its ends.
 */
export const text = defineType({
  name: 'text',
  read(_tokens, context, said) {
    if (!context.asked) return [];
    const head = /^(?:[\s,.;:!?-]|(?:uh|um|er|erm|hm+|uhm)\b)*/i.exec(said)?.[0].length ?? 0;
    const tail = /(?:[\s,.;:-]|(?<!\p{L})(?:uh|um|er|erm|hm+|uhm))*$/iu.exec(said)?.index ?? said.length;
    const start = head >= tail ? 0 : head;
    const end = head >= tail ? said.trimEnd().length : tail;
    const value = said.slice(start, end);
    return value.trim() === '' ? [] : [{ value, text: value, start, end, confidence: 1 }];
  },
  parse(written) {
    const value = writtenText(written);
    return value === undefined ? { problem: 'Text is expected here, such as "two bags".' } : { value };
  },
  say: (value) => (typeof value === 'string' ? value : JSON.stringify(value)),
  spoken: () => ({ kind: 'choice', options: [] }),
  keepsAll: true,
});
