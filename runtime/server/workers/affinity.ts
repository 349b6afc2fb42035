/**
 * What a request is about, as far as the process that listens has to know it: requests about one call, or one
 * conversation, go to the same worker. A hint and no proof: the worker looks at signatures and tokens.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { recordOf } from '../../transports/media-line.js';
import { readChat } from '../chat/chat-messages.js';
import { splitWorker } from './worker-path.js';

export interface Affinity {
  /** Named in the address, or in the token with which a caller comes back. */
  worker?: number;
  /** The call's name at its carrier, or the conversation's; several when it is about two legs. */
  keys: string[];
}

/** All that has to be known in one place: calls that we place or that come in by a port of their own, and conversations without a name. */
const firstWorker = 1;

export function affinityOf(request: { url: string; headers: IncomingHttpHeaders; body: Buffer }): Affinity {
  const url = request.url.startsWith('/') && URL.canParse(`http://us${request.url}`) ? new URL(`http://us${request.url}`) : undefined; // prettier-ignore
  if (!url) return { keys: [] };
  const { worker, path } = splitWorker(url.pathname);
  if (worker !== undefined) return { worker, keys: [] };
  if (path === '/call' || path === '/webrtc/offer')
    return { keys: [], ...workerOfToken(url.searchParams.get('resume')) };
  if (/^\/(?:calls|audiosocket)(?:\/|$)/.test(path)) return { worker: firstWorker, keys: [] };
  try {
    if (/^\/(?:twilio|plivo)\//.test(path)) return { keys: keysOfForm(request.body) };
    if (path.startsWith('/telnyx/')) return { keys: keysOfTelnyx(request.body) };
    if (path.startsWith('/vonage/')) return { keys: keysOfVonage(request.body) };
    if (path === '/v1/chat/completions') return ofChat(request);
  } catch {
    // What nobody can read is refused by whichever worker gets it.
  }
  return { keys: [] };
}

/** The third of a resume token's subject. */
function workerOfToken(token: string | null): { worker?: number } {
  try {
    const { sub } = recordOf(JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString('utf8')));
    const worker: unknown = (JSON.parse(String(sub)) as unknown[])[2];
    return Number.isInteger(worker) ? { worker: worker as number } : {};
  } catch {
    return {};
  }
}

function keysOfForm(body: Buffer): string[] {
  const fields = new URLSearchParams(body.toString('utf8'));
  return ['CallSid', 'ParentCallSid', 'CallUUID'].flatMap((name) => fields.get(name) ?? []).map((id) => `form ${id}`);
}

/** The other leg of a transfer carries the name of the caller's in its state. */
function keysOfTelnyx(body: Buffer): string[] {
  const payload = recordOf(recordOf(recordOf(JSON.parse(body.toString('utf8'))).data).payload);
  const { call_control_id: call, client_state: state } = payload;
  const other = typeof state === 'string' ? [Buffer.from(state, 'base64').toString('utf8')] : [];
  return [...other, ...(typeof call === 'string' ? [call] : [])].map((name) => `telnyx ${name}`);
}

function keysOfVonage(body: Buffer): string[] {
  const { uuid } = recordOf(JSON.parse(body.toString('utf8')));
  return typeof uuid === 'string' ? [`vonage ${uuid}`] : [];
}

function ofChat({ headers, body }: { headers: IncomingHttpHeaders; body: Buffer }): Affinity {
  const header = headers['x-conversation-id'];
  const { key, model } = readChat(JSON.parse(body.toString('utf8')), typeof header === 'string' ? header : undefined);
  return key === undefined ? { worker: firstWorker, keys: [] } : { keys: [`chat ${model ?? ''} ${key}`] };
}
