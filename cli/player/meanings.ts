/**
 * Whether words mean what a script expects, by the sentence encoder that ships with the project: the same on every
 * machine, offline, about 20 µs a sentence. It sums up words, so it tells subjects apart ("the order has shipped" from
 * "which size?") and not a statement from its denial: that is for a pattern, or for the model (`judge: llm`).
 */
import type { Json, LanguageModel, ModelRequest } from '../../engine/contracts.js';
import type { Expectation } from '../../engine/language/script.js';
import type { Embedder } from '../../intents/embedder/embedder.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';
import type { SpokenWords } from './turn-record.js';

/**
 * Cosine from which two sentences count as the same matter. Chosen on 32 pairs written for it in the manner of the
 * example agents, and judged on no others: of 15 that mean the same 13 reach it; of 17 that do not 11 stay below, and
 * most of the other six are denials and questions of the same matter.
 */
export const sameMeaning = 0.4;

interface Meaning {
  /** Of the expectation: what its scores are kept under. */
  key: string;
  meaning: string;
  atLeast: number;
  asksModel: boolean;
}

/** `{ meaning: the order has shipped, at_least: 0.6 }`, `{ meaning: …, judge: llm }`; undefined for anything else. */
export function meaningOf(item: Json): Meaning | undefined {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return undefined;
  const { meaning, at_least: atLeast, judge } = item;
  if (typeof meaning !== 'string') return undefined;
  const asksModel = judge === 'llm';
  return {
    key: `${asksModel ? 'llm' : 'local'} ${meaning}`,
    meaning,
    atLeast: atLeast === undefined ? sameMeaning : Number(atLeast),
    asksModel,
  };
}

/** Whether these words were found to mean it. */
export function carries({ meanings }: SpokenWords, { key, atLeast }: Meaning): boolean {
  return (meanings?.get(key) ?? 0) >= atLeast;
}

/** How near the nearest words came, for the report of a failure. */
export function nearest({ key }: Meaning, words: readonly SpokenWords[]): number {
  return Math.max(0, ...words.map(({ meanings }) => meanings?.get(key) ?? 0));
}

/**
 * Writes into the words how near they are to each expected meaning.
 * @param model judges where the script says `judge: llm`; `none` where there can be none, and the encoder judges
 * @throws Error when it should and there is none
 */
export async function findMeanings(
  expect: Expectation,
  words: readonly SpokenWords[],
  model: LanguageModel | 'none' | undefined,
): Promise<void> {
  for (const asked of [expect.said, expect.said_not].flatMap((one) => (one ? meaningsIn(one.value) : []))) {
    if (asked.asksModel && !model)
      throw new Error('"judge: llm" asks a model, and this turn is not marked for it; add "needs: llm" to the turn');
    const judges = asked.asksModel && model && model !== 'none';
    const scores = await (judges ? judgedBy(model, asked, words) : nearness(asked, words));
    for (const [index, score] of scores.entries()) (words[index]!.meanings ??= new Map()).set(asked.key, score);
  }
}

function meaningsIn(expected: Json): Meaning[] {
  if (expected === null || typeof expected !== 'object') return [];
  const meaning = meaningOf(expected);
  return meaning ? [meaning] : Object.values(expected).flatMap(meaningsIn);
}

let encoder: Embedder | undefined;

/** Words may say more than one thing: the whole of them counts, or the nearest of their sentences. */
async function nearness({ meaning }: Meaning, words: readonly SpokenWords[]): Promise<number[]> {
  encoder ??= openStaticModel();
  const [wanted] = await encoder.embed([meaning]);
  const near: number[] = [];
  for (const { text } of words) {
    const vectors = await encoder.embed([text, ...text.split(/(?<=[.!?])\s+/)]);
    near.push(Math.max(0, ...vectors.map((vector) => vector.reduce((sum, x, at) => sum + x * wanted![at]!, 0))));
  }
  return near;
}

/** 1 for the words that say it, by the numbers the model gives. */
async function judgedBy(model: LanguageModel, { meaning }: Meaning, words: readonly SpokenWords[]): Promise<number[]> {
  if (words.length === 0) return [];
  const request: ModelRequest = {
    messages: [
      {
        role: 'system',
        content:
          'You judge what a telephone agent said. You get a meaning and numbered lines. Answer with the numbers of the lines that carry that meaning, apart by commas, or with "none", and nothing else.',
      },
      {
        role: 'user',
        content: `Meaning: ${meaning}\n${words.map(({ text }, index) => `${index + 1}. ${text}`).join('\n')}`,
      },
    ],
  };
  let answer = '';
  for await (const piece of model.stream(request, new AbortController().signal))
    if (piece.kind === 'text') answer += piece.text;
  const lines = new Set(answer.match(/\d+/g)?.map(Number));
  return words.map((_, index) => (lines.has(index + 1) ? 1 : 0));
}
