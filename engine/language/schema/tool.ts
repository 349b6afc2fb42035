/** What is asked or changed outside, and what is known. */
import { duration, flag, map, named, oneOf, ref, text, texts, type Schema, value } from './shape.js';

/** Under `definitions`. */
export const toolShapes: Record<string, Schema> = {
  toolType: {
    title: 'a type',
    description: 'A slot type, [one, of, these], { list: … }, { map: … } or the fields of a record.',
    type: ['string', 'array', 'object'],
    items: text,
    properties: { spoken: { ...text, description: 'How one is said, from its fields: `"{{ name }}, {{ tier }}"`.' } },
    additionalProperties: ref('toolType'),
  },
  tool: map(
    'a tool',
    {
      effect: { ...oneOf(['read', 'write']), description: 'A write is sent at most once.' },
      confirm: {
        ...flag,
        description: 'Only runs once the caller has said yes: the checker looks at every state that calls it.',
      },
      description: { ...text, description: 'What a language model is told that may use it. Default: its name.' },
      input: named(
        'types by name',
        ref('toolType'),
        'What it is given, by name: `{ order_id: text }`. Inside the tool these are the names.',
      ),
      output: named(
        'types by name',
        ref('toolType'),
        'What it gives, by name: `{ status: [packed, lost], eta: date }`. An answer that does not fit is an error.',
      ),
      outcomes: {
        title: 'a status or a condition by name',
        description:
          'Results with a name, for `on:` — an HTTP status, or a condition over the output and `status`: `{ not_found: 404 }`.',
        type: 'object',
        additionalProperties: { title: 'a status or a condition', type: ['number', 'string', 'boolean'] },
      },
      http: map(
        '{ get: url } or { post: url, body }',
        {
          get: {
            ...text,
            description:
              'The address to read: `"{{ env.SHOP_URL }}/orders/{{ order_id }}"`. Values are percent-encoded.',
          },
          post: { ...text, description: 'The address to send to with POST.' },
          put: { ...text, description: 'The address to send to with PUT.' },
          patch: { ...text, description: 'The address to send to with PATCH.' },
          delete: { ...text, description: 'The address to delete.' },
          headers: {
            title: 'headers by name',
            description: 'Headers of the request: `{ authorization: "Bearer {{ env.SHOP_TOKEN }}" }`.',
            type: 'object',
            additionalProperties: text,
          },
          body: {
            ...value,
            description: 'What is sent, as JSON: `{ amount: "{{ amount }}" }`. Without it nothing is.',
          },
        },
        { description: 'An HTTP request: one of get, post, put, patch, delete with the address. The answer is JSON.' },
      ),
      code: { ...text, description: './tools.ts#name: counts from this file.' },
      mcp: map(
        '{ server, tool }',
        {
          server: { ...text, description: "One of the agent's mcp_servers." },
          tool: { ...text, description: 'Its name there; without it, the name it has here.' },
        },
        { required: ['server'], description: 'A tool of an MCP server.' },
      ),
      timeout: { ...duration, description: 'How long it may take; then `on: timeout`. Default 8s.' },
      retries: {
        title: 'a number',
        description:
          'How often a read is tried again after a failure, with growing pauses. Default 0. A write never is.',
        type: 'number',
        minimum: 0,
        maximum: 10,
      },
      idempotency_key: {
        ...text,
        description:
          'A text that is the same for the same write, as in `"{{ call.id }}-{{ order_id }}"`: with it a write that a crash left open is sent again.',
      },
      filler: {
        title: '{ after, say }',
        description: 'Said when the tool takes longer.',
        type: ['object', 'string', 'array'],
        items: ref('phrase'),
        properties: {
          after: { ...duration, description: 'After how long it is said. Default 900ms.' },
          say: ref('words', 'What is said meanwhile: `One moment.`'),
        },
        additionalProperties: false,
      },
      on_interrupt: oneOf(
        ['finish', 'cancel', 'block'],
        'When the caller speaks meanwhile: it runs on (finish, the default), is stopped (cancel), or is waited for (block). After a hang-up only finish runs on.',
      ),
      late_result: oneOf(
        ['speak', 'store', 'drop'],
        'A result that comes when the caller has turned to something else: the talk goes on from it (speak, the default), it is only kept, or dropped.',
      ),
    },
    { required: ['effect'], description: 'Something outside that is asked (read) or changed (write).' },
  ),
  mcpServer: map(
    '{ command, args } or { url }',
    {
      command: { ...text, description: 'A program that speaks MCP on its standard input and output.' },
      args: { ...texts, description: 'What it is started with.' },
      env: {
        title: 'texts by name',
        type: 'object',
        additionalProperties: text,
        description: 'Its environment, beside PATH, HOME and the like: nothing else of ours is handed on.',
      },
      url: { ...text, description: 'Where it runs (streamable HTTP).' },
      headers: {
        title: 'headers by name',
        type: 'object',
        additionalProperties: text,
        description: 'As in authorization: "Bearer {{ env.ORDERS_TOKEN }}".',
      },
    },
    { description: 'An MCP server: a program to start, or an address.' },
  ),
  knowledge: {
    title: 'a list of { id, asks, says }, { files, entries }, or a file like ./kb.ts',
    description:
      'Questions with fixed answers; or documents that are cut by their headings; or code that gives a LangChain retriever.',
    type: ['array', 'object', 'string'],
    items: ref('knowledgeEntry'),
    properties: {
      files: {
        ...texts,
        description: 'Markdown documents: paths or patterns like help/*.md, which count from this file.',
      },
      entries: {
        title: 'a list of { id, asks, says }',
        type: 'array',
        items: ref('knowledgeEntry'),
        description: 'Answered before the documents; without `says`, other words for what the documents answer.',
      },
    },
    required: ['files'],
    additionalProperties: false,
  },
  knowledgeEntry: map(
    '{ id, asks, says }',
    {
      id: { ...text, description: 'Its name.' },
      asks: { ...texts, description: 'How callers ask for it.' },
      says: ref('words', 'What is said. Without it the documents answer.'),
    },
    { required: ['id', 'asks'] },
  ),
};
