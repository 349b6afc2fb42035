/** What the callers of the load bench say, and the agent that they say it to. Known to both processes. */

/** How a turn is decided: here, by the model, or by a caller who cuts in. */
export type Kind = 'local' | 'llm' | 'barge_in';

export interface Utterance {
  kind: Kind;
  text: string;
}

/** A conversation; it begins anew when it is over. The word before a `barge_in` makes the agent speak for long. */
export const conversation: readonly Utterance[] = [
  { kind: 'local', text: 'what are your opening hours' },
  { kind: 'llm', text: 'my cousin is thinking of turning up around noon on sunday' },
  { kind: 'local', text: 'tell me about delivery' },
  { kind: 'barge_in', text: 'no tell me what your prices are' },
  { kind: 'llm', text: 'we are rather short of cash this month you know' },
  { kind: 'local', text: 'where are you' },
  { kind: 'llm', text: 'would there be somebody in the place on a bank holiday' },
  { kind: 'local', text: 'do you deliver' },
  { kind: 'barge_in', text: 'where is the shop' },
  { kind: 'llm', text: 'roughly what would I have to put on the table for one' },
];

/** What the scripted model answers where the classifier is not sure: words of the utterance → intent. */
export const modelAnswers: readonly [RegExp, string][] = [
  [/cousin/, 'hours'],
  [/cash|put on the table/, 'prices'],
  [/somebody in the place/, 'hours'],
];

const delivery = `We deliver on every day of the week from eight in the morning until nine at night to all places within thirty kilometres of the city and to most of the islands with the ferry which leaves twice a day in summer and once a day in winter unless the weather forbids it`;

/** What the scripted voice has recorded: whatever it is to say, this is heard, as long as the text would last. */
export const recording = delivery;

const moves = `[${['hours', 'prices', 'place', 'delivery'].map((name) => `{ intent: ${name}, to: ${name} }`).join(', ')}]`;

export const agentYaml = `
agent: load
language: en
start: shop
---
flow: shop
states:
  ask:
    say: How can I help?
    transitions: ${moves}
  hours: { say: We are open from nine to six. Is there more?, transitions: ${moves} }
  prices: { say: Prices start at ten euros. Is there more?, transitions: ${moves} }
  place: { say: We are at the corner of the main square. Is there more?, transitions: ${moves} }
  delivery:
    say: ${delivery}
    transitions: ${moves}
intents:
  hours: [what are your opening hours, when are you open, are you open on saturday, what time do you close]
  prices: [what are your prices, how much is it, what does it cost, how expensive are you]
  place: [where are you, how do I find you, what is your address, where is the shop]
  delivery: [tell me about delivery, do you deliver, can you bring it to me, how long does delivery take]
`;
