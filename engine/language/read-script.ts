/** Reads `test:` documents and `mocks.yaml` into the types of `script.ts`. */
import type { Json, TransferOutcome } from '../contracts.js';
import type { AgentDraft } from './drafts.js';
import type { ExpectationKey, Mocks, MockRule, TestScript, TestStart, TestTurn, TurnMoment } from './script.js';
import { expectationKeys, perturbations } from './script.js';
import { checkSound } from './check-sound.js';
import { ScriptNames } from './script-names.js';
import { textsOf } from './build-slot.js';
import { didYouMean } from './suggest.js';
import { anyType, fromToolType } from './value-types.js';
import type { ValueType } from './value-types.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, itemsOf, plainJson, textOf } from './yaml-source.js';

/** What is known of slots and tools decides how a script's values are read. */
class Types {
  readonly #agent: AgentDraft;

  constructor(agent: AgentDraft) {
    this.#agent = agent;
  }

  /** `payee`, `send_money.payee`: the type all slots of that name share, else unknown. */
  slot(name: string): ValueType {
    const [flow, field] = name.includes('.') ? (name.split('.', 2) as [string, string]) : [undefined, name];
    const owners = flow === undefined ? [this.#agent, ...this.#agent.flows.values()] : [this.#agent.flows.get(flow)];
    const found = owners.map((owner) => owner?.slots.get(field)).filter((slot) => slot !== undefined);
    const first = found[0];
    return first && found.every((slot) => slot.typeName === first.typeName) ? first.type : anyType;
  }

  tool(name: string): { input: ReadonlyMap<string, ValueType>; output: ReadonlyMap<string, ValueType> } | undefined {
    for (const owner of [this.#agent, ...this.#agent.flows.values()]) {
      const tool = owner.tools.get(name);
      if (tool) return { input: typed(tool.input), output: typed(tool.output) };
    }
    return undefined;
  }

  /** What a tool of this name may come to; undefined where there is none. */
  outcomes(name: string): string[] | undefined {
    if (name === 'transfer') return [...transferOutcomes];
    const tools = [this.#agent, ...this.#agent.flows.values()].flatMap((owner) => owner.tools.get(name) ?? []);
    if (tools.length === 0) return undefined;
    return [...new Set([...toolOutcomes, ...tools.flatMap(({ outcomes }) => outcomes.map((one) => one.name))])];
  }

  toolNames(): string[] {
    return ['transfer', ...[this.#agent, ...this.#agent.flows.values()].flatMap((owner) => owner.toolNames)];
  }
}

/** What a handover may come to. */
const transferOutcomes: readonly TransferOutcome[] = [
  'ok',
  'busy',
  'no_answer',
  'closed',
  'far_hang_up',
  'max_time',
  'error',
];

/** What every tool may come to, besides its own `outcomes`. */
const toolOutcomes: readonly string[] = ['ok', 'error', 'timeout', 'cancelled', 'unknown'];

function typed(fields: ReadonlyMap<string, Parameters<typeof fromToolType>[0]>): ReadonlyMap<string, ValueType> {
  return new Map([...fields].map(([name, type]) => [name, fromToolType(type)]));
}

/**
 * An expected or mocked value. Patterns and comparisons stay as they are written, numbers and truths become what the
 * type of their place says.
 */
function expected(node: YamlNode, type: ValueType): Json {
  switch (node.kind) {
    case 'list':
      return node.items.map((item) => expected(item, type.kind === 'list' ? type.of : anyType));
    case 'map': {
      const record: Record<string, Json> = {};
      for (const { key, value } of node.entries) {
        const of = type.kind === 'record' ? type.fields.get(key) : type.kind === 'map' ? type.of : undefined;
        const inner = key === 'any' && value.kind === 'list' && of === undefined ? type : (of ?? anyType);
        Object.defineProperty(record, key, {
          value:
            key === 'any' && value.kind === 'list'
              ? value.items.map((item) => expected(item, inner))
              : expected(value, inner),
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return record;
    }
    case 'scalar':
      return node.empty ? null : scalar(node, type);
  }
}

function scalar(node: YamlNode & { kind: 'scalar' }, type: ValueType): Json {
  const { text } = node;
  if (/^\/.*\/$/.test(text) || /^[<>]=?\s*\S/.test(text)) return text;
  if (type.kind === 'any') return plainJson(node);
  if (type.kind !== 'scalar') return text;
  switch (type.of) {
    case 'integer':
    case 'ordinal':
    case 'number': {
      const number = Number(text);
      return text.trim() !== '' && Number.isFinite(number) ? number : text;
    }
    case 'yes_no':
      return text === 'true' || text === 'yes' ? true : text === 'false' || text === 'no' ? false : text;
    default:
      return text;
  }
}

function fieldsOf(node: YamlNode | undefined, typeOf: (name: string) => ValueType): Record<string, Json> | undefined {
  if (node?.kind !== 'map') return undefined;
  const record: Record<string, Json> = {};
  for (const { key, value } of node.entries) {
    Object.defineProperty(record, key, {
      value: expected(value, typeOf(key)),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return record;
}

/** `mocks.yaml`: `tools: { name: rule or list of rules }`. */
export function readMocks(node: MapNode, agent: AgentDraft, shop: Workshop): Mocks {
  return mocksOf(get(node, 'tools'), new Types(agent), shop);
}

function mocksOf(node: YamlNode | undefined, types: Types, shop: Workshop): Mocks {
  const mocks = new Map<string, readonly MockRule[]>();
  if (node?.kind !== 'map') return mocks;
  for (const { key, keyNode, value } of node.entries) {
    if (!types.toolNames().includes(key)) {
      shop.report(
        keyNode,
        'unknown-tool',
        `There is no tool "${key}" to stand in for.`,
        didYouMean(key, types.toolNames(), 'Take it out.'),
        'warning',
      );
    }
    const tool = types.tool(key);
    const outcomes = types.outcomes(key);
    for (const rule of itemsOf(value)) checkOutcome(get(rule, 'outcome'), key, outcomes, shop);
    mocks.set(
      key,
      itemsOf(value).map((rule) => ({
        line: shop.place(rule).line,
        when: fieldsOf(get(rule, 'when'), (name) => tool?.input.get(name) ?? anyType),
        times: numberOf(get(rule, 'times')),
        gives:
          get(rule, 'gives') && expected(get(rule, 'gives')!, tool ? { kind: 'record', fields: tool.output } : anyType),
        outcome: textOf(get(rule, 'outcome')),
        delayMs: shop.durationMs(get(rule, 'delay')) ?? 0,
      })),
    );
  }
  return mocks;
}

/** A stand-in that comes to what the tool never does would lead nowhere, and prove nothing. */
function checkOutcome(
  node: YamlNode | undefined,
  tool: string,
  known: readonly string[] | undefined,
  shop: Workshop,
): void {
  const outcome = textOf(node);
  if (!node || outcome === undefined || !known || known.includes(outcome)) return;
  shop.report(
    node,
    'unknown-outcome',
    `The tool "${tool}" never comes to "${outcome}". It comes to ${known.join(', ')}.`,
    didYouMean(outcome, known, 'Take one of these, or add it to the `outcomes` of the tool.'),
    'warning',
  );
}

function numberOf(node: YamlNode | undefined): number | undefined {
  const text = textOf(node);
  return text === undefined || Number.isNaN(Number(text)) ? undefined : Number(text);
}

export function readTestScript(node: MapNode, agent: AgentDraft, shop: Workshop): TestScript {
  const types = new Types(agent);
  const names = new ScriptNames(agent, shop);
  names.checkSlots(get(get(node, 'start'), 'slots'));
  return {
    name: textOf(get(node, 'test')) ?? '',
    file: node.file.path,
    line: shop.place(node).line,
    start: startOf(get(node, 'start'), agent, types, shop),
    mocks: mocksOf(get(node, 'tools'), types, shop),
    turns: itemsOf(get(node, 'turns')).map((turn) => turnOf(turn, types, names, shop)),
    perturb: perturbations.filter((one) => textsOf(get(node, 'perturb')).includes(one)),
  };
}

function startOf(node: YamlNode | undefined, agent: AgentDraft, types: Types, shop: Workshop): TestStart {
  const flowNode = get(node, 'flow');
  const flow = textOf(flowNode);
  if (flowNode && flow !== undefined && !agent.flows.has(flow)) {
    shop.report(
      flowNode,
      'unknown-flow',
      `This script starts in "${flow}", and there is no such flow.`,
      didYouMean(flow, agent.flows.keys()),
    );
  }
  const stateNode = get(node, 'state');
  const state = textOf(stateNode);
  const owner = flow === undefined ? undefined : agent.flows.get(flow);
  if (stateNode && state !== undefined && owner && !owner.states.has(state)) {
    shop.report(
      stateNode,
      'unknown-state',
      `This script starts in "${state}", and the flow has no such state.`,
      didYouMean(state, owner.states),
    );
  }
  const clockNode = get(node, 'clock');
  const clock = textOf(clockNode);
  if (clockNode && clock !== undefined && !/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2})?)?$/.test(clock)) {
    shop.report(clockNode, 'bad-value', `"${clock}" is no moment.`, 'Write it like 2026-03-01T10:00.');
  }
  return {
    flow,
    state,
    clock,
    slots: fieldsOf(get(node, 'slots'), (name) => types.slot(name)),
    ...answeredBy(textOf(get(node, 'answered_by'))),
    memory: fieldsOf(get(node, 'memory'), (name) => types.slot(name)),
    call: fieldsOf(get(node, 'call'), () => ({ kind: 'scalar', of: 'text' })),
  };
}

/** Another word than these the schema has told of. */
function answeredBy(text: string | undefined): Pick<TestStart, 'answeredBy'> {
  return text === 'person' || text === 'machine' ? { answeredBy: text } : {};
}

function turnOf(node: YamlNode, types: Types, names: ScriptNames, shop: Workshop): TestTurn {
  const audio = get(node, 'audio');
  const event = get(node, 'event');
  if (audio?.kind === 'scalar') checkSound(audio, shop);
  return {
    line: shop.place(node).line,
    say: textOf(get(node, 'say')),
    confidence: numberOf(get(node, 'confidence')),
    takesMs: shop.durationMs(get(node, 'takes')),
    dtmf: textOf(get(node, 'dtmf')),
    silenceMs: shop.durationMs(get(node, 'silence')),
    hangUp: textOf(get(node, 'hang_up')) === 'true' ? true : undefined,
    event: event && {
      name: textOf(event) ?? textOf(get(event, 'name')) ?? '',
      data: get(event, 'data') && plainJson(get(event, 'data')!),
    },
    audio: audio?.kind === 'map' ? { say: textOf(get(audio, 'say')) ?? '' } : textOf(audio),
    at: momentOf(get(node, 'at'), types, shop),
    needsLlm: textsOf(get(node, 'needs')).includes('llm'),
    expect: expectationOf(get(node, 'expect'), types, names, shop),
  };
}

/** `word 3`, `900ms`, `50%`, `find_order + 1s`. */
function momentOf(node: YamlNode | undefined, types: Types, shop: Workshop): TurnMoment | undefined {
  const text = textOf(node)?.trim();
  if (node === undefined || text === undefined) return undefined;
  const word = /^word (\d+)$/.exec(text);
  if (word) return { kind: 'word', n: Number(word[1]) };
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (percent && Number(percent[1]) <= 100) return { kind: 'percent', share: Number(percent[1]) / 100 };
  const ms = milliseconds(text);
  if (ms !== undefined) return { kind: 'ms', ms };
  const tool = /^([A-Za-z_]\w*)(?:\s*\+\s*(\S+))?$/.exec(text);
  const afterMs = tool?.[2] === undefined ? 0 : milliseconds(tool[2]);
  if (tool && afterMs !== undefined) {
    if (!types.toolNames().includes(tool[1]!))
      shop.report(node, 'unknown-tool', `There is no tool "${tool[1]!}".`, didYouMean(tool[1]!, types.toolNames()));
    return { kind: 'tool', tool: tool[1]!, afterMs };
  }
  shop.report(
    node,
    'bad-value',
    `"${text}" is no moment of a turn.`,
    'Write it like word 3, 900ms, 50% or find_order + 1s.',
  );
  return undefined;
}

function milliseconds(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  return match ? Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'] : undefined;
}

function expectationOf(
  node: YamlNode | undefined,
  types: Types,
  names: ScriptNames,
  shop: Workshop,
): TestTurn['expect'] {
  const expectation: Partial<Record<ExpectationKey, { value: Json; line: number }>> = {};
  if (node?.kind !== 'map') return expectation;
  for (const { key, keyNode, value } of node.entries) {
    const known = expectationKeys.find((one) => one === key);
    // The schema tells of unknown keys.
    if (known) names.check(known, value);
    if (known) expectation[known] = { value: expectedOf(known, value, types), line: shop.place(keyNode).line };
  }
  return expectation;
}

const plainTexts = new Set<ExpectationKey>([
  'state',
  'flow',
  'stack',
  'queue',
  'finished',
  'intent',
  'route',
  'clarify',
  'said',
  'said_not',
  'heard',
  'answer',
  'language',
]);

function expectedOf(key: ExpectationKey, node: YamlNode, types: Types): Json {
  if (key === 'slots') return fieldsOf(node, (name) => types.slot(name)) ?? expected(node, anyType);
  if (key === 'tools')
    return node.kind === 'list' ? node.items.map((item) => expectedCall(item, types)) : expected(node, anyType);
  // `intent: yes` and `heard: 4` are words.
  return plainTexts.has(key) ? texts(node) : expected(node, anyType);
}

function texts(node: YamlNode): Json {
  if (node.kind === 'list') return node.items.map(texts);
  if (node.kind === 'scalar') return node.empty ? null : node.text;
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, texts(value)]));
}

/** `{ find_order: { order_id: 4471 }, times: 1 }` */
function expectedCall(node: YamlNode, types: Types): Json {
  if (node.kind !== 'map') return expected(node, anyType);
  return Object.fromEntries(
    node.entries.map(({ key, value }) => {
      const tool = types.tool(key);
      return [key, tool ? expected(value, { kind: 'record', fields: tool.input }) : expected(value, anyType)];
    }),
  );
}
