/** "Forget the balance": a request that waits, or that runs, dropped by its name. */
import type { Moment } from './moment.js';
import { isExample } from './moment.js';
import { builtIns } from './talk.js';

/** Words of a request's name that name nothing. */
const empty = new Set(['the', 'a', 'an', 'my', 'your', 'our', 'that', 'this', 'about', 'of', 'for', 'to', 'and', 'in', 'on', 'thing', 'part', 'bit', 'one', 'request', 'question']); // prettier-ignore

/**
 * The flow that the caller drops by its name: one that is queued or on the stack. Nothing where a flow of the
 * agent is about cancelling itself: then the words may be a request.
 */
export function flowDropped({ talk, ...moment }: Moment): string | undefined {
  const { s, agent } = talk;
  const { dropping } = builtIns(talk);
  if (s.queue.length === 0 && s.frames.length === 0) return undefined;
  const named = dropping.exec(moment.text)?.[1];
  if (named === undefined || isExample({ talk, ...moment })) return undefined;
  const said = contentOf(named);
  if (said.length === 0) return undefined;
  const flows = new Set([...s.queue, ...s.frames].map((one) => one.flow));
  const meant = [...flows].filter((flow) => {
    const name = new Set(contentOf(`${agent.flows.get(flow)?.title ?? ''} ${flow.replace(/_/g, ' ')}`));
    return said.every((word) => name.has(word));
  });
  if (meant.length !== 1) return undefined;
  const isRequest = [...agent.flows.values()].some((flow) => flow.examples.some(({ text }) => dropping.test(text)));
  return isRequest ? undefined : meant[0];
}

function contentOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^\p{L}\d']+/u)
    .filter((word) => word !== '' && !empty.has(word));
}
