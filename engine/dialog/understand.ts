/**
 * What an utterance means where the talk stands. The asked slot's parser comes before intents, the built-in
 * cancel, person and hold on before both; the router decides among what is legal here.
 */
import type { Move, RouteDecision, Router, Understanding } from '../contracts.js';
import { hardly, keptMark } from './answer.js';
import { slotType } from '../slot-types/index.js';
import { flowDropped } from './cancel-by-name.js';
import { answerToClarify } from './clarify-answer.js';
import { isOnlyFar, offersOf } from './doubtful-intents.js';
import { fillsFromTexts, movesFor, unsureOf } from './intent-moves.js';
import { flowByExample } from './flow-by-example.js';
import { bareNumberChange, deniedAlone, withFarChanges, wrongSlot } from './far-readings.js';
import { agentIn, asksForLanguage, languageHeard } from './languages.js';
import { joinedAnswer } from './half-answers.js';
import { legalIntents } from './intents.js';
import type { Moment } from './moment.js';
import {
  askHere,
  changesOf,
  decided,
  examplesFor,
  isBareHere,
  isExample,
  nothing,
  opensWithSlip,
  plainOf,
  sameAgain,
} from './moment.js';
import type { Assigned } from './readings.js';
import { assignReadings, isBare } from './readings.js';
import { urgentNames } from './repair.js';
import type { RuleName } from './rules.js';
import type { OnlyRequest } from './requests.js';
import { understandSeveral } from './requests.js';
import { requestOf } from './route-request.js';
import { noMore, shortAnswer, withoutYesBesideChange } from './short-answers.js';
import type { StepWorld, Understand } from './seam.js';
import { contextOf, findSlot, slotsInScope, stored } from './slots.js';
import type { Fill } from './state.js';
import { copyToRead, inside } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, same, topFrame } from './talk.js';
import { judgedByValues } from './value-evidence.js';
import { repairOf } from './words.js';

type Utterance = Parameters<Understand>[2];

export const understand: Understand = async (world, state, utterance, router, signal) => {
  const moment = momentOf(world, copyToRead(inside(state)), utterance);
  const { text } = moment;
  if (text === '') return nothing(text, 'nothing-said');
  const urgent = urgentHere(moment);
  if (urgent) return decided(text, [{ kind: 'repair', name: urgent }], 'urgent');
  const toMemory = answerToMemory(moment);
  if (toMemory) return toMemory;
  if (asksForLanguage(moment)) return decided(text, [{ kind: 'repair', name: 'speak' }], 'language');
  const dropped = flowDropped(moment);
  if (dropped !== undefined && isAllowed(moment, 'cancel'))
    return decided(text, [{ kind: 'repair', name: 'cancel', flow: dropped }], 'cancel-by-name');
  const { clarify } = moment.talk.s;
  if (clarify) {
    const answer = await answerToClarify(moment, clarify, router, signal);
    if (answer) return answer;
  }
  if (builtIns(moment.talk).isBack.test(text) && moment.askedSlot?.type !== 'text')
    return decided(text, [{ kind: 'repair', name: 'back' }], 'back');
  const read = async (of: Moment): Promise<Understanding> => ({
    ...(await understandFreely(withoutGreeting(of), router, signal)),
    text: of.text,
  });
  return ofList(moment) ?? (await itemsAndDone(moment, read)) ?? withoutWaiting(moment, await read(moment), read);
};

/** Who says hello and goes on wants what comes then, and no hello back. */
function withoutGreeting(moment: Moment): Moment {
  const head = builtIns(moment.talk).hearing.greeting.exec(moment.text)?.[0] ?? '';
  return head === '' || isExample(moment) ? moment : { ...moment, text: moment.text.slice(head.length) };
}

/** "Yeah, that's it, thanks" and "that's not right", where items are asked for. */
function ofList(moment: Moment): Understanding | undefined {
  const { askedSlot, text, legal, talk } = moment;
  if (askedSlot?.type !== 'list') return undefined;
  const words = plainOf(moment).split(' ');
  while (words.length > 1 && builtIns(talk).hearing.answers.has(words[0]!)) words.shift();
  if (legal.includes('done') && examplesFor(moment, 'done').has(words.join(' ')))
    return decided(text, [{ kind: 'transition', intent: 'done' }], 'list-done');
  const isWrong = builtIns(talk).corrections.allIsWrong.test(text) && stored(talk, moment.frame, askedSlot) !== null;
  return isWrong ? decided(text, [{ kind: 'repair', name: 'correct' }], 'list-denied') : undefined;
}

/** "One bagel, that's all": the items, and that these are all. */
async function itemsAndDone(
  moment: Moment,
  readAlone: (rest: Moment) => Promise<Understanding>,
): Promise<Understanding | undefined> {
  const { askedSlot, text, legal } = moment;
  if (askedSlot?.type !== 'list' || !legal.includes('done')) return undefined;
  const words = text.split(/\s+/);
  const ways = examplesFor(moment, 'done');
  const from = words.findIndex((_, at) => at > 0 && ways.has(plainOf({ ...moment, text: words.slice(at).join(' ') })));
  if (from === -1) return undefined;
  const own = await readAlone({ ...moment, text: words.slice(0, from).join(' ') });
  const areItems =
    own.moves.length > 0 && own.moves.every((move) => move.kind === 'fill' && move.slot === askedSlot.name);
  if (!areItems || own.clarify) return undefined;
  return {
    ...own,
    text,
    rule: 'items-and-done' satisfies RuleName,
    moves: [...own.moves, { kind: 'transition', intent: 'done' }],
  };
}

/** "Hmm wait, what's my balance": who asks or says something right after it wants no time to look. */
async function withoutWaiting(
  moment: Moment,
  whole: Understanding,
  readAlone: (rest: Moment) => Promise<Understanding>,
): Promise<Understanding> {
  const text = builtIns(moment.talk).waiting.exec(moment.text)?.[1];
  if (text === undefined || !whole.moves.some((move) => move.kind === 'repair' && move.name === 'hold_on'))
    return whole;
  const head = moment.text.slice(0, moment.text.length - text.length);
  // "No, hang on, it's Murray" puts right what "no, it's Murray" does.
  const slip = builtIns(moment.talk).hearing.no.test(head) ? `${/[\p{L}']+/u.exec(head)![0]}, ` : '';
  const rest = { ...moment, text: slip + text };
  const own = await readAlone(rest);
  const isMeant =
    isExample(rest) ||
    own.moves.some((move) => move.kind === 'start' || move.kind === 'fill') ||
    // Who asks something does not look for anything: which request it is may be asked back.
    (own.clarify?.kind === 'intent' && builtIns(moment.talk).hearing.isQuestion(text));
  return isMeant ? { ...own, text: moment.text, llmCalls: whole.llmCalls + own.llmCalls } : whole;
}

function momentOf(world: StepWorld, s: Talk['s'], utterance: Utterance): Moment {
  const heard = languageHeard(world.agent, s, utterance);
  const agent = agentIn(world.agent, heard?.isSure ? heard.language : s.language);
  const talk: Talk = { world, agent, s, out: [], effect: null };
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
  const joined = joinedAnswer(moment);
  if (joined) {
    const both = assignReadings(joined.talk, askHere(joined));
    if (both.fills.length > 0) return { ...taken(joined, both, 'half-answer', 1, []), text: moment.text };
  }
  const { text, askedSlot } = moment;
  const late = opensWithSlip(moment.talk, text) ? lateChange(moment) : null;
  if (late) return decided(text, [late], 'too-late');
  const again = opensWithSlip(moment.talk, text) ? lastTaskAgain(moment) : null;
  if (again) return decided(text, again, 'task-again');
  const wrong = wrongSlot(moment) ?? deniedAlone(moment);
  if (wrong && !isExample(moment)) return decided(text, [wrong], 'value-denied');
  const number = bareNumberChange(moment);
  if (number) return taken(moment, number, 'bare-number', 1, []);
  const ofMore = noMore(moment);
  if (ofMore) return decided(text, [ofMore], 'answer');
  const own = assignReadings(moment.talk, askHere(moment));
  const here = withFarChanges(moment, withoutYesBesideChange(moment, own));
  const isAskedText = askedSlot?.type === 'text';
  const isAnswered = askedSlot !== undefined && here.used.some((one) => one.slot === askedSlot.name);
  const changes = changesOf(moment, here);
  // A bare answer is for the question; free words and names must let a request go before them.
  const isLoose = isAskedText || (askedSlot?.type === 'name' && (isExample(moment) || !isSurely(here, askedSlot.name)));
  if (!isLoose && (isAnswered || changes.length > 0 || here.unsure) && isBareHere(moment, here)) {
    if (here.fills.length > 0 || here.unsure) return taken(moment, here, 'answer', 1, []);
    const again = sameAgain(moment, here);
    if (again) return decided(text, again, 'same-value');
  }
  const short = shortAnswer(moment, here, isLoose);
  if (short) return short;
  const example = flowByExample(moment);
  let only: OnlyRequest['only'] | undefined;
  if (!example && !isAskedText && !isExample(moment)) {
    const several = await understandSeveral(moment, here, router, signal, (part) =>
      understandPart(part, router, signal),
    );
    if (several && 'moves' in several) return several;
    only = several?.only;
  }
  if (example) return read(moment, here, example, isAskedText, isAnswered, 'example-with-values');
  const whole = await router.route(requestOf(moment, here), signal);
  // "My name is Ann and I'd like to book a table": what is said beside a request makes the router less sure of it.
  const isNothing = whole.kind === 'none' || (whole.kind === 'accept' && isOnlyFar(moment, whole));
  const isLess = whole.by !== 'llm' && (isNothing || (whole.kind === 'confirm' && only?.kind === 'accept'));
  const routed = only && isLess ? { ...only, llmCalls: whole.llmCalls } : whole;
  const sure = surelyDone(routed);
  const decision = judgedByValues(moment, here, sure);
  const rule = decision !== sure ? 'values-tell' : sure !== routed ? 'done-beside-answer' : ruleOf(decision);
  return read(moment, here, decision, isAskedText, isAnswered, rule);
}

/** The beginning of a sentence that goes on with a request. */
function understandPart(part: Moment, router: Router, signal: AbortSignal): Promise<Understanding> {
  const urgent = urgentHere(part);
  if (urgent) return Promise.resolve(decided(part.text, [{ kind: 'repair', name: urgent }], 'urgent'));
  return understandFreely(part, router, signal);
}

function isSurely(here: Assigned, slot: string): boolean {
  return here.fills.some((fill) => fill.slot === slot && fill.confidence >= 0.6);
}

/** "Yeah, that's it", "no, that's all": beside "that was all" a yes or a no says the same. */
function surelyDone(decision: RouteDecision): RouteDecision {
  if (decision.kind !== 'confirm' || !decision.intents.includes('done')) return decision;
  const isAnswer = decision.intents.every((intent) => ['done', 'yes', 'no'].includes(intent));
  return isAnswer ? { ...decision, kind: 'accept', intent: 'done' } : decision;
}

/** Combines the values that were found with what the router decided. */
function read(
  moment: Moment,
  here: Assigned,
  decision: RouteDecision,
  isAskedText: boolean,
  isAnswered: boolean,
  rule: RuleName,
): Understanding {
  const { text, askedSlot, frame } = moment;
  const base = {
    text,
    rule,
    candidates: decision.candidates,
    llmCalls: decision.llmCalls,
    probability: decision.probability,
  };
  if (decision.kind === 'accept' && !isOnlyFar(moment, decision)) {
    const moves = movesFor(moment, here, decision);
    if (moves) return { ...base, ...moves, route: routeOf(decision) };
  }
  // Where nothing runs a value moves nothing: which request it is for is asked, and the value kept.
  const offered = decision.kind === 'confirm' && !frame ? offersOf(moment, decision.intents) : [];
  if (offered.length > 0)
    return { ...base, moves: here.fills, route: routeOf(decision), clarify: { kind: 'intent', intents: offered } };
  // Without an intent: the values, where they answer the question or change what was said.
  const fills = isAskedText ? here.fills.filter((fill) => fill.slot === askedSlot?.name) : here.fills;
  const isSpare = !isAskedText && askedSlot?.type === 'name' && !isBareHere(moment, here) && !isAnswered;
  if ((fills.length > 0 || here.unsure) && !isSpare)
    return {
      ...taken(moment, here, 'values-alone', decision.probability, decision.candidates),
      llmCalls: decision.llmCalls,
    };
  const again = sameAgain(moment, here);
  if (again && frame) return { ...decided(text, again, 'same-value'), llmCalls: decision.llmCalls };
  if (decision.kind === 'confirm') {
    const intents = offersOf(moment, decision.intents);
    if (intents.length > 0)
      return { ...base, moves: here.fills, route: routeOf(decision), clarify: { kind: 'intent', intents } };
  }
  const fromModel = slotsNamedByModel(moment, decision);
  if (fromModel.length > 0) return { ...base, rule: 'model-values' satisfies RuleName, moves: fromModel, route: 'llm' };
  // A model that read it says that nothing here is meant: not a failure to hear.
  if (decision.kind === 'none' && decision.by === 'llm' && !frame && moment.heard >= hardly)
    return {
      ...base,
      rule: 'model-none' satisfies RuleName,
      moves: [{ kind: 'repair', name: 'out_of_scope' }],
      route: 'llm',
    };
  return { ...base, rule: 'nothing-fits' satisfies RuleName, moves: [], route: 'none' };
}

/** The router's own rules are part of the local router; `rule` is what needed no router. */
function routeOf(decision: RouteDecision): 'local' | 'llm' {
  return decision.by === 'llm' ? 'llm' : 'local';
}

function ruleOf(decision: RouteDecision): RuleName {
  if (decision.kind === 'none') return 'nothing-fits';
  if (decision.kind === 'confirm') return 'unsure';
  return decision.by === 'llm' ? 'model' : decision.by === 'rule' ? 'exact-example' : 'router';
}

function slotsNamedByModel(moment: Moment, decision: RouteDecision): Fill[] {
  if (!decision.slots || !moment.frame) return [];
  const slots = slotsInScope(moment.talk.agent, moment.frame.flow);
  return fillsFromTexts(moment, decision.slots, slots, { fills: [], used: [] });
}

/** A yes or a no to what the engine asked of what it keeps comes before the flow's own question. */
function answerToMemory({ talk, text }: Moment): Understanding | undefined {
  const { yes, no } = builtIns(talk).hearing;
  if (!talk.s.memory?.asks) return undefined;
  const intent = no.test(text) ? 'no' : yes.test(text) ? 'yes' : undefined;
  return intent === undefined ? undefined : decided(text, [{ kind: 'transition', intent }], 'answer-to-memory');
}

/** Cancel, a person, hold on: said in so many words they come before everything. */
function urgentHere(moment: Moment): string | undefined {
  const said = plainOf(moment);
  const name = urgentNames.find((one) => isAllowed(moment, one) && examplesFor(moment, one).has(said));
  return name === 'cancel' && isWavedOff(moment) ? undefined : name;
}

/** "No, don't bother" to "shall we send you a new one?": the answer, which drops nothing. */
function isWavedOff({ talk, frame, askedSlot, text }: Moment): boolean {
  return askedSlot?.type === 'yes_no' && frame?.question?.kind === 'slot' && builtIns(talk).hearing.waveOff.test(text);
}

function isAllowed({ legal, talk, frame }: Moment, name: string): boolean {
  return legal.includes(name) && !repairOf(talk, frame, name)?.off;
}

/** Nothing runs, and a value of the last task is put right after its write. */
export function lateChange(moment: Moment): Fill | null {
  const { talk, frame, text, heard } = moment;
  if (frame) return null;
  for (const { flow, used } of talk.s.pastWrites) {
    for (const name of used) {
      const slot = findSlot(talk.agent, flow, name);
      if (!slot || slot.type === 'text' || slot.type === 'yes_no') continue;
      const [reading] = slotType(slot.type).find(text, contextOf(talk, undefined, slot, true));
      if (
        reading &&
        isBare(talk, text, { fills: [], used: [{ ...reading, type: slot.type, slot: name }] }, slot.called)
      )
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

/**
 * "Sorry, 1234 I meant", when the answer has been given: the task that was over last is done again with that value, and
 * with the others as they were. Only one that wrote nothing: what was written comes too late.
 */
function lastTaskAgain(moment: Moment): Move[] | null {
  const { talk, frame, text, legal } = moment;
  const { lastFlow: flow, pastWrites, past } = talk.s;
  if (frame || flow === null || !legal.includes(flow) || !talk.agent.flows.has(flow)) return null;
  if (pastWrites.some((write) => write.flow === flow)) return null;
  const before = past[flow] ?? {};
  const slots = [...talk.agent.flows.get(flow)!.slots.values()].filter(
    ({ name, value, fields, parts, askFirst, sensitive }) =>
      (before[name] ?? null) !== null && value === undefined && !fields && !parts && !askFirst && !sensitive,
  );
  const kinds = slots.filter(({ type }) => type !== 'text' && type !== 'yes_no');
  const { fills, used, unsure } = assignReadings(talk, {
    text, heard: moment.heard, frame: undefined, slots: kinds, asked: kinds.length === 1 ? kinds[0]!.name : undefined,
    wanted: [], examples: [], mayCorrect: true,
  }); // prettier-ignore
  const isNew = fills.length > 0 && !unsure && fills.every((fill) => !same(before[fill.slot] ?? null, fill.value));
  if (!isNew || fills.some(({ value }) => typeof value === 'string' && value.startsWith(keptMark))) return null;
  if (
    !isBare(
      talk,
      text,
      { fills, used },
      kinds.flatMap(({ called }) => called),
    )
  )
    return null;
  const kept = slots.filter(({ name }) => !fills.some((fill) => fill.slot === name));
  return [
    { kind: 'start', flow },
    ...kept.map(({ name }) => {
      const value = before[name]!;
      return { kind: 'fill' as const, slot: name, value, text: '', confidence: 1, correction: false };
    }),
    ...fills,
  ];
}

function taken(
  moment: Moment,
  here: Assigned,
  rule: RuleName,
  probability: number,
  candidates: Understanding['candidates'],
): Understanding {
  return {
    text: moment.text,
    moves: here.fills,
    route: 'rule',
    rule,
    probability,
    candidates,
    llmCalls: 0,
    ...unsureOf(here),
  };
}
