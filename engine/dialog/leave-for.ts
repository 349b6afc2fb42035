/** `repair: { goodbye: { to } }`: where the designer sends a built-in. */
import type { Repair, Target } from '../language/flow.js';
import { endCall } from './ending.js';
import { afterTask, startFlow } from './stack.js';
import type { Talk } from './talk.js';
import { callChain, topFrame } from './talk.js';
import { callPerson } from './transfers.js';
import { discardFlows, goTo } from './transitions.js';
import { say, sayBuiltIn } from './words.js';

/** These end what runs; from the others one comes back. */
const forGood: ReadonlySet<string> = new Set(['cancel', 'goodbye', 'start_over', 'done', 'error']);

/** Said where nothing else is wanted: what they lead to is the last of a call. */
const farewells: ReadonlySet<string> = new Set(['goodbye', 'done']);

/**
 * Whether this way was gone already. Who says goodbye a second time, in the flow that the first led to or after it, wants
 * to leave; and an error in the flow for errors would only lead to it again. Takes note of the first goodbye.
 */
function wasThere(talk: Talk, name: string, to: Target): boolean {
  const { s } = talk;
  const place =
    to.kind === 'flow' ? to.flow : to.kind === 'state' ? `${topFrame(s)?.flow ?? ''}/${to.state}` : undefined;
  if (place === undefined) return false;
  if (name === 'error') return s.frames.some(({ flow }) => flow === place);
  if (!farewells.has(name)) return false;
  if (s.farewell === place) return true;
  s.farewell = place;
  return false;
}

/** Our own words, since the designer's were said before; then the call is over. */
export function partFrom(talk: Talk): void {
  sayBuiltIn(talk, 'goodbye', { ours: true });
  endCall(talk, true);
}

function giveUp(talk: Talk): void {
  sayBuiltIn(talk, 'error', { ours: true });
  discardFlows(talk, callChain(talk.s).length);
  afterTask(talk, true);
}

/** `repair: { goodbye: { say, to } }`: the designer's words and way, in place of what the built-in does. */
export function leaveFor(talk: Talk, name: string, own: Repair, to: Target): void {
  const { s } = talk;
  const frame = topFrame(s);
  if (wasThere(talk, name, to)) return name === 'error' ? giveUp(talk) : partFrom(talk);
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
