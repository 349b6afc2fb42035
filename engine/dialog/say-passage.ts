/** The answer in a passage: worded by a model from it alone, or its best sentences as they stand. */
import type { Json } from '../contracts.js';
import { bestSentences } from '../knowledge/best-sentences.js';
import { sentencesIn } from '../knowledge/cut-markdown.js';
import { sharesWords } from '../knowledge/passage-index.js';
import { flushEchoes } from './echoes.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { note } from './talk.js';
import { nearest, sayByModel, sayText } from './words.js';

/** What a model is told beside the passage. */
const task =
  'Answer what the caller asked last, from the passage below and from nothing else, in one or two short spoken sentences. ' +
  'Keep every number, name, date and amount as it is. If the passage does not say it, say its main point instead. Ask nothing.';

/** @param question what is looked for in the passage */
export function sayPassage(
  talk: Talk,
  frame: Frame,
  question: string,
  passage: { id: string; heads: readonly string[]; sentences: readonly string[] },
): void {
  talk.s.trace.answer = passage.id;
  flushEchoes(talk, frame, []);
  const id = `${frame.flow}/${frame.state}`;
  const line = bestSentences(question, passage.sentences);
  const isFixed = (nearest(talk, frame, 'router')?.llm ?? talk.agent.router.llm) === 'never';
  if (isFixed) return sayText(talk, id, line, { frame });
  const material = `Passage:\n${[passage.heads.join(', '), passage.sentences.join(' ')].filter(Boolean).join('\n')}`;
  sayByModel(talk, id, { mode: 'answer', task, material, fallback: line }, { frame });
}

/** What a retriever found: its first passage answers, where what it gave has anything to do with the question. */
export function answerFromRetrieved(talk: Talk, frame: Frame, question: string, value: Json | undefined): void {
  const found = passagesIn(value);
  const [first] = found;
  if (!first || !found.some(({ sentences }) => sharesWords(question, sentences))) {
    note(talk, first ? 'what was found shares no word with the question' : 'nothing was found');
    frame.outcome = 'no_answer';
  } else sayPassage(talk, frame, question, first);
}

function passagesIn(value: Json | undefined): { id: string; heads: string[]; sentences: string[] }[] {
  const { passages } = (value ?? {}) as { passages?: { text: string; source: string }[] };
  return (passages ?? [])
    .map(({ text, source }) => ({ id: source, heads: [], sentences: sentencesIn(text) }))
    .filter(({ sentences }) => sentences.length > 0);
}
