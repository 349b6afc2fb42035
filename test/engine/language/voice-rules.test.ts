import { describe, expect, it } from 'vitest';
import { SpeechBudget, speakAloud } from '../../../engine/language/voice-rules.js';

describe('what a model writes, as a voice says it', () => {
  it.each([
    ['bold and italics', 'That is **very** *nice* of __you__.', 'That is very nice of you.'],
    ['a heading', '## Opening hours\nWe open at nine.', 'Opening hours We open at nine.'],
    ['code', 'Say `help` or ```stop```.', 'Say help or stop.'],
    ['a quotation mark for the eye', '> Indeed so.', 'Indeed so.'],
    ['a quoted answer', '“Of course I can.”', 'Of course I can.'],
    ['tags', 'Hello <break time="9s"/><b>you</b>.', 'Hello you.'],
    ['a link', 'See our [opening hours](https://acme.test/hours).', 'See our opening hours.'],
    ['a picture', 'Here ![a map](map.png) it is.', 'Here it is.'],
    ['an address', 'You find it at https://acme.test/help?x=1.', 'You find it on our website.'],
    ['an address with www', 'Visit www.acme.test for more.', 'Visit our website for more.'],
    ['a list', 'We have:\n- tea\n- coffee\n- milk', 'We have: tea, coffee, and milk'],
    ['a list of two', 'We have\n* tea\n* coffee', 'We have, tea, and coffee'],
    ['a list with numbers', 'Two things:\n1. Your name\n2. Your number', 'Two things: Your name, and Your number'],
    ['a list of sentences', '- First this.\n- Then that.', 'First this. Then that.'],
    ['a table', '| Tea | 3 euros |\n|-----|-----|\n| Milk | 1 euro |', 'Tea, 3 euros. Milk, 1 euro.'],
    ['an emoji', 'Great! 🎉👍🏽', 'Great!'],
    ['euros', 'It is €12.50.', 'It is 12 euros 50.'],
    ['one pound', 'It costs £1.', 'It costs 1 pound.'],
    ['whole dollars', 'That is $1,200.00 in all.', 'That is 1,200 dollars in all.'],
    ['a currency code', 'You owe 30 EUR.', 'You owe 30 euros.'],
    ['a written date', 'It comes on 2026-03-04.', 'It comes on March 4.'],
    ['what is no date', 'Part 2026-13-44.', 'Part 2026-13-44.'],
    ['a range', 'It takes 3-5 days.', 'It takes 3 to 5 days.'],
    ['a phone number, which is no range', 'Call 01-555-0199.', 'Call 01-555-0199.'],
    ['percent', 'That is 10% off.', 'That is 10 percent off.'],
    ['a number sign', 'Order #4471 is late.', 'Order number 4471 is late.'],
    ['a tilde', 'It takes ~5 minutes.', 'It takes about 5 minutes.'],
    ['an ampersand', 'Marks & Sons', 'Marks and Sons'],
    ['brackets', 'We open at nine (ten on Sundays).', 'We open at nine, ten on Sundays.'],
    ['brackets in the middle', 'Call us (day or night) any time.', 'Call us, day or night, any time.'],
    ['e.g.', 'Take fruit, e.g. apples.', 'Take fruit, for example apples.'],
    ['etc. at the end', 'Apples, pears, etc.', 'Apples, pears, and so on.'],
    ['the name of a speaker', 'Assistant: Hello there.', 'Hello there.'],
    ['snake_case, which is a name', 'The order_id is odd.', 'The order id is odd.'],
    ['nothing for the ear', '---', ''],
    ['plain words', "I'm sorry, that's a pity. What happened?", "I'm sorry, that's a pity. What happened?"],
    ['words of another language', 'Où est la gare, s’il vous plaît ?', 'Où est la gare, s’il vous plaît?'],
  ])('%s', (_what, written, spoken) => {
    expect(speakAloud(written)).toBe(spoken);
  });

  it('is the same when it is done twice', () => {
    for (const text of ['We have:\n- tea\n- **milk**', '€12.50 & 3-5%', 'See https://a.b/c (now).'])
      expect(speakAloud(speakAloud(text))).toBe(speakAloud(text));
  });

  it('is cut where a sentence would pass the limit, and nothing after it is begun', () => {
    const budget = new SpeechBudget(4);
    const sentences = ['This is the first one.', 'And a second one here.', 'The third is far too long to fit.', 'No.'];
    expect(sentences.filter((one) => budget.take(one))).toEqual(sentences.slice(0, 2));
  });

  it('says its first sentence however long it is', () => {
    expect(new SpeechBudget(1).take('This sentence is longer than a second.')).toBe(true);
  });
});
