/**
 * Every rule that may decide what a turn means, with what it says in a few words: `rule` of a trace is one of these
 * names. They are stable: tests, reports and people search for them.
 */
import type { Input } from '../contracts.js';

export const rules = {
  // What a caller said, in the order in which it is looked at.
  'nothing-said': 'there were no words',
  urgent: 'in so many words: cancel, a person, or hold on',
  'answer-to-memory': 'a yes or no to what is kept of the caller',
  language: 'asks for another language',
  'cancel-by-name': 'drops a request by its name',
  'clarify-value': 'picks one of the values that were offered',
  'clarify-intent': 'picks one of the requests that were offered',
  'clarify-both': 'both of the requests that were offered',
  'clarify-neither': 'none of what was offered',
  'clarify-no': 'declines the request that was offered',
  'clarify-by-value': 'goes on with a value of one of the requests that were offered',
  back: 'is here again after a pause',
  'list-done': 'closes the list that is asked for',
  'list-denied': 'the list is not right, and nothing more',
  'items-and-done': 'items, and that these are all',
  'too-late': 'puts a value right after the write that used it',
  'task-again': 'puts a value right after the answer: the task is done again with it',
  'value-denied': 'says that a value is wrong, and no other',
  'bare-number': 'a number alone, for the filled slot that it fits',
  'left-open': 'a no to a question that may be left open',
  'half-answer': 'the beginning of an answer, or what completes it',
  answer: 'nothing but an answer to the question, or a change',
  'same-value': 'says a value again that holds already: a yes',
  'several-requests': 'several requests in one sentence',
  'example-with-values': 'an example of a flow with other values in it',
  'exact-example': 'the very words of an example',
  'done-beside-answer': '"that was all" beside a yes or a no',
  'values-tell': 'the values that were said fit one request best',
  router: 'the router was sure enough',
  model: 'the language model chose',
  'model-values': 'values that the language model pointed at',
  'model-none': 'the language model says that nothing here is meant',
  'values-alone': 'values, where no request was heard beside them',
  unsure: 'the router was torn: asked back',
  'nothing-fits': 'neither a value nor a request',
  // What became of it where the talk stands.
  'not-possible': 'a move that cannot be made here: the turn is as if nothing was understood',
  'to-the-model': 'what a generate state listens to goes to its model',
  'speech-before-end': 'only something urgent is heard before an end or a write',
  // Everything else that comes in.
  opening: 'the call begins',
  returning: 'the caller of a talk that broke off calls again',
  'key-of-menu': 'a key that a transition waits for',
  'keys-for-slot': 'keys for the slot that was asked for',
  'keys-unfit': 'keys that nobody asked for, or that do not fit',
  silence: 'nothing was said',
  'not-heard': 'speech without words',
  'too-long': 'spoke longer than may be listened to',
  played: 'the words that were waited for were heard',
  'tool-came-back': 'a tool settled after its turn',
  'transfer-ended': 'what a transfer came to',
  event: 'an event from outside',
  'hang-up': 'the caller hung up',
} as const satisfies Record<string, string>;

export type RuleName = keyof typeof rules;

/** What decides, as long as nothing in the turn says more. */
export const ruleOfInput: Partial<Record<Input['kind'], RuleName>> = {
  open: 'opening',
  keys: 'keys-unfit',
  no_input: 'silence',
  not_heard: 'not-heard',
  too_long: 'too-long',
  played: 'played',
  tool: 'tool-came-back',
  transfer: 'transfer-ended',
  event: 'event',
  hang_up: 'hang-up',
};
