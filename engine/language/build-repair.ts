/** `repair:` by name, and `resume:`. */
import { builtInNames } from '../dialog/built-ins/built-ins.js';
import { buildTarget } from './build-transition.js';
import type { Surroundings } from './build-transition.js';
import type { Repair, Resume, Target } from './flow.js';
import { didYouMean } from './suggest.js';
import type { Workshop } from './workshop.js';
import type { MapNode, YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

/** Built-in intents: `flows/README.md`, "Built-in intents". */
export const builtInIntents = [
  'yes',
  'no',
  'done',
  'repeat',
  'slower',
  'help',
  'why',
  'correct',
  'cancel',
  'human',
  'goodbye',
  'hold_on',
  'dont_know',
  'skip',
  'start_over',
  'speak',
] as const;

/** What `repair:` may name besides the built-in intents. */
export const repairWords = [
  'clarify',
  'resume',
  'queued',
  'too_late',
  'anything_else',
  'out_of_scope',
  'chitchat',
  'error',
  'no_input',
  'no_match',
  'next',
] as const;

/** What a repair can be told beside its words, and which ones. */
const options: Readonly<Record<'wait' | 'confirm' | 'to', readonly string[]>> = {
  wait: ['hold_on'],
  confirm: ['correct', 'cancel', 'start_over', 'goodbye', 'human'],
  to: [
    'done', 'repeat', 'slower', 'help', 'why', 'cancel', 'human', 'goodbye', 'hold_on', 'dont_know', 'skip', 'start_over', 'speak',
    'chitchat', 'out_of_scope', 'anything_else', 'error',
  ],
}; // prettier-ignore

export function buildRepair(node: YamlNode | undefined, around: Surroundings): Map<string, Repair> {
  const repair = new Map<string, Repair>();
  if (node?.kind !== 'map') return repair;
  const { shop, scope } = around;
  // A locale file gives words for everything that is built in.
  const known: readonly string[] = [...builtInIntents, ...repairWords, ...builtInNames];
  for (const { key, keyNode, value } of node.entries) {
    if (!known.some((name) => name === key)) {
      shop.report(
        keyNode,
        'unknown-key',
        `There is no repair "${key}".`,
        didYouMean(key, known, 'See "Repair" in flows/README.md.'),
      );
    } else if (textOf(value) === 'off') repair.set(key, { off: true });
    else if (value.kind === 'map') repair.set(key, withOptions(key, value, around));
    else repair.set(key, { off: false, say: shop.words(value, scope) });
  }
  return repair;
}

function withOptions(name: string, node: MapNode, around: Surroundings): Repair {
  const { shop, scope } = around;
  for (const [option, names] of Object.entries(options)) {
    if (get(node, option) === undefined || names.includes(name)) continue;
    const cure = `It may stand at ${names.map((one) => `\`${one}\``).join(', ')}.`;
    shop.reportKey(node.entries.find(({ key }) => key === option)!, 'wrong-combination', `\`${option}:\` means nothing at \`${name}\`.`, cure); // prettier-ignore
  }
  const confirm = textOf(get(node, 'confirm'));
  return {
    off: false,
    say: shop.words(get(node, 'say'), scope),
    waitMs: shop.durationMs(get(node, 'wait')),
    to: buildTarget(get(node, 'to'), around),
    confirm: confirm === 'none' || confirm === 'implicit' || confirm === 'explicit' ? confirm : undefined,
  };
}

export function readResume(node: YamlNode | undefined): Resume | undefined {
  const text = textOf(node);
  return text === 'reask' || text === 'summarise' || text === 'ask' || text === 'silent' ? text : undefined;
}

/** Only what the caller asks for, and what has an end of its own, can come back. */
export function checkResume(node: MapNode, to: Target | undefined, shop: Workshop): void {
  const resume = node.entries.find(({ key }) => key === 'resume');
  const isAsked = get(node, 'intent') !== undefined || get(node, 'key') !== undefined;
  if (!resume || (to?.kind === 'flow' && isAsked)) return;
  shop.reportKey(
    resume,
    'wrong-combination',
    '`resume:` says how the talk comes back from a flow that the caller asked for.',
    'Give this transition an `intent` or a `key`, and `to:` a flow; or leave `resume` out.',
  );
}
