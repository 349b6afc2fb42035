/** What was being done has no place in a newer version of the agent: said once, then the talk goes on. */
import type { Input, Understanding } from '../contracts.js';
import { afterTask } from './stack.js';
import type { Talk } from './talk.js';
import { topFrame } from './talk.js';
import { sayBuiltIn } from './words.js';

/** True: nothing more is to be done with the input. */
export function tellOfNewVersion(talk: Talk, input: Input, understanding: Understanding | undefined): boolean {
  if (input.kind !== 'open' && input.kind !== 'utterance' && input.kind !== 'keys' && input.kind !== 'no_input')
    return false;
  delete talk.s.changed;
  sayBuiltIn(talk, 'new_version');
  // A request of its own is served; an answer to a question that is gone answers nothing.
  if (understanding?.moves.some(({ kind }) => kind === 'start' || kind === 'repair')) return false;
  if (topFrame(talk.s)?.phase !== 'enter') afterTask(talk, true);
  return true;
}
