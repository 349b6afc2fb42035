/** A tool of an MCP server: the call, and what its answer comes to. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { Clock, Json, ToolCall } from '../contracts.js';
import type { OutsideError } from '../errors.js';
import type { Tool } from '../language/flow.js';
import { addressOf, codeOf, connectMcp, dropMcp, untilStopped } from './mcp-connections.js';
import type { RawResult } from './tool-runner.js';

/** An answer longer than this is nonsense: nobody can be told a megabyte. */
const maxResultCharacters = 1024 * 1024;
/** JSON-RPC: the method is unknown, or what was sent does not fit; trying again does not help. */
const refusals = new Set(['-32600', '-32601', '-32602']);

export interface McpSetting {
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Whoever holds the connection open. */
  user: object;
}

/** One call. A session that the server has forgotten was refused before it ran, so that one is sent again. */
export async function callMcp(
  tool: Tool,
  call: ToolCall,
  setting: McpSetting,
  signal: AbortSignal,
): Promise<RawResult> {
  const { server, tool: name } = tool.mcp!;
  const address = addressOf(server, setting.env);
  for (let tries = 1; ; tries++) {
    let client;
    try {
      client = await connectMcp(address, setting.user, setting.clock);
    } catch (error) {
      const { message, retryable } = error as OutsideError;
      return { kind: 'outcome', outcome: 'error', problem: `MCP server ${message}`, retryable };
    }
    signal.throwIfAborted();
    try {
      const answer = await client.callTool(
        {
          name,
          arguments: withoutEmpty(call.input),
          ...(call.idempotencyKey !== undefined && { _meta: { 'idempotency-key': call.idempotencyKey } }),
        },
        undefined,
        untilStopped(signal),
      );
      return resultOf(answer as CallToolResult, tool);
    } catch (error) {
      signal.throwIfAborted();
      const code = codeOf(error);
      if (code === '404' && tries === 1) {
        dropMcp(address, client);
        continue;
      }
      return failure(call, server.name, code);
    }
  }
}

/** What a connection that broke means: a read may be made again; whether a write was done, nobody knows. */
function failure(call: ToolCall, server: string, code: string | undefined): RawResult {
  const shown = code === undefined ? '' : ` (${code})`;
  if (code !== undefined && (refusals.has(code) || /^4\d\d$/.test(code)))
    return { kind: 'outcome', outcome: 'error', problem: `MCP server ${server} refused the call${shown}` };
  const problem = `MCP server ${server} went away in mid-call${shown}`;
  const isSent = code !== 'ECONNREFUSED' && code !== 'ENOTFOUND';
  if (call.effect === 'write' && isSent) return { kind: 'outcome', outcome: 'unknown', problem };
  return { kind: 'outcome', outcome: 'error', problem, retryable: true };
}

/** Servers take an absent input and often no null. */
function withoutEmpty(input: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function resultOf(answer: CallToolResult, tool: Tool): RawResult {
  const texts = (answer.content ?? []).flatMap((one) => (one.type === 'text' ? [one.text] : []));
  const length =
    texts.reduce((sum, text) => sum + text.length, 0) + JSON.stringify(answer.structuredContent ?? {}).length;
  if (length > maxResultCharacters) return { kind: 'outcome', outcome: 'error', problem: 'gave more than 1 MB' };
  const value = answer.structuredContent ?? recordOf(texts, tool);
  if (answer.isError === true) return { kind: 'value', value: value ?? {}, failed: 'its server says that it failed' };
  if (value === undefined)
    return { kind: 'outcome', outcome: 'error', problem: 'gave words, and its output is not one field of text' };
  return { kind: 'value', value };
}

/** Words that are JSON are read as such; other words are the value of the one text that the output declares. */
function recordOf(texts: readonly string[], tool: Tool): unknown {
  if (tool.output.size === 0) return {};
  if (texts.length === 1) {
    try {
      const value: unknown = JSON.parse(texts[0]!);
      if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
    } catch {
      // Plain words.
    }
  }
  const [only, ...more] = tool.output;
  if (only === undefined || more.length > 0 || texts.length === 0) return undefined;
  const [name, type] = only;
  return type.kind === 'slot' && type.type === 'text' ? { [name]: texts.join('\n') } : undefined;
}
