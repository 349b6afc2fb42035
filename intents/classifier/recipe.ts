/** The numbers of the recipe, tuned on the training and validation rows of public sets, never on test rows. */
export const recipe = {
  /** Weight of the n-grams beside the sentence vectors in the kernel, and of the n-grams alone. */
  lexicalWeight: 0.25,
  lexicalAlone: 1.2,
  /** What a word of the sentence's frame ("could you") counts beside one of its matter. */
  functionWordWeight: 0.7,
  /** Share of the sentence vector that reads the matter alone. */
  matterShare: 0.65,
  /** How little a single row is believed. */
  ridge: 0.2,
  /** Rows made of an intent's name, title and description, beside a whole example. */
  nameWeight: 0.5,
  /** A copy of an example with its values replaced by their types. */
  placeholderWeight: 0.6,
  /** A `not:` example: where its own intent's score is drawn to, and how much it is believed. */
  notTarget: -0.5,
  notWeight: 0.6,
  /** How many rows the background's mean vector is worth beside the examples'. */
  meanPull: 30,
  /** Of the foreign turns that the threshold reckons with, this share is like left-out intents, the others like ordinary talk. */
  nearShare: 0.5,
  /** Standard deviations of Wilson's bound by which few examples promise less. */
  caution: 0.5,
  /** How many own examples weigh as much as the shipped threshold. */
  shippedRows: 40,
  /** From about so many own examples on, wrong answers are counted; of fewer they are foretold by their probabilities. */
  countedRows: 300,
  /** Of the turns that the threshold reckons with, this share is misheard as a telephone's recogniser does. */
  misheardShare: 0.5,
  /** So many examples are misheard at most, evenly taken: more tell nothing new. */
  mostCopies: 600,
  /** Above so many rows the kernel (rows² numbers, rows³ steps) gives way to softmax regression. */
  largestKernel: 2_000,
};
