/** `flow check --tools`: asks the MCP servers that tools name, and compares what is declared with what they say. */
import { RealClock } from '../clock.js';
import type { Agent, Tool, ToolType } from '../language/flow.js';
import type { Problem } from '../language/problems.js';
import { didYouMean } from '../language/suggest.js';
import { addressOf, connectMcp, releaseMcp, untilStopped } from './mcp-connections.js';
import { environmentOf } from './tool-environment.js';

type Env = Readonly<Record<string, string | undefined>>;

/** As servers describe a tool: as much of a JSON Schema as is compared. */
interface Described {
  name: string;
  inputSchema: Shape;
  outputSchema?: Shape;
  annotations?: { readOnlyHint?: boolean };
}
interface Shape {
  properties?: Record<string, object>;
  required?: string[];
  additionalProperties?: unknown;
}

/** A server that cannot be asked is one problem, at the server; what differs is one at each tool. */
export async function checkMcpTools(agent: Agent, env: Env): Promise<Problem[]> {
  const owners = [agent, ...agent.flows.values()];
  const tools = owners.flatMap((owner) => [...owner.tools.values()]).filter((tool) => tool.mcp !== undefined);
  const servers = new Set(tools.map((tool) => tool.mcp!.server));
  const found = await Promise.all(
    [...servers].map(async (server) => {
      const own = tools.filter((tool) => tool.mcp!.server === server);
      const missing = [...environmentOf({ ...own[0]!, http: undefined, idempotencyKey: undefined })].filter((name) => !env[name]); // prettier-ignore
      if (missing.length > 0) {
        const message = `The MCP server "${server.name}" was not asked: ${missing.join(', ')} is not set.`;
        return [problem(server, message, 'Set it in the environment.')];
      }
      const user = {};
      try {
        const client = await connectMcp(addressOf(server, env), user, new RealClock());
        const described: Described[] = [];
        let cursor: string | undefined;
        do {
          const page = await client.listTools(cursor === undefined ? {} : { cursor }, untilStopped(AbortSignal.timeout(10_000))); // prettier-ignore
          described.push(...(page.tools as Described[]));
          cursor = page.nextCursor;
        } while (cursor !== undefined && described.length < 5000);
        return own.flatMap((tool) => compare(tool, described));
      } catch (error) {
        const told = error instanceof Error && error.name === 'OutsideError' ? error.message : `${server.name}: it did not list its tools`; // prettier-ignore
        return [problem(server, `An MCP server could not be asked (${told}).`, 'See its command or url, and its log.')];
      } finally {
        await releaseMcp(user);
      }
    }),
  );
  return found.flat();
}

function compare(tool: Tool, described: readonly Described[]): Problem[] {
  const { server, tool: name } = tool.mcp!;
  const there = described.find((one) => one.name === name);
  if (!there) {
    const names = described.map((one) => one.name);
    return [problem(tool, `The MCP server "${server.name}" has no tool "${name}".`, didYouMean(name, names, `It has ${names.join(', ')}.`))]; // prettier-ignore
  }
  const found: Problem[] = [];
  const { inputSchema, outputSchema, annotations } = there;
  for (const required of inputSchema.required ?? []) {
    if (tool.input.has(required)) continue;
    found.push(problem(tool, `"${name}" needs the input "${required}", which is not declared.`, `Add it: input: { ${required}: … }.`)); // prettier-ignore
  }
  found.push(...compareFields(tool, 'input', tool.input, inputSchema));
  if (outputSchema) found.push(...compareFields(tool, 'output', tool.output, outputSchema));
  if (tool.effect === 'read' && annotations?.readOnlyHint === false) {
    const message = `"${name}" is declared a read, and its server says that it changes something.`;
    found.push({ ...problem(tool, message, 'Write effect: write, so that it is sent at most once.'), severity: 'warning' }); // prettier-ignore
  }
  return found;
}

function compareFields(tool: Tool, part: 'input' | 'output', fields: Tool['input'], shape: Shape): Problem[] {
  const { properties = {}, additionalProperties } = shape;
  const names = Object.keys(properties);
  return [...fields].flatMap(([name, type]) => {
    const own = properties[name];
    if (!own) {
      const mayBe = part === 'input' && additionalProperties !== false && names.length === 0;
      if (mayBe) return [];
      const message = `The ${part} of "${tool.mcp!.tool}" has no "${name}".`;
      return [problem(tool, message, didYouMean(name, names, names.length > 0 ? `It has ${names.join(', ')}.` : 'Take it out.'))]; // prettier-ignore
    }
    const wanted = jsonTypes(own);
    const declared = jsonTypeOf(type);
    if (wanted === undefined || declared.some((one) => wanted.has(one))) return [];
    const message = `The ${part} "${name}" of "${tool.mcp!.tool}" is ${[...wanted].join(' or ')} there, and is declared as ${typeName(type)}.`;
    return [problem(tool, message, `Declare a type that is ${[...wanted].join(' or ')} in JSON.`)];
  });
}

/** The JSON types a schema takes; undefined when it does not say. */
function jsonTypes(schema: object): Set<string> | undefined {
  const { type, anyOf, oneOf } = schema as { type?: string | string[]; anyOf?: object[]; oneOf?: object[] };
  if (type !== undefined) return new Set(Array.isArray(type) ? type : [type]);
  const parts = (anyOf ?? oneOf)?.map(jsonTypes);
  if (parts === undefined || parts.includes(undefined)) return undefined;
  return new Set(parts.flatMap((part) => [...part!]));
}

/** How a type is written in JSON: see "Written values". */
function jsonTypeOf(type: ToolType): string[] {
  if (type.kind === 'list') return ['array'];
  if (type.kind === 'one_of') return ['string'];
  if (type.kind !== 'slot') return ['object'];
  switch (type.type) {
    case 'integer':
    case 'ordinal':
      return ['integer', 'number'];
    case 'number':
      return ['number'];
    case 'yes_no':
      return ['boolean'];
    case 'list':
      return ['array'];
    case 'record':
    case 'date_range':
    case 'address':
      return ['object'];
    default:
      return ['string'];
  }
}

function typeName(type: ToolType): string {
  return type.kind === 'slot' ? type.type : type.kind === 'one_of' ? 'one of some words' : `a ${type.kind}`;
}

function problem({ place }: Pick<Tool, 'place'>, message: string, cure: string): Problem {
  return { code: 'tool-mismatch', severity: 'error', ...place, message, cure };
}
