import type { Agent, Cascade, Tool } from '../../../engine/language/flow.js';

/** An agent made by hand, as small as the engine allows: for what is around the language, not in it. */
export function smallAgent(parts: Partial<Agent> = {}): Agent {
  return {
    name: 'small',
    path: '.',
    hash: 'v1',
    language: 'en-IE',
    timezone: 'Europe/Dublin',
    voice: {},
    router: {},
    flows: new Map(),
    slots: new Map(),
    tools: new Map(),
    intents: new Map(),
    listen: [],
    cascade: noCascade,
    environment: new Set(),
    ...parts,
  };
}

export const noCascade: Cascade = { repair: new Map() };
export const nowhere = { file: 'small.flow.yaml', line: 1, column: 1 };

export function smallTool(name: string, parts: Partial<Tool> = {}): Tool {
  return {
    name,
    place: nowhere,
    effect: 'read',
    input: new Map(),
    output: new Map(),
    outcomes: [],
    timeoutMs: 4000,
    retries: 0,
    onInterrupt: 'finish',
    lateResult: 'speak',
    ...parts,
  };
}

export function toolMap(...tools: Tool[]): ReadonlyMap<string, Tool> {
  return new Map(tools.map((tool) => [tool.name, tool]));
}
