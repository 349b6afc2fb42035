/** Answers from knowledge: what the caller asked, looked up among the entries, and the entry's own words. */
import { matchKnowledge } from '../knowledge/match.js';
import { sayWithEchoes } from './questions.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { note } from './talk.js';

/** Says the entry that answers what was said last; `no_answer` where none does. The words' id is that of the state. */
export function answerFromKnowledge(talk: Talk, frame: Frame, name: string): void {
  const base = talk.agent.knowledge?.get(name);
  const match = base && matchKnowledge(base, questionIn(talk));
  frame.phase = 'done';
  frame.outcome = match ? 'ok' : 'no_answer';
  if (!match) return;
  talk.s.trace.answer = match.entry.id;
  note(talk, `answered from ${name}: ${match.entry.id} (${match.score.toFixed(2)})`);
  sayWithEchoes(talk, frame, `${frame.flow}/${frame.state}`, match.entry.says);
}

/** What the caller said in this turn, else the last time they said anything. */
function questionIn({ s }: Talk): string {
  return s.trace.text ?? s.history.findLast((entry) => entry.from === 'caller')?.text ?? '';
}
