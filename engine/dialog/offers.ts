/** Things that the agent asks about before it does them. */
import type { BuiltInName } from './built-ins/en.js';
import type { Talk } from './talk.js';
import { flowOf, topFrame } from './talk.js';
import { repairOf, sayBuiltIn } from './words.js';

/** The question before a built-in that the designer wants confirmed. */
const questions: Readonly<Partial<Record<string, BuiltInName>>> = {
  cancel: 'confirm_cancel', start_over: 'confirm_start_over', goodbye: 'confirm_goodbye', human: 'offer_human',
}; // prettier-ignore

/** Asks whether to do it: a yes does, a no leaves everything as it is, anything else is heard as always. */
export function offerTo(talk: Talk, intent: string, question: BuiltInName): void {
  const frame = topFrame(talk.s);
  talk.s.clarify = { kind: 'intent', intents: [intent], values: [], offer: true };
  sayBuiltIn(talk, question, { title: frame ? (flowOf(talk, frame).title ?? '') : '' });
}

/** True when the designer wants it confirmed and it was not yet: then it is asked now. */
export function asksFirst(talk: Talk, intent: string): boolean {
  const question = questions[intent];
  if (question === undefined || talk.agreed === intent) return false;
  if (repairOf(talk, topFrame(talk.s), intent)?.confirm !== 'explicit') return false;
  offerTo(talk, intent, question);
  return true;
}
