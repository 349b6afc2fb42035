import { beforeAll, describe, expect, it } from 'vitest';
import type { RouteRequest } from '../../engine/contracts.js';
import { createRouter, type HybridRouter } from '../../intents/router.js';
import { packRows } from './training/rows.js';

/** Turns that no caller says and that come all the same: from a line that broke, a program, a recogniser gone astray. */
const turns: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['blanks', ' \t\n '],
  ['one letter', 'a'],
  ['one sign', '?'],
  ['ten thousand words nobody knows', 'zorble '.repeat(10_000)],
  ['one word without an end', 'z'.repeat(100_000)],
  ['Greek', 'πού είναι το δέμα μου'],
  ['Chinese', '我的包裹在哪里'],
  ['Arabic', 'أين طردي'],
  ['emoji', '🙂🙃🫠'],
  ['half a surrogate', 'caf\ud83d'],
  ['control characters', '\u0000\u0001\u001b[31m\u007f\u202e'],
  ['a null between letters', 'q\u0000x\u0000z'],
  ['what looks like markup', '<script>0</script> {{ env.KEY }}'],
  ['a name that objects have', '__proto__ constructor toString'],
];

describe.each(['static', 'none'] as const)('a turn that is none, read with the embedder %s,', (embedder) => {
  const intents = packRows(6, 12);
  const legal = intents.map(({ id }) => id);
  let router: HybridRouter;
  const request = (text: string): RouteRequest => ({
    text,
    legal,
    values: [],
    position: 'desk.ask',
    language: 'en',
    options: {},
    context: { lastWords: '', slots: [] },
  });
  beforeAll(async () => {
    router = await createRouter(intents, { embedder });
  });

  it.each(turns)('is never taken for something: %s', async (_name, text) => {
    const decision = await router.route(request(text), new AbortController().signal);
    expect(decision.kind).not.toBe('accept');
    expect(decision.probability).toBeGreaterThanOrEqual(0);
    expect(decision.probability).toBeLessThanOrEqual(1);
    for (const { score } of decision.candidates) expect(Number.isFinite(score)).toBe(true);
  });

  it('is heard through control characters around what was meant', async () => {
    const meant = intents[0]!.examples[0]!.text;
    const decision = await router.route(request(`\u0000 ${meant}\u0007`), new AbortController().signal);
    expect(decision).toMatchObject({ kind: 'accept', intent: intents[0]!.id });
  });
});
