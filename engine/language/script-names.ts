/**
 * Names in a script's expectations that nothing declares: states, flows, tools, slots, intents, and ids of words.
 * A misspelt one in `said_not` would hold for ever, so each is told before the script is played.
 */
import { builtInWords } from '../dialog/built-ins/en.js';
import { builtInEvents, builtInIntents, repairWords } from './build-transition.js';
import type { AgentDraft } from './drafts.js';
import { patternOf } from './match-value.js';
import type { ProblemCode } from './problems.js';
import { didYouMean, nearest } from './suggest.js';
import type { ExpectationKey } from './script.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { itemsOf, get, textOf } from './yaml-source.js';

/** Words of a slot: `ask.day.1`. */
const slotWords = ['ask', 'more', 'confirm', 'reject', 'help', 'why', 'added', 'removed', 'changed', 'not_there', 'not_listed']; // prettier-ignore
/** First parts of ids that are neither a state's nor a slot's. */
const otherWords = ['listen', 'filler', 'no_input', 'no_match', ...builtInIntents, ...repairWords, ...builtInEvents, ...Object.keys(builtInWords)]; // prettier-ignore

/** What expectations may name. */
export class ScriptNames {
  readonly #flows: Set<string>;
  readonly #states: Set<string>;
  readonly #slots: Set<string>;
  readonly #tools: Set<string>;
  readonly #intents: Set<string>;
  readonly #shop: Workshop;

  constructor(agent: AgentDraft, shop: Workshop) {
    this.#shop = shop;
    const flows = [...agent.flows.values()];
    this.#flows = new Set(agent.flows.keys());
    this.#states = new Set(flows.flatMap(({ name, states }) => [...states].flatMap((one) => [one, `${name}/${one}`])));
    this.#slots = new Set([
      ...agent.slots.keys(),
      ...flows.flatMap(({ name, slots }) => [...slots.keys()].flatMap((one) => [one, `${name}.${one}`])),
    ]);
    this.#tools = new Set([agent, ...flows].flatMap(({ toolNames }) => toolNames).concat('transfer'));
    this.#intents = new Set([
      ...builtInIntents,
      ...repairWords,
      ...agent.intentNames,
      ...this.#flows,
      ...flows.flatMap(({ name, intentNames }) => [...intentNames].flatMap((one) => [one, `${name}.${one}`])),
    ]);
  }

  /** Reports what `expect: { key: node }` names and nothing declares. */
  check(key: ExpectationKey, node: YamlNode): void {
    switch (key) {
      case 'state':
        return this.#each(node, 'unknown-state', 'state', new Set([...this.#states, 'end']));
      case 'flow':
      case 'stack':
      case 'queue':
      case 'finished':
        return this.#each(node, 'unknown-flow', 'flow', this.#flows);
      case 'intent':
        return this.#each(node, 'unknown-intent', 'intent', this.#intents);
      case 'slots':
        return this.#keys(node, 'unknown-slot', 'slot', this.#slots);
      case 'tools':
        for (const item of itemsOf(node)) {
          if (item.kind === 'map') this.#keys(item, 'unknown-tool', 'tool', new Set([...this.#tools, 'times']));
          else this.#each(item, 'unknown-tool', 'tool', this.#tools);
        }
        return;
      case 'said':
      case 'said_not':
        return this.#words(node);
      default:
        return;
    }
  }

  /** Reports slots that `start:` sets and nothing declares. */
  checkSlots(node: YamlNode | undefined): void {
    if (node) this.#keys(node, 'unknown-slot', 'slot', this.#slots);
  }

  #each(node: YamlNode, code: ProblemCode, what: string, known: ReadonlySet<string>): void {
    for (const item of itemsOf(node.kind === 'map' ? get(node, 'any') : node)) {
      const text = textOf(item);
      if (text === undefined || text === 'none' || text === 'null' || patternOf(text) || known.has(text)) continue;
      this.#report(item, code, `There is no ${what} "${text}".`, text, known);
    }
  }

  #keys(node: YamlNode, code: ProblemCode, what: string, known: ReadonlySet<string>): void {
    if (node.kind !== 'map') return;
    for (const { key, keyNode } of node.entries)
      if (!known.has(key) && key !== 'any') this.#report(keyNode, code, `There is no ${what} "${key}".`, key, known);
  }

  #words(node: YamlNode): void {
    for (const item of itemsOf(node)) {
      if (item.kind === 'map') {
        const any = get(item, 'any');
        if (any) this.#words(any);
        continue;
      }
      const id = textOf(item);
      if (id === undefined || id === 'none' || patternOf(id) || this.#isWords(id)) continue;
      const [first = '', slot] = id.slice(id.indexOf('/') + 1).split('.');
      const known =
        slotWords.includes(first) && slot !== undefined
          ? [...this.#slots].filter((name) => !name.includes('.')).map((name) => `${first}.${name}`)
          : [...this.#states, ...slotWords, ...otherWords];
      const [name, cure] =
        slot !== undefined && slotWords.includes(first) ? [`${first}.${slot}`, known] : [first, known];
      this.#report(item, 'unknown-words', `No words have the id "${id}".`, name, cure);
    }
  }

  #isWords(id: string): boolean {
    const slash = id.indexOf('/');
    const flow = id.slice(0, Math.max(0, slash));
    if (slash > 0 && !this.#flows.has(flow)) return false;
    const [first = '', second] = id.slice(slash + 1).split('.');
    const isState = slash > 0 ? this.#states.has(`${flow}/${first}`) : this.#states.has(first);
    // A state may be called "ask" too: then `ask.x` may be words of its own, unless x is nearly a slot.
    if (isState && slotWords.includes(first) && second !== undefined && !this.#slots.has(second))
      return this.#intents.has(second) || nearest(second, this.#slots) === undefined;
    if (isState) return true;
    if (slotWords.includes(first) && second !== undefined && !/^\d+$/.test(second)) return this.#slots.has(second);
    return slotWords.includes(first) || otherWords.includes(first) || this.#flows.has(first);
  }

  #report(node: YamlNode, code: ProblemCode, message: string, name: string, known: Iterable<string>): void {
    const cure = didYouMean(name, known, 'Correct the name, or take it out.');
    // A script's slip keeps no agent from its calls.
    this.#shop.report(node, code, message, cure, 'warning');
  }
}
