/** The place and the words of one utterance, and what can be said of them without a router. */
import type { Move, Understanding } from '../contracts.js';
import type { Agent, Slot } from '../language/flow.js';
import { builtInsOf } from './built-ins/built-ins.js';
import { englishHearing } from './built-ins/en-hearing.js';
import { examplesOf } from './intents.js';
import type { Ask, Assigned } from './readings.js';
import { isBare } from './readings.js';
import type { RuleName } from './rules.js';
import { slotsInScope } from './slots.js';
import type { Fill, Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, stateOf } from './talk.js';

export interface Moment {
  talk: Talk;
  frame: Frame | undefined;
  text: string;
  heard: number;
  legal: readonly string[];
  askedSlot: Slot | undefined;
}

/** The very words of something else that may be said here. */
export function isExample(moment: Moment): boolean {
  const said = plainOf(moment);
  return moment.legal.some((intent) => examplesFor(moment, intent).has(said));
}

export function askHere(moment: Moment): Ask {
  const { talk, frame, text, heard, askedSlot } = moment;
  const question = frame?.question ?? null;
  const state = frame && stateOf(talk, frame);
  const wanted = state?.collect?.slots ?? [...(state?.generate?.fills.keys() ?? [])];
  const isFree = question !== null && ['state', 'confirm', 'slot_confirm', 'change', 'resume'].includes(question.kind);
  const examples = frame ? (talk.agent.flows.get(frame.flow)?.examples ?? []) : [];
  return {
    text, heard, frame, slots: slotsInScope(talk.agent, frame?.flow), asked: askedSlot?.name, wanted,
    examples, mayCorrect: isFree || opensWithSlip(talk, text) || agreesBut(talk, text),
  }; // prettier-ignore
}

/** "No, …", "sorry, …", "I meant …": the value is put right, not added. */
export function opensWithSlip(talk: Talk, text: string): boolean {
  return builtIns(talk).hearing.slip.some((pattern) => pattern.test(text));
}

/** "Yes, but in the afternoon": what comes after it is put right. */
function agreesBut(talk: Talk, text: string): boolean {
  const { yes, hedge } = builtIns(talk).hearing;
  return yes.test(text) && hedge.test(text);
}

export function changesOf(moment: Moment, here: Assigned): Fill[] {
  return here.fills.filter((fill) => fill.correction && fill.slot !== moment.askedSlot?.name);
}

export function isBareHere(moment: Moment, here: Assigned): boolean {
  const called = slotsInScope(moment.talk.agent, moment.frame?.flow).flatMap((slot) => slot.called);
  return isBare(moment.talk, moment.text, here, [...called, ...(here.called ?? [])]);
}

/** Only values that hold already were said: beside a yes it is a yes, beside nothing the question stands. */
export function sameAgain(moment: Moment, here: Assigned): Move[] | null {
  if (here.used.length === 0 || here.fills.length > 0 || !moment.frame || moment.frame.question === null) return null;
  if (!['confirm', 'slot_confirm', 'state'].includes(moment.frame.question.kind)) return null;
  const { agreeing, hedge } = builtIns(moment.talk).hearing;
  if (agreeing.test(moment.text) && !hedge.test(moment.text)) return [{ kind: 'transition', intent: 'yes' }];
  return null;
}

export function examplesFor(moment: Moment, name: string): ReadonlySet<string> {
  const { agent } = moment.talk;
  let known = plainExamples.get(agent);
  if (!known) plainExamples.set(agent, (known = new Map()));
  let own = known.get(name);
  if (!own) known.set(name, (own = new Set(examplesOf(agent, name).map((text) => plain(text, courtesyOf(agent))))));
  return own;
}

const plainExamples = new WeakMap<Agent, Map<string, ReadonlySet<string>>>();

function courtesyOf(agent: Agent): ReadonlySet<string> {
  return builtInsOf(agent.language).hearing.courtesy;
}

/** What was said, in small letters and without politeness at either end. */
export function plainOf(moment: Moment): string {
  return plain(moment.text, courtesyOf(moment.talk.agent));
}

/** Words in small letters, without politeness at either end: English, unless others are given. */
export function plain(text: string, courtesy: ReadonlySet<string> = englishHearing.courtesy): string {
  const words = text.toLowerCase().replace(/’/g, "'").replace(/[^\p{L}\d'\s]/gu, ' ').split(/\s+/).filter((word) => word !== ''); // prettier-ignore
  while (words.length > 1 && courtesy.has(words[0]!)) words.shift();
  while (words.length > 1 && courtesy.has(words.at(-1)!)) words.pop();
  return words.join(' ');
}

/** Decided here, without a router. */
export function decided(text: string, moves: Move[], rule: RuleName): Understanding {
  return { text, moves, route: 'rule', rule, probability: 1, candidates: [], llmCalls: 0 };
}

export function nothing(text: string, rule: RuleName): Understanding {
  return { text, moves: [], route: 'none', rule, probability: 0, candidates: [], llmCalls: 0 };
}
