/**
 * Every place of an agent's YAML that holds words a caller hears or says, with the id by which a locale file names it
 * (flows/README.md, "Ids of words"). One walk, used to translate, to tell what lacks a translation, and to write the
 * skeleton of a locale file.
 */
import type { Entry, MapNode, ScalarNode, YamlNode } from './yaml-source.js';
import { entry, get, itemsOf, textOf } from './yaml-source.js';

/** Words that are said (`words`), or what callers say (`examples`: a list). */
export interface WordPlace {
  kind: 'words' | 'examples';
  id: string;
  /** The id without its flow, and the one with it: both serve too. */
  short: string;
  full: string;
  /** What stands there now. */
  node: YamlNode;
  /** False: may be left out. */
  isNeeded: boolean;
  put(node: YamlNode | undefined): void;
}

/** A slot whose options or names callers say. */
export interface SlotPlace {
  kind: 'slot';
  id: string;
  short: string;
  node: YamlNode;
  /** Ids of listed options; empty when they are computed or there are none. */
  options: string[];
  optionsNode?: YamlNode;
  called?: YamlNode;
  putCalled(node: YamlNode): void;
}

export type Place = WordPlace | SlotPlace;

/** The places of an agent and its flows, in the order of the files. The nodes given are those that `put` changes. */
export function placesOf(agent: MapNode | undefined, flows: readonly MapNode[]): Place[] {
  const places: Place[] = [];
  if (agent) {
    const at: Spot = { places, flow: '', prefix: '', dot: '' };
    ofTransitions(at, get(agent, 'listen'), 'listen');
    ofCascade(at, agent);
    ofSlots(at, get(agent, 'slots'), []);
    ofTools(at, get(agent, 'tools'));
    ofIntents(at, get(agent, 'intents'));
    ofKnowledge(at, get(agent, 'knowledge'));
  }
  for (const flow of flows) ofFlow(places, flow);
  shorten(places);
  return places;
}

/** The words of slots and tools are named as they are when they are said, where only one flow has such a one. */
function shorten(places: readonly Place[]): void {
  const counts = new Map<string, number>();
  for (const { kind, short } of places) if (kind === 'words') counts.set(short, (counts.get(short) ?? 0) + 1);
  for (const place of places) {
    const isOfSlot = place.kind === 'words' && ofSlotsOrTools.test(place.short);
    if (isOfSlot && counts.get(place.short) === 1) place.id = place.short;
  }
}

const ofSlotsOrTools = /^(?:ask|help|why|more|added|removed|changed|not_there|reject|spoken|filler)\./;

/** Where the walk is: `flow` has the flow's name, `prefix` goes before ids of its words, `dot` before those of its slots. */
interface Spot {
  places: Place[];
  flow: string;
  prefix: string;
  dot: string;
}

function ofFlow(places: Place[], flow: MapNode): void {
  const name = textOf(get(flow, 'flow')) ?? '';
  const at: Spot = { places, flow: name, prefix: `${name}/`, dot: `${name}.` };
  add(at, flow, 'title', `${name}.title`, `${name}.title`);
  examplesAt(at, flow, 'examples', name);
  places.push(dropped(flow, 'not', `${name}.not`));
  const otherwise = get(flow, 'otherwise');
  if (otherwise?.kind === 'map') add(at, otherwise, 'say', `${name}.otherwise`, `${name}.otherwise`);
  ofTransitions(at, get(flow, 'listen'), `${name}/listen`);
  ofCascade(at, flow);
  for (const key of ['in', 'out', 'slots']) ofSlots(at, get(flow, key), []);
  ofTools(at, get(flow, 'tools'));
  ofIntents(at, get(flow, 'intents'));
  const states = get(flow, 'states');
  for (const { key, value } of states?.kind === 'map' ? states.entries : []) ofState(at, key, value);
}

function ofState(at: Spot, name: string, state: YamlNode): void {
  if (state.kind !== 'map') return;
  const id = `${at.flow}/${name}`;
  add(at, state, 'say', id, name);
  add(at, state, 'confirm', `${id}.confirm`, `${name}.confirm`);
  ladder(at, state, 'ask', `${id}.ask`, `${name}.ask`);
  ofTransitions(at, get(state, 'transitions'), id, name);
  ofCascade({ ...at, prefix: `${id}.` }, state);
  const generate = get(state, 'generate');
  if (generate?.kind === 'map') add(at, generate, 'fallback', `${id}.fallback`, `${name}.fallback`);
}

/** Ladders of silence and of what was not understood, and the designer's own words for what is built in. */
function ofCascade(at: Spot, owner: MapNode): void {
  for (const key of ['no_input', 'no_match']) {
    itemsOf(get(owner, key)).forEach((rung, index) => {
      if (rung.kind === 'map') add(at, rung, 'say', `${at.prefix}${key}.${index + 1}`, `${key}.${index + 1}`);
    });
  }
  const repair = get(owner, 'repair');
  if (repair?.kind !== 'map') return;
  for (const one of repair.entries) {
    const id = at.prefix === '' ? one.key : `${at.prefix}repair.${one.key}`;
    if (one.value.kind === 'map') add(at, one.value, 'say', id, id);
    else if (textOf(one.value) !== 'off') add(at, repair, one.key, id, id);
  }
}

function ofTransitions(at: Spot, list: YamlNode | undefined, id: string, short = 'listen'): void {
  const seen = new Map<string, number>();
  for (const line of itemsOf(list)) {
    if (line.kind !== 'map' || !get(line, 'say')) continue;
    const label = labelOf(line);
    const count = (seen.get(label) ?? 0) + 1;
    seen.set(label, count);
    const end = count === 1 ? label : `${label}.${count}`;
    add(at, line, 'say', `${id}.${end}`, `${short}.${end}`);
  }
}

/** As the engine names the words of a transition: by its intent, else its key, else its event. */
function labelOf(line: MapNode): string {
  const first = (key: string): string | undefined => textOf(itemsOf(get(line, key))[0]);
  return first('intent')?.split('.').at(-1) ?? textOf(get(line, 'key')) ?? first('on') ?? 'to';
}

const slotWords = ['help', 'why', 'more', 'added', 'removed', 'changed', 'not_there'];

function ofSlots(at: Spot, slots: YamlNode | undefined, path: readonly string[]): void {
  if (slots?.kind !== 'map') return;
  for (const { key, value } of slots.entries) {
    if (value.kind !== 'map') continue;
    const name = [...path, key].join('.');
    ladder(at, value, 'ask', `${at.prefix}ask.${name}`, `ask.${name}`);
    for (const word of slotWords) add(at, value, word, `${at.prefix}${word}.${name}`, `${word}.${name}`);
    itemsOf(get(value, 'reject')).forEach((line, index) => {
      const end = index === 0 ? name : `${name}.${index + 1}`;
      if (line.kind === 'map') add(at, line, 'say', `${at.prefix}reject.${end}`, `reject.${end}`);
    });
    add(at, value, 'spoken', `${at.prefix}spoken.${name}`, `spoken.${name}`);
    const options = get(value, 'options');
    const called = get(value, 'called');
    const ids = optionIds(options);
    if (ids.length > 0 || called) {
      at.places.push({
        kind: 'slot',
        id: `${at.dot}${name}`,
        short: name,
        node: called ?? options!,
        options: ids,
        ...(options && { optionsNode: options }),
        ...(called && { called }),
        putCalled: (node) => set(value, 'called', node),
      });
    }
    ofSlots(at, get(value, 'of'), [...path, key]);
  }
}

/** Ids of options that are listed; none when they are computed. */
function optionIds(options: YamlNode | undefined): string[] {
  if (options === undefined || options.kind === 'scalar') return [];
  if (options.kind === 'map') return options.entries.map(({ key }) => key);
  return options.items.flatMap((item) => (item.kind === 'map' ? (item.entries[0]?.key ?? []) : (textOf(item) ?? [])));
}

function ofTools(at: Spot, tools: YamlNode | undefined): void {
  if (tools?.kind !== 'map') return;
  for (const { key, value } of tools.entries) {
    const filler = get(value, 'filler');
    if (filler?.kind === 'map') add(at, filler, 'say', `${at.prefix}filler.${key}`, `filler.${key}`);
    const output = get(value, 'output');
    for (const field of output?.kind === 'map' ? output.entries : [])
      if (field.value.kind === 'map')
        add(at, field.value, 'spoken', `${at.prefix}spoken.${key}.${field.key}`, `spoken.${key}.${field.key}`);
  }
}

function ofIntents(at: Spot, intents: YamlNode | undefined): void {
  if (intents?.kind !== 'map') return;
  for (const { key } of [...intents.entries]) examplesAt(at, intents, key, `${at.dot}${key}`, key);
}

function ofKnowledge(at: Spot, knowledge: YamlNode | undefined): void {
  if (knowledge?.kind !== 'map') return;
  for (const { key: base, value } of knowledge.entries) {
    if (value.kind !== 'list') continue;
    for (const one of value.items) {
      const id = textOf(get(one, 'id'));
      if (one.kind !== 'map' || id === undefined) continue;
      examplesAt(at, one, 'asks', `${base}.${id}`);
      add(at, one, 'says', `${base}.${id}`, id);
    }
  }
}

function ladder(at: Spot, owner: MapNode, key: string, id: string, short: string): void {
  const node = get(owner, key);
  if (node === undefined) return;
  if (node.kind !== 'list') {
    at.places.push(place('words', owner, key, `${id}.1`, `${short}.1`));
    return;
  }
  node.items.forEach((rung, index) => {
    at.places.push({
      kind: 'words',
      id: `${id}.${index + 1}`,
      short: `${short}.${index + 1}`,
      full: `${id}.${index + 1}`,
      node: rung,
      isNeeded: hasWords(rung),
      put: (next) => {
        if (next) node.items[index] = next;
      },
    });
  });
}

function add(at: Spot, owner: MapNode, key: string, id: string, short: string): void {
  if (get(owner, key) !== undefined) at.places.push(place('words', owner, key, id, short));
}

function examplesAt(at: Spot, owner: MapNode, key: string, id: string, short = id): void {
  if (get(owner, key) !== undefined) at.places.push(place('examples', owner, key, id, short));
}

function place(kind: 'words' | 'examples', owner: MapNode, key: string, id: string, short: string): WordPlace {
  const node = get(owner, key)!;
  return {
    kind,
    id,
    short,
    full: id,
    node,
    isNeeded: kind === 'examples' || hasWords(node),
    put: (next) => set(owner, key, next),
  };
}

/** What another language does without unless its file says otherwise. */
function dropped(owner: MapNode, key: string, id: string): WordPlace {
  const node: YamlNode = get(owner, key) ?? owner;
  return { kind: 'examples', id, short: id, full: id, node, isNeeded: false, put: (next) => set(owner, key, next) };
}

/** Puts a value under a key of the (copied) map, or takes the key out. */
export function set(owner: MapNode, key: string, node: YamlNode | undefined): void {
  const own = entry(owner, key);
  if (own && node) own.value = node;
  else if (node) owner.entries.push({ key, keyNode: nameNode(key, node), value: node });
  else owner.entries = owner.entries.filter((one) => one !== own);
}

/** A name that stands where `at` does: for keys that were not written. */
export function nameNode(text: string, at: YamlNode): ScalarNode {
  return { kind: 'scalar', text, plain: true, empty: false, file: at.file, start: at.start, end: at.end };
}

/** Whether anything would sound otherwise in another language: `"{{ total }}"` would not. */
export function hasWords(node: YamlNode): boolean {
  if (node.kind === 'list') return node.items.some(hasWords);
  if (node.kind === 'map') return ['text', 'parts'].some((key) => itemsOf(get(node, key)).some(hasWords));
  const outside = node.text.replace(/\{\{((?:[^}'"]|\}(?!\}))*)\}\}/g, ' ');
  return /\p{L}/u.test(outside);
}

/** A copy of the tree that may be changed; places in the file stay. */
export function copyTree<Node extends YamlNode>(node: Node): Node {
  const copy = (one: YamlNode): YamlNode => {
    if (one.kind === 'scalar') return one;
    if (one.kind === 'list') return { ...one, items: one.items.map(copy) };
    return { ...one, entries: one.entries.map((each): Entry => ({ ...each, value: copy(each.value) })) };
  };
  return copy(node) as Node;
}
