/**
 * Words that carry a sentence's frame rather than its matter, by language, as `wordsOf` gives them. Few
 * examples cannot show how common they are: in twenty of them "could you" is as rare as "excursion".
 * Negations, question words and verbs of movement or possession stay out: they tell intents apart.
 */
export const functionWords: Record<string, ReadonlySet<string>> = {
  en: new Set(
    `a an the this that these those there here it its i me my im ive id ill we us our you your youre they them
    he she his her and or but so then also too just only of to in on at for from by with about as into is am are
    was were be been being do does did doing have has had having can could would will shall should may might
    must please like want wants wanted need needs let lets get got give some any much really very ok okay well
    oh um uh er hi hello hey thanks thank`.split(/\s+/),
  ),
};
