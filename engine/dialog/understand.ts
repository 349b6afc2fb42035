/**
 * What an utterance means where the talk stands. The asked slot's parser comes before intents, the built-in
 * cancel, person and hold on before both; the router decides among what is legal here.
 */
import type { FoundValue, Move, RouteDecision, Router, RouteRequest, Understanding } from '../contracts.js';
import type { Slot } from '../language/flow.js';
import { slotType } from '../slot-types/index.js';
import { builtInExamples } from './built-ins/en.js';
import { legalIntents, titleOfIntent, trainingByAgent } from './intents.js';
import type { Assigned, Ask } from './readings.js';
import { assignReadings, isBare, isExampleWithValues } from './readings.js';
import { repairNames, urgentNames } from './repair.js';
import type { StepWorld, Understand } from './seam.js';
import type { Clarify, Fill, Frame } from './state.js';
import { inside } from './state.js';
import { contextOf, findSlot, optionsOf, sayValue, slotsInScope, stored } from './slots.js';
import type { Talk } from './talk.js';
import { stateOf, topFrame } from './talk.js';
import { isAwaited } from './transitions.js';
import { nearest, repairOf } from './words.js';

type Utterance = Parameters<Understand>[2];

interface Moment {
  talk: Talk;
  frame: Frame | undefined;
  text: string;
  heard: number;
  legal: string[];
  askedSlot: Slot | undefined;
}

export const understand: Understand = async (world, state, utterance, router, signal) => {
  const moment = momentOf(world, structuredClone(inside(state)), utterance);
  const { text } = moment;
  if (text === '') return nothing(text);
  const urgent = urgentHere(moment);
  if (urgent) return decided(text, [{ kind: 'repair', name: urgent }], 'rule');
  const { clarify } = moment.talk.s;
  if (clarify) {
    const answer = await answerToClarify(moment, clarify, router, signal);
    if (answer) return answer;
  }
  return understandFreely(moment, router, signal);
};

function momentOf(world: StepWorld, s: Talk['s'], utterance: Utterance): Moment {
  const talk: Talk = { world, agent: world.agent, s, out: [], effect: null };
  const frame = topFrame(s);
  const question = frame?.phase === 'waiting' ? frame.question : null;
  const askedSlot =
    frame && question && 'slot' in question ? findSlot(talk.agent, frame.flow, question.slot) : undefined;
  return {
    talk,
    frame,
    text: utterance.text.trim(),
    heard: utterance.confidence ?? 1,
    legal: legalIntents(talk),
    askedSlot,
  };
}

async function understandFreely(moment: Moment, router: Router, signal: AbortSignal): Promise<Understanding> {
  const { text, askedSlot } = moment;
  const late = opensWithSlip(text) ? lateChange(moment) : null;
  if (late) return decided(text, [late], 'rule');
  const here = withoutYesBesideChange(moment, assignReadings(moment.talk, askHere(moment)));
  const isAskedText = askedSlot?.type === 'text';
  const isAnswered = askedSlot !== undefined && here.used.some((one) => one.slot === askedSlot.name);
  const changes = changesOf(moment, here);
  // A bare answer is for the question; free words and names must let a request go before them.
  const isLoose = isAskedText || (askedSlot?.type === 'name' && (isExample(moment) || !isSurely(here, askedSlot.name)));
  if (!isLoose && (isAnswered || changes.length > 0 || here.unsure) && isBareHere(moment, here)) {
    if (here.fills.length > 0 || here.unsure) return taken(moment, here, 'rule', 1, []);
    const again = sameAgain(moment, here);
    if (again) return decided(text, again, 'rule');
  }
  const example = flowByExample(moment);
  const decision = example ?? confirmedByValues(moment, await router.route(requestOf(moment, here), signal));
  return read(moment, here, decision, isAskedText, isAnswered);
}

/** A yes or no beside a change is part of the change, and no answer to a yes-or-no question. */
function withoutYesBesideChange({ askedSlot }: Moment, here: Assigned): Assigned {
  if (askedSlot?.type !== 'yes_no' || !here.fills.some((fill) => fill.correction && fill.slot !== askedSlot.name))
    return here;
  return { ...here, fills: here.fills.filter((fill) => fill.slot !== askedSlot.name) };
}

/** The very words of something else that may be said here. */
function isExample(moment: Moment): boolean {
  const said = plain(moment.text);
  return moment.legal.some((intent) => examplesFor(moment, intent).includes(said));
}

function isSurely(here: Assigned, slot: string): boolean {
  return here.fills.some((fill) => fill.slot === slot && fill.confidence >= 0.6);
}

/** A flow whose example was said with other values in it: nothing is left for a router to decide. */
function flowByExample(moment: Moment): Extract<RouteDecision, { kind: 'accept' }> | null {
  const { talk, text, heard, legal } = moment;
  for (const intent of legal) {
    const flow = talk.agent.flows.get(intent);
    if (!flow || isAwaited(talk, { kind: 'intent', intent })) continue;
    const ask: Ask = {
      text,
      heard,
      frame: undefined,
      slots: slotsInScope(talk.agent, intent),
      wanted: [],
      examples: flow.examples,
      mayCorrect: false,
    };
    if (isExampleWithValues(talk, ask)) {
      return { kind: 'accept', intent, by: 'local', candidates: [{ intent, score: 1 }], probability: 1, llmCalls: 0 };
    }
  }
  return null;
}

/** From this probability two values of a flow's own slots in the same sentence make the router's "perhaps" a yes. */
const nearlySure = 0.8;

/** The router reads words; that the flow has slots for the values beside them speaks for it too. */
function confirmedByValues(moment: Moment, decision: RouteDecision): RouteDecision {
  const [intent, ...more] = decision.kind === 'confirm' ? decision.intents : [];
  const flow = intent === undefined ? undefined : moment.talk.agent.flows.get(intent);
  if (
    decision.kind !== 'confirm' ||
    intent === undefined ||
    !flow ||
    more.length > 0 ||
    decision.probability < nearlySure
  )
    return decision;
  const { fills } = startOf(moment, { fills: [], used: [] }, intent, decision).moves.reduce<{ fills: number }>(
    (sum, move) => ({ fills: sum.fills + (move.kind === 'fill' && flow.slots.has(move.slot) ? 1 : 0) }),
    { fills: 0 },
  );
  return fills < 2 ? decision : { ...decision, kind: 'accept', intent };
}

/** Combines the values that were found with what the router decided. */
function read(
  moment: Moment,
  here: Assigned,
  decision: RouteDecision,
  isAskedText: boolean,
  isAnswered: boolean,
): Understanding {
  const { talk, text, askedSlot, frame } = moment;
  const base = {
    text,
    candidates: decision.candidates,
    llmCalls: decision.llmCalls,
    probability: decision.probability,
  };
  if (decision.kind === 'accept') {
    const moves = movesFor(moment, here, decision);
    if (moves) return { ...base, ...moves, route: routeOf(decision) };
  }
  // Without an intent: the values, where they answer the question or change what was said.
  const fills = isAskedText ? here.fills.filter((fill) => fill.slot === askedSlot?.name) : here.fills;
  const isSpare = !isAskedText && askedSlot?.type === 'name' && !isBareHere(moment, here) && !isAnswered;
  if ((fills.length > 0 || here.unsure) && !isSpare)
    return { ...taken(moment, here, 'rule', decision.probability, decision.candidates), llmCalls: decision.llmCalls };
  const again = sameAgain(moment, here);
  if (again && frame) return { ...decided(text, again, 'rule'), llmCalls: decision.llmCalls };
  if (decision.kind === 'confirm') {
    const intents = decision.intents.filter((intent) => !isRunning(talk, intent));
    if (intents.length > 0)
      return { ...base, moves: here.fills, route: routeOf(decision), clarify: { kind: 'intent', intents } };
  }
  const fromModel = slotsNamedByModel(moment, decision);
  if (fromModel.length > 0) return { ...base, moves: fromModel, route: 'llm' };
  return { ...base, moves: [], route: 'none' };
}

/** The router's own rules are part of the local router; `rule` is what needed no router. */
function routeOf(decision: RouteDecision): 'local' | 'llm' {
  return decision.by === 'llm' ? 'llm' : 'local';
}

/** The moves of an accepted intent, or null when the values say it all. */
function movesFor(
  moment: Moment,
  here: Assigned,
  decision: Extract<RouteDecision, { kind: 'accept' }>,
): Pick<Understanding, 'moves' | 'clarify'> | null {
  const { talk, frame, askedSlot } = moment;
  const { intent } = decision;
  if (urgentNames.includes(intent)) return { moves: [{ kind: 'repair', name: intent }] };
  const changes = changesOf(moment, here);
  if (intent === 'yes' || intent === 'no' || intent === 'done') return yesOrNo(moment, here, intent, changes);
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
    if (isClearAnswer && !isRule(decision)) return null;
    return { moves: [{ kind: 'repair', name: intent }] };
  }
  const fills =
    askedSlot && (askedSlot.type === 'text' || askedSlot.type === 'name')
      ? here.fills.filter((fill) => fill.slot !== askedSlot.name)
      : here.fills;
  if (frame && !isTransition && fills.length > 0) return null;
  return { moves: [...fills, { kind: 'transition', intent }], ...unsureOf(here) };
}

function isRule(decision: Extract<RouteDecision, { kind: 'accept' }>): boolean {
  return decision.by === 'rule';
}

const hedge = /\b(but|except|instead|rather|change|make (it|that)|only if|as long as|if you)\b/i;

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
  if (intent === 'yes' && hedge.test(text) && frame) return { moves: [{ kind: 'repair', name: 'correct' }] };
  return { moves: [{ kind: 'transition', intent }] };
}

function correction(
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

function startOf(
  moment: Moment,
  here: Assigned,
  flow: string,
  decision: RouteDecision,
): Pick<Understanding, 'moves' | 'clarify'> {
  const { talk, text, heard } = moment;
  const running = talk.s.frames.find((frame) => frame.flow === flow);
  const isTop = running !== undefined && running === moment.frame;
  const spec = talk.agent.flows.get(flow)!;
  const ask: Ask = {
    text, heard, frame: running, slots: slotsInScope(talk.agent, flow), asked: isTop ? moment.askedSlot?.name : undefined,
    wanted: [], examples: spec.examples, mayCorrect: false,
  }; // prettier-ignore
  const there = assignReadings(talk, ask);
  const named = fillsFromTexts(moment, decision.slots ?? {}, ask.slots, there);
  // Free words that ask for a flow are no answer to the question that was put.
  const answers = here.fills.filter((fill) => !isFreeAnswer(moment, fill.slot));
  const own = isTop
    ? answers.filter((fill) => !there.fills.some((one) => one.slot === fill.slot))
    : answers.filter((fill) => !spec.slots.has(fill.slot) && !overlaps(here, there, fill));
  return {
    moves: [{ kind: 'start', flow }, ...there.fills, ...named, ...(moment.frame ? own : [])],
    ...unsureOf(there),
  };
}

function isFreeAnswer({ askedSlot }: Moment, name: string): boolean {
  return askedSlot?.name === name && (askedSlot.type === 'text' || askedSlot.type === 'name');
}

function overlaps(here: Assigned, there: Assigned, fill: Fill): boolean {
  const span = here.used.find((one) => one.slot === fill.slot);
  return span !== undefined && there.used.some((one) => one.start < span.end && one.end > span.start);
}

function unsureOf(assigned: Assigned): Pick<Understanding, 'clarify'> {
  return assigned.unsure ? { clarify: { kind: 'value', ...assigned.unsure } } : {};
}

/** Slot texts that a model named, read by the slots' own parsers. */
function fillsFromTexts(
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
    const [reading] = slotType(slot.type).find(words, contextOf(talk, frame, slot, true));
    return reading
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

function slotsNamedByModel(moment: Moment, decision: RouteDecision): Fill[] {
  if (!decision.slots || !moment.frame) return [];
  const slots = slotsInScope(moment.talk.agent, moment.frame.flow);
  return fillsFromTexts(moment, decision.slots, slots, { fills: [], used: [] });
}

function isRunning(talk: Talk, intent: string): boolean {
  return topFrame(talk.s)?.flow === intent;
}

// ---- What is asked, and what is there ------------------------------------------------------------

function askHere(moment: Moment): Ask {
  const { talk, frame, text, heard, askedSlot } = moment;
  const question = frame?.question ?? null;
  const wanted = frame ? (stateOf(talk, frame).collect?.slots ?? []) : [];
  const isFree = question !== null && ['state', 'confirm', 'slot_confirm', 'change', 'resume'].includes(question.kind);
  const examples = frame ? (talk.agent.flows.get(frame.flow)?.examples ?? []) : [];
  return {
    text, heard, frame, slots: slotsInScope(talk.agent, frame?.flow), asked: askedSlot?.name, wanted,
    examples, mayCorrect: isFree || opensWithSlip(text),
  }; // prettier-ignore
}

/** "No, …", "sorry, …", "I meant …": the value is put right, not added. */
function opensWithSlip(text: string): boolean {
  return (
    /^\s*(?:oh\s+|uh\s+|um\s+)?(?:no|nope|sorry|wait|actually|i meant|i mean|i said|not)\b/i.test(text) ||
    /\b(?:i meant|i said|should (?:be|have been)|change (?:it|that) to|make (?:it|that))\b/i.test(text)
  );
}

function changesOf(moment: Moment, here: Assigned): Fill[] {
  return here.fills.filter((fill) => fill.correction && fill.slot !== moment.askedSlot?.name);
}

function isBareHere(moment: Moment, here: Assigned): boolean {
  const called = slotsInScope(moment.talk.agent, moment.frame?.flow).flatMap((slot) => slot.called);
  return isBare(moment.text, here, called);
}

/** Only values that hold already were said: beside a yes it is a yes, beside nothing the question stands. */
function sameAgain(moment: Moment, here: Assigned): Move[] | null {
  if (here.used.length === 0 || here.fills.length > 0 || !moment.frame || moment.frame.question === null) return null;
  if (!['confirm', 'slot_confirm', 'state'].includes(moment.frame.question.kind)) return null;
  if (/^\s*(?:yes|yeah|yep|sure|right|correct|exactly|okay|ok)\b/i.test(moment.text) && !hedge.test(moment.text))
    return [{ kind: 'transition', intent: 'yes' }];
  return null;
}

/** Cancel, a person, hold on: said in so many words they come before everything. */
function urgentHere(moment: Moment): string | undefined {
  const said = plain(moment.text);
  return urgentNames.find(
    (name) =>
      moment.legal.includes(name) &&
      !repairOf(moment.talk, moment.frame, name)?.off &&
      examplesFor(moment, name).includes(said),
  );
}

function examplesFor(moment: Moment, name: string): string[] {
  const trained = trainingByAgent(moment.talk.agent)
    .get(name)
    ?.examples.map((example) => example.text) ?? [...(builtInExamples[name] ?? [])];
  return trained.map(plain);
}

function plain(text: string): string {
  const words = text.toLowerCase().replace(/[^\p{L}\d'\s]/gu, ' ').split(/\s+/).filter((word) => word !== ''); // prettier-ignore
  while (words.length > 1 && courtesy.has(words[0]!)) words.shift();
  while (words.length > 1 && courtesy.has(words.at(-1)!)) words.pop();
  return words.join(' ');
}

const courtesy = new Set(['please', 'uh', 'um', 'er', 'oh', 'okay', 'ok', 'well', 'thanks', 'sorry', 'no']);

function requestOf(moment: Moment, here: Assigned): RouteRequest {
  const { talk, frame, text, legal } = moment;
  const { agent, s } = talk;
  return {
    text,
    legal,
    values: valuesIn(moment, here),
    position: frame ? `${frame.flow}/${frame.state}` : 'listen',
    language: agent.language,
    options: { ...agent.router, ...routerHere(talk, frame) },
    context: { lastWords: s.last.map((one) => one.text).join(' '), slots: slotsForModel(moment) },
  };
}

function routerHere(talk: Talk, frame: Frame | undefined): RouteRequest['options'] {
  return nearest(talk, frame, 'router') ?? {};
}

/** What may be filled, for the model; secret slots are not there. */
function slotsForModel(moment: Moment): RouteRequest['context']['slots'] {
  const { talk, frame } = moment;
  const flows = frame ? [frame.flow] : moment.legal.filter((intent) => talk.agent.flows.has(intent));
  const seen = new Set<string>();
  return flows
    .flatMap((flow) => slotsInScope(talk.agent, flow))
    .filter(
      (slot) =>
        slot.sensitive !== 'secret' &&
        slot.value === undefined &&
        !slot.askFirst &&
        !seen.has(slot.name) &&
        seen.add(slot.name),
    )
    .map((slot) => {
      const options = slot.type === 'choice' ? (optionsOf(talk, frame, slot) ?? []).map((one) => one.id) : undefined;
      return {
        name: slot.name,
        type: slot.type,
        ...(slot.called.length > 0 && { description: slot.called.join(', ') }),
        ...(options && { options }),
      };
    });
}

/** Values in the text by type, for the router's placeholders: those assigned here, then those of flows that may start. */
function valuesIn(moment: Moment, here: Assigned): FoundValue[] {
  const { talk, text, legal } = moment;
  const found: (FoundValue & { confidence: number })[] = [];
  const isFree = (start: number, end: number): boolean => !found.some((one) => start < one.end && end > one.start);
  const slots = legal.flatMap((intent) => [...(talk.agent.flows.get(intent)?.slots.values() ?? [])]);
  for (const { start, end, type, slot } of here.used)
    if (type !== 'text' && isFree(start, end)) found.push({ start, end, type, slot, confidence: 1 });
  const readings = [...slots, ...talk.agent.slots.values()]
    .filter((slot) => slot.type !== 'text' && slot.type !== 'yes_no')
    .flatMap((slot) =>
      slotType(slot.type)
        .find(text, contextOf(talk, undefined, slot, false))
        .map((reading) => ({ slot, reading })),
    )
    .filter(({ reading }) => reading.confidence >= 0.6)
    .sort((a, b) => b.reading.end - b.reading.start - (a.reading.end - a.reading.start));
  for (const { slot, reading } of readings) {
    if (isFree(reading.start, reading.end))
      found.push({
        start: reading.start,
        end: reading.end,
        type: slot.type,
        slot: slot.name,
        confidence: reading.confidence,
      });
  }
  return found
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, type, slot }) => ({ start, end, type, ...(slot !== undefined && { slot }) }));
}

// ---- Too late ------------------------------------------------------------------------------------

/** Nothing runs, and a value of the last task is put right after its write. */
function lateChange(moment: Moment): Fill | null {
  const { talk, frame, text, heard } = moment;
  if (frame) return null;
  for (const { flow, used } of talk.s.pastWrites) {
    for (const name of used) {
      const slot = findSlot(talk.agent, flow, name);
      if (!slot || slot.type === 'text' || slot.type === 'yes_no') continue;
      const [reading] = slotType(slot.type).find(text, contextOf(talk, undefined, slot, true));
      if (reading && isBare(text, { fills: [], used: [{ ...reading, type: slot.type, slot: name }] }, slot.called))
        return {
          kind: 'fill',
          slot: `${flow}.${name}`,
          value: reading.value,
          text: reading.text,
          confidence: heard * reading.confidence,
          correction: true,
        };
    }
  }
  return null;
}

// ---- Did you mean --------------------------------------------------------------------------------

async function answerToClarify(
  moment: Moment,
  asked: Clarify,
  router: Router,
  signal: AbortSignal,
): Promise<Understanding | null> {
  return asked.kind === 'value' ? answerValue(moment, asked) : answerIntent(moment, asked, router, signal);
}

const yesWords = /^\s*(?:yes|yeah|yep|yup|sure|right|correct|exactly|that's right|that one|okay|ok)\b/i;

function answerValue(moment: Moment, asked: Extract<Clarify, { kind: 'value' }>): Understanding | null {
  const { talk, frame, text, heard } = moment;
  const slot = findSlot(talk.agent, frame?.flow, asked.slot);
  if (!slot) return null;
  const fill = (index: number): Understanding =>
    decided(
      text,
      [
        {
          kind: 'fill',
          slot: slot.name,
          value: asked.values[index]!,
          text,
          confidence: Math.max(heard, 0.8),
          correction: false,
        },
      ],
      'rule',
    );
  if (asked.values.length === 1 && yesWords.test(text)) return fill(0);
  const options = asked.values.map((value, index) => ({
    id: String(index),
    also: [...new Set([sayValue(talk, frame, slot, value), String(value)])],
  }));
  const readings = slotType('choice').find(text, {
    language: talk.agent.language,
    now: talk.world.now.slice(0, 16),
    asked: true,
    options,
  });
  const [best] = readings;
  if (
    !best ||
    best.confidence < 0.6 ||
    readings.some((one) => one.confidence === best.confidence && one.value !== best.value)
  )
    return null;
  // "Tomas" is also the beginning of what "Tomasz" sounds like: the whole name wins.
  const exact = options.filter((option) => option.also.some((name) => name.toLowerCase() === plain(text)));
  if (exact.length === 1) return fill(Number(exact[0]!.id));
  return (best.others ?? []).length > 0 ? null : fill(Number(best.value));
}

async function answerIntent(
  moment: Moment,
  asked: Extract<Clarify, { kind: 'intent' }>,
  router: Router,
  signal: AbortSignal,
): Promise<Understanding | null> {
  const { talk, text } = moment;
  const chosen = (intent: string): Understanding => decided(text, movesOfIntent(moment, intent, asked.values), 'rule');
  if (asked.intents.length === 1 && yesWords.test(text)) return chosen(asked.intents[0]!);
  const options = asked.intents.map((intent) => ({ id: intent, also: [titleOfIntent(talk.agent, intent, undefined)] }));
  const [best] = slotType('choice').find(text, {
    language: talk.agent.language,
    now: talk.world.now.slice(0, 16),
    asked: true,
    options,
  });
  if (best && best.confidence >= 0.6 && (best.others ?? []).length === 0 && typeof best.value === 'string')
    return chosen(best.value);
  if (asked.intents.length === 1 && /^\s*(?:no|nope|nah)\b/i.test(text) && plain(text).split(' ').length <= 2)
    return nothing(text);
  const decision = await router.route(
    { ...requestOf(moment, { fills: [], used: [] }), legal: [...asked.intents, 'yes', 'no'] },
    signal,
  );
  return decision.kind === 'accept' && asked.intents.includes(decision.intent)
    ? { ...chosen(decision.intent), llmCalls: decision.llmCalls }
    : null;
}

function movesOfIntent(moment: Moment, intent: string, values: readonly Fill[]): Move[] {
  const { talk } = moment;
  const isTransition = isAwaited(talk, { kind: 'intent', intent });
  if (!isTransition && talk.agent.flows.has(intent)) return [{ kind: 'start', flow: intent }, ...values];
  if (!isTransition && repairNames.includes(intent)) return [{ kind: 'repair', name: intent }];
  return [...values, { kind: 'transition', intent }];
}

// ---- Answers -------------------------------------------------------------------------------------

function taken(
  moment: Moment,
  here: Assigned,
  route: 'rule',
  probability: number,
  candidates: Understanding['candidates'],
): Understanding {
  return { text: moment.text, moves: here.fills, route, probability, candidates, llmCalls: 0, ...unsureOf(here) };
}

function decided(text: string, moves: Move[], route: 'rule'): Understanding {
  return { text, moves, route, probability: 1, candidates: [], llmCalls: 0 };
}

function nothing(text: string): Understanding {
  return { text, moves: [], route: 'none', probability: 0, candidates: [], llmCalls: 0 };
}
