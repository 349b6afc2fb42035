import type { RouteDecision, Router, RouteRequest, TrainingIntent } from '../../engine/contracts.js';

/**
 * A router that takes examples at their word: the same words accept, most of the same words accept, two intents
 * that share as many are both offered. It remembers what it was asked.
 */
export class WordRouter implements Router {
  readonly requests: RouteRequest[] = [];
  readonly #examples: { intent: string; words: string[] }[];

  constructor(training: readonly TrainingIntent[]) {
    this.#examples = training.flatMap(({ id, examples }) =>
      examples.map(({ text }) => ({ intent: id, words: wordsOf(text) })),
    );
  }

  route(request: RouteRequest): Promise<RouteDecision> {
    this.requests.push(request);
    const said = wordsOf(request.text);
    const legal = this.#examples.filter(({ intent }) => request.legal.includes(intent));
    const exact = request.legal.find((id) =>
      legal.some(({ intent, words }) => intent === id && words.join(' ') === said.join(' ')),
    );
    if (exact !== undefined) return Promise.resolve(accept(exact, 1, 'rule'));
    const best = new Map<string, number>();
    for (const { intent, words } of legal) best.set(intent, Math.max(best.get(intent) ?? 0, likeness(said, words)));
    const candidates = [...best].map(([intent, score]) => ({ intent, score })).sort((a, b) => b.score - a.score);
    const [first, second] = candidates;
    if (!first || first.score < 0.5)
      return Promise.resolve({ kind: 'none', by: 'local', candidates, probability: 0.2, llmCalls: 0 });
    if (second && first.score - second.score < 0.05) {
      const intents = [first.intent, second.intent];
      return Promise.resolve({ kind: 'confirm', intents, by: 'local', candidates, probability: 0.5, llmCalls: 0 });
    }
    return Promise.resolve({ ...accept(first.intent, first.score, 'local'), candidates });
  }
}

function accept(intent: string, score: number, by: 'rule' | 'local'): RouteDecision {
  return { kind: 'accept', intent, by, candidates: [{ intent, score }], probability: score, llmCalls: 0 };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().split(/[^\p{L}\d']+/u).filter((word) => word !== '' && !['please', 'um', 'uh', 'okay'].includes(word)); // prettier-ignore
}

function likeness(a: readonly string[], b: readonly string[]): number {
  const shared = a.filter((word) => b.includes(word)).length;
  return shared === 0 ? 0 : (2 * shared) / (a.length + b.length);
}
