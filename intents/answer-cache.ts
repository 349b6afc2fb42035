/**
 * What a language model answered, for when the same is asked again: word for word, or nearly so by a sentence vector.
 * No text is kept, only its hash and its vector; turns that may hold personal values are never kept, and nothing outlives
 * the process.
 */
import { createHash } from 'node:crypto';
import type { RouteRequest, TrainingIntent } from '../engine/contracts.js';
import { functionWords } from './classifier/function-words.js';
import { baseLanguage, wordsOf } from './classifier/words.js';

/** What may be kept: an answer to the question, never a failure. */
export type KeptAnswer =
  { kind: 'intent'; intent: string; probability: number; slots?: Record<string, string> } | { kind: 'none' };

export interface AnswerCacheSettings {
  /** Answers that are kept; the one that was unused longest goes first. Default 2,000. */
  entries?: number;
  /** A unit vector of a text; undefined or absent: word for word only. */
  embed?: (text: string) => Promise<Float32Array | undefined>;
  /** Cosine from which another wording is the same turn. Default 0.88, of sentences whose matter is the same. */
  near?: number;
}

/** Where an answer goes: the same state, candidates, slots and models. Undefined: this turn is not to be kept. */
export interface CachePlace {
  scope: string;
  words: string;
  /** What another wording must have too: all but the frame words. Undefined in a language whose frame words we do not know: word for word only. */
  weight: string | undefined;
}

interface Entry {
  scope: string;
  weight: string | undefined;
  vector?: Float32Array;
  answer: KeptAnswer;
}

const defaults = { entries: 2_000, near: 0.88 };
/** So many digits in a row, or number words, are a card or a telephone number that nobody asked for. */
const mostNumbers = 3;

/** Function words that can turn a request into another one: they count as matter here. */
const heavyWords: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set('to from for by with on at into and or but only my your his her their not need'.split(' ')),
};
/** A sentence that begins so asks whether it is so; without it, it says or orders it. */
const asks: ReadonlySet<string> = new Set('is are am was were do does did has have had'.split(' '));
const numberWords = new Set('zero oh one two three four five six seven eight nine ten double triple'.split(' '));

export class AnswerCache {
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;
  readonly #near: number;
  readonly #embed: AnswerCacheSettings['embed'];

  constructor({ entries = defaults.entries, near = defaults.near, embed }: AnswerCacheSettings = {}) {
    this.#most = entries;
    this.#near = near;
    this.#embed = embed;
  }

  get size(): number {
    return this.#entries.size;
  }

  async find(place: CachePlace, text: string): Promise<{ answer: KeptAnswer; by: 'exact' | 'near' } | undefined> {
    const key = keyOf(place);
    const same = this.#entries.get(key);
    if (same) {
      this.#entries.delete(key);
      this.#entries.set(key, same);
      return { answer: same.answer, by: 'exact' };
    }
    if (place.weight === undefined || this.#entries.size === 0) return undefined;
    const vector = await this.#embed?.(text);
    if (!vector) return undefined;
    let best: { cosine: number; answer: KeptAnswer } | undefined;
    for (const { scope, weight, vector: other, answer } of this.#entries.values()) {
      // Words of an answer's slots are those of its own wording.
      if (scope !== place.scope || weight !== place.weight || !other || hasSlots(answer)) continue;
      const cosine = dot(vector, other);
      if (cosine >= this.#near && cosine > (best?.cosine ?? 0)) best = { cosine, answer };
    }
    return best && { answer: best.answer, by: 'near' };
  }

  async keep(place: CachePlace, text: string, answer: KeptAnswer): Promise<void> {
    const vector = place.weight === undefined || hasSlots(answer) ? undefined : await this.#embed?.(text);
    const { scope, weight } = place;
    this.#entries.set(keyOf(place), { scope, weight, answer, ...(vector && { vector }) });
    if (this.#entries.size > this.#most) this.#entries.delete(this.#entries.keys().next().value!);
  }
}

/** Where the answer to this request is kept; undefined when it must not be. */
export function placeOf(
  request: RouteRequest,
  intents: readonly TrainingIntent[],
  models: readonly string[],
): CachePlace | undefined {
  const { text, values, position, language, context } = request;
  const words = wordsOf(text);
  if (request.private === true || words.length === 0 || hasLongNumber(text, words)) return undefined;
  const scope = hash([
    position,
    language,
    models,
    intents.map(({ id }) => id).sort(),
    context.slots.map(({ name, type, options }) => [name, type, options ?? []]),
  ]);
  return { scope, words: hash(words), weight: weightOf(words, values, text, language) };
}

/**
 * All but the frame of a sentence, in order. Vectors alone do not serve: sums of words give "turn up the heating in the
 * living room" and "turn down …" a cosine of 0.98, and "send it to my sister" and "to my brother" 0.95.
 */
function weightOf(
  words: readonly string[],
  values: RouteRequest['values'],
  text: string,
  language: string,
): string | undefined {
  const base = baseLanguage(language);
  const [heavy, frame] = [heavyWords[base], functionWords[base]];
  if (!heavy || !frame) return undefined;
  const inValues = values.map(({ start, end, type }) => [type, wordsOf(text.slice(start, end))]);
  const matter = words.filter((word) => heavy.has(word) || !frame.has(word));
  return hash([asks.has(words[0]!), inValues, matter]);
}

function hasLongNumber(text: string, words: readonly string[]): boolean {
  if (text.replace(/(?<=\d)[\s.,-]+(?=\d)/g, '').match(/\d{4,}/)) return true;
  let run = 0;
  for (const word of words) {
    run = numberWords.has(word) || /^\d+$/.test(word) ? run + 1 : 0;
    if (run > mostNumbers) return true;
  }
  return false;
}

function hasSlots(answer: KeptAnswer): boolean {
  return answer.kind === 'intent' && answer.slots !== undefined;
}

function keyOf({ scope, words }: CachePlace): string {
  return `${scope} ${words}`;
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64').slice(0, 24);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
