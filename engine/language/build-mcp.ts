/** `mcp_servers:` of an agent, and the `mcp:` of a tool that names one of them. */
import { dirname, resolve } from 'node:path';
import type { McpServer, Template, Tool } from './flow.js';
import { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import type { Workshop } from './workshop.js';
import { withEnvironment } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** Servers by name. Their texts may read `env.*` and nothing else: they are the same for every caller. */
export function buildMcpServers(node: YamlNode | undefined, shop: Workshop): ReadonlyMap<string, McpServer> {
  const servers = new Map<string, McpServer>();
  if (node?.kind !== 'map') return servers;
  const scope = withEnvironment(new NameScope());
  for (const { key: name, keyNode, value } of node.entries) {
    const command = textOf(get(value, 'command'));
    const url = shop.template(get(value, 'url'), scope, 'written');
    if ((command === undefined) === (url === undefined)) {
      shop.report(
        keyNode,
        command === undefined ? 'missing-key' : 'wrong-combination',
        `The MCP server "${name}" ${command === undefined ? 'has neither a program nor an address' : 'has a program and an address'}.`,
        'Give it one of command (a program to start) and url (where it runs).',
      );
    }
    const folder = dirname(resolve(value.file.path));
    servers.set(name, {
      name,
      place: shop.place(keyNode),
      command,
      args: itemsOf(get(value, 'args')).flatMap((item) => shop.template(item, scope, 'written') ?? []),
      folder,
      env: templates(get(value, 'env'), scope, shop),
      url,
      headers: templates(get(value, 'headers'), scope, shop),
    });
  }
  return servers;
}

function templates(node: YamlNode | undefined, scope: NameScope, shop: Workshop): Map<string, Template> {
  const found = new Map<string, Template>();
  if (node?.kind !== 'map') return found;
  for (const { key, value } of node.entries) {
    const template = shop.template(value, scope, 'written');
    if (template) found.set(key, template);
  }
  return found;
}

/** `mcp: { server, tool }`; without `tool` the server's tool of the same name. */
export function buildMcp(
  node: YamlNode | undefined,
  name: string,
  servers: ReadonlyMap<string, McpServer>,
  shop: Workshop,
): Tool['mcp'] {
  const serverNode = get(node, 'server');
  const server = textOf(serverNode);
  if (serverNode === undefined || server === undefined) return undefined;
  const found = servers.get(server);
  if (!found) {
    shop.report(
      serverNode,
      'unknown-tool',
      `There is no MCP server "${server}".`,
      didYouMean(server, servers.keys(), `Name it at the agent: mcp_servers: { ${server}: { url: … } }.`),
    );
    return undefined;
  }
  return { server: found, tool: textOf(get(node, 'tool')) ?? name };
}
