/** The moves of an intent, with the values that were said beside it. */
import { hardly } from './answer.js';
import type { RouteDecision, Understanding } from '../contracts.js';
import type { Agent, Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import type { Reading } from '../slot-types/slot-type.js';
import type { Moment } from './moment.js';
import { changesOf, isExample } from './moment.js';
import type { Ask, Assigned } from './readings.js';
import { assignReadings } from './readings.js';
import { repairNames, urgentNames } from './repair.js';
import { contextOf, slotsInScope, stored } from './slots.js';
import type { Fill } from './state.js';
import { builtIns, same } from './talk.js';
import { isAwaited } from './transitions.js';
import { lateChange } from './understand.js';

/** The moves of an accepted intent, or null when the values say it all. */
export function movesFor(
  moment: Moment,
  here: Assigned,
  decision: Extract<RouteDecision, { kind: 'accept' }>,
): Pick<Understanding, 'moves' | 'clarify'> | null {
  const { talk, frame, askedSlot } = moment;
  const { intent } = decision;
  if (urgentNames.includes(intent)) return { moves: [{ kind: 'repair', name: intent }] };
  const changes = changesOf(moment, here);
  if (intent === 'yes' || intent === 'no' || intent === 'done')
    return onlyAsks(moment, decision) ? null : yesOrNo(moment, here, intent, changes);
  if (intent === 'correct') return correction(moment, here, changes);
  const isTransition = isAwaited(talk, { kind: 'intent', intent });
  if (!isTransition && talk.agent.flows.has(intent)) return startOf(moment, here, intent, decision);
  if (!isTransition && repairNames.includes(intent)) {
    // A clear answer beside "okay" or "help me" is an answer; a name or free words are not clear.
    const isClearAnswer =
      askedSlot !== undefined &&
      askedSlot.type !== 'text' &&
      askedSlot.type !== 'name' &&
      here.fills.some((fill) => fill.slot === askedSlot.name);
    // "20511, but I'm not sure": what was said holds, whichever question it answers.
    const isSaid = ['dont_know', 'skip', 'chitchat'].includes(intent) && here.fills.some((fill) => !isFreeAnswer(moment, fill.slot)); // prettier-ignore
    if ((isClearAnswer || isSaid) && !isRule(decision)) return null;
    return { moves: [{ kind: 'repair', name: intent }] };
  }
  const fills =
    askedSlot && (askedSlot.type === 'text' || askedSlot.type === 'name')
      ? here.fills.filter((fill) => fill.slot !== askedSlot.name)
      : here.fills;
  if (frame && !isTransition && fills.length > 0) return null;
  return { moves: [...fills, { kind: 'transition', intent }], ...unsureOf(here) };
}

/** "Do I have to?" is near "I do" in its words, and gives no consent; a yes with a question behind it is a yes. */
function onlyAsks(moment: Moment, decision: Extract<RouteDecision, { kind: 'accept' }>): boolean {
  const { isQuestion, yes, no } = builtIns(moment.talk).hearing;
  if (decision.by !== 'local' || !isQuestion(moment.text) || isExample(moment)) return false;
  return !yes.test(moment.text) && !no.test(moment.text);
}

function isRule(decision: Extract<RouteDecision, { kind: 'accept' }>): boolean {
  return decision.by === 'rule';
}

/** A yes or no beside a change is part of the change; a yes with an unheard "but" is no yes. */
function yesOrNo(
  moment: Moment,
  here: Assigned,
  intent: string,
  changes: readonly Fill[],
): Pick<Understanding, 'moves' | 'clarify'> | null {
  const { askedSlot, frame, text } = moment;
  if (here.unsure) return { moves: here.fills, ...unsureOf(here) };
  if (askedSlot?.type === 'yes_no' && frame?.question?.kind === 'slot' && intent !== 'done') {
    const fill = here.fills.find((one) => one.slot === askedSlot.name);
    const others = here.fills.filter((one) => one.slot !== askedSlot.name);
    if (!fill && here.fills.some((one) => one.correction)) return { moves: here.fills };
    const value = fill?.value ?? intent === 'yes';
    return {
      moves: [
        { kind: 'fill', slot: askedSlot.name, value, text, confidence: moment.heard, correction: false },
        ...others,
      ],
    };
  }
  if (askedSlot?.type === 'name' || askedSlot?.type === 'text') {
    const own = here.fills.filter((one) => one.slot !== askedSlot.name);
    return { moves: [...own, { kind: 'transition', intent }] };
  }
  if (changes.length > 0 || here.fills.length > 0) return { moves: here.fills };
  // A yes that was hardly heard agrees to nothing.
  if (intent === 'yes' && moment.heard < hardly) return { moves: [] };
  if (intent === 'yes' && builtIns(moment.talk).hearing.hedge.test(text) && frame)
    return { moves: [{ kind: 'repair', name: 'correct' }] };
  return { moves: [{ kind: 'transition', intent }] };
}

export function correction(
  moment: Moment,
  here: Assigned,
  changes: readonly Fill[],
): Pick<Understanding, 'moves' | 'clarify'> {
  if (changes.length > 0 || here.fills.length > 0 || here.unsure)
    return { moves: here.fills.map((fill) => ({ ...fill })), ...unsureOf(here) };
  const late = lateChange(moment);
  if (late) return { moves: [late] };
  const named = namedSlot(moment);
  return { moves: [{ kind: 'repair', name: 'correct', ...(named === undefined ? {} : { slot: named }) }] };
}

/** "The number is wrong." */
function namedSlot(moment: Moment): string | undefined {
  const { talk, frame, text } = moment;
  const lower = text.toLowerCase();
  return slotsInScope(talk.agent, frame?.flow).find(
    (slot) =>
      stored(talk, frame, slot) !== null &&
      slot.called.some((word) =>
        new RegExp(`(?<!\\p{L})${word.toLowerCase().replace(/[^\p{L}\d\s']/gu, '')}(?!\\p{L})`, 'u').test(lower),
      ),
  )?.name;
}

export function startOf(
  moment: Moment,
  here: Assigned,
  flow: string,
  decision: RouteDecision,
): Pick<Understanding, 'moves' | 'clarify'> {
  const { talk } = moment;
  const isTop = moment.frame?.flow === flow;
  const spec = talk.agent.flows.get(flow)!;
  const there = readingsFor(moment, flow);
  const given = isTop ? [] : valuesForCalled(moment, flow, there);
  const named = fillsFromTexts(moment, decision.slots ?? {}, slotsInScope(talk.agent, flow), there);
  // Free words that ask for a flow are no answer to the question that was put.
  const answers = here.fills.filter((fill) => !isFreeAnswer(moment, fill.slot));
  const own = isTop
    ? answers.filter((fill) => !there.fills.some((one) => one.slot === fill.slot))
    : answers.filter((fill) => !spec.slots.has(fill.slot) && !overlaps(here, there, fill));
  return {
    moves: [{ kind: 'start', flow }, ...there.fills, ...named, ...given, ...(moment.frame ? own : [])],
    ...unsureOf(there),
  };
}

/** A model may choose among what is offered; anything else it names must have been said, or it is its own invention. */
function isSaid(words: string, reading: Reading, text: string, read: (text: string) => readonly Reading[]): boolean {
  const plain = (all: string): string => ` ${all.toLowerCase().split(/[^\p{L}\p{M}\d]+/u).filter(Boolean).join(' ')} `; // prettier-ignore
  return plain(text).includes(plain(words)) || read(text).some(({ value }) => same(value, reading.value));
}

/** The values of a flow in a sentence that asks for it. */
export function readingsFor(moment: Moment, flow: string): Assigned {
  const { talk, text, heard } = moment;
  const running = talk.s.frames.find((frame) => frame.flow === flow);
  const asked = running !== undefined && running === moment.frame ? moment.askedSlot?.name : undefined;
  const ask: Ask = {
    text, heard, frame: running, slots: slotsInScope(talk.agent, flow), asked,
    wanted: [], examples: talk.agent.flows.get(flow)?.examples ?? [], mayCorrect: false,
  }; // prettier-ignore
  return assignReadings(talk, ask);
}

/** Values that none of the flow's own slots takes, for the flows that it calls. */
function valuesForCalled(moment: Moment, flow: string, there: Assigned): Fill[] {
  const { talk, text, heard } = moment;
  const taken = [...there.used];
  return flowsCalledBy(talk.agent, flow).flatMap((name): Fill[] => {
    const spec = talk.agent.flows.get(name)!;
    const slots = [...spec.slots.values()].filter((slot) => !slot.fields && !slot.value);
    const found = assignReadings(talk, { text, heard, frame: undefined, slots, wanted: [], examples: spec.examples, mayCorrect: false }); // prettier-ignore
    return found.fills.flatMap((fill) => {
      const span = found.used.find((one) => one.slot === fill.slot);
      if (!span || taken.some((one) => one.start < span.end && span.start < one.end)) return [];
      taken.push(span);
      return [{ ...fill, slot: `${name}.${fill.slot}` }];
    });
  });
}

/** Flows that a flow calls, and that these call. */
function flowsCalledBy(agent: Agent, flow: string): readonly string[] {
  let known = calledFlows.get(agent);
  if (!known) calledFlows.set(agent, (known = new Map()));
  let names = known.get(flow);
  if (!names) {
    const found = new Set<string>();
    const visit = (name: string): void => {
      for (const { callFlow } of agent.flows.get(name)?.states.values() ?? [])
        if (callFlow && callFlow.flow !== flow && agent.flows.has(callFlow.flow) && !found.has(callFlow.flow)) {
          found.add(callFlow.flow);
          visit(callFlow.flow);
        }
    };
    visit(flow);
    known.set(flow, (names = [...found]));
  }
  return names;
}

const calledFlows = new WeakMap<Agent, Map<string, readonly string[]>>();

function isFreeAnswer({ askedSlot }: Moment, name: string): boolean {
  return askedSlot?.name === name && (askedSlot.type === 'text' || askedSlot.type === 'name');
}

function overlaps(here: Assigned, there: Assigned, fill: Fill): boolean {
  const span = here.used.find((one) => one.slot === fill.slot);
  return span !== undefined && there.used.some((one) => one.start < span.end && one.end > span.start);
}

export function unsureOf(assigned: Assigned): Pick<Understanding, 'clarify'> {
  return assigned.unsure ? { clarify: { kind: 'value', ...assigned.unsure } } : {};
}

/** Slot texts that a model named, read by the slots' own parsers. */
export function fillsFromTexts(
  moment: Moment,
  texts: Readonly<Record<string, string>>,
  slots: readonly Slot[],
  known: Assigned,
): Fill[] {
  const { talk, frame, heard } = moment;
  return Object.entries(texts).flatMap(([name, words]): Fill[] => {
    const slot = slots.find((one) => one.name === name);
    // A model may point at words; consent and what must be asked first it cannot give.
    if (
      !slot ||
      slot.type === 'yes_no' ||
      slot.askFirst ||
      slot.sensitive === 'secret' ||
      known.fills.some((fill) => fill.slot === name)
    )
      return [];
    const read = (text: string): readonly Reading[] =>
      slotType(slot.type).find(text, contextOf(talk, frame, slot, true));
    const [reading] = read(words);
    return reading && (slot.type === 'choice' || isSaid(words, reading, moment.text, read))
      ? [
          {
            kind: 'fill',
            slot: name,
            value: reading.value,
            text: reading.text,
            confidence: Math.min(heard, 0.9) * reading.confidence,
            correction: false,
          },
        ]
      : [];
  });
}
