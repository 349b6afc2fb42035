/** Answers from knowledge: what the caller asked, looked up among entries and passages, or asked of a retriever. */
import { matchKnowledge } from '../knowledge/match.js';
import { findPassage } from '../knowledge/passage-index.js';
import { shownToModel } from './for-model.js';
import { sayWithEchoes } from './questions.js';
import { sayPassage } from './say-passage.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { note } from './talk.js';
import { callTool } from './tool-calls.js';

/** Says what answers the words that were said last; `no_answer` where nothing does. The words' id is that of the state. */
export function answerFromKnowledge(talk: Talk, frame: Frame, name: string): void {
  const base = talk.agent.knowledge?.get(name);
  const question = questionIn(talk);
  if (base?.retriever !== undefined) {
    const asked = new Map([['question', { kind: 'literal' as const, value: question }]]);
    return callTool(talk, frame, [{ tool: base.retriever, with: asked }]);
  }
  const entry = base && matchKnowledge(base, question);
  frame.phase = 'done';
  frame.outcome = 'ok';
  if (entry?.entry.says) {
    talk.s.trace.answer = entry.entry.id;
    note(talk, `answered from ${name}: ${entry.entry.id} (${entry.score.toFixed(2)})`);
    return sayWithEchoes(talk, frame, `${frame.flow}/${frame.state}`, entry.entry.says);
  }
  const match = base && base.passages.length > 0 ? findPassage(base.passages, question, entry?.entry.asks) : null;
  if (!match) {
    frame.outcome = 'no_answer';
    return;
  }
  note(talk, `answered from ${name}: ${match.passage.id} (${match.score.toFixed(2)})`);
  sayPassage(talk, frame, shownToModel(talk, 'caller', question), match.passage);
}

/** What the caller said in this turn, else the last time they said anything. */
function questionIn({ s }: Talk): string {
  return s.trace.text ?? s.history.findLast((entry) => entry.from === 'caller')?.text ?? '';
}
