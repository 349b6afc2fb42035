/** "Did you mean": what is offered, and what is kept of the sentence meanwhile. */
import type { Json, Move, Understanding } from '../contracts.js';
import { titleOfIntent } from './intents.js';
import { climb } from './ladders.js';
import { applyMoves, takeBeside } from './moves.js';
import { askWhichOne, orList } from './questions.js';
import { findSlot } from './slots.js';
import type { Clarify, Fill } from './state.js';
import type { Talk } from './talk.js';
import { stateOf, topFrame } from './talk.js';
import { sayBuiltIn } from './words.js';

/** "Did you mean": once; who is not understood a second time climbs the ladder. */
export function clarify(talk: Talk, understanding: Understanding, before: Clarify | null): void {
  const { s } = talk;
  const offered = understanding.clarify!;
  if (before) return climb(talk, 'no_match');
  if (offered.kind === 'value') return clarifyValue(talk, offered.slot, offered.values, understanding.moves);
  const fills = understanding.moves.filter((move): move is Fill => move.kind === 'fill');
  const { question, flow } = topFrame(s) ?? {};
  const slot = question && 'slot' in question ? findSlot(talk.agent, flow, question.slot) : undefined;
  // What may have been a secret is not kept to be read again.
  const text = slot?.sensitive === 'secret' ? {} : { text: understanding.text };
  s.clarify = { kind: 'intent', intents: offered.intents, values: fills, ...text };
  const names = offered.intents.map((intent) => titleOfIntent(talk.agent, intent));
  s.trace.clarify = offered.intents;
  sayBuiltIn(talk, 'clarify', { it: orList(talk, names), extra: { options: names } });
}

/** The rest of the sentence counts; which value was meant is asked when its slot's turn comes. */
function clarifyValue(talk: Talk, name: string, values: Json[], moves: readonly Move[]): void {
  const { s } = talk;
  const before = topFrame(s);
  if (moves.some((move) => move.kind !== 'fill')) applyMoves(talk, moves);
  else
    takeBeside(
      talk,
      moves.filter((move): move is Fill => move.kind === 'fill'),
    );
  const frame = topFrame(s);
  if (!frame || talk.effect || !findSlot(talk.agent, frame.flow, name)) return;
  frame.near[name] = values;
  if (frame !== before || frame.phase !== 'waiting') return;
  if (stateOf(talk, frame).collect?.slots.includes(name)) {
    if (frame.question?.kind === 'open') frame.openOver.push(frame.state);
    frame.question = { kind: 'slot', slot: name };
  }
  askWhichOne(talk, frame, name);
}
