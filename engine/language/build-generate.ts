/** `generate:` of a state: what a model may do there. */
import { readMaxSeconds } from './build-parts.js';
import { textsOf } from './build-slot.js';
import type { AgentDraft, FlowDraft } from './drafts.js';
import type { GenerateSpec, Tool } from './flow.js';
import type { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

/** Without `turns:` the model takes so many answers of the caller. */
const defaultTurns = 2;

interface Setting {
  flow: FlowDraft;
  agent: AgentDraft;
  scope: NameScope;
  slotNames: string[];
}

export function buildGenerate(node: YamlNode | undefined, setting: Setting, shop: Workshop): GenerateSpec | undefined {
  if (node?.kind !== 'map') return undefined;
  const { flow, agent, scope } = setting;
  const task = shop.template(get(node, 'task'), scope);
  const fallback = shop.words(get(node, 'fallback'), scope);
  if (!task || !fallback) return undefined;
  const sensitivity = (slot: string): string | undefined =>
    textOf(get((flow.slots.get(slot) ?? agent.slots.get(slot))?.node, 'sensitive'));
  for (const read of task.reads)
    if (sensitivity(read) === 'secret') refuseSecret(get(node, 'task')!, read, 'is put into the task', shop);
  const fills = new Map<string, string>();
  const fillsNode = get(node, 'fills');
  for (const { key, keyNode, value } of fillsNode?.kind === 'map' ? fillsNode.entries : []) {
    if (!setting.slotNames.includes(key))
      shop.report(
        keyNode,
        'unknown-slot',
        `There is no slot "${key}" here.`,
        didYouMean(key, setting.slotNames, 'Declare it under `slots:`.'),
      );
    else if (sensitivity(key) === 'secret') refuseSecret(keyNode, key, 'is found out by a model', shop);
    else fills.set(key, textOf(value) ?? key);
  }
  const tools = itemsOf(get(node, 'tools')).flatMap((item) => toolOf(item, setting, sensitivity, shop));
  const maxSeconds = readMaxSeconds(node);
  return {
    place: shop.place(node),
    task,
    fills,
    turns: Math.min(3, Math.max(1, Math.round(Number(textOf(get(node, 'turns')) ?? defaultTurns)) || defaultTurns)),
    tools,
    sees: textsOf(get(node, 'sees')),
    fallback,
    ...(maxSeconds !== undefined && { maxSeconds }),
  };
}

/** A tool the model may use: a read, into which no secret goes. */
function toolOf(
  node: YamlNode,
  { flow, agent }: Setting,
  sensitivity: (slot: string) => string | undefined,
  shop: Workshop,
): string[] {
  const name = textOf(node);
  if (name === undefined) return [];
  const tool: Tool | undefined = flow.tools.get(name) ?? agent.tools.get(name);
  if (!tool) {
    const names = [...flow.toolNames, ...agent.toolNames];
    if (!names.includes(name))
      shop.report(
        node,
        'unknown-tool',
        `There is no tool "${name}" here.`,
        didYouMean(name, names, 'Declare it under `tools:`.'),
      );
    return [];
  }
  if (tool.effect === 'write') {
    shop.report(
      node,
      'wrong-combination',
      `The tool "${name}" writes, and a model may only read.`,
      'Let the flow call it in a state of its own, after the model is done.',
    );
    return [];
  }
  const secret = [...tool.input.keys()].find((input) => sensitivity(input) === 'secret');
  if (secret !== undefined) {
    refuseSecret(node, secret, `goes into the tool "${name}"`, shop);
    return [];
  }
  return [name];
}

function refuseSecret(node: YamlNode, slot: string, what: string, shop: Workshop): void {
  shop.report(
    node,
    'wrong-combination',
    `The slot "${slot}" is secret, and here it ${what}.`,
    'Collect it in a state of its own: secrets reach no model.',
  );
}
