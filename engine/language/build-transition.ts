import type { RouterOptions } from '../contracts.js';
import { buildRepair, checkResume, readResume } from './build-repair.js';
import { checkTransfer } from './check-transfer.js';
import type { Cascade, Rung, Target, Transition, TransferSpec } from './flow.js';
import type { NameScope } from './name-scope.js';
import { didYouMean, nearest } from './suggest.js';
import type { ValueType } from './value-types.js';
import { buildSpeaker } from './build-voice.js';
import { readBargeIn, readEndpointing } from './voice-keys.js';
import type { Workshop } from './workshop.js';
import { withEnvironment } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, itemsOf, textOf } from './yaml-source.js';

export { builtInIntents, repairWords } from './build-repair.js';

/** Events the engine makes itself; tools and called flows add their outcomes, and the outside world its own. */
export const builtInEvents = [
  'error',
  'timeout',
  'declined',
  'cancelled',
  'too_late',
  'not_listed',
  'no_input',
  'no_match',
  'too_long',
  'hangup',
  'no_answer',
  'gave_up',
  'closed',
  'busy',
  'far_hang_up',
  'max_time',
  'ok',
  'unknown',
] as const;

/** What names mean where transitions stand. */
export interface Surroundings {
  shop: Workshop;
  scope: NameScope;
  /** States of the flow; none at the agent. */
  states: ReadonlySet<string>;
  flows: ReadonlySet<string>;
  /** Slots that may be set here, with their types. */
  slotType(name: string): ValueType | undefined;
  slotNames(): string[];
  /** The id of an intent, or undefined when there is none of that name. */
  intentId(name: string): string | undefined;
  intentNames(): string[];
  /** Names of outcomes that can come here besides the built-in ones. */
  outcomes: ReadonlySet<string>;
}

export function buildTransitions(node: YamlNode | undefined, around: Surroundings): Transition[] {
  return itemsOf(node)
    .map((item) => buildTransition(item, around))
    .filter((transition) => transition !== undefined);
}

export function buildTransition(node: YamlNode, around: Surroundings): Transition | undefined {
  if (node.kind !== 'map') return undefined;
  const { shop, scope } = around;
  const set: Transition['set'][number][] = [];
  const setNode = get(node, 'set');
  if (setNode?.kind === 'map') {
    for (const { key, keyNode, value } of setNode.entries) {
      const type = around.slotType(key);
      if (type === undefined) unknownSlot(keyNode, key, around);
      const built = shop.value(value, scope, type);
      if (built) set.push({ slot: key, value: built });
    }
  }
  const to = buildTarget(get(node, 'to'), around);
  checkResume(node, to, shop);
  return {
    place: shop.place(node),
    intents: itemsOf(get(node, 'intent')).flatMap((item) => {
      const name = textOf(item);
      return name === undefined ? [] : [resolveIntent(item, name, around)];
    }),
    key: textOf(get(node, 'key')),
    on: itemsOf(get(node, 'on')).flatMap((item) => {
      const name = textOf(item);
      if (name !== undefined) checkEvent(item, name, around);
      return name === undefined ? [] : [name];
    }),
    if: shop.expression(get(node, 'if'), scope),
    say: shop.words(get(node, 'say'), scope),
    set,
    clear: itemsOf(get(node, 'clear')).flatMap((item) => {
      const name = textOf(item);
      if (name !== undefined && around.slotType(name) === undefined) unknownSlot(item, name, around);
      return name === undefined ? [] : [name];
    }),
    to,
    outcome: textOf(get(node, 'outcome')),
    resume: readResume(get(node, 'resume')),
  };
}

export function unknownSlot(node: YamlNode, name: string, around: Surroundings): void {
  around.shop.report(
    node,
    'unknown-slot',
    `There is no slot "${name}" here.`,
    didYouMean(name, around.slotNames(), 'Declare it under `slots:`.'),
  );
}

function resolveIntent(node: YamlNode, name: string, around: Surroundings): string {
  const id = around.intentId(name);
  if (id === undefined) {
    around.shop.report(
      node,
      'unknown-intent',
      `There is no intent "${name}".`,
      didYouMean(name, around.intentNames(), 'Name it under `intents:` with a few examples.'),
    );
  }
  return id ?? name;
}

/** Any name may come from outside, so only what looks like a slip of the pen is told. */
function checkEvent(node: YamlNode, name: string, around: Surroundings): void {
  // `machine` comes from the line: a machine took a call that we placed.
  const known = [...builtInEvents, 'machine', ...around.outcomes];
  if (known.includes(name)) return;
  const near = nearest(name, known);
  if (near !== undefined)
    around.shop.report(
      node,
      'unknown-event',
      `Nothing here gives the event "${name}".`,
      `Did you mean "${near}"?`,
      'warning',
    );
}

export function buildTarget(node: YamlNode | undefined, around: Surroundings): Target | undefined {
  const name = textOf(node);
  if (node === undefined || name === undefined) return undefined;
  if (around.states.has(name)) return { kind: 'state', state: name };
  if (name === 'end' || name === 'human') return { kind: name };
  if (around.flows.has(name)) return { kind: 'flow', flow: name };
  const what =
    around.states.size > 0 ? 'the flow has no such state, and the agent no such flow' : 'the agent has no such flow';
  around.shop.report(
    node,
    'unknown-state',
    `This goes to "${name}", and ${what}.`,
    didYouMean(name, [...around.states, 'end', 'human', ...around.flows]),
  );
  return undefined;
}

/** A ladder for silence or for what was not understood. */
function buildRungs(node: YamlNode | undefined, around: Surroundings): Rung[] | undefined {
  if (node === undefined) return undefined;
  const { shop } = around;
  return itemsOf(node).flatMap((item): Rung[] => {
    if (textOf(item) === 'reask') return [{ kind: 'reask', place: shop.place(item) }];
    const transition = item.kind === 'map' ? buildTransition(item, around) : undefined;
    return transition ? [{ kind: 'transition', transition }] : [];
  });
}

/** The keys that agent, flow and state share. */
export function buildCascade(node: YamlNode | undefined, around: Surroundings): Cascade {
  const { shop } = around;
  const digress = textOf(get(node, 'digress'));
  return {
    noInput: buildRungs(get(node, 'no_input'), around),
    noMatch: buildRungs(get(node, 'no_match'), around),
    noInputAfterMs: shop.durationMs(get(node, 'no_input_after')),
    bargeIn: readBargeIn(get(node, 'barge_in')) ?? readBargeIn(get(get(node, 'voice'), 'barge_in')),
    endpointing: readEndpointing(get(node, 'endpointing') ?? get(get(node, 'voice'), 'endpointing'), shop),
    ...buildSpeaker(get(node, 'voice'), shop),
    maxSpeechMs: shop.durationMs(get(node, 'max_speech')),
    repair: buildRepair(get(node, 'repair'), around),
    router: buildRouter(get(node, 'router'), shop),
    digress: digress === 'allow' || digress === 'queue' ? digress : undefined,
    resume: readResume(get(node, 'resume')),
  };
}

export function buildRouter(node: YamlNode | undefined, shop: Workshop): RouterOptions | undefined {
  if (node?.kind !== 'map') return undefined;
  const below = textOf(get(node, 'below'));
  const share = (key: string): number | undefined => {
    const value = get(node, key);
    const text = textOf(value);
    if (value === undefined || text === undefined) return undefined;
    const number = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
    if (number >= 0 && number <= 1) return number;
    shop.report(value, 'bad-value', `"${text}" is no share.`, 'Write a share from 0 to 1, or with %, as in 2%.');
    return undefined;
  };
  return {
    maxWrong: share('max_wrong'),
    threshold: share('threshold'),
    margin: share('margin'),
    below: below === 'llm' || below === 'clarify' || below === 'no_match' ? below : undefined,
    llm: textOf(get(node, 'llm')) === 'never' ? 'never' : undefined,
    llmDeadlineMs: shop.durationMs(get(node, 'llm_deadline')),
  };
}

/** `transfer:` of an agent or a state; what a state leaves out the agent's gives. */
export function buildTransfer(
  node: YamlNode | undefined,
  scope: NameScope,
  shop: Workshop,
  agents?: TransferSpec,
): TransferSpec | undefined {
  if (node?.kind !== 'map') return undefined;
  checkTransfer(node, shop);
  const to = shop.template(get(node, 'to'), withEnvironment(scope), 'written') ?? agents?.to;
  if (to === undefined) {
    shop.report(node, 'missing-key', 'This transfer does not say to whom.', 'Give it `to:`, here or at the agent.');
    return undefined;
  }
  const mode = textOf(get(node, 'mode'));
  const summary = textOf(get(node, 'summary'));
  return {
    to,
    mode: mode === 'warm' || mode === 'cold' ? mode : (agents?.mode ?? 'cold'),
    summary: summary === undefined ? (agents?.summary ?? false) : summary === 'true',
    hours: textOf(get(node, 'hours')) ?? agents?.hours,
    maxMs: shop.durationMs(get(node, 'max')) ?? agents?.maxMs,
    waitMs: shop.durationMs(get(node, 'wait')) ?? agents?.waitMs,
  };
}
