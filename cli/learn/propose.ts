/** Which of the turns that a model decided would serve as examples, and what they would change: by cross-validation. */
import type { RouteRequest, TrainingIntent } from '../../engine/contracts.js';
import { wordsOf } from '../../intents/classifier/words.js';
import { createRouter, type HybridRouter, type RouterSettings } from '../../intents/router.js';
import type { Fallback } from './fallbacks.js';

export interface Proposal {
  intent: string;
  text: string;
  /** How often it was said. */
  times: number;
}

export interface Learned {
  proposals: Proposal[];
  /** Of the turns that a model gave an intent: decided here and as the model did, without and with the proposals. */
  gain: { turns: number; before: number; after: number };
  /** Of the turns that the model called none of these: taken for an intent here. */
  foreign: { turns: number; before: number; after: number };
  /** The designer's own examples that would be taken for another intent only with the proposals. */
  regressions: { text: string; intent: string; takenFor: string }[];
}

const folds = 5;
const longestExample = 100;
/** A wording that the model once took for this and once for that teaches nothing. */
const leastAgreement = 0.8;

/** @param most examples an intent at most */
export async function learn(
  training: readonly TrainingIntent[],
  fallbacks: readonly Fallback[],
  settings: Pick<RouterSettings, 'language' | 'maxWrong' | 'embedder'> & { most: number },
): Promise<Learned> {
  const { most, ...own } = settings;
  const labelled = wordings(fallbacks, training);
  const proposals = chosen(labelled, most);
  const foreign = [...new Set(fallbacks.flatMap(({ none, kind, text }) => (none && kind === 'fallback' && isPlain(text) ? [text] : [])))]; // prettier-ignore
  const legal = training.map(({ id }) => id);
  const trained = (extra: readonly Proposal[]): Promise<HybridRouter> =>
    createRouter(withExamples(training, extra), own);
  const taken = async (router: HybridRouter, text: string): Promise<string | undefined> => {
    const decision = await router.route(requestFor(text, legal, own.language ?? 'en'), never);
    return decision.kind === 'accept' ? decision.intent : undefined;
  };

  const before = await trained([]);
  const after = await trained(proposals);
  const gain = { turns: labelled.length, before: 0, after: 0 };
  for (let fold = 0; fold < Math.min(folds, labelled.length); fold++) {
    const held = labelled.filter((_, index) => index % folds === fold);
    const texts = new Set(held.map(({ text }) => text));
    const without = await trained(proposals.filter(({ text }) => !texts.has(text)));
    for (const { text, intent } of held) {
      if ((await taken(before, text)) === intent) gain.before += 1;
      if ((await taken(without, text)) === intent) gain.after += 1;
    }
    await without.close();
  }
  const ofForeign = { turns: foreign.length, before: 0, after: 0 };
  for (const text of foreign) {
    if ((await taken(before, text)) !== undefined) ofForeign.before += 1;
    if ((await taken(after, text)) !== undefined) ofForeign.after += 1;
  }
  const known = new Set(before.report().confusions.map(({ text }) => text));
  const added = new Set(proposals.map(({ text }) => text));
  const regressions = after.report().confusions.filter(({ text }) => !known.has(text) && !added.has(text));
  await before.close();
  await after.close();
  return { proposals, gain, foreign: ofForeign, regressions };
}

const never = new AbortController().signal;

function requestFor(text: string, legal: string[], language: string): RouteRequest {
  return {
    text, legal, values: [], position: 'learn', language, options: { below: 'clarify', llm: 'never' },
    context: { lastWords: '', slots: [] },
  }; // prettier-ignore
}

/** Plain words: nothing hidden in them, and nothing that YAML or our marks would read otherwise. */
function isPlain(text: string): boolean {
  return text.length <= longestExample && /^[\p{L}\p{M}\d' .,?!-]+$/u.test(text) && wordsOf(text).length > 1;
}

/** Each wording once, as the model took it, the most often said first; those of the designer's own are no news. */
function wordings(fallbacks: readonly Fallback[], training: readonly TrainingIntent[]): Proposal[] {
  const open = new Set(training.filter(({ builtIn }) => !builtIn).map(({ id }) => id));
  const said = new Set(training.flatMap(({ examples }) => examples.map(({ text }) => wordsOf(text).join(' '))));
  const votes = new Map<string, Map<string, number>>();
  for (const { kind, text, intent, none } of fallbacks) {
    if (kind !== 'fallback' || !isPlain(text) || (intent === undefined && !none)) continue;
    const words = wordsOf(text.replace(/[.,!?]/g, ' ')).length > 0 ? tidy(text) : '';
    const own = votes.get(words) ?? new Map<string, number>();
    own.set(intent ?? '', (own.get(intent ?? '') ?? 0) + 1);
    votes.set(words, own);
  }
  return [...votes]
    .flatMap(([text, own]): Proposal[] => {
      const [[intent, times] = ['', 0]] = [...own].sort(([, a], [, b]) => b - a);
      const all = [...own.values()].reduce((sum, n) => sum + n, 0);
      const isNew = !said.has(wordsOf(text).join(' '));
      return open.has(intent) && isNew && times / all >= leastAgreement ? [{ intent, text, times }] : [];
    })
    .sort((a, b) => b.times - a.times || (a.text < b.text ? -1 : 1));
}

function tidy(text: string): string {
  return text
    .replace(/[.,!?]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}

function chosen(labelled: readonly Proposal[], most: number): Proposal[] {
  const counts = new Map<string, number>();
  return labelled.filter(({ intent }) => {
    const count = (counts.get(intent) ?? 0) + 1;
    counts.set(intent, count);
    return count <= most;
  });
}

function withExamples(training: readonly TrainingIntent[], extra: readonly Proposal[]): TrainingIntent[] {
  return training.map((intent) => ({
    ...intent,
    examples: [
      ...intent.examples,
      ...extra.flatMap(({ intent: id, text }) => (id === intent.id ? [{ text, values: [] }] : [])),
    ],
  }));
}
