import type { Reading } from './slot-type.js';
import { defineType, oneOf, reading } from './define.js';
import type { Token } from './normalise.js';
import { fillers, isQuestion, phraseAt } from './normalise.js';

function phrases(...texts: string[]): string[][] {
  return texts.map((text) => text.split(' '));
}

/** Words that answer wherever they open the utterance, whatever follows. */
const clearYes = phrases(
  'yes', 'yeah', 'yep', 'yup', 'yea', 'ya', 'yes please', 'yeah please', 'yes indeed', 'aye', 'uh huh', 'affirmative',
  'absolutely', 'definitely', 'certainly', 'of course', 'by all means', 'yessir', 'oh yes', 'oh yeah', 'hell yes',
  'yes that is correct',
); // prettier-ignore
const clearNo = phrases(
  'no', 'nope', 'nah', 'no thanks', 'no thank you', 'nay', 'negative', 'of course not', 'absolutely not', 'certainly not',
  'definitely not', 'not really', 'not at all', "i don't think so", 'i do not think so', "i'd rather not", 'i would rather not',
  'rather not', 'no way', 'please don\'t', 'not yet', 'not now', 'not today', "don't do that", "no i don't", "no it isn't",
  "no it's not", 'oh no',
); // prettier-ignore
/** Words that answer only when nothing else is said: "right" also opens many a sentence. */
const bareYes = phrases(
  'that sounds good', 'that sounds great', 'that sounds perfect', 'that sounds fine', 'that sounds lovely', 'sounds perfect', 'sounds lovely',
  "that's fine by me", 'fine by me', 'fine with me', "that's fine with me", "that's all right", 'that suits me', 'suits me', 'all good',
  'book it please', 'that would be perfect', 'that is fine', 'that is good', 'of course you can', 'perfect yes', 'wonderful', 'excellent',
  'right', 'correct', 'sure', 'sure thing', 'ok', 'okay', 'fine', 'good', 'great', 'perfect', 'exactly', 'indeed', 'true',
  'alright', 'all right', 'go ahead', 'go for it', 'go on', 'do it', 'do that', 'please do', 'please', 'sounds good',
  'sounds great', 'sounds right', 'that works', 'works for me', 'that is right', "that's right", 'thats right',
  "that's correct", 'thats correct', 'that is correct', "that's fine", "that's good", "that's great", "that's perfect",
  "that's it", "that's the one", "that's me", 'that is me', "that's true", "that's okay", "that's ok", "that'd be great", 'that would be great',
  'that would be fine', 'that would be good', 'that would be lovely', 'you got it', 'i do', 'i am', 'i would', 'i did',
  'i have', 'it is', 'it does', 'they are', 'we do', 'we are', 'i think so', 'i guess so', 'i guess', 'i suppose so',
  'i believe so', 'why not', 'very well', 'for sure', 'no problem', 'i agree', 'agreed', 'i confirm', 'confirmed', 'confirm',
  "i'd love to", "i'd like that", 'i would like that', 'lovely', "let's do it", "let's do that", 'lets do it', 'book it',
  'send it', 'make it so', 'mhm', 'mm hmm', 'you bet', 'totally', 'happy with that', "i'm happy with that", 'right then',
); // prettier-ignore
const bareNo = phrases(
  'not', 'never', 'wrong', 'incorrect', 'false', "don't", "i don't", 'i do not', "i'm not", 'i am not', "i wouldn't",
  "i haven't", "it isn't", "it's not", 'it is not', "it doesn't", "that's wrong", 'that is wrong', "that's not right",
  'that is not right', "that isn't right", "that's not correct", "that's incorrect", "that's not it", "that isn't it",
  "that's a no", 'not quite', 'not exactly', 'not me', 'not for me', "i don't want to", "i don't want that", "i'd say no",
  'not that', 'not that one', "don't bother", 'please don\'t bother', "don't worry", "don't worry about it", 'forget it', 'hardly', 'neither', "we don't", "they aren't", "they're not", 'i did not',
  "i didn't", 'leave it', 'no problem no',
); // prettier-ignore

/** What may stand around an answer without being one. */
const around = new Set([
  'said', 'say', 'i', 'and', 'but', 'sir', "ma'am", 'madam', 'hey', 'hi', 'it', "that's", 'thats', 'a', 'thank', 'you', 'very',
  'much', 'again', 'really', 'now', 'wait', 'sorry', 'mean', 'very', 'quite', 'for', 'me', 'my', 'answer', 'is', 'the', 'to',
  'that', 'dear', 'mate', 'love', 'friend', 'man', 'there', 'just', 'all', 'good', 'think',
]); // prettier-ignore

/** What may stand before an answer that opens a longer utterance. */
const openings = new Set([
  'i',
  'said',
  'say',
  'and',
  'but',
  'hey',
  'hi',
  'sir',
  "that's",
  'thats',
  'a',
  'sorry',
  'wait',
  'mean',
]);

/** After these "yes" and "no" are parts of something else. */
const notAnswers = phrases(
  'no idea',
  'no one',
  'no body',
  'no clue',
  'no matter',
  'no longer',
  'no more',
  'no meal',
  'no wonder',
);
/** "yes or no": the question said back. */
const undecided = phrases(
  'yes or no',
  'yes and no',
  "i don't know",
  'i do not know',
  'not sure',
  "i'm not sure",
  'i am not sure',
);

interface Found {
  from: number;
  to: number;
  value: boolean;
  clear: boolean;
}

/** Yes or no as people say them; nothing inside a question or a sentence about something else. */
export const yesNo = defineType({
  name: 'yes_no',
  keepsAll: true,
  read(tokens, _context, text) {
    if (isQuestion(text)) return [];
    for (let index = 0; index < tokens.length; index++) if (phraseAt(tokens, index, undecided) > 0) return [];
    const all = answersIn(tokens);
    if (all.length === 0) return [];
    const clear = all.filter((one) => one.clear && opens(tokens, one.from, all));
    const whole =
      all.length > 0 &&
      tokens.every((token, index) => inside(all, index) || fillers.has(token.word) || around.has(token.word));
    const counted = whole ? all : clear;
    if (counted.length === 0) return [];
    const last = counted.at(-1)!;
    const mixed = counted.some((one) => one.value !== last.value);
    // "Yeah, no" and "no, yes, sorry": the later word is meant, though less surely.
    const confidence = mixed ? 0.7 : counted.some((one) => one.clear) ? 1 : 0.9;
    let { from } = last;
    // "Yes, that's right": one answer, said twice.
    for (const one of [...counted].reverse()) {
      const near = tokens.slice(one.to, from).every((token) => fillers.has(token.word));
      if (one.value === last.value && near) from = Math.min(from, one.from);
    }
    const found: Reading[] = [reading(text, tokens, from, last.to, last.value, confidence)];
    return found;
  },
  parse(written) {
    if (typeof written === 'boolean') return { value: written };
    const word = typeof written === 'string' ? written.trim().toLowerCase() : '';
    if (word === 'true' || word === 'yes') return { value: true };
    if (word === 'false' || word === 'no') return { value: false };
    return { problem: 'Yes or no is expected here: true or false.' };
  },
  say: (value) => (value === true ? 'yes' : value === false ? 'no' : String(value)),
  spoken: () =>
    oneOf([
      'yes', 'yes please', 'yeah', 'yep', 'sure', 'okay', 'that\'s right', 'correct', 'go ahead', 'please do', 'of course',
      'no', 'nope', 'no thanks', 'no thank you', 'not really', 'that\'s wrong', 'not now',
    ]), // prettier-ignore
});

function answersIn(tokens: readonly Token[]): Found[] {
  const found: Found[] = [];
  for (let index = 0; index < tokens.length;) {
    const not = phraseAt(tokens, index, notAnswers);
    if (not > 0) {
      index += not;
      continue;
    }
    const kinds = [
      { length: phraseAt(tokens, index, clearYes), value: true, clear: true },
      { length: phraseAt(tokens, index, clearNo), value: false, clear: true },
      { length: phraseAt(tokens, index, bareYes), value: true, clear: false },
      { length: phraseAt(tokens, index, bareNo), value: false, clear: false },
    ];
    const best = kinds.reduce((a, b) => (b.length > a.length ? b : a));
    if (best.length === 0) {
      index += 1;
      continue;
    }
    found.push({ from: index, to: index + best.length, value: best.value, clear: best.clear });
    index += best.length;
  }
  return found;
}

/** Whether only sighs, greetings or other answers stand before it. */
function opens(tokens: readonly Token[], from: number, all: readonly Found[]): boolean {
  for (let index = 0; index < from; index++) {
    const { word } = tokens[index]!;
    if (!inside(all, index) && !fillers.has(word) && !openings.has(word)) return false;
  }
  return true;
}

function inside(all: readonly Found[], index: number): boolean {
  return all.some((one) => index >= one.from && index < one.to);
}
