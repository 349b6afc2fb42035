/** Requests that wait for their turn: taken in, announced once, served when the floor is free. */
import { joinWords } from '../language/filters.js';
import type { Fill } from './state.js';
import type { Talk } from './talk.js';
import { sayBuiltIn } from './words.js';

/** Takes in a request without a word. Said twice it is one, with what was said in both. */
export function enqueue(talk: Talk, flow: string, fills: readonly Fill[]): void {
  const { queue } = talk.s;
  const at = queue.findIndex((one) => one.flow === flow);
  const known = queue[at];
  if (!known) {
    queue.push({ flow, fills: [...fills], retry: false, announced: false });
    return;
  }
  const others = known.fills.filter((fill) => !fills.some((one) => one.slot === fill.slot));
  queue[at] = { ...known, fills: [...others, ...fills] };
}

/** Tells the caller once of what is served later: at the head of a question, for what is served at once needs no word. */
export function announceQueued(talk: Talk): void {
  const { s, agent } = talk;
  if (s.queue.every((one) => one.announced)) return;
  const titles = s.queue.filter((one) => !one.announced).map(({ flow }) => agent.flows.get(flow)?.title ?? '');
  s.queue = s.queue.map((one) => (one.announced ? one : { ...one, announced: true }));
  sayBuiltIn(talk, 'queued', { title: titles.includes('') ? '' : joinWords(titles, 'and') });
}
