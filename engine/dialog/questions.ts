/** What is asked next in a state, and putting a question: first, again, or one rung up its ladder. */
import type { Json } from '../contracts.js';
import type { Slot, State, Words } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { sayGenerated } from './generate.js';
import type { Items } from './items.js';
import { isLooselyKept, theOneOption } from './kept-words.js';
import {
  fieldAt,
  head,
  heardFor,
  itemScope,
  itemsIn,
  knowsItsItems,
  pendingItem,
  readItems,
  wholeItem,
} from './items.js';
import { joinWords } from '../language/filters.js';
import { nextPart } from './parts.js';
import { announceQueued } from './queue.js';
import { flushEchoes } from './echoes.js';
import { asJson } from './item-edits.js';
import { readEdits } from './read-items.js';
import { makeScope } from './scope.js';
import { clearSlot, contextOf, findSlot, isMissing, optionsOf, sayValue, store, stored } from './slots.js';
import type { Fill, Frame, Question } from './state.js';
import { takeItems } from './take-items.js';
import type { Talk } from './talk.js';
import { callChain, countersOf, flowOf, note, same, stateOf } from './talk.js';
import { saidApart } from './told-apart.js';
import { say, sayAgain, sayBuiltIn } from './words.js';

/** `first`: the question is new; `same`: after help and the like, no rung up; `next`: it was not answered. */
export type Put = 'first' | 'same' | 'next';

/**
 * Goes on collecting: puts the next question, or ends the state's work when nothing is missing.
 * A question that changed begins its ladders anew.
 */
export function collect(talk: Talk, frame: Frame, put: Put): void {
  const question = nextQuestion(talk, frame);
  if (!question) {
    frame.phase = 'done';
    frame.outcome = 'ok';
    return;
  }
  const isNew = !same(question, frame.question);
  if (isNew && frame.question !== null && !isSameSlot(question, frame.question)) {
    Object.assign(countersOf(frame), { no_input: 0, no_match: 0, invalid: 0, attempt: 0 });
  }
  frame.question = question;
  if (question.kind === 'slot' && askWhichOne(talk, frame, question.slot)) return;
  putQuestion(talk, frame, isNew && put === 'same' ? 'first' : put);
}

/** "Did you mean Tomas or Tomasz?" in place of the question, where two readings are as good. */
export function askWhichOne(talk: Talk, frame: Frame, name: string): boolean {
  const values = frame.near[name];
  delete frame.near[name];
  const slot = findSlot(talk.agent, frame.flow, name);
  if (!slot || !values || values.length === 0) return false;
  const names = saidApart(talk, frame, slot, values);
  talk.s.clarify = { kind: 'value', slot: name, values };
  talk.s.trace.clarify = names;
  flushEchoes(talk, frame, []);
  sayBuiltIn(talk, 'clarify', { frame, it: orList(talk, names), extra: { options: names } });
  const counters = countersOf(frame);
  counters.attempt = Math.max(counters.attempt, 1);
  frame.phase = 'waiting';
  frame.again = false;
  return true;
}

/** "a, b or c" */
export function orList(talk: Talk, names: readonly string[]): string {
  return joinWords(names, 'or', talk.agent.language);
}

function isSameSlot(a: Question, b: Question): boolean {
  const part = (question: Question): string | undefined => ('part' in question ? question.part : undefined);
  return 'slot' in a && 'slot' in b && a.slot === b.slot && (part(a) ?? part(b)) === (part(b) ?? part(a));
}

function nextQuestion(talk: Talk, frame: Frame): Question | null {
  const { collect: wanted } = stateOf(talk, frame);
  if (!wanted) return null;
  const [unsure] = frame.toConfirm;
  if (unsure !== undefined) return { kind: 'slot_confirm', slot: unsure };
  const slots = wanted.slots.flatMap((name) => findSlot(talk.agent, frame.flow, name) ?? []);
  for (const slot of slots) dropWhatIsNotOffered(talk, frame, slot);
  for (const slot of slots) tryKeptWords(talk, frame, slot);
  if (wanted.until) {
    const { value, problem } = wanted.until.evaluate(makeScope(talk, frame));
    if (problem !== undefined) note(talk, `until: ${problem}`);
    if (value === true) return null;
  }
  const missing = slots.filter((slot) => isMissing(talk, frame, slot));
  if (missing.length === 0) return null;
  const isOpen = wanted.ask.length > 0 && !frame.openOver.includes(frame.state);
  if (isOpen && missing.length > 1) return { kind: 'open' };
  const items = itemsIn(talk, frame, missing[0]!);
  const part = items ? pendingItem(items)?.path : nextPart(frame, missing[0]!);
  return { kind: 'slot', slot: missing[0]!.name, ...(part !== undefined && { part }) };
}

/** A choice that new results no longer offer is asked again. */
function dropWhatIsNotOffered(talk: Talk, frame: Frame, slot: ReturnType<typeof findSlot> & object): void {
  if (slot.type !== 'choice' || Array.isArray(slot.options)) return;
  const value = stored(talk, frame, slot);
  const options = value === null ? null : optionsOf(talk, frame, slot);
  if (options && options.length > 0 && !options.some((one) => one.id === String(value))) clearSlot(talk, frame, slot);
}

/** An answer given before its options were known is tried when they are. */
function tryKeptWords(talk: Talk, frame: Frame, slot: ReturnType<typeof findSlot> & object): void {
  const words = frame.kept[slot.name];
  if (words === undefined || stored(talk, frame, slot) !== null) return;
  const items = itemsIn(talk, frame, slot);
  if (items) return tryKeptItems(talk, frame, items, words);
  const context = contextOf(talk, frame, slot, true);
  if (slot.type === 'choice' && (context.options ?? []).length === 0) return;
  if (slot.relativeTo !== undefined && context.relativeTo === undefined) return;
  delete frame.kept[slot.name];
  if (isLooselyKept(words)) {
    const option = theOneOption(words, context);
    if (option !== undefined) store(talk, frame, slot, option);
    return;
  }
  const [reading] = slotType(slot.type).find(words, context);
  if (reading && reading.confidence >= 0.5 && (reading.others ?? []).length === 0)
    store(talk, frame, slot, reading.value);
}

function tryKeptItems(talk: Talk, frame: Frame, items: Items, words: string): void {
  if (!knowsItsItems(items)) return;
  const { slot } = items;
  delete frame.kept[slot.name];
  const found = readEdits(items, words, false, true);
  if (found?.unsure) frame.near[slot.name] = found.unsure.map(asJson);
  if (!found || found.edits.length === 0) return;
  const fill: Fill = { kind: 'fill', slot: slot.name, value: asJson(found.edits), text: words, confidence: 1, correction: false }; // prettier-ignore
  takeItems(talk, frame, items, fill, { isWritten: false, stays: true });
}

/** Puts the question a flow stands at, and waits for the caller. */
export function putQuestion(talk: Talk, frame: Frame, put: Put): void {
  const counters = countersOf(frame);
  if (put === 'next') counters.attempt += 1;
  else if (counters.attempt === 0) counters.attempt = 1;
  frame.phase = 'waiting';
  frame.question ??= { kind: 'state' };
  frame.again = false;
  sayQuestion(talk, frame, frame.question, counters.attempt, put);
}

function sayQuestion(talk: Talk, frame: Frame, question: Question, attempt: number, put: Put): void {
  const state = stateOf(talk, frame);
  const place = `${frame.flow}/${frame.state}`;
  announceQueued(talk);
  switch (question.kind) {
    case 'slot':
      return askSlot(talk, frame, question.slot, attempt);
    case 'open':
      return sayRung(talk, frame, `${place}.ask`, state.collect?.ask ?? [], attempt);
    case 'generate':
      // On entry the state's words were its question already.
      if (put === 'first') return;
      flushEchoes(talk, frame, []);
      return sayGenerated(talk, frame);
    case 'confirm':
      if (state.confirm) sayWithEchoes(talk, frame, `${place}.confirm`, state.confirm);
      return;
    case 'slot_confirm':
      return askWhetherRight(talk, frame, question.slot);
    case 'change':
      return sayBuiltIn(talk, 'what_to_change', { frame });
    case 'resume':
      if (question.back !== undefined) return sayOffer(talk, frame, put);
      return sayBuiltIn(talk, 'resume_ask', { frame, title: flowOf(talk, frame).title ?? '' });
    case 'state':
      // On entry the state's words were its question already.
      if (put === 'first') return;
      if (state.say) sayWithEchoes(talk, frame, place, state.say);
      else sayAgain(talk, talk.s.last);
  }
}

/** To a caller who calls again: of the task, not of a flow that it called. */
function sayOffer(talk: Talk, frame: Frame, put: Put): void {
  const title = flowOf(talk, callChain(talk.s).at(-1) ?? frame).title ?? '';
  sayBuiltIn(talk, put === 'first' ? 'welcome_back' : 'resume_ask', { frame, title });
}

function askSlot(talk: Talk, frame: Frame, name: string, attempt: number): void {
  const slot = findSlot(talk.agent, frame.flow, name);
  if (!slot) return;
  const items = itemsIn(talk, frame, slot);
  if (items) return askItems(talk, frame, items, attempt);
  const part = nextPart(frame, slot);
  if (part !== undefined) return sayRung(talk, frame, `ask.${name}.${part}`, slot.parts!.get(part)!.ask, attempt);
  const extra: Record<string, Json> =
    slot.type === 'choice' ? { options: (optionsOf(talk, frame, slot) ?? []).map((one) => one.data) } : {};
  askInWords(talk, frame, slot, name, slot.ask, attempt, extra);
}

/** An item that lacks a field comes first; a list that has been spoken of asks what else. */
function askItems(talk: Talk, frame: Frame, items: Items, attempt: number): void {
  const { slot } = items;
  const pending = pendingItem(items);
  if (!pending) {
    const isBegun = stored(talk, frame, slot) !== null && (slot.more !== undefined || readItems(items).length > 0);
    if (isBegun && slot.more) {
      flushEchoes(talk, frame, readsOf(slot.more));
      return say(talk, `more.${slot.name}`, slot.more, { frame });
    }
    return askInWords(talk, frame, slot, slot.name, slot.ask, attempt);
  }
  const { item, field, path, missing } = pending;
  const extra = { ...wholeItem(items, item), ...wholeItem(missing.items, missing.item) };
  const heard = heardFor(missing);
  if (heard.field.type === 'choice')
    extra['options'] = (optionsOf(talk, frame, heard.field, itemScope(heard.items, heard.item)) ?? []).map((one) => one.data); // prettier-ignore
  // The list's own question asks for what its items are known by.
  const isFirst = slot.type === 'list' && field === head(items) && field.ask.length === 0;
  if (isFirst) return askInWords(talk, frame, slot, slot.name, slot.ask, attempt);
  askInWords(talk, frame, field, `${slot.name}.${path}`, field.ask, attempt, extra);
}

function askInWords(
  talk: Talk,
  frame: Frame,
  slot: Slot,
  id: string,
  rungs: readonly Words[],
  attempt: number,
  extra: Record<string, Json> = {},
): void {
  if (rungs.length > 0) return sayRung(talk, frame, `ask.${id}`, rungs, attempt, extra);
  flushEchoes(talk, frame, []);
  sayBuiltIn(talk, 'ask', { frame, it: slot.called[0] ?? slot.name.replace(/_/g, ' '), id: `ask.${id}.1` });
}

function sayRung(
  talk: Talk,
  frame: Frame,
  id: string,
  rungs: readonly Words[],
  attempt: number,
  extra: Record<string, Json> = {},
): void {
  const rung = Math.min(Math.max(attempt, 1), rungs.length);
  const words = rungs[rung - 1];
  if (!words) return;
  flushEchoes(talk, frame, readsOf(words));
  say(talk, `${id}.${rung}`, words, { frame, extra });
}

function askWhetherRight(talk: Talk, frame: Frame, name: string): void {
  const slot = findSlot(talk.agent, frame.flow, name);
  if (!slot) return;
  const it = sayValue(talk, frame, slot, stored(talk, frame, slot));
  sayBuiltIn(talk, 'confirm', { frame, it: capital(it), id: `confirm.${name}` });
}

/** Says words that may speak of values taken just now, after those values which they do not mention. */
export function sayWithEchoes(talk: Talk, frame: Frame, id: string, words: Words): void {
  flushEchoes(talk, frame, readsOf(words));
  say(talk, id, words, { frame });
}

/** Whether the question that is being asked has other words for its next attempt. */
export function hasNextRung(talk: Talk, frame: Frame): boolean {
  const { question } = frame;
  const { attempt } = countersOf(frame);
  if (question?.kind === 'open') return (stateOf(talk, frame).collect?.ask.length ?? 0) > attempt;
  if (question?.kind !== 'slot') return false;
  const slot = findSlot(talk.agent, frame.flow, question.slot);
  const part =
    question.part === undefined ? undefined : (slot?.parts?.get(question.part) ?? fieldAt(slot, question.part));
  return ((part ?? slot)?.ask.length ?? 0) > attempt;
}

export function readsOf(words: Words): string[] {
  return words.phrases.flatMap((phrase) => [...phrase.text.reads]);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A state waits when it collects, confirms, or has a transition that the caller can take. */
export function waitsForCaller(state: State): boolean {
  return state.transitions.some((one) => one.intents.length > 0 || one.key !== undefined);
}
