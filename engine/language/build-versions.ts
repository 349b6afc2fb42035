/** `version:` and `migrations:`, and whether they can be: names of today, read back through what was renamed since. */
import type { Json } from '../contracts.js';
import type { AgentDraft } from './drafts.js';
import type { Agent, Migration } from './flow.js';
import type { ProblemCode } from './problems.js';
import { didYouMean, nearest } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { Entry, MapNode, YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

type Kind = 'flows' | 'states' | 'slots';

const kinds: readonly Kind[] = ['flows', 'states', 'slots'];
const unknown: Readonly<Record<Kind, ProblemCode>> = {
  flows: 'unknown-flow',
  states: 'unknown-state',
  slots: 'unknown-slot',
};
const words: Readonly<Record<Kind, string>> = { flows: 'flow', states: 'state', slots: 'slot' };

/** What a version has, by its own names. `slots` are read as what they are called today. */
type Names = Record<Kind, Map<string, string>>;

export function buildVersions(
  node: MapNode | undefined,
  draft: AgentDraft,
  shop: Workshop,
): Pick<Agent, 'version' | 'migrations'> {
  const versionNode = get(node, 'version');
  const version = numberOf(versionNode);
  // The schema says what is no number, or too low.
  if (versionNode && Number(textOf(versionNode)) > 1 && version === undefined)
    shop.report(
      versionNode,
      'bad-value',
      `"${textOf(versionNode) ?? ''}" is no version.`,
      'Write a whole number from 1 on, as in 3.',
    );
  const migrationsNode = get(node, 'migrations');
  const entries = (migrationsNode?.kind === 'map' ? migrationsNode.entries : [])
    .filter(({ key }) => /^[1-9]\d*$/.test(key))
    .sort((one, other) => Number(other.key) - Number(one.key));
  const first = entries[0];
  if (first && version === undefined && versionNode === undefined) {
    shop.report(
      first.keyNode,
      'bad-migration',
      `This leads to version ${first.key}, and the agent has no version.`,
      `Add \`version: ${first.key}\` to the agent.`,
    );
  }
  let names = namesOf(draft);
  const migrations: Migration[] = [];
  for (const one of entries) {
    if (version !== undefined && Number(one.key) > version) {
      shop.report(
        one.keyNode,
        'bad-migration',
        `This leads to version ${one.key}, and the agent is at version ${String(version)}.`,
        `Raise \`version:\` to ${one.key}: a version that changes anything is higher than the one before.`,
      );
    }
    const built = buildMigration(one, names, { isLast: Number(one.key) === version, draft }, shop);
    migrations.unshift(built);
    names = namesBefore(names, built);
  }
  return { ...(version !== undefined && { version }), ...(migrations.length > 0 && { migrations }) };
}

function numberOf(node: YamlNode | undefined): number | undefined {
  const text = textOf(node)?.trim() ?? '';
  return /^[1-9]\d*$/.test(text) ? Number(text) : undefined;
}

/** Of today: each is what it is called. */
function namesOf(draft: AgentDraft): Names {
  const flows = [...draft.flows.values()];
  const same = (names: string[]): Map<string, string> => new Map(names.map((name) => [name, name]));
  return {
    flows: same(flows.map(({ name }) => name)),
    states: same(flows.flatMap(({ name, states }) => [...states].map((state) => `${name}.${state}`))),
    slots: same([
      ...draft.slots.keys(),
      ...flows.flatMap(({ name, slots }) => [...slots.keys()].map((slot) => `${name}.${slot}`)),
    ]),
  };
}

/** The names of the version before a migration: what it renamed has its old name again, what it dropped is there. */
function namesBefore(after: Names, { rename, drop }: Migration): Names {
  const flowBefore = new Map([...rename.flows].map(([old, now]) => [now, old]));
  const before: Names = { flows: new Map(), states: new Map(), slots: new Map() };
  for (const kind of kinds) {
    const old = new Map([...rename[kind]].map(([from, to]) => [to, from]));
    for (const [name, today] of after[kind]) {
      const at = name.indexOf('.');
      const flow = at === -1 ? undefined : name.slice(0, at);
      const along = flow === undefined ? name : (flowBefore.get(flow) ?? flow) + name.slice(at);
      before[kind].set(old.get(name) ?? along, today);
    }
    // States and slots that became one have several old names.
    for (const [from, to] of rename[kind]) before[kind].set(from, after[kind].get(to) ?? to);
    for (const name of drop[kind]) before[kind].set(name, '');
  }
  return before;
}

function buildMigration(
  { key, keyNode, value: node }: Entry,
  after: Names,
  { isLast, draft }: { isLast: boolean; draft: AgentDraft },
  shop: Workshop,
): Migration {
  const migration = {
    version: Number(key),
    place: shop.place(keyNode),
    rename: { flows: new Map<string, string>(), states: new Map<string, string>(), slots: new Map<string, string>() },
    default: new Map<string, Json>(),
    drop: { flows: new Set<string>(), states: new Set<string>(), slots: new Set<string>() },
  };
  const dropNode = get(node, 'drop');
  for (const kind of kinds) {
    for (const item of itemsOf(get(dropNode, kind))) {
      const name = textOf(item)?.trim();
      if (name === undefined || name === '') continue;
      migration.drop[kind].add(name);
      if (kind === 'states' && !name.includes('.')) needsFlow(item, name, after, shop);
      // Of older versions nobody knows: something new may have taken the name.
      else if (isLast && after[kind].has(name)) {
        shop.report(
          item,
          'bad-migration',
          `Version ${key} drops the ${words[kind]} "${name}", and it is still there.`,
          `Take it out of \`drop\`, or the ${words[kind]} out of the agent.`,
        );
      }
    }
  }
  for (const kind of kinds) {
    const renames = get(get(node, 'rename'), kind);
    for (const one of renames?.kind === 'map' ? renames.entries : []) {
      const to = textOf(one.value)?.trim();
      if (to === undefined || to === '') continue;
      if (checkRename(kind, one, to, { after, dropped: migration.drop[kind], flows: migration.rename.flows }, shop))
        migration.rename[kind].set(one.key, to);
    }
  }
  const defaults = get(node, 'default');
  for (const one of defaults?.kind === 'map' ? defaults.entries : []) {
    const value = buildDefault(one, after, draft, shop);
    if (value !== undefined) migration.default.set(one.key, value);
  }
  return migration;
}

/** Whether a rename can be meant as it is written. */
function checkRename(
  kind: Kind,
  { key, keyNode, value }: Entry,
  to: string,
  { after, dropped, flows }: { after: Names; dropped: ReadonlySet<string>; flows: ReadonlyMap<string, string> },
  shop: Workshop,
): boolean {
  const word = words[kind];
  if (kind === 'states' && !key.includes('.')) return needsFlow(keyNode, key, after, shop);
  if (dropped.has(key)) {
    shop.report(keyNode, 'bad-migration', `"${key}" is renamed and dropped.`, 'Keep one of the two.');
    return false;
  }
  if (!after[kind].has(to)) {
    const isTurned = after[kind].has(key);
    const inFlow = kind === 'states' && !to.includes('.') ? `${key.split('.')[0]!}.${to}` : undefined;
    shop.report(
      value,
      unknown[kind],
      `"${key}" is to be "${to}", and there is no such ${word}.`,
      isTurned
        ? `The old name stands on the left: \`${to}: ${key}\`.`
        : inFlow !== undefined && after.states.has(inFlow)
          ? `Write it with its flow: ${inFlow}.`
          : didYouMean(to, after[kind].keys(), `Name a ${word} that is there.`),
    );
    return false;
  }
  if (kind === 'states') {
    const flow = key.split('.')[0]!;
    const now = flows.get(flow) ?? flow;
    if (!to.startsWith(`${now}.`)) {
      shop.report(
        value,
        'bad-migration',
        `A state stays in its flow, and this would take it from "${flow}" to "${to.split('.')[0]!}".`,
        `Name a state of "${now}", or drop this one: its callers then pass the flow once more with what they said.`,
      );
      return false;
    }
  }
  return true;
}

function needsFlow(node: YamlNode, name: string, { states }: Names, shop: Workshop): false {
  const near = [...states.keys()].find((one) => one.endsWith(`.${name}`)) ?? nearest(name, states.keys());
  shop.report(
    node,
    'unknown-state',
    `"${name}" does not say of which flow it is a state.`,
    `Write it with its flow, as in ${near ?? `order.${name}`}.`,
  );
  return false;
}

/** A value of a slot that is new: plain, of the slot's type. */
function buildDefault(one: Entry, after: Names, draft: AgentDraft, shop: Workshop): Json | undefined {
  const today = after.slots.get(one.key);
  if (today === undefined) {
    shop.report(
      one.keyNode,
      'unknown-slot',
      `There is no slot "${one.key}" to give a value to.`,
      didYouMean(one.key, after.slots.keys(), 'Name a slot that is there, one of a flow as flow.slot.'),
    );
    return undefined;
  }
  const [flow, name] = today.includes('.') ? (today.split('.') as [string, string]) : [undefined, today];
  const slot = (flow === undefined ? draft.slots : draft.flows.get(flow)?.slots)?.get(name);
  // Dropped since: what it was of is not known any more.
  if (!slot) return undefined;
  const trouble =
    get(slot.node, 'value') !== undefined
      ? 'is computed'
      : textOf(get(slot.node, 'sensitive')) === 'secret'
        ? 'is secret'
        : textOf(one.value)?.includes('{{') === true
          ? 'takes a plain value here'
          : undefined;
  if (trouble !== undefined) {
    shop.report(
      one.value,
      'bad-migration',
      `"${one.key}" ${trouble}, and a kept conversation cannot be given this.`,
      'Write a plain value such as 1, or take the line out: then the caller is asked.',
    );
    return undefined;
  }
  return shop.literal(one.value, slot.type);
}
