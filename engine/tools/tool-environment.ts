/** Which names of the environment a tool reads: without them it cannot run. */
import type { Template, Tool } from '../language/flow.js';

/** Of its URL, headers, body and key, or of its MCP server's texts. */
export function environmentOf(tool: Tool): Set<string> {
  const { http, mcp } = tool;
  const templates: (Template | undefined)[] = [tool.idempotencyKey];
  if (http) templates.push(http.url, ...http.headers.values());
  if (http?.body?.kind === 'template') templates.push(http.body.template);
  if (mcp)
    templates.push(mcp.server.url, ...mcp.server.args, ...mcp.server.env.values(), ...mcp.server.headers.values());
  const reads = templates.flatMap((template) => template?.reads ?? []);
  return new Set(reads.filter((name) => name.startsWith('env.')).map((name) => name.slice(4)));
}
