import type { FoundValue, TrainingExample } from '../contracts.js';
import { textsOf } from './build-slot.js';
import {
  buildCascade,
  buildTarget,
  buildTransfer,
  buildTransitions,
  builtInIntents,
  unknownSlot,
} from './build-transition.js';
import type { Surroundings } from './build-transition.js';
import { buildGenerate } from './build-generate.js';
import type { NamedIntent, Place, State, TransferSpec, Value } from './flow.js';
import { NameScope } from './name-scope.js';
import { didYouMean } from './suggest.js';
import type { ValueType } from './value-types.js';
import { anyType, fromToolType } from './value-types.js';
import type { Workshop } from './workshop.js';
import type { Entry, YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';
import type { FlowDraft, AgentDraft } from './drafts.js';

/** What a state is built from besides its flow's surroundings. */
export interface StateSetting {
  flow: FlowDraft;
  agent: AgentDraft;
  around: Surroundings;
  transfer?: TransferSpec;
}

export function buildState({ key: name, keyNode, value: node }: Entry, setting: StateSetting, shop: Workshop): State {
  const { flow, agent } = setting;
  const callNode = get(node, 'call');
  const callFlowNode = get(node, 'call_flow');
  const toolNodes = itemsOf(callNode);
  const calls = toolNodes.flatMap(
    (one) => buildCall(one, withOf(one, toolNodes, get(node, 'with'), setting), setting, shop) ?? [],
  );
  const [call, ...beside] = calls;
  for (const one of beside.length > 0 ? calls : []) onlyReads(one.tool, callNode!, setting, shop);
  const called = textOf(callFlowNode);
  const outcomes = new Set(setting.around.outcomes);
  for (const { tool } of calls) for (const outcome of toolOutcomes(tool, setting)) outcomes.add(outcome);
  if (called !== undefined) for (const outcome of agent.flows.get(called)?.outcomes ?? []) outcomes.add(outcome);

  const collected = textsOf(get(node, 'collect'));
  const scope = stateScope(collected, setting);
  const around: Surroundings = { ...setting.around, scope, outcomes };
  for (const item of itemsOf(get(node, 'collect'))) {
    const slot = textOf(item);
    if (slot !== undefined && around.slotType(slot) === undefined) unknownSlot(item, slot, around);
  }
  const known = collected.filter((slot) => around.slotType(slot) !== undefined);
  const until = shop.expression(get(node, 'until'), scope);
  const transferNode = get(node, 'transfer');
  return {
    name,
    flow: flow.name,
    place: shop.place(keyNode),
    say: shop.words(get(node, 'say'), scope),
    confirm: shop.words(get(node, 'confirm'), scope),
    collect: known.length > 0 ? { slots: known, ask: shop.ladder(get(node, 'ask'), scope), until } : undefined,
    call,
    ...(beside.length > 0 && { callBeside: beside }),
    callFlow: called !== undefined ? buildCallFlow(called, callFlowNode!, get(node, 'with'), setting, shop) : undefined,
    answer: knowledgeOf(get(node, 'answer'), setting, shop),
    generate: buildGenerate(get(node, 'generate'), { flow, agent, scope, slotNames: around.slotNames() }, shop),
    transfer: buildTransfer(transferNode, scope, shop, setting.transfer),
    hangUp: textOf(get(node, 'hang_up')) === 'true',
    transitions: buildTransitions(get(node, 'transitions'), around),
    to: buildTarget(get(node, 'to'), around),
    deaf: textOf(get(node, 'listen')) === 'false',
    ...(textOf(get(node, 'on_correct')) === 'keep' && { keepOnCorrect: true }),
    cascade: buildCascade(node, around),
  };
}

function knowledgeOf(node: YamlNode | undefined, { agent }: StateSetting, shop: Workshop): string | undefined {
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  if (agent.knowledgeNames.includes(name)) return name;
  shop.report(
    node,
    'unknown-knowledge',
    `There is no knowledge "${name}".`,
    didYouMean(name, agent.knowledgeNames, 'Give the agent `knowledge:` with this name.'),
  );
  return undefined;
}

/** Where one choice is collected, `options` are its own. */
function stateScope(collected: readonly string[], { around }: StateSetting): NameScope {
  const choices = collected.map((slot) => around.slotType(slot)).filter((type) => type?.kind === 'choice');
  return choices.length === 1
    ? new NameScope(around.scope).declare('options', { kind: 'list', of: choices[0]! })
    : around.scope;
}

function toolOutcomes(name: string, { flow, agent }: StateSetting): string[] {
  const tool = flow.tools.get(name) ?? agent.tools.get(name);
  return tool?.outcomes.map((outcome) => outcome.name) ?? [];
}

/** What of `with:` is meant for one of several tools: all but the inputs that only others have. */
function withOf(
  node: YamlNode,
  all: readonly YamlNode[],
  given: YamlNode | undefined,
  { flow, agent }: StateSetting,
): YamlNode | undefined {
  if (all.length < 2 || given?.kind !== 'map') return given;
  const takes = (one: YamlNode, input: string): boolean => {
    const name = textOf(one) ?? '';
    return (flow.tools.get(name) ?? agent.tools.get(name))?.input.has(input) === true;
  };
  const entries = given.entries.filter(({ key }) => takes(node, key) || !all.some((one) => takes(one, key)));
  return { ...given, entries };
}

/** Several at once are reads: whether a write is made must not depend on what runs beside it. */
function onlyReads(name: string, node: YamlNode, { flow, agent }: StateSetting, shop: Workshop): void {
  if ((flow.tools.get(name) ?? agent.tools.get(name))?.effect !== 'write') return;
  shop.report(
    node,
    'wrong-combination',
    `"${name}" is a write, and only reads are called several at a time.`,
    'Give the write a state of its own.',
  );
}

function buildCall(
  node: YamlNode,
  withNode: YamlNode | undefined,
  { flow, agent, around }: StateSetting,
  shop: Workshop,
): State['call'] {
  const name = textOf(node);
  if (name === undefined) return undefined;
  const tool = flow.tools.get(name) ?? agent.tools.get(name);
  if (!tool) {
    const names = [...flow.toolNames, ...agent.toolNames];
    if (!names.includes(name))
      shop.report(
        node,
        'unknown-tool',
        `There is no tool "${name}" here.`,
        didYouMean(name, names, 'Declare it under `tools:`.'),
      );
    return undefined;
  }
  const types = new Map([...tool.input].map(([field, type]) => [field, fromToolType(type)]));
  const given = buildWith(withNode, types, around.scope, `The tool "${name}" takes`, shop);
  for (const input of types.keys()) {
    if (given.has(input) || around.scope.lookup(input)?.namespace === false) continue;
    shop.report(
      node,
      'missing-key',
      `The tool "${name}" takes "${input}", and nothing here has that name.`,
      `Give it: with: { ${input}: "{{ … }}" }.`,
    );
  }
  return { tool: name, with: given };
}

function buildCallFlow(
  name: string,
  node: YamlNode,
  withNode: YamlNode | undefined,
  { agent, around }: StateSetting,
  shop: Workshop,
): State['callFlow'] {
  const target = agent.flows.get(name);
  if (!target) {
    shop.report(
      node,
      'unknown-flow',
      `There is no flow "${name}".`,
      didYouMean(name, agent.flows.keys(), 'Add its file to the agent.'),
    );
    return undefined;
  }
  const types = new Map(target.inputs.map((input) => [input, target.slots.get(input)?.type ?? anyType]));
  return { flow: name, with: buildWith(withNode, types, around.scope, `The flow "${name}" takes`, shop) };
}

function buildWith(
  node: YamlNode | undefined,
  types: ReadonlyMap<string, ValueType>,
  scope: NameScope,
  takes: string,
  shop: Workshop,
): Map<string, Value> {
  const values = new Map<string, Value>();
  if (node?.kind !== 'map') return values;
  for (const { key, keyNode, value } of node.entries) {
    if (!types.has(key))
      shop.report(keyNode, 'unknown-key', `${takes} no "${key}".`, didYouMean(key, types.keys(), 'Take it out.'));
    const built = shop.value(value, scope, types.get(key) ?? anyType);
    if (built) values.set(key, built);
  }
  return values;
}

/** `intents:` of an agent (without `flow`) or a flow. */
export function buildIntents(
  node: YamlNode | undefined,
  flow: string | undefined,
  slotType: (name: string) => string | undefined,
  shop: Workshop,
): Map<string, NamedIntent> {
  const intents = new Map<string, NamedIntent>();
  if (node?.kind !== 'map') return intents;
  for (const { key, value } of node.entries) {
    const builtIn = (builtInIntents as readonly string[]).includes(key);
    const id = builtIn || flow === undefined ? key : `${flow}.${key}`;
    intents.set(key, { id, examples: itemsOf(value).flatMap((item) => buildExample(item, slotType, shop)) });
  }
  return intents;
}

/** Kept beside the examples and not in them: whoever learns from them has no use for files and lines. */
const examplePlaces = new WeakMap<TrainingExample, Place>();

/** Where an example stands in the designer's files. */
export function placeOfExample(example: TrainingExample): Place | undefined {
  return examplePlaces.get(example);
}

/** `what's the status of order [4567](order_id)`: the plain text, and where its values stand. */
export function buildExample(
  node: YamlNode,
  slotType: (name: string) => string | undefined,
  shop: Workshop,
): TrainingExample[] {
  const source = textOf(node);
  if (source === undefined) return [];
  const values: FoundValue[] = [];
  let text = '';
  let copied = 0;
  for (const match of source.matchAll(/\[([^[\]]*)\]\(([^()]*)\)/g)) {
    text += source.slice(copied, match.index);
    const [words, slot] = [match[1]!, match[2]!.trim()];
    const type = slotType(slot);
    const at = node.file.text.slice(node.start, node.end).indexOf(match[0]);
    const span = at === -1 ? node : { start: node.start + at, end: node.start + at + match[0].length };
    if (type === undefined) {
      shop.problems.add(
        node.file.problem(
          'bad-example',
          span,
          `This example marks a value of "${slot}", and there is no such slot.`,
          'Name a slot of this flow or of the agent.',
        ),
      );
    } else if (words.trim() === '') {
      shop.problems.add(
        node.file.problem('bad-example', span, 'This example marks no words.', 'Put the words between [ and ].'),
      );
    } else values.push({ start: text.length, end: text.length + words.length, type, slot });
    text += words;
    copied = match.index + match[0].length;
  }
  const example = { text: text + source.slice(copied), values };
  examplePlaces.set(example, shop.place(node));
  return [example];
}
