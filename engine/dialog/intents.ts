/** What a router learns of an agent, and which intents are legal where the talk stands. */
import type { TrainingExample, TrainingIntent } from '../contracts.js';
import type { Agent, Flow, NamedIntent, Transition } from '../language/flow.js';
import { builtInIntentNames, builtInsOf, keptIntents } from './built-ins/built-ins.js';
import { hasMemory } from './caller-memory.js';
import { findSlot, stored } from './slots.js';
import { mayStart } from './stack.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { callChain, flowOf, stateOf, topFrame } from './talk.js';
import { levels } from './transitions.js';
import { repairOf } from './words.js';

/** Flows with examples, named intents, and the built-ins with what the agent and its flows add to them. */
export function trainingSet(agent: Agent): TrainingIntent[] {
  const intents = new Map<string, TrainingIntent>();
  for (const flow of agent.flows.values()) {
    if (flow.examples.length === 0) continue;
    const { name, title, description, examples, not } = flow;
    const asks = questionsOf(agent, flow);
    intents.set(name, {
      id: name,
      examples: [...examples, ...asks],
      not: [...not],
      ...(title && { title }),
      ...(description && { description }),
    });
  }
  const taken = wordsOfDesigner(agent);
  const { titles } = builtInsOf(agent.language);
  for (const id of builtInIntentNames) {
    if (id === 'forget_me' && !hasMemory(agent)) continue;
    const texts = builtInTexts(agent, id);
    const own = keptIntents.has(id) ? texts : texts.filter((text) => !taken.some((words) => isNearlySame(text, words)));
    intents.set(id, { id, title: titles[id] ?? id, builtIn: true, examples: own.map(plain), not: [] });
  }
  for (const named of allNamed(agent)) {
    const known = intents.get(named.id);
    if (known) known.examples.push(...named.examples);
    else
      intents.set(named.id, {
        id: named.id,
        title: titleOfIntent(agent, named.id),
        examples: [...named.examples],
        not: [],
      });
  }
  return [...intents.values()];
}

/** How callers say a built-in intent; another language is asked for in any of those that the agent speaks. */
function builtInTexts(agent: Agent, id: string): readonly string[] {
  const languages = id === 'speak' ? [agent.language, ...(agent.locales?.keys() ?? [])] : [agent.language];
  return [...new Set(languages.flatMap((language) => builtInsOf(language).examples[id] ?? []))];
}

/** The training set of each language that the agent speaks, the default first. */
export function trainingSets(agent: Agent): Map<string, TrainingIntent[]> {
  const agents = agent.locales ? [...agent.locales.values()] : [agent];
  return new Map(agents.map((one) => [one.language, trainingSet(one)]));
}

/** What a flow that begins with an answer is asked: the questions of its knowledge, and what its documents speak of. */
function questionsOf(agent: Agent, flow: Flow): TrainingExample[] {
  const [first] = flow.states.values();
  const base = first?.answer === undefined ? undefined : agent.knowledge?.get(first.answer);
  const known = new Set(flow.examples.map(({ text }) => text.toLowerCase()));
  const asks = base?.entries.flatMap((entry) => entry.asks) ?? [];
  // A heading of one word ("Delivery") may as well name another flow's business.
  const heads = new Set(base?.passages.map(({ heads }) => heads.at(-1) ?? '').filter((head) => head.includes(' ')));
  return [...new Set([...asks, ...heads])]
    .slice(0, mostQuestions)
    .filter((text) => !known.has(text.toLowerCase()))
    .map(plain);
}

/** A hundred documents must not drown the other flows. */
const mostQuestions = 200;

/** What the agent's own requests are called everywhere in it: "what can you do" is then no cry for help. */
function wordsOfDesigner(agent: Agent): string[] {
  const named = [...agent.intents.values()].filter(({ id }) => !builtInIntentNames.includes(id));
  return [...agent.flows.values(), ...named].flatMap(({ examples }) => examples.map(({ text }) => text.toLowerCase()));
}

/** The same words, or (from three words on) with one more before or after them. */
function isNearlySame(text: string, other: string): boolean {
  if (text === other) return true;
  const [words, others] = [text.split(/\s+/), other.split(/[^\p{L}\d']+/u)];
  if (words.length < 3 || others.length !== words.length + 1) return false;
  return other.startsWith(`${text} `) || other.endsWith(` ${text}`);
}

function allNamed(agent: Agent): NamedIntent[] {
  return [agent.intents, ...[...agent.flows.values()].map((flow) => flow.intents)].flatMap((intents) => [
    ...intents.values(),
  ]);
}

function plain(text: string): TrainingExample {
  return { text, values: [] };
}

/** How "did you mean" names an intent: a flow by its title, a named intent by its first example. */
export function titleOfIntent(agent: Agent, id: string): string {
  const flow = agent.flows.get(id);
  if (flow) return flow.title ?? flow.name.replace(/_/g, ' ');
  const builtIn = builtInsOf(agent.language).titles[id];
  if (builtIn !== undefined) return builtIn;
  const named = allNamed(agent).find((one) => one.id === id);
  return named?.examples[0]?.text ?? (id.split('.').at(-1) ?? id).replace(/_/g, ' ');
}

/** How the requests that are heard now are named, nearest first. */
export function titlesHeard(talk: Talk): string[] {
  return legalIntents(talk).flatMap((intent) => talk.agent.flows.get(intent)?.title ?? []);
}

/** Repair that is legal wherever it is not switched off. */
const always = [
  'repeat', 'help', 'cancel', 'human', 'hold_on', 'goodbye', 'slower', 'why', 'chitchat', 'speak',
] as const; // prettier-ignore

/** Ids of the intents that are legal now, nearest first, each once. Shared between turns: not to be changed. */
export function legalIntents(talk: Talk): readonly string[] {
  const refused = refusedFlows(talk);
  // An offered choice is legal for one turn only.
  if (talk.s.clarify) return findLegal(talk, refused);
  let known = legalByPlace.get(talk.agent);
  if (!known) legalByPlace.set(talk.agent, (known = new Map()));
  const place = placeOf(talk, refused);
  let legal = known.get(place);
  if (!legal) {
    if (known.size >= mostPlaces) known.clear();
    known.set(place, (legal = findLegal(talk, refused)));
  }
  return legal;
}

const legalByPlace = new WeakMap<Agent, Map<string, readonly string[]>>();
/** Places, times what may be asked and started there: an agent of any sane size has fewer. */
const mostPlaces = 2_000;

/** Flows that could be asked for but for their guard. A guard may read anything, so each is asked every time. */
function refusedFlows(talk: Talk): readonly string[] {
  if (isDeafHere(talk)) return [];
  const refused: string[] = [];
  for (const flow of talk.agent.flows.values())
    if (flow.startIf && flow.examples.length > 0 && !mayStart(talk, flow)) refused.push(flow.name);
  return refused;
}

function isDeafHere(talk: Talk): boolean {
  const frame = topFrame(talk.s);
  return frame !== undefined && (stateOf(talk, frame).deaf || flowOf(talk, frame).deaf);
}

/** All that {@link findLegal} depends on beside the agent: the task's flows, the question, values, and the guards. */
function placeOf(talk: Talk, refused: readonly string[]): string {
  const { s } = talk;
  const frame = topFrame(s);
  let place = frame ? `${frame.state}${takesYesNo(talk, frame) ? ' yes' : ''}` : '';
  if (frame?.question?.kind === 'slot') place += ' slot';
  if (frame && isAskedForItems(talk, frame)) place += ' items';
  if (frame ? hasValues(talk) : s.pastWrites.length > 0) place += ' values';
  for (let index = s.frames.length - 1; index >= 0; index--) {
    const one = s.frames[index]!;
    place += `/${one.flow}`;
    if (one.kind !== 'call') break;
  }
  for (const name of refused) place += ` -${name}`;
  return place;
}

function findLegal(talk: Talk, refused: readonly string[]): string[] {
  const { s, agent } = talk;
  const frame = topFrame(s);
  const legal = new Set<string>();
  const add = (transitions: readonly Transition[]): void => {
    for (const { intents } of transitions) for (const intent of intents) legal.add(intent);
  };
  if (s.clarify?.kind === 'intent') s.clarify.intents.forEach((intent) => legal.add(intent));
  if (s.clarify || !frame || takesYesNo(talk, frame)) legal.add('yes').add('no');
  for (const level of levels(talk, { kind: 'intent', intent: '' })) add(level.transitions);
  const isDeaf = isDeafHere(talk);
  if (!isDeaf) {
    for (const flow of agent.flows.values()) {
      if (flow.examples.length > 0 && (!refused.includes(flow.name) || flow.otherwise !== undefined))
        legal.add(flow.name);
    }
  }
  for (const name of builtInsHere(talk, frame)) if (!repairOf(talk, frame, name)?.off) legal.add(name);
  return [...legal];
}

function builtInsHere(talk: Talk, frame: Frame | undefined): string[] {
  const { s } = talk;
  const names: string[] = [...always];
  if (!frame || isAskedOfList(talk, frame)) names.push('done');
  if (frame?.question?.kind === 'slot') names.push('skip', 'dont_know');
  if (frame) names.push('start_over');
  if (frame ? hasValues(talk) : s.pastWrites.length > 0) names.push('correct');
  if (hasMemory(talk.agent)) names.push('forget_me');
  return names;
}

function hasValues(talk: Talk): boolean {
  for (const frame of callChain(talk.s))
    for (const slot of flowOf(talk, frame).slots.values()) if (stored(talk, frame, slot) !== null) return true;
  return false;
}

function takesYesNo(talk: Talk, frame: Frame): boolean {
  const { question } = frame;
  if (!question) return false;
  if (question.kind === 'slot') {
    const slot = findSlot(talk.agent, frame.flow, question.slot);
    return slot?.type === 'yes_no' || (slot?.more !== undefined && isAskedForItems(talk, frame));
  }
  return ['confirm', 'slot_confirm', 'change', 'resume'].includes(question.kind);
}

/** A list is asked for, and none of its items lacks a field. */
function isAskedForItems(talk: Talk, frame: Frame): boolean {
  const { question } = frame;
  return question?.kind === 'slot' && question.part === undefined && isAskedOfList(talk, frame);
}

/** A list is asked for, or a field of one of its items: that this is all may be said at either. */
function isAskedOfList(talk: Talk, frame: Frame): boolean {
  const { question } = frame;
  return question?.kind === 'slot' && findSlot(talk.agent, frame.flow, question.slot)?.type === 'list';
}

/** Examples of an intent as plain words, for recognisers. Shared: not to be changed. */
export function examplesOf(agent: Agent, id: string): string[] {
  let texts = plainTexts.get(agent);
  if (!texts) plainTexts.set(agent, (texts = new Map()));
  let own = texts.get(id);
  if (!own) texts.set(id, (own = (trainingByAgent(agent).get(id)?.examples ?? []).map((example) => example.text)));
  return own;
}

const plainTexts = new WeakMap<Agent, Map<string, string[]>>();
const known = new WeakMap<Agent, Map<string, TrainingIntent>>();

/** The training set by id; made once for an agent. */
export function trainingByAgent(agent: Agent): Map<string, TrainingIntent> {
  let byId = known.get(agent);
  if (!byId) known.set(agent, (byId = new Map(trainingSet(agent).map((intent) => [intent.id, intent]))));
  return byId;
}
