/** Not heard, not understood, refused: the ladders, which always end somewhere. */
import type { Rung } from '../language/flow.js';
import { hasNextRung, putQuestion } from './questions.js';
import type { Frame } from './state.js';
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
/** So often a designer's own transition may answer a failure that leads nowhere else. */
const mostAnswered = 10;

/** What is said before a question that is put again in the same words. */
type Sorry = 'not_heard_right' | 'too_much' | 'out_of_scope' | 'none';

/** The caller said nothing, or nothing that was understood: one rung up. */
export function climb(talk: Talk, kind: 'no_input' | 'no_match', sorry: Sorry = 'not_heard_right'): void {
  const frame = topFrame(talk.s);
  const counters = frame ? countersOf(frame) : talk.s.floor;
  counters[kind] += 1;
  if (counters[kind] > mostAnswered) return giveUp(talk);
  if (offer(talk, { kind: 'on', name: kind })) return;
  if (frame?.question?.kind === 'open' && counters.attempt >= (stateOf(talk, frame).collect?.ask.length ?? 0)) {
    frame.openOver.push(frame.state);
    frame.phase = 'work';
    return;
  }
  takeRung(talk, kind, sorry);
}

/** A value was refused, with its own words: the question again, or the last rung of `no_match`. */
export function climbAfterRefusal(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  const counters = countersOf(frame);
  counters.invalid += 1;
  const ladder = ladderOf(talk, 'no_match');
  if (counters.no_match + counters.invalid >= ladder.length && ladder.at(-1) !== reask)
    takeRung(talk, 'no_match', 'none');
  else putQuestion(talk, frame, 'next');
}

type LadderRung = Rung | 'give_up';

function ladderOf(talk: Talk, kind: 'no_input' | 'no_match'): readonly LadderRung[] {
  const own = nearest(talk, topFrame(talk.s), kind === 'no_input' ? 'noInput' : 'noMatch');
  if (own && own.length > 0) return own;
  return [...Array.from({ length: rungsBeforeTheEnd }, () => reask), 'give_up'];
}

function takeRung(talk: Talk, kind: 'no_input' | 'no_match', sorry: Sorry): void {
  const frame = topFrame(talk.s);
  const counters = frame ? countersOf(frame) : talk.s.floor;
  const ladder = ladderOf(talk, kind);
  const failures = counters[kind];
  const isLast = kind === 'no_match' && counters.no_match + counters.invalid >= ladder.length;
  const index = isLast ? ladder.length - 1 : Math.min(failures, ladder.length) - 1;
  const rung = failures > ladder.length + patience ? 'give_up' : ladder[Math.max(index, 0)]!;
  if (rung === 'give_up') return giveUp(talk);
  if (rung.kind === 'transition') return applyRung(talk, rung.transition, kind, index + 1);
  if (!frame) {
    counters.attempt += 1;
    return sayOnFloor(talk, kind, index + 1, sorry);
  }
  saySorry(talk, frame, kind, sorry);
  putQuestion(talk, frame, 'next');
}

/** Words before a question that is asked again: the designer's always, ours where the question has no other words. */
function saySorry(talk: Talk, frame: Frame, kind: 'no_input' | 'no_match', sorry: Sorry): void {
  if (sorry === 'none') return;
  if (sorry === 'too_much') return sayBuiltIn(talk, 'too_much', { frame, id: 'no_match' });
  if (repairOf(talk, frame, kind)?.off) return;
  if (repairOf(talk, frame, kind)?.say) return sayBuiltIn(talk, kind, { frame });
  if (hasNextRung(talk, frame)) return;
  // Once a question may be missed; who is silent again is asked for before it.
  if (kind === 'no_match' || countersOf(frame).no_input > 1) sayBuiltIn(talk, kind, { frame });
}

/** Nothing runs: there is no question to put again, only an open ear. */
function sayOnFloor(talk: Talk, kind: 'no_input' | 'no_match', rung: number, sorry: Sorry): void {
  if (sorry === 'out_of_scope' && !repairOf(talk, undefined, 'out_of_scope')?.off) {
    talk.s.floor.asked = false;
    return sayBuiltIn(talk, 'out_of_scope');
  }
  const ownRefusal = kind === 'no_match' ? repairOf(talk, undefined, 'out_of_scope') : undefined;
  if (ownRefusal?.say) return sayBuiltIn(talk, 'out_of_scope');
  const isOwn = repairOf(talk, undefined, kind)?.say !== undefined;
  sayBuiltIn(talk, kind === 'no_match' && !isOwn ? 'not_understood' : kind, { id: `${kind}.${rung}` });
}

/** The end of every ladder that names no other: a person where there is one, else the call ends. */
export function giveUp(talk: Talk): void {
  if (canReachPerson(talk)) return callPerson(talk, true);
  sayBuiltIn(talk, 'give_up', { id: 'error' });
  endCall(talk, true);
}
