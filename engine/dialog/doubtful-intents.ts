/** Intents that a router guesses where nothing here is meant, and those that "did you mean" may offer. */
import type { RouteDecision } from '../contracts.js';
import { slotType } from '../slot-types/index.js';
import type { Moment } from './moment.js';
import { examplesFor, plainOf } from './moment.js';
import { repairNames } from './repair.js';
import { soundsLikeSmallTalk } from './small-talk.js';
import type { Talk } from './talk.js';
import { builtIns, topFrame } from './talk.js';
import { isAwaited } from './transitions.js';

/** Of the intents between which a router is torn those that may be offered. */
export function offersOf(moment: Moment, intents: readonly string[]): string[] {
  return intents.filter((intent) => isOffered(moment, intent) && topFrame(moment.talk.s)?.flow !== intent);
}

/** Nobody means to be offered a chat, help or time: "did you mean help?" is no help. */
const neverOffered: ReadonlySet<string> = new Set(['chitchat', 'help', 'why', 'hold_on', 'dont_know']);
/** Who asks what day it is does not want to answer, to leave or to hang up. */
const noQuestions: ReadonlySet<string> = new Set(['yes', 'no', 'done', 'goodbye', 'cancel', 'skip', 'start_over']);

/** Whether "did you mean …?" may offer it. */
function isOffered({ talk, text }: Moment, intent: string): boolean {
  if (talk.agent.flows.has(intent) || isAwaited(talk, { kind: 'intent', intent })) return true;
  return !neverOffered.has(intent) && !(noQuestions.has(intent) && builtIns(talk).hearing.isQuestion(text));
}

/**
 * An agent with few intents has small talk as the nearest of anything foreign: "bananas are yellow" is no small talk;
 * and as the nearest of a question that it does not know a wait: "do you take cards" asks for no time.
 */
export function isOnlyFar(moment: Moment, { intent, by }: Extract<RouteDecision, { kind: 'accept' }>): boolean {
  const { talk, text } = moment;
  const isFar =
    farIntents[intent]?.(talk, text) === true || (moment.askedSlot?.type === 'text' && isStory(moment, intent));
  if (!isFar || by !== 'local' || talk.agent.intents.has(intent)) return false;
  return !examplesFor(moment, intent).has(plainOf(moment));
}

/** "I braked and he didn't", where free words are asked for: none of the words that tell is one of the intent's own. */
function isStory({ talk, text }: Moment, intent: string): boolean {
  const { examples, wrapping, hearing } = builtIns(talk);
  const ways = examples[intent];
  if (!repairNames.includes(intent) || ways === undefined) return false;
  const own = new Set(ways.flatMap((way) => way.toLowerCase().split(/[^\p{L}']+/u)));
  const words = text.toLowerCase().split(/[^\p{L}']+/u);
  return !words.some((word) => own.has(word) && word.length > 2 && !wrapping.has(word) && !hearing.narrates.test(word));
}

const farIntents: Readonly<Record<string, (talk: Talk, text: string) => boolean>> = {
  goodbye: (talk, text) => !builtIns(talk).hearing.takesLeave.test(text),
  chitchat: (talk, text) => !soundsLikeSmallTalk(talk, text),
  hold_on: (talk, text) =>
    (builtIns(talk).hearing.isQuestion(text) || saysPlace(talk, text)) && !builtIns(talk).asksForTime.test(text),
};

/** "The second one" is a place, and no second to wait for. */
function saysPlace({ agent, world }: Talk, text: string): boolean {
  const context = { language: agent.language, now: world.now.slice(0, 16), asked: true };
  return slotType('ordinal').find(text, context).length > 0;
}
