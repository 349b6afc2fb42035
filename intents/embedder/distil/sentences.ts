import { functionWords } from '../../classifier/function-words.js';
import type { Wordnet } from './wordnet.js';

/** How people ask for things: `A` an action ("pay the bill"), `N` and `M` nouns, `J` an adjective. */
const frames = {
  action: `A|A|A please|please A|A now|A for me|A today|i want to A|i want to A|i would like to A|i'd like to A|i need to A|i need you to A|can you A|can you A for me
can i A|could you A|could you please A|would you A|how do i A|how do i A|how can i A|how to A|how would i A|what do i need to A|what is the best way to A|what do i have to do to A
where can i A|where do i go to A|when can i A|when do i have to A|why can't i A|why can i not A|why do i have to A|i can't A|i cannot A|i couldn't A|i am trying to A|i'm trying to A
i am not able to A|i was unable to A|i forgot to A|i don't want to A|do not A|don't A|please do not A|stop trying to A|is it possible to A|is it okay to A|am i allowed to A|do i have to A
do i need to A|should i A|shall we A|let's A|let me A|help me A|can you help me A|i need help to A|who can A|who do i ask to A|how long does it take to A|how much does it cost to A
what happens when i A|what happens if i A|is there a way to A|is there a fee to A|remind me to A|tell me how to A|show me how to A|teach me to A|i have to A|i will A|i plan to A|i was told to A
did you A|have you tried to A|did i A|did i forget to A|they refuse to A|nobody will A|it won't let me A|it does not let me A|the machine did not A|your app failed to A|it tried to A twice
i'm calling to A|i am calling because i want to A|i wanted to A|i was wondering how to A|do you know how to A|what does it mean to A|would it be possible to A|could somebody A|A again|A as soon as possible`,
  noun: `N|my N|the N|what is my N|what is my N|what's my N|what is the N|what is a N|what are my N|where is my N|where is the N|where's my N|where can i find a N|where can i get a N|i lost my N
i can't find my N|i cannot find my N|someone stole my N|my N was stolen|my N is not working|my N isn't working|my N does not work|my N broke|my N is broken|my N is missing|my N has not arrived
my N hasn't arrived yet|when will my N arrive|when will i get my N|when does my N expire|when is my N|when is the next N|how much is my N|how much is the N|how much N do i have|how many N are there
how much N is in it|how long is the N|how far is the N|how old is my N|how big is the N|how is the N|i need a new N|i need a N|i want a N|i'd like a N|can i have a N|can i get a N|could i have another N
do you have any N|do you have N|do you take N|do you accept N|is there a N|is there any N|are there any N|is my N ready|is my N still J|why is my N J|why is the N so J|why is my N still J
why was my N declined|my N was declined|my N has been refused|why was there a N|tell me about my N|tell me about the N|tell me the N|tell me more about N|show me my N|show me the N|give me the N
i have a question about my N|i have a problem with my N|there is a problem with my N|there is a N i don't recognise|something is wrong with my N|the N is wrong|the N is not right|i got the wrong N|i was charged a N
i was charged for a N|what N do you have|what kind of N is it|which N do you support|who is my N|who has my N|update my N|change my N|check my N|check the N|cancel my N|cancel the N|find me a N
find a N near me|order a N|order more N|book a N|schedule a N|i want to change my N|turn on the N|turn off the N|turn up the N|set a N|add a N|add N to my M|remove N from my M|read my N|play some N|play me a N
make a N|call my N|text my N|send my N|is the N J|it is a J N|i have a J N|that is a J N|the N is J|the N is too J|is that N J|can i use my N for the M|can i change the N of my M|what is the N of my M|what is the N of the M
what's the N of the M|what N is my M|my N does not match my M|the N on my M is wrong|how do i change my N|how do i find my N|how do i use my N|how does the N work|how does my N work|do i need a N for my M
how do i get a N for a M|what is the N for M|is N good for M|where is the N for my M|is my N M|N M|my N M|the N M|N and M|N or M|N of M|N for M|a N with M|a J N|J N|N in M|i lost my N in the M
i'm waiting for my N|i am still waiting for a N|i'm looking for a N|i don't have a N|i don't know my N|i forgot my N|i don't remember my N|what if i lose my N|thank you for the N|i don't like the N|do you like N
what do you think of N|are you a N|are you J|you are J|that's J|i am J|i feel J|is it J|it's too J|this is J|how J is the N|how J is it`,
} as const;
const [actions, nouns] = [frames.action, frames.noun].map((text) => text.split(/[|\n]/));

const asking =
  /^(what|where|when|why|who|how|which|is|are|am|do|does|did|can|could|would|will|should|shall|has|have|was)\b/;

/** The same seed gives the same numbers, 0 to 1. mulberry32, public domain. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * So many English sentences, no two the same: what people ask of a voice agent (three in four, one in five of those without the words of
 * its frame), and WordNet's own examples and glosses. The same seed gives the same sentences.
 */
export function sentencesOf(wordnet: Wordnet, size: number, seed = 1): string[] {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const fill = (frame: string): string =>
    frame
      .replace(/\bA\b/, () => pick(wordnet.actions))
      .replace(/\b[NM]\b/g, () => pick(wordnet.nouns))
      .replace(/\bJ\b/, () => pick(wordnet.adjectives));
  const bare = (text: string): string =>
    text
      .split(' ')
      .filter((word) => !functionWords.en!.has(word.replace(/'/g, '')))
      .join(' ');
  const sentences = new Set<string>();
  for (let tries = 0; sentences.size < size && tries < 20 * size; tries++) {
    const kind = random();
    if (kind < 0.16) sentences.add(pick(wordnet.examples));
    else if (kind < 0.25) sentences.add(pick(wordnet.glosses));
    else {
      const asked = fill(pick(random() < 0.4 ? actions! : nouns!));
      sentences.add(random() < 0.2 ? bare(asked) : asked);
    }
  }
  sentences.delete('');
  // A mark at the end says little, and a model that never saw one would hear much in it.
  const marks = seeded(seed + 1);
  return [...sentences].map((sentence) => {
    const mark = marks();
    if (mark > 0.25) return sentence;
    return `${sentence}${asking.test(sentence) ? '?' : mark < 0.22 ? '.' : '!'}`;
  });
}
