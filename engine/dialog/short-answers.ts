/** What a few words decide before any router is asked: a no to what may stay open, a yes in other words, half an answer. */
import type { Understanding } from '../contracts.js';
import { slotType } from '../slot-types/index.js';
import { hardly } from './answer.js';
import { beginsAnswer } from './half-answers.js';
import type { Moment } from './moment.js';
import { decided, examplesFor, isBareHere, isExample, plainOf } from './moment.js';
import type { Assigned } from './readings.js';
import { contextOf, mayBeLeft, stored } from './slots.js';
import type { Fill } from './state.js';
import { builtIns } from './talk.js';
import { isAwaited } from './transitions.js';
import { repairOf } from './words.js';

/** @param isLoose free words or a name are asked for: a value that is known already may be one of them */
export function shortAnswer(moment: Moment, here: Assigned, isLoose: boolean): Understanding | undefined {
  const { text, askedSlot } = moment;
  if (isLeftOpen(moment)) return decided(text, [{ kind: 'repair', name: 'skip' }], 'left-open');
  const isKnown = here.used.length > 0 && here.fills.length === 0 && !here.unsure;
  // Who says once more what is known has not failed to answer.
  if (askedSlot && !isLoose && isKnown && isBareHere(moment, here))
    return decided(text, [{ kind: 'repair', name: 'back' }], 'same-value');
  const half = here.fills.length === 0 && !isExample(moment) ? beginsAnswer(moment) : undefined;
  if (half !== undefined) return decided(text, [{ kind: 'repair', name: 'half', slot: half }], 'half-answer');
  const agreed = yesOrNoInOtherWords(moment, here);
  return agreed && decided(text, [{ kind: 'transition', intent: agreed }], 'answer');
}

/** "That's it" to "do you have another?": that was all, and so a no. */
export function noMore(moment: Moment): Fill | undefined {
  const { talk, askedSlot, frame, text, heard } = moment;
  if (askedSlot?.type !== 'yes_no' || frame?.question?.kind !== 'slot') return undefined;
  const question = talk.s.last.at(-1)?.text ?? '';
  if (!builtIns(talk).hearing.asksForMore.test(question) || !examplesFor(moment, 'done').has(plainOf(moment)))
    return undefined;
  return { kind: 'fill', slot: askedSlot.name, value: false, text, confidence: heard, correction: false };
}

/** "No", "nothing", "that's all", to a question that may be left open, and to which a no is no answer. */
function isLeftOpen(moment: Moment): boolean {
  const { talk, askedSlot, frame, text } = moment;
  if (
    !askedSlot ||
    frame?.question?.kind !== 'slot' ||
    !mayBeLeft(askedSlot) ||
    stored(talk, frame, askedSlot) !== null
  )
    return false;
  if (askedSlot.type === 'yes_no' || askedSlot.fields || repairOf(talk, frame, 'skip')?.off) return false;
  if (['no', 'done', 'skip'].some((intent) => isAwaited(talk, { kind: 'intent', intent }))) return false;
  if (askedSlot.type === 'choice' && slotType('choice').find(text, contextOf(talk, frame, askedSlot, true)).length > 0)
    return false;
  const { hearing, examples } = builtIns(talk);
  const said = plainOf(moment);
  return hearing.neither.test(text) || hearing.nothing.test(text) || ['no', 'done'].some((name) => examples[name]?.includes(said)); // prettier-ignore
}

/** "Mm-hmm", "I suppose so", where a yes or a no is waited for: what the type understands, beyond the examples. */
function yesOrNoInOtherWords(moment: Moment, here: Assigned): 'yes' | 'no' | undefined {
  const { talk, text, frame, legal, heard } = moment;
  const kind = frame?.question?.kind;
  const isWaitedFor =
    kind === 'confirm' || kind === 'slot_confirm' || kind === 'resume' ||
    (kind === 'state' && isAwaited(talk, { kind: 'intent', intent: 'yes' })); // prettier-ignore
  if (!isWaitedFor || here.used.length > 0 || here.unsure || isExample(moment) || heard < hardly) return undefined;
  const { language } = talk.agent;
  const [reading] = slotType('yes_no').find(text, { language, now: talk.world.now.slice(0, 16), asked: true });
  if (!reading || reading.confidence < 0.9 || reading.text.length < text.replace(/[\s.,!?]+$/, '').length) return undefined; // prettier-ignore
  const intent = reading.value === true ? 'yes' : 'no';
  return legal.includes(intent) ? intent : undefined;
}

/** A yes or no beside a change is part of the change, and no answer to a yes-or-no question. */
export function withoutYesBesideChange(moment: Moment, here: Assigned): Assigned {
  const { askedSlot } = moment;
  const isChange = (fill: Fill): boolean => fill.correction && fill.slot !== askedSlot?.name;
  if (askedSlot?.type !== 'yes_no' || !here.fills.some(isChange)) return here;
  const isAnswered = here.fills.some(({ slot }) => slot === askedSlot.name);
  // "No, I'm at work" answers, though one of the times is called "after work": a part of a name is no change by the way.
  if (isAnswered && here.fills.filter(isChange).every((fill) => isPassing(moment, fill)))
    return { ...here, fills: here.fills.filter((fill) => !isChange(fill)) };
  return { ...here, fills: here.fills.filter((fill) => fill.slot !== askedSlot.name) };
}

/** A part of a name, with more before it than people put before a change: "no, the pepperoni". */
function isPassing({ talk, text, heard }: Moment, { text: said, confidence }: Fill): boolean {
  if (confidence >= 0.9 * heard) return false;
  const { correcting, hearing } = builtIns(talk);
  const before = text.slice(0, Math.max(0, text.indexOf(said))).replace(new RegExp(correcting.source, 'giu'), ' ');
  const words = before.toLowerCase().split(/[^\p{L}\d']+/u).filter((word) => word !== ''); // prettier-ignore
  return words.some((word) => !hearing.answers.has(word) && !hearing.determiners.has(word));
}
