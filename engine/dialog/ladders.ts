/** Not heard, not understood, refused: the ladders, which always end somewhere. */
import type { Rung } from '../language/flow.js';
import { putQuestion } from './questions.js';
import type { Talk } from './talk.js';
import { countersOf, stateOf, topFrame } from './talk.js';
import { applyRung, offer } from './transitions.js';
import { canReachPerson, callPerson } from './transfers.js';
import { endCall } from './ending.js';
import { nearest, repairOf, sayBuiltIn } from './words.js';

const reask: Rung = { kind: 'reask' };
const rungsBeforeTheEnd = 2;
/** A ladder whose last rung only asks again stops after so many failures beyond its length. */
const patience = 6;

/** The caller said nothing, or nothing that was understood: one rung up. */
export function climb(talk: Talk, kind: 'no_input' | 'no_match'): void {
  const frame = topFrame(talk.s);
  const counters = frame ? countersOf(frame) : talk.s.floor;
  counters[kind] += 1;
  if (offer(talk, { kind: 'on', name: kind })) return;
  if (frame?.question?.kind === 'open' && counters.attempt >= (stateOf(talk, frame).collect?.ask.length ?? 0)) {
    frame.openOver.push(frame.state);
    frame.phase = 'work';
    return;
  }
  takeRung(talk, kind);
}

/** A value was refused, with its own words: the question again, or the last rung of `no_match`. */
export function climbAfterRefusal(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  const counters = countersOf(frame);
  counters.invalid += 1;
  const ladder = ladderOf(talk, 'no_match');
  if (counters.no_match + counters.invalid >= ladder.length && ladder.at(-1) !== reask) takeRung(talk, 'no_match');
  else putQuestion(talk, frame, 'next');
}

type LadderRung = Rung | 'give_up';

function ladderOf(talk: Talk, kind: 'no_input' | 'no_match'): readonly LadderRung[] {
  const own = nearest(talk, topFrame(talk.s), kind === 'no_input' ? 'noInput' : 'noMatch');
  if (own && own.length > 0) return own;
  return [...Array.from({ length: rungsBeforeTheEnd }, () => reask), 'give_up'];
}

function takeRung(talk: Talk, kind: 'no_input' | 'no_match'): void {
  const frame = topFrame(talk.s);
  const counters = frame ? countersOf(frame) : talk.s.floor;
  const ladder = ladderOf(talk, kind);
  const failures = counters[kind];
  const isLast = kind === 'no_match' && counters.no_match + counters.invalid >= ladder.length;
  const index = isLast ? ladder.length - 1 : Math.min(failures, ladder.length) - 1;
  const rung = failures > ladder.length + patience ? 'give_up' : ladder[Math.max(index, 0)]!;
  if (rung === 'give_up') return giveUp(talk);
  if (rung.kind === 'transition') return applyRung(talk, rung.transition, kind, index + 1);
  if (frame) return putQuestion(talk, frame, 'next');
  counters.attempt += 1;
  sayOnFloor(talk, kind, index + 1);
}

/** Nothing runs: there is no question to put again, only an open ear. */
function sayOnFloor(talk: Talk, kind: 'no_input' | 'no_match', rung: number): void {
  const ownRefusal = kind === 'no_match' ? repairOf(talk, undefined, 'out_of_scope') : undefined;
  if (ownRefusal?.say) return sayBuiltIn(talk, 'out_of_scope');
  sayBuiltIn(talk, kind === 'no_input' ? 'still_there' : 'not_understood', { id: `${kind}.${rung}` });
}

/** The end of every ladder that names no other: a person where there is one, else the call ends. */
export function giveUp(talk: Talk): void {
  if (canReachPerson(talk)) return callPerson(talk, true);
  sayBuiltIn(talk, 'give_up', { id: 'error' });
  endCall(talk, true);
}
