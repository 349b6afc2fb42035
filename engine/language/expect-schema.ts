import type { Schema } from './schema.js';
import type { ExpectationKey } from './script.js';

const expected = (description: string, examples?: unknown[]): Schema => ({
  $ref: '#/definitions/expected',
  description,
  ...(examples && { examples }),
});

/** What a script may expect of a turn: for each key, what is compared with it. */
export const expectProperties: Record<ExpectationKey, Schema> = {
  state: expected('The state in which the talk stands now: `tell`, `check_order/tell`, or `end` when no flow runs.', [
    'end',
  ]),
  flow: expected('The flow on top now: `check_order`, or null when none runs.'),
  stack: expected('The flows that wait beneath the one on top, the nearest first: `[book_room]`.'),
  queue: expected('The flows that were asked for and wait for their turn, the next one first: `[book_taxi]`.'),
  finished: expected('A flow that came to its end in this turn: `check_order`. `none` when no flow may have.', [
    'none',
  ]),
  out: expected('What the flow that ended gave to its caller, by the names of `out:`: `{ until: 2026-03-20 }`.'),
  ended: expected('Whether the call is over: true or false.', [true, false]),
  slots: expected(
    'Values of slots, only those named are compared: `{ order_id: 4471, eta: null }`. Null is empty; `send_money.payee` is a slot of a flow that is over.',
  ),
  intent: expected('What was understood: a built-in intent, one of yours, or a flow. `none` when nothing was.', [
    'none',
  ]),
  route: expected('Who understood it: a rule, the keys, the local classifier, or the language model.', [
    'rule',
    'keys',
    'local',
    'llm',
  ]),
  score: expected('How sure the router was, from 0 to 1: `"> 0.9"`.', ['"> 0.8"']),
  clarify: expected('What was offered in "did you mean": the intents, or true for any; `none` for no such question.', [
    'none',
  ]),
  said: expected(
    'What the agent said in this turn: ids of words such as `ask.day.1` or `tell`, `/regex/`, `{ text: … }`, `{ any: […] }`. A list is in order, with gaps; `none` is silence.',
    ['none', 'filler', 'error'],
  ),
  said_not: expected('What it may not have said in this turn, written as in `said`; of a list, none of them.', [
    'error',
  ]),
  heard: expected(
    'What the caller had heard of the agent’s words when they began to speak: the text, a `/regex/`, or `full`.',
    ['full'],
  ),
  tools: expected(
    'The tools that ran in this turn, in order, with gaps: `[{ find_order: { order_id: 4471 }, times: 1 }]`. Arguments may be a part of them; `times` counts over the turn; `none` for no tool.',
    ['none'],
  ),
  answer: expected('The entry of `knowledge` that was answered from: `hours`. `none` when none was.', ['none']),
  transfer: expected(
    'Whether the call was handed to a person: true, or a part of what they got, as in `{ to: "+35318000000", mode: warm }`; `none` when it may not have been.',
    ['none', true],
  ),
  language: expected('The language of the call after this turn: `en-IE`.'),
  no_input: expected('How often the caller was silent at this question: `1`.'),
  no_match: expected('How often the caller was not understood at this question: `1`.'),
  invalid: expected('How many values were refused at this question: `1`.'),
  attempt: expected('How often this question was asked: `2`.'),
  visits: expected('How often the talk has come into this state since its flow began: `1`.'),
  memory: expected('What is kept of the caller for later calls, by slot: `{ order.milk: oat }`.'),
  first_audio_ms: expected('The most milliseconds from the caller’s last sound to the agent’s first: `900`.'),
  silent_within_ms: expected('The most milliseconds from an interruption until the agent is silent: `300`.'),
  llm_calls: expected('How many requests to a language model this turn made: `0`.'),
};
