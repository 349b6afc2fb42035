import type { Agent, Cascade, Flow } from './flow.js';
import { buildExample, buildIntents, buildState } from './build-flow.js';
import type { SlotDraft } from './build-slot.js';
import { buildMcpServers } from './build-mcp.js';
import { buildKnowledge, buildRetriever, retrieversOf } from './build-knowledge.js';
import { buildModels } from './build-models.js';
import { buildSlot, draftSlot, resolveChoice, textsOf } from './build-slot.js';
import { buildLexicon } from './build-lexicon.js';
import { buildTool } from './build-tool.js';
import { buildVoice } from './build-voice.js';
import {
  buildCascade,
  buildRouter,
  buildTarget,
  buildTransfer,
  buildTransitions,
  builtInIntents,
  repairWords,
} from './build-transition.js';
import type { Surroundings } from './build-transition.js';
import type { AgentDraft, FlowDraft } from './drafts.js';
import { builtInNames, NameScope, reservedNames } from './name-scope.js';
import { buildVersions } from './build-versions.js';
import { didYouMean } from './suggest.js';
import { fromToolType } from './value-types.js';
import type { ValueType } from './value-types.js';
import type { Workshop } from './workshop.js';
import type { Entry, MapNode, YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** Documents of one agent, sorted by kind. */
export interface AgentParts {
  agent?: MapNode;
  flows: MapNode[];
  path: string;
  hash: string;
  /** The language of the words in these documents. */
  language?: string;
}

/**
 * Makes the agent in three passes: every name first, then types, then what is built of them, so that names may be
 * used before they are declared and in any file.
 */
export function buildAgent(parts: AgentParts, shop: Workshop): { agent: Agent; draft: AgentDraft } {
  const root = new NameScope();
  for (const [name, declared] of builtInNames) root.declareAs(name, declared);
  shop.language = parts.language ?? textOf(get(parts.agent, 'language')) ?? 'en-US';
  shop.agentVoice = get(parts.agent, 'voice');

  const draft = draftAgent(parts, root, shop);
  for (const flow of draft.flows.values()) flow.scope = new NameScope(draft.scope);
  declareTools(draft, root, shop);
  declareSlots(draft, shop);
  checkNames(draft, shop);
  markAsked(draft);

  const node = parts.agent;
  const around = agentSurroundings(draft, shop);
  const transfer = buildTransfer(get(node, 'transfer'), draft.scope, shop);
  const slotType = (name: string): string | undefined => draft.slots.get(name)?.typeName;
  const flows = new Map<string, Flow>();
  for (const flow of draft.flows.values()) flows.set(flow.name, buildFlow(flow, draft, transfer, shop));
  const first = parts.flows[0];
  const startNode = get(node, 'start');
  const start = textOf(startNode) ?? (node === undefined ? textOf(get(first, 'flow')) : undefined);
  if (start !== undefined && startNode && !flows.has(start)) {
    shop.report(
      startNode,
      'unknown-flow',
      `A call begins in "${start}", and there is no such flow.`,
      didYouMean(start, flows.keys()),
    );
  }
  const agent: Agent = {
    name: draft.name,
    path: parts.path,
    hash: parts.hash,
    language: shop.language,
    timezone: timezone(get(node, 'timezone'), shop),
    start: start !== undefined && flows.has(start) ? start : undefined,
    persona: textOf(get(node, 'persona'))?.trim(),
    voice: buildVoice(get(node, 'voice'), shop.language),
    lexicon: buildLexicon(get(node, 'lexicon'), shop),
    llm: buildModels(get(node, 'llm'), shop),
    tracing: textOf(get(node, 'tracing')) === 'langsmith' ? 'langsmith' : undefined,
    router: buildRouter(get(node, 'router'), shop) ?? {},
    transfer,
    flows,
    slots: buildSlots(draft.slots, draft.scope, shop),
    tools: draft.tools,
    intents: buildIntents(get(node, 'intents'), undefined, slotType, shop),
    listen: listenOf(node, around),
    knowledge: buildKnowledge(get(node, 'knowledge'), draft.scope, shop),
    cascade: node ? buildCascade(node, around) : emptyCascade,
    ...(get(node, 'person_within') && { personWithin: Number(textOf(get(node, 'person_within'))) }),
    memory: buildMemory(get(node, 'memory'), shop),
    ...buildVersions(node, draft, shop),
    environment: shop.environment,
  };
  return { agent, draft };
}

/** `memory: { ttl: 90d, consent: ask }` */
function buildMemory(node: YamlNode | undefined, shop: Workshop): Agent['memory'] {
  if (node?.kind !== 'map') return undefined;
  return {
    ttlMs: shop.durationMs(get(node, 'ttl')),
    consent: textOf(get(node, 'consent')) === 'assume' ? 'assume' : 'ask',
  };
}

const emptyCascade: Cascade = { repair: new Map() };

function timezone(node: YamlNode | undefined, shop: Workshop): string {
  const zone = textOf(node);
  if (node !== undefined && zone !== undefined) {
    if (isTimezone(zone)) return zone;
    shop.report(node, 'bad-value', `"${zone}" is no time zone.`, 'Write one like Europe/Dublin.');
  }
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The list first: the first formatter of a process costs 20 ms, a tenth of what loading an agent may. */
function isTimezone(zone: string): boolean {
  if (Intl.supportedValuesOf('timeZone').includes(zone)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function draftAgent(parts: AgentParts, root: NameScope, shop: Workshop): AgentDraft {
  const { agent: node } = parts;
  const flows = new Map<string, FlowDraft>();
  for (const flowNode of parts.flows) {
    const flow = draftFlow(flowNode, root, shop);
    const before = flows.get(flow.name);
    if (before) {
      const { file, line } = shop.place(before.keyNode);
      shop.report(
        flow.keyNode,
        'duplicate-name',
        `There are two flows called "${flow.name}"; the other is at ${file}:${line}.`,
        'Give one of them another name.',
      );
    } else flows.set(flow.name, flow);
  }
  const firstFlow = flows.keys().next().value;
  return {
    name: textOf(get(node, 'agent')) ?? firstFlow ?? 'agent',
    node,
    slots: draftSlots(get(node, 'slots'), undefined, shop),
    toolNames: [...keysOf(get(node, 'tools')), ...retrieversOf(node).map(({ key }) => key)],
    tools: new Map(),
    intentNames: new Set(keysOf(get(node, 'intents'))),
    knowledgeNames: keysOf(get(node, 'knowledge')),
    flows,
    scope: new NameScope(root),
  };
}

function draftFlow(node: MapNode, root: NameScope, shop: Workshop): FlowDraft {
  const keyNode = get(node, 'flow')!;
  const name = textOf(keyNode) ?? '';
  const slots = draftSlots(get(node, 'slots'), name, shop);
  const inputs = keysOf(get(node, 'in'));
  const outputs = keysOf(get(node, 'out'));
  for (const [part, parameter] of [
    ['in', true],
    ['out', false],
  ] as const) {
    const declared = get(node, part);
    if (declared?.kind !== 'map') continue;
    for (const one of declared.entries) {
      if (!slots.has(one.key)) slots.set(one.key, draftSlot(one.key, one.keyNode, one.value, name, parameter, shop));
    }
  }
  return {
    name,
    keyNode,
    node,
    slots,
    inputs,
    outputs,
    toolNames: keysOf(get(node, 'tools')),
    tools: new Map(),
    outcomes: outcomesOf(node),
    states: new Set(keysOf(get(node, 'states'))),
    hasExamples: itemsOf(get(node, 'examples')).length > 0,
    intentNames: new Set(keysOf(get(node, 'intents'))),
    scope: root,
    fields: new Map(),
  };
}

function keysOf(node: YamlNode | undefined): string[] {
  return node?.kind === 'map' ? node.entries.map(({ key }) => key) : [];
}

function draftSlots(node: YamlNode | undefined, flow: string | undefined, shop: Workshop): Map<string, SlotDraft> {
  const slots = new Map<string, SlotDraft>();
  if (node?.kind !== 'map') return slots;
  for (const { key, keyNode, value } of node.entries) slots.set(key, draftSlot(key, keyNode, value, flow, false, shop));
  return slots;
}

/** Every `outcome:` that a flow's transitions name, at any depth. */
function outcomesOf(node: YamlNode): Set<string> {
  const found = new Set<string>();
  const walk = (one: YamlNode): void => {
    if (one.kind === 'list') one.items.forEach(walk);
    if (one.kind !== 'map') return;
    for (const { key, value } of one.entries) {
      const text = key === 'outcome' ? textOf(value) : undefined;
      if (text !== undefined) found.add(text);
      if (key !== 'tools' && key !== 'slots') walk(value);
    }
  };
  walk(node);
  return found;
}

function declareTools(draft: AgentDraft, root: NameScope, shop: Workshop): void {
  const servers = buildMcpServers(get(draft.node, 'mcp_servers'), shop);
  const build = (
    entries: Entry[],
    flow: string | undefined,
  ): Map<string, NonNullable<ReturnType<typeof buildTool>>> => {
    const tools = new Map<string, NonNullable<ReturnType<typeof buildTool>>>();
    for (const one of entries) {
      const tool = buildTool(one, { flow, baseScope: root, servers }, shop);
      if (tool) tools.set(one.key, tool);
    }
    return tools;
  };
  const entriesOf = (node: YamlNode | undefined): Entry[] => (node?.kind === 'map' ? node.entries : []);
  const resultOf = (tool: {
    output: Parameters<typeof fromToolType>[0] extends never
      ? never
      : ReadonlyMap<string, Parameters<typeof fromToolType>[0]>;
  }): ValueType => ({
    kind: 'record',
    fields: new Map([...tool.output].map(([name, type]) => [name, fromToolType(type)])),
  });
  draft.tools = build(entriesOf(get(draft.node, 'tools')), undefined);
  for (const [name, tool] of draft.tools) draft.scope.declare(name, resultOf(tool));
  // A retriever is a tool in all but its result, which expressions do not read.
  for (const one of retrieversOf(draft.node))
    if (!draft.tools.has(one.key)) draft.tools.set(one.key, buildRetriever(one, shop));
  for (const flow of draft.flows.values()) {
    draft.scope.declareNamespace(flow.name, flow.fields);
    flow.tools = build(entriesOf(get(flow.node, 'tools')), flow.name);
    for (const [name, tool] of flow.tools) flow.scope.declare(name, resultOf(tool));
  }
}

function declareSlots(draft: AgentDraft, shop: Workshop): void {
  const places = [{ slots: draft.slots, scope: draft.scope }, ...draft.flows.values()];
  for (const { slots, scope } of places) for (const [name, slot] of slots) scope.declare(name, slot.type);
  for (const { slots, scope } of places) for (const slot of slots.values()) resolveChoice(slot, scope, shop);
  for (const flow of draft.flows.values()) for (const [name, slot] of flow.slots) flow.fields.set(name, slot.type);
}

function markAsked(draft: AgentDraft): void {
  for (const flow of draft.flows.values()) {
    const states = get(flow.node, 'states');
    for (const state of states?.kind === 'map' ? states.entries : []) {
      const found = keysOf(get(get(state.value, 'generate'), 'fills'));
      for (const name of [...textsOf(get(state.value, 'collect')), ...found]) {
        const slot = flow.slots.get(name) ?? draft.slots.get(name);
        if (slot) slot.asked = true;
      }
    }
  }
}

/** Slots, tools, flows and built-in names share one name space. A slot may have the name of its own flow. */
function checkNames(draft: AgentDraft, shop: Workshop): void {
  const taken = new Map<string, string>();
  for (const name of builtInNames.keys()) taken.set(name, 'a built-in name');
  taken.set('env', 'a built-in name');
  const claim = (name: string, node: YamlNode, what: string, names: Map<string, string>, ownFlow?: string): void => {
    if (reservedNames.has(name)) {
      shop.report(
        node,
        'reserved-name',
        `"${name}" is a word of the language and cannot name ${what}.`,
        'Take another name.',
      );
    } else if (names.has(name) && name !== ownFlow) {
      shop.report(
        node,
        'name-clash',
        `"${name}" is already ${names.get(name)!}, and expressions would not know which is meant.`,
        'Give one of them another name.',
      );
    }
    if (!names.has(name)) names.set(name, what);
  };
  for (const flow of draft.flows.values()) claim(flow.name, flow.keyNode, 'a flow', taken);
  const claimInside = (
    slots: Map<string, SlotDraft>,
    tools: Entry[],
    names: Map<string, string>,
    ownFlow?: string,
  ): void => {
    for (const [name, slot] of slots) claim(name, slot.keyNode, 'a slot', names, ownFlow);
    for (const { key, keyNode } of tools) claim(key, keyNode, 'a tool', names, ownFlow);
  };
  const toolsOf = (node: YamlNode | undefined): Entry[] => {
    const tools = get(node, 'tools');
    return tools?.kind === 'map' ? tools.entries : [];
  };
  claimInside(draft.slots, [...toolsOf(draft.node), ...retrieversOf(draft.node)], taken);
  for (const flow of draft.flows.values()) {
    claimInside(flow.slots, toolsOf(flow.node), new Map(taken), flow.name);
    const states = get(flow.node, 'states');
    for (const state of states?.kind === 'map' ? states.entries : []) {
      if (state.key === 'end' || state.key === 'human') {
        shop.report(
          state.keyNode,
          'reserved-name',
          `"${state.key}" is a target of its own and cannot name a state.`,
          'Take another name.',
        );
      }
    }
  }
}

function buildSlots(drafts: Map<string, SlotDraft>, scope: NameScope, shop: Workshop): Agent['slots'] {
  return new Map([...drafts].map(([name, draft]) => [name, buildSlot(draft, scope, shop)]));
}

function agentSurroundings(draft: AgentDraft, shop: Workshop): Surroundings {
  const intentNames = [
    ...draft.intentNames,
    ...builtInIntents,
    ...[...draft.flows.values()].filter((flow) => flow.hasExamples).map(({ name }) => name),
  ];
  const allOutcomes = new Set<string>();
  for (const owner of [draft, ...draft.flows.values()]) {
    for (const tool of owner.tools.values()) for (const { name } of tool.outcomes) allOutcomes.add(name);
  }
  for (const flow of draft.flows.values()) for (const name of flow.outcomes) allOutcomes.add(name);
  return {
    shop,
    scope: draft.scope,
    states: new Set(),
    flows: new Set(draft.flows.keys()),
    slotType: (name) => draft.slots.get(name)?.type,
    slotNames: () => [...draft.slots.keys()],
    intentId: (name) =>
      intentNames.includes(name) || (repairWords as readonly string[]).includes(name) ? name : undefined,
    intentNames: () => intentNames,
    outcomes: allOutcomes,
  };
}

function listenOf(node: YamlNode | undefined, around: Surroundings): Agent['listen'] {
  const listen = get(node, 'listen');
  return listen === undefined || listen.kind === 'scalar' ? [] : buildTransitions(listen, around);
}

function buildFlow(draft: FlowDraft, agent: AgentDraft, transfer: Agent['transfer'], shop: Workshop): Flow {
  const { node, scope, name } = draft;
  const outer = agentSurroundings(agent, shop);
  const around: Surroundings = {
    ...outer,
    scope,
    states: draft.states,
    slotType: (slot) => draft.slots.get(slot)?.type ?? outer.slotType(slot),
    slotNames: () => [...draft.slots.keys(), ...outer.slotNames()],
    intentId: (intent) => {
      if ((builtInIntents as readonly string[]).includes(intent)) return intent;
      return draft.intentNames.has(intent) ? `${name}.${intent}` : outer.intentId(intent);
    },
    intentNames: () => [...draft.intentNames, ...outer.intentNames()],
  };
  const typeOf = (slot: string): string | undefined => (draft.slots.get(slot) ?? agent.slots.get(slot))?.typeName;
  const examples = (key: string): Flow['examples'] =>
    itemsOf(get(node, key)).flatMap((item) => buildExample(item, typeOf, shop));
  const states = get(node, 'states');
  const otherwise = get(node, 'otherwise');
  return {
    name,
    place: shop.place(draft.keyNode),
    title: textOf(get(node, 'title')),
    description: textOf(get(node, 'description'))?.trim(),
    examples: examples('examples'),
    not: examples('not'),
    in: draft.inputs,
    out: draft.outputs,
    startIf: shop.expression(get(node, 'start_if'), scope),
    otherwise: otherwise && {
      say: shop.words(get(otherwise, 'say'), scope),
      to: buildTarget(get(otherwise, 'to'), { ...around, states: new Set() }),
    },
    slots: buildSlots(draft.slots, scope, shop),
    tools: draft.tools,
    intents: buildIntents(get(node, 'intents'), name, typeOf, shop),
    listen: listenOf(node, around),
    deaf: textOf(get(node, 'listen')) === 'false',
    ...(textOf(get(node, 'on_correct')) === 'keep' && { keepOnCorrect: true }),
    cascade: buildCascade(node, around),
    states: new Map(
      (states?.kind === 'map' ? states.entries : []).map((one) => [
        one.key,
        buildState(one, { flow: draft, agent, around, transfer }, shop),
      ]),
    ),
  };
}
