/**
 * An MCP server of a small shop, by the official SDK: over stdio, or with `--http` over streamable HTTP on a port that
 * it prints. What its tools do is what back ends do: answer, fail, hang, answer nonsense, die.
 */
import { randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError } from '@modelcontextprotocol/sdk/types.js';

const text = (words, more = {}) => ({ content: [{ type: 'text', text: words }], ...more });
const structured = (value) => text(JSON.stringify(value), { structuredContent: value });
const object = (properties, required = Object.keys(properties)) => ({ type: 'object', properties, required });

const tools = {
  find_order: {
    inputSchema: object({ order_id: { type: 'string' }, count: { type: 'integer' } }, ['order_id']),
    outputSchema: object({ status: { type: 'string' }, eta: { type: 'string' }, days_late: { type: 'integer' } }, []),
    annotations: { readOnlyHint: true },
    run: ({ order_id: id }) =>
      id === 'gone'
        ? structured({ status: 'none' })
        : structured({ status: 'shipped', eta: '2026-03-04', days_late: 2, inside: 'secret' }),
  },
  opening_hours: { inputSchema: object({}), run: () => text('We are open until eight.') },
  pages: { inputSchema: object({}), run: () => text('{"status":"lost"}') },
  wrong: { inputSchema: object({}), run: () => structured({ status: 'shipped', eta: 'soon', days_late: 'many' }) },
  refuses: { inputSchema: object({}), run: () => text('{"reason":"closed"}', { isError: true }) },
  huge: { inputSchema: object({}), run: () => text('x'.repeat(2_000_000)) },
  sees: {
    inputSchema: object({}),
    run: (input, { _meta: meta }) =>
      structured({ token: process.env.SHOP_TOKEN ?? '', secret: process.env.OTHER_SECRET ?? '', key: meta?.['idempotency-key'] ?? '', given: Object.keys(input).join() }),
  },
  who: { inputSchema: object({}), run: () => structured({ pid: process.pid }) },
  hangs: { inputSchema: object({}), run: () => new Promise(() => undefined) },
  dies: { inputSchema: object({}), run: () => process.exit(1) },
  pay: {
    inputSchema: object({ amount: { type: 'string' } }),
    annotations: { readOnlyHint: false },
    run: ({ amount }) => {
      appendFileSync(process.env.SHOP_LOG ?? '/dev/null', `paid ${amount}\n`);
      return process.env.SHOP_DIES === 'yes' ? process.exit(1) : structured({ receipt: 'R1' });
    },
  },
}; // prettier-ignore

function shop() {
  const server = new Server({ name: 'shop', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.entries(tools).map(([name, tool]) => ({ name, ...tool, run: undefined })),
  }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    const tool = tools[params.name];
    if (!tool) throw new McpError(ErrorCode.InvalidParams, `no tool ${params.name}`);
    return tool.run(params.arguments ?? {}, params);
  });
  return server;
}

if (process.argv.includes('--http')) {
  const sessions = new Map();
  const http = createServer((request, response) => {
    if (process.env.SHOP_TOKEN && request.headers.authorization !== `Bearer ${process.env.SHOP_TOKEN}`) {
      response.writeHead(401).end('who are you');
      return;
    }
    if (request.url === '/forget') {
      sessions.clear();
      response.end();
      return;
    }
    const id = request.headers['mcp-session-id'];
    const known = id && sessions.get(id);
    if (id && !known) {
      response.writeHead(404).end('{"jsonrpc":"2.0","error":{"code":-32001,"message":"Session not found"},"id":null}');
      return;
    }
    if (known) return void known.handleRequest(request, response);
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      onsessioninitialized: (one) => void sessions.set(one, transport),
    });
    void shop()
      .connect(transport)
      .then(() => transport.handleRequest(request, response));
  });
  http.listen(0, '127.0.0.1', () => console.log(http.address().port));
} else if (process.argv.includes('--mute')) {
  process.stdin.resume();
} else {
  await shop().connect(new StdioServerTransport());
}
