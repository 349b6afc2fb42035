/** `repair: { goodbye: { to } }`: where the designer sends a built-in. */
import type { Repair, Target } from '../language/flow.js';
import { endCall } from './ending.js';
import { afterTask, startFlow } from './stack.js';
import type { Talk } from './talk.js';
import { callChain, topFrame } from './talk.js';
import { callPerson } from './transfers.js';
import { discardFlows, goTo } from './transitions.js';
import { say } from './words.js';

/** These end what runs; from the others one comes back. */
const forGood: ReadonlySet<string> = new Set(['cancel', 'goodbye', 'start_over', 'done', 'error']);

/** `repair: { goodbye: { say, to } }`: the designer's words and way, in place of what the built-in does. */
export function leaveFor(talk: Talk, name: string, own: Repair, to: Target): void {
  const { s } = talk;
  const frame = topFrame(s);
  if (own.say) say(talk, name, own.say, { frame });
  if (to.kind === 'human') return callPerson(talk, false, true);
  if (to.kind === 'state' && frame) return goTo(talk, frame, to);
  const chain = callChain(s);
  if (to.kind === 'flow') {
    if (frame && !forGood.has(name)) return startFlow(talk, to.flow, [], 'digression');
    discardFlows(talk, chain.length);
    return startFlow(talk, to.flow, [], topFrame(s) ? 'digression' : 'task');
  }
  if (!frame) return endCall(talk, true);
  discardFlows(talk, chain.length);
  afterTask(talk, false);
}
