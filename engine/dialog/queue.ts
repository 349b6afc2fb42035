/** Requests that wait for their turn: taken in, announced once, served when the floor is free. */
import { joinWords } from '../language/filters.js';
import type { Queued } from './state.js';
import type { Talk } from './talk.js';
import { builtIns } from './talk.js';
import { sayBuiltIn } from './words.js';

/** Takes in a request without a word. Said twice it is one, with what was said in both, unless it is another of it. */
export function enqueue(
  talk: Talk,
  { flow, fills, another, unsure }: Pick<Queued, 'flow' | 'fills' | 'another' | 'unsure'>,
): void {
  const { queue } = talk.s;
  const kept = { ...(another && { another }), ...(unsure && { unsure }) };
  const at = another ? -1 : queue.findIndex((one) => one.flow === flow);
  const known = queue[at];
  if (!known) {
    queue.push({ flow, fills: [...fills], retry: false, announced: false, ...kept });
    return;
  }
  const others = known.fills.filter((fill) => !fills.some((one) => one.slot === fill.slot));
  queue[at] = { ...known, fills: [...others, ...fills], ...kept };
}

/** Tells the caller once of what is served later: at the head of a question, for what is served at once needs no word. */
export function announceQueued(talk: Talk): void {
  const { s } = talk;
  if (s.queue.every((one) => one.announced)) return;
  const titles = s.queue.filter((one) => !one.announced).map((one) => titleOfQueued(talk, one));
  s.queue = s.queue.map((one) => (one.announced ? one : { ...one, announced: true }));
  sayBuiltIn(talk, 'queued', { title: titles.includes('') ? '' : joinWords(titles, 'and', talk.agent.language) });
}

/** How a request that waits is named: of two payments the one that comes later is "the other one". */
export function titleOfQueued(talk: Talk, { flow, another }: Queued): string {
  return another ? builtIns(talk).phrasing.other : (talk.agent.flows.get(flow)?.title ?? '');
}
