import type { Json, ToolCall } from '../contracts.js';
import type { Scope, Tool } from '../language/flow.js';
import type { RawResult } from './tool-runner.js';

type Env = Readonly<Record<string, string | undefined>>;

/** An answer longer than this is nonsense: nobody can be told a megabyte. */
const maxBodyBytes = 1024 * 1024;

/** What may help when it is tried again: the back end is overloaded or on its way back. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504]);

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
    response = await send(request.url, request.init);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'outcome', outcome: 'error', problem: networkProblem(error), retryable: true };
  }
  const { status } = response;
  let text: string | undefined;
  try {
    text = await readBody(response);
  } catch {
    signal.throwIfAborted();
    return { kind: 'outcome', outcome: 'error', problem: `the connection broke in mid-answer`, retryable: true };
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
    // A write that is sent on elsewhere is sent twice.
    redirect: call.effect === 'write' ? 'manual' : 'follow',
  };
}

/** Who posts without saying what means the tool's inputs. */
function inputsAsBody({ http, input }: Tool, call: ToolCall): Json | undefined {
  const hasBody = http!.method === 'POST' || http!.method === 'PUT' || http!.method === 'PATCH';
  return hasBody && input.size > 0 ? call.input : undefined;
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

/** `ECONNREFUSED` and its like; never the address, which may hold values. */
function networkProblem(error: unknown): string {
  const code = ((error as { cause?: { code?: unknown } }).cause ?? (error as { code?: unknown })).code;
  return typeof code === 'string' && /^[A-Z_0-9]+$/.test(code) ? `not reached (${code})` : 'not reached';
}
