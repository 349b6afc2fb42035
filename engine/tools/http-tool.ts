import type { Json, ToolCall } from '../contracts.js';
import type { Scope, Tool } from '../language/flow.js';
import type { RawResult } from './tool-runner.js';

type Env = Readonly<Record<string, string | undefined>>;

/** An answer longer than this is nonsense: nobody can be told a megabyte. */
const maxBodyBytes = 1024 * 1024;

/** What may help when it is tried again: the back end is overloaded or on its way back. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

const redirects = new Set([301, 302, 303, 307, 308]);
const mostHops = 3;

/** The connection never came about: no byte of the request was sent. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']); // prettier-ignore

/** One request. Connections are kept open between calls (fetch does so by itself). */
export async function sendHttp(
  tool: Tool,
  call: ToolCall,
  env: Env,
  send: typeof fetch,
  signal: AbortSignal,
): Promise<RawResult> {
  const http = tool.http!;
  const scope = scopeOf(call, env);
  let request: { url: string; init: RequestInit };
  try {
    request = { url: new URL(http.renderUrl(scope)).href, init: initOf(tool, call, scope, signal) };
  } catch {
    return { kind: 'outcome', outcome: 'error', problem: `its URL is not a whole address (http://…)` };
  }
  let response: Response;
  try {
    response = await follow(request, call, send);
  } catch (error) {
    signal.throwIfAborted();
    return broken(call, networkProblem(error), !wasNeverSent(error));
  }
  const { status } = response;
  let text: string | undefined;
  try {
    text = await readBody(response);
  } catch {
    signal.throwIfAborted();
    return broken(call, 'the connection broke in mid-answer', true);
  }
  if (text === undefined) return { kind: 'outcome', outcome: 'error', problem: `answered with more than 1 MB` };
  const expected = tool.outcomes.some((outcome) => outcome.status === status);
  if (passing.has(status) && !expected) {
    return { kind: 'outcome', outcome: 'error', problem: `HTTP ${String(status)}`, retryable: true };
  }
  if (text.trim() === '') return { kind: 'value', value: {}, status };
  try {
    return { kind: 'value', value: JSON.parse(text) as Json, status };
  } catch {
    // The page of an error or of a named outcome may be anything; its status says enough.
    if (status < 200 || status >= 300) return { kind: 'value', value: {}, status };
    return {
      kind: 'outcome',
      outcome: 'error',
      problem: `answered HTTP ${String(status)} with something that is not JSON`,
    };
  }
}

function initOf(tool: Tool, call: ToolCall, scope: Scope, signal: AbortSignal): RequestInit {
  const http = tool.http!;
  const headers = new Headers({ accept: 'application/json' });
  let body: string | undefined;
  const sent = http.body === undefined ? inputsAsBody(tool, call) : bodyOf(http.body, scope);
  if (sent !== undefined && http.method !== 'GET') {
    headers.set('content-type', 'application/json');
    body = JSON.stringify(sent);
  }
  if (call.idempotencyKey !== undefined) headers.set('idempotency-key', headerText(call.idempotencyKey));
  for (const [name, template] of http.headers) headers.set(name, headerText(template.render(scope)));
  return {
    method: http.method,
    headers,
    signal,
    ...(body !== undefined && { body }),
    redirect: 'manual',
  };
}

/** Who posts without saying what means the tool's inputs. */
function inputsAsBody({ http, input }: Tool, call: ToolCall): Json | undefined {
  const hasBody = http!.method === 'POST' || http!.method === 'PUT' || http!.method === 'PATCH';
  return hasBody && input.size > 0 ? call.input : undefined;
}

/**
 * Sends, and goes where a read is sent on to on the same server. Another server gets nothing: the headers hold the
 * operator's secrets, of which fetch itself would take along all but `authorization`. A write that is sent on
 * is sent twice: its redirect is an answer like any other.
 */
async function follow(
  { url, init }: { url: string; init: RequestInit },
  call: ToolCall,
  send: typeof fetch,
): Promise<Response> {
  let at = url;
  for (let hops = 0; ; hops++) {
    const response = await send(at, init);
    const to = response.headers.get('location');
    const isFollowed = call.effect === 'read' && init.method === 'GET' && redirects.has(response.status);
    const next = isFollowed && to !== null && URL.canParse(to, at) ? new URL(to, at) : undefined;
    if (!next || next.origin !== new URL(at).origin || hops === mostHops) return response;
    await response.body?.cancel();
    at = next.href;
  }
}

/** Nobody knows whether a write was done whose answer broke off: it is `unknown`, and not tried again. */
function broken(call: ToolCall, problem: string, wasSent: boolean): RawResult {
  return call.effect === 'write' && wasSent
    ? { kind: 'outcome', outcome: 'unknown', problem }
    : { kind: 'outcome', outcome: 'error', problem, retryable: true };
}

function bodyOf(body: NonNullable<NonNullable<Tool['http']>['body']>, scope: Scope): Json {
  switch (body.kind) {
    case 'tree':
      return body.render(scope);
    case 'literal':
      return body.value;
    case 'expression':
      return body.expression.evaluate(scope).value;
    case 'template':
      return body.template.render(scope);
  }
}

/** A value cannot begin a header of its own. */
function headerText(text: string): string {
  return text.replace(/[\r\n\0]+/g, ' ').trim();
}

/** Inside a tool its inputs are the names; `env` is the operator's. */
function scopeOf(call: ToolCall, env: Env): Scope {
  return (name) => {
    if (name.startsWith('env.')) return env[name.slice(4)] ?? null;
    if (Object.hasOwn(call.input, name)) return call.input[name];
    return name === 'idempotency_key' ? (call.idempotencyKey ?? null) : null;
  };
}

/** The whole text, or undefined when it is too long. */
async function readBody(response: Response): Promise<string | undefined> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    bytes += next.value.byteLength;
    if (bytes > maxBodyBytes) {
      await reader.cancel().catch(() => {});
      return undefined;
    }
    chunks.push(next.value);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function wasNeverSent(error: unknown): boolean {
  return neverSent.has(String(codeOf(error)));
}

function codeOf(error: unknown): unknown {
  return ((error as { cause?: { code?: unknown } }).cause ?? (error as { code?: unknown })).code;
}

/** `ECONNREFUSED` and its like; never the address, which may hold values. */
function networkProblem(error: unknown): string {
  const code = codeOf(error);
  return typeof code === 'string' && /^[A-Z_0-9]+$/.test(code) ? `not reached (${code})` : 'not reached';
}
