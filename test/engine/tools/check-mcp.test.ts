/** `flow check --tools` against a real MCP server in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadFlow } from '../../../engine/language/load.js';
import { checkMcpTools } from '../../../engine/tools/check-mcp.js';

const folder = mkdtempSync(join(tmpdir(), 'check-mcp-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const server = `{ command: ${process.execPath}, args: ["${resolve('test/loopback/mcp-shop.mjs')}"], env: { SHOP_TOKEN: "{{ env.TOKEN }}" } }`;

async function check(tools: string, env: Record<string, string> = { TOKEN: 't' }, own = server) {
  const file = join(folder, 'shop.yaml');
  writeFileSync(
    file,
    `agent: shop\nmcp_servers: { shop: ${own} }\ntools:\n${tools}\n---\nflow: f\nstates: { a: { say: Hi., hang_up: true } }\n`,
  );
  const problems = await checkMcpTools(await loadFlow(file), env);
  return problems.map(({ line, severity, message, cure }) => `${String(line)} ${severity}: ${message} ${cure}`);
}

describe('what is declared of an MCP tool', () => {
  it('is in order when the server says the same', async () => {
    const tool = '  find_order: { effect: read, input: { order_id: text, count: integer }, output: { status: [a, b], eta: date }, mcp: { server: shop } }'; // prettier-ignore
    expect(await check(tool)).toEqual([]);
  });

  it('differs: each input, output and name that does is a problem at the tool', async () => {
    const tools = [
      '  find_order: { effect: read, input: { order_id: integer, counts: integer }, output: { eta: integer, late: integer }, mcp: { server: shop } }',
      '  needy: { effect: read, mcp: { server: shop, tool: find_order } }',
      '  find_ordr: { effect: read, mcp: { server: shop } }',
      '  pay: { effect: read, input: { amount: money }, mcp: { server: shop } }',
    ].join('\n');
    expect(await check(tools)).toEqual([
      '4 error: The input "order_id" of "find_order" is string there, and is declared as integer. Declare a type that is string in JSON.',
      '4 error: The input of "find_order" has no "counts". Did you mean "count"?',
      '4 error: The output "eta" of "find_order" is string there, and is declared as integer. Declare a type that is string in JSON.',
      '4 error: The output of "find_order" has no "late". It has status, eta, days_late.',
      '5 error: "find_order" needs the input "order_id", which is not declared. Add it: input: { order_id: … }.',
      '6 error: The MCP server "shop" has no tool "find_ordr". Did you mean "find_order"?',
      '7 warning: "pay" is declared a read, and its server says that it changes something. Write effect: write, so that it is sent at most once.',
    ]);
  });

  it('cannot be compared when the environment lacks a name, or nobody answers', async () => {
    const tool = '  find_order: { effect: read, mcp: { server: shop } }';
    expect(await check(tool, {})).toEqual([
      '2 error: The MCP server "shop" was not asked: TOKEN is not set. Set it in the environment.',
    ]);
    expect(await check(tool, {}, '{ command: no-such-program-here }')).toEqual([
      '2 error: An MCP server could not be asked (shop: the server cannot be reached (ENOENT); is its command installed?). See its command or url, and its log.',
    ]);
  });
});
