/**
 * Connections to MCP servers, by the official SDK: one a server in a process, opened when it is first needed, opened
 * again when the server died, closed when nobody uses it any more. The SDK is an optional package and is loaded here.
 */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { Clock } from '../contracts.js';
import { OutsideError } from '../errors.js';
import type { McpServer } from '../language/flow.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What this module uses of the SDK; tests stand in for a machine that has it not. */
export interface McpSdk {
  Client: typeof Client;
  stdio(server: ServerAddress): Transport;
  http(server: ServerAddress): Transport;
}

/** A server with its texts rendered: equal addresses share one connection. */
export interface ServerAddress {
  name: string;
  command?: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  url?: string;
  headers: Record<string, string>;
}

/** How long a server may take to start and to greet. */
const connectMs = 10_000;
/** The SDK's own time-out runs on the machine's clock; ours is the tool's, on the injected one. */
const farAwayMs = 2_000_000_000;

interface Shared {
  client: Promise<Client>;
  users: Set<object>;
}

const shared = new Map<string, Shared>();

export function addressOf(server: McpServer, env: Env): ServerAddress {
  const scope = (name: string): string | null => (name.startsWith('env.') ? (env[name.slice(4)] ?? null) : null);
  const rendered = (texts: McpServer['env']): Record<string, string> =>
    Object.fromEntries([...texts].map(([name, template]) => [name, template.render(scope)]));
  return {
    name: server.name,
    command: server.command,
    args: server.args.map((template) => template.render(scope)),
    cwd: server.folder,
    env: rendered(server.env),
    url: server.url?.render(scope),
    headers: rendered(server.headers),
  };
}

/**
 * The open connection to a server, or a new one. `user` holds it open until {@link releaseMcp}.
 * @throws OutsideError when the SDK is not installed, or the server does not start, answer or greet
 */
export async function connectMcp(address: ServerAddress, user: object, clock: Clock, load = loadSdk): Promise<Client> {
  const key = JSON.stringify(address);
  let one = shared.get(key);
  if (!one) {
    const forget = (): void => void (shared.get(key) === one && shared.delete(key));
    one = { client: open(address, clock, load, forget), users: new Set() };
    shared.set(key, one);
    one.client.catch(forget);
  }
  one.users.add(user);
  return one.client;
}

/** Closes the connections that only this user held. */
export async function releaseMcp(user: object): Promise<void> {
  const closing: Promise<unknown>[] = [];
  for (const [key, one] of shared) {
    if (!one.users.delete(user) || one.users.size > 0) continue;
    shared.delete(key);
    closing.push(one.client.then((client) => client.close()).catch(() => undefined));
  }
  await Promise.all(closing);
}

/** Lets go of a connection that the server has forgotten: the next call opens a new one. */
export function dropMcp(address: ServerAddress, client: Client): void {
  shared.delete(JSON.stringify(address));
  client.close().catch(() => undefined);
}

/** Options of a request: stopped by the signal and by nothing else. */
export function untilStopped(signal?: AbortSignal): { signal?: AbortSignal; timeout: number } {
  return { timeout: farAwayMs, ...(signal && { signal }) };
}

async function open(address: ServerAddress, clock: Clock, load: typeof loadSdk, forget: () => void): Promise<Client> {
  const { name } = address;
  const sdk = await load(name);
  let transport: Transport;
  try {
    transport = address.command === undefined ? sdk.http(address) : sdk.stdio(address);
  } catch {
    throw new OutsideError(name, 'refused', 'its address is not a whole URL (http://…)', { retryable: false });
  }
  const client = new sdk.Client({ name: 'parley', version: '1' });
  const stop = new AbortController();
  const disarm = clock.at(clock.now() + connectMs, () => stop.abort(new Error('too late')));
  // A program that hangs while it starts is not waited for by the SDK's signal: that one is for requests.
  const late = new Promise<never>((_, reject) =>
    stop.signal.addEventListener('abort', () => reject(stop.signal.reason as Error), { once: true }),
  );
  try {
    await Promise.race([client.connect(transport, untilStopped(stop.signal)), late]);
  } catch (error) {
    client.close().catch(() => undefined);
    throw notConnected(name, error, stop.signal.aborted);
  } finally {
    disarm();
  }
  client.onclose = forget;
  // A broken message ends nothing by itself; what was asked fails on its own.
  client.onerror = () => undefined;
  return client;
}

/** Never the SDK's own text: an HTTP answer may quote what was sent. */
function notConnected(name: string, error: unknown, late: boolean): OutsideError {
  const code = codeOf(error);
  if (late)
    return new OutsideError(name, 'timeout', 'the server did not greet within 10 s', { retryable: true, cause: error });
  if (code === '401' || code === '403') {
    return new OutsideError(name, 'refused', `the server refused us (HTTP ${code}); see its headers`, { retryable: false, cause: error }); // prettier-ignore
  }
  const how = code === undefined ? '' : ` (${code})`;
  const cure = code === 'ENOENT' ? '; is its command installed?' : '';
  return new OutsideError(name, 'unreachable', `the server cannot be reached${how}${cure}`, {
    retryable: true,
    cause: error,
  });
}

/** `ECONNREFUSED`, `ENOENT`, an HTTP status, a JSON-RPC code. */
export function codeOf(error: unknown): string | undefined {
  for (let one: unknown = error, depth = 0; typeof one === 'object' && one !== null && depth < 4; depth++) {
    const { code, cause } = one as { code?: unknown; cause?: unknown };
    if (typeof code === 'number') return String(code);
    if (typeof code === 'string' && /^[A-Z_0-9]+$/.test(code)) return code;
    one = cause;
  }
  return undefined;
}

/** @throws OutsideError with the cure when the package is not there */
export async function loadSdk(server: string): Promise<McpSdk> {
  try {
    const [client, stdio, http] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/client/stdio.js'),
      import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
    ]);
    return {
      Client: client.Client,
      // What a server writes to its log may hold what callers said.
      stdio: ({ command = '', args, cwd, env }) =>
        new stdio.StdioClientTransport({ command, args, cwd, env, stderr: 'ignore' }),
      http: ({ url = '', headers }) =>
        new http.StreamableHTTPClientTransport(new URL(url), {
          requestInit: { headers, redirect: 'error' },
        }) as Transport,
    };
  } catch (error) {
    const message = 'needs a package that is not installed: npm i @modelcontextprotocol/sdk';
    throw new OutsideError(server, 'refused', message, { retryable: false, cause: error });
  }
}
