/** Repair acts that change no value: repeat, help, why, hold on, skip, and the like. */
import type { Move } from '../contracts.js';
import { askToForget } from './caller-memory.js';
import { speakLanguage } from './languages.js';
import { climb } from './ladders.js';
import { collect, putQuestion } from './questions.js';
import { answerSmallTalk } from './small-talk.js';
import { fieldAt } from './items.js';
import { keepHalf } from './half-answers.js';
import { clearSlot, findSlot, mayBeLeft } from './slots.js';
import { cancelTask, dropByName, startOver } from './drop.js';
import { leaveFor } from './leave-for.js';
import { changedHere } from './answer.js';
import { isWritten, reroute } from './correct.js';
import { emptyFar } from './far-slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, countersOf, topFrame } from './talk.js';
import { asksFirst } from './offers.js';
import { orList } from './questions.js';
import { callPerson } from './transfers.js';
import { askAgain, isAwaited, offer } from './transitions.js';
import { endCall } from './ending.js';
import { repairOf, say, sayAgain, sayBuiltIn } from './words.js';
import { titlesHeard } from './intents.js';

type Repair = Extract<Move, { kind: 'repair' }>;

/** How long "hold on" lets the caller look, unless the designer says otherwise. */
const holdOnMs = 30_000;

/** Each built-in by its name. A transition with the same intent has had its turn before. */
const acts: Readonly<Record<string, (talk: Talk, move: Repair) => void>> = {
  cancel: (talk) => cancelTask(talk, textOf(talk)),
  human: (talk) => callPerson(talk, false),
  hold_on: holdOn,
  repeat,
  slower,
  help,
  why,
  correct,
  goodbye: sayGoodbye,
  dont_know: dontKnow,
  skip: (talk) => leaveEmpty(talk, 'skip'),
  start_over: (talk) => startOver(talk),
  speak: speakLanguage,
  forget_me: askToForget,
  chitchat: (talk) => answerSmallTalk(talk, textOf(talk)),
  out_of_scope: (talk) => climb(talk, 'no_match', 'out_of_scope'),
  back: comeBack,
  half: (talk, move) => keepHalf(talk, move.slot ?? '', textOf(talk)),
};

/** Names of repair acts. */
export const repairNames: readonly string[] = Object.keys(acts);

/** These come before the values of a turn. */
export const urgentNames: readonly string[] = ['cancel', 'human', 'hold_on'];

/** Does a repair act, or lets a transition with the same intent win over it. */
export function doRepair(talk: Talk, move: Repair): void {
  if (move.flow !== undefined && dropByName(talk, move.flow)) return;
  if (offer(talk, { kind: 'intent', intent: move.name })) return;
  const act = acts[move.name];
  const own = repairOf(talk, topFrame(talk.s), move.name);
  if (!act || own?.off) return climb(talk, 'no_match');
  if (asksFirst(talk, move.name)) return;
  if (own?.to) return leaveFor(talk, move.name, own, own.to);
  act(talk, move);
}

function textOf(talk: Talk): string {
  return talk.s.trace.text ?? String(talk.s.secret['turn.text'] ?? '');
}

function holdOn(talk: Talk): void {
  const frame = topFrame(talk.s);
  sayBuiltIn(talk, 'hold_on', { remembered: false });
  talk.s.holdMs = repairOf(talk, frame, 'hold_on')?.waitMs ?? holdOnMs;
  if (frame?.question) frame.phase = 'waiting';
}

/** "I'm back", "hello, are you there?": the question again, no rung up. */
function comeBack(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (builtIns(talk).isBack.test(textOf(talk)) && /there|hear/i.test(textOf(talk)))
    sayBuiltIn(talk, 'here', { remembered: false });
  if (frame?.phase === 'waiting') askAgain(talk, frame);
  else if (!frame) sayBuiltIn(talk, 'go_ahead');
}

function repeat(talk: Talk): void {
  const { s } = talk;
  const own = repairOf(talk, topFrame(s), 'repeat')?.say;
  if (s.last.length === 0) return sayBuiltIn(talk, 'repeat');
  // "Of course:" is said before it, and is no part of what is repeated.
  if (own) say(talk, 'repeat', own, { remembered: false });
  sayAgain(talk, s.last);
}

/** The last turn again, slower; and so is all that comes after it. */
function slower(talk: Talk): void {
  const { s } = talk;
  const own = repairOf(talk, topFrame(s), 'slower')?.say;
  s.rate = s.rate === undefined ? 0.85 : 0.7;
  if (s.last.length === 0) return sayBuiltIn(talk, 'repeat');
  if (own) say(talk, 'slower', own, { remembered: false });
  sayAgain(talk, s.last);
}

/** The slot's own words, else the nearest words for help; then the question, no rung up. */
function help(talk: Talk): void {
  explain(talk, 'help');
}

function why(talk: Talk): void {
  explain(talk, 'why');
}

function explain(talk: Talk, name: 'help' | 'why'): void {
  const frame = topFrame(talk.s);
  const question = frame?.question;
  const slot = frame && question && 'slot' in question ? findSlot(talk.agent, frame.flow, question.slot) : undefined;
  const part = question && 'part' in question ? question.part : undefined;
  const own = part === undefined ? undefined : (slot?.parts?.get(part)?.[name] ?? fieldAt(slot, part)?.[name]);
  if (slot && own) say(talk, `${name}.${slot.name}.${part!}`, own, { frame });
  else if (slot?.[name]) say(talk, `${name}.${slot.name}`, slot[name]);
  else if (!frame && name === 'help' && !repairOf(talk, frame, name)?.say) return helpOnFloor(talk);
  else if (name === 'why' && asksForYes(talk, question) && !repairOf(talk, frame, name)?.say)
    sayBuiltIn(talk, 'why_confirm', { id: name });
  else sayBuiltIn(talk, name);
  if (frame) askAgain(talk, frame);
}

/** Asked whether something is right, the caller has nothing to give that "I need" could mean. */
function asksForYes(talk: Talk, question: Frame['question'] | undefined): boolean {
  if (question?.kind === 'state') return isAwaited(talk, { kind: 'intent', intent: 'yes' });
  return question?.kind === 'confirm' || question?.kind === 'slot_confirm';
}

/** Nothing runs: what the agent can do, as far as a caller can keep it in mind. */
function helpOnFloor(talk: Talk): void {
  const titles = titlesHeard(talk).slice(0, 4);
  if (titles.length === 0) return sayBuiltIn(talk, 'help');
  sayBuiltIn(talk, 'help_floor', { it: orList(talk, titles), id: 'help' });
}

/** "The number is wrong" empties it and asks; "that's wrong" asks what to change. */
function correct(talk: Talk, move: Repair): void {
  const frame = topFrame(talk.s);
  if (!frame) {
    const isLate = talk.s.pastWrites.length > 0;
    if (!isLate) return climb(talk, 'no_match');
    if (!offer(talk, { kind: 'on', name: 'too_late' })) sayBuiltIn(talk, 'too_late');
    return;
  }
  if (move.slot?.includes('.')) return emptyFar(talk, frame, move.slot);
  const slot = move.slot === undefined ? undefined : findSlot(talk.agent, frame.flow, move.slot);
  if (!slot) return askWhatToChange(talk);
  if (isWritten(talk, frame, slot.name)) {
    if (!offer(talk, { kind: 'on', name: 'too_late' })) {
      sayBuiltIn(talk, 'too_late');
      askAgain(talk, frame);
    }
    return;
  }
  sayBuiltIn(talk, 'correct');
  clearSlot(talk, frame, slot);
  if (reroute(talk, changedHere(talk, frame, [slot.name]))) return;
  if (frame.question?.kind === 'slot') collect(talk, frame, 'same');
  else askAgain(talk, frame);
}

/** "What should I change?", once; a second failure to say what climbs the ladder. */
export function askWhatToChange(talk: Talk): void {
  const frame = topFrame(talk.s);
  if (!frame) return;
  if (frame.question?.kind === 'change') return climb(talk, 'no_match');
  frame.question = { kind: 'change' };
  putQuestion(talk, frame, 'same');
}

/** Goodbye ends the call, when its words were heard. */
export function sayGoodbye(talk: Talk): void {
  sayBuiltIn(talk, 'goodbye');
  endCall(talk, true);
}

/** What may be left empty is left; else the next rung explains more. */
function dontKnow(talk: Talk): void {
  if (tryToLeave(talk)) return;
  const frame = topFrame(talk.s);
  const question = frame?.question;
  const slot = frame && question && 'slot' in question ? findSlot(talk.agent, frame.flow, question.slot) : undefined;
  if (repairOf(talk, frame, 'dont_know')?.say) sayBuiltIn(talk, 'dont_know');
  else if (slot?.help && frame && countersOf(frame).no_match === 0) say(talk, `help.${slot.name}`, slot.help);
  climb(talk, 'no_match', 'none');
}

function leaveEmpty(talk: Talk, name: 'skip'): void {
  if (tryToLeave(talk)) return;
  const frame = topFrame(talk.s);
  sayBuiltIn(talk, name);
  if (frame) askAgain(talk, frame);
  else talk.s.floor.asked = false;
}

function tryToLeave(talk: Talk): boolean {
  const frame = topFrame(talk.s);
  const question = frame?.question;
  if (frame?.phase !== 'waiting' || question?.kind !== 'slot') return false;
  const slot = findSlot(talk.agent, frame.flow, question.slot);
  if (!slot || !mayBeLeft(slot)) return false;
  frame.left.push(slot.name);
  sayBuiltIn(talk, 'left');
  Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
  collect(talk, frame, 'first');
  return true;
}
