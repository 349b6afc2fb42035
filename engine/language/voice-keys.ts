/** `barge_in`, `endpointing` and `dtmf`: how the caller is listened to. */
import type { BargeIn } from '../contracts.js';
import type { Slot } from './flow.js';
import type { Workshop } from './workshop.js';
import type { YamlNode } from './yaml-source.js';
import { get, textOf } from './yaml-source.js';

const bargeIns = new Set(['off', 'deaf', 'keys', 'match', 'speech']);

/** `off`, `deaf`, `keys`, `match`, `speech` or `words(3)`. */
export function readBargeIn(node: YamlNode | undefined): BargeIn | undefined {
  const text = textOf(node);
  if (text === undefined) return undefined;
  const words = /^words\((\d+)\)$/.exec(text);
  if (words) return { words: Number(words[1]) };
  return bargeIns.has(text) ? (text as BargeIn) : undefined;
}

/** Named ranges of the pause that ends a turn, in milliseconds. */
const endpointings: Record<string, { minMs: number; maxMs: number }> = {
  fast: { minMs: 200, maxMs: 1000 },
  normal: { minMs: 300, maxMs: 2500 },
  patient: { minMs: 900, maxMs: 4000 },
};

export function readEndpointing(
  node: YamlNode | undefined,
  shop: Workshop,
): { minMs: number; maxMs: number } | undefined {
  if (node?.kind !== 'map') return endpointings[textOf(node) ?? ''];
  const { minMs, maxMs } = endpointings['normal']!;
  const range = {
    minMs: shop.durationMs(get(node, 'min')) ?? minMs,
    maxMs: shop.durationMs(get(node, 'max')) ?? maxMs,
  };
  if (range.minMs > range.maxMs)
    shop.report(node, 'bad-value', 'The shortest pause is longer than the longest.', 'Make `min` the smaller one.');
  return range;
}

const keyDefaults = { firstMs: 6000, betweenMs: 2000 };

/** `{ length: 3..6, end: "#", first: 6s, between: 2s }` */
export function readDtmf(node: YamlNode | undefined, shop: Workshop): Slot['dtmf'] {
  if (node?.kind !== 'map') return undefined;
  const length = get(node, 'length');
  const text = textOf(length);
  const match = /^(\d+)(?:\.\.(\d+))?$/.exec(text ?? '');
  const min = match ? Number(match[1]) : 1;
  const max = match ? Number(match[2] ?? match[1]) : 20;
  if (length && match && (min < 1 || max < min)) {
    shop.report(
      length,
      'bad-value',
      `Keys from ${min} to ${max} are none.`,
      'Write the smaller number first, as in 4..6.',
    );
  }
  return {
    min,
    max: Math.max(min, max),
    end: textOf(get(node, 'end')),
    firstMs: shop.durationMs(get(node, 'first')) ?? keyDefaults.firstMs,
    betweenMs: shop.durationMs(get(node, 'between')) ?? keyDefaults.betweenMs,
  };
}
