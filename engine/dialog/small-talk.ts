/** What is said beside the matter: thanks, greetings, "are you a robot", and rude words. */
import { offerTo } from './offers.js';
import type { Talk } from './talk.js';
import { builtIns, topFrame } from './talk.js';
import { canReachPerson } from './transfers.js';
import { askAgain } from './transitions.js';
import { repairOf, sayBuiltIn } from './words.js';

/** Who is rude so often is offered a person. */
const patience = 2;

/** Has a word of small talk in it: what a router takes for small talk without one is only far from everything else. */
export function soundsLikeSmallTalk(talk: Talk, text: string): boolean {
  return builtIns(talk).smallTalk.some(({ kind, said }) => kind !== 'other' && said.test(text));
}

/** Only the opening was said, and no task served: there is nothing to want "anything else" beside. */
function hasOnlyOpened({ s, agent }: Talk): boolean {
  return s.lastFlow === null || (s.lastFlow === agent.start && agent.flows.get(s.lastFlow)?.title === undefined);
}

/** Answers in kind, then the question again. */
export function answerSmallTalk(talk: Talk, text: string): void {
  const { s } = talk;
  const frame = topFrame(s);
  const { kind, words } = builtIns(talk).smallTalk.find(({ said }) => said.test(text))!;
  if (repairOf(talk, frame, 'chitchat')?.say) sayBuiltIn(talk, 'chitchat');
  else sayBuiltIn(talk, words, { id: 'chitchat' });
  if (kind === 'rude') {
    s.insults = (s.insults ?? 0) + 1;
    if (s.insults >= patience && canReachPerson(talk)) {
      s.insults = 0;
      return offerTo(talk, 'human', 'offer_human');
    }
  }
  if (frame) return askAgain(talk, frame);
  if (hasOnlyOpened(talk) || kind === 'greeting') return sayBuiltIn(talk, 'go_ahead');
  s.floor.asked = false;
}
