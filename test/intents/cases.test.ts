import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RouteDecision } from '../../engine/contracts.js';
import { createRouter, type HybridRouter } from '../../intents/router.js';
import { findTransformersModel, openTransformersModel } from '../../intents/embedder/transformers.js';
import { readCaseAgent, type CaseAgent } from './case-agents.js';

const shared = process.env.PARLEY_SHARED;
const cases = (name: string): string => join(shared!, 'cases', name);
const never = new AbortController().signal;
/** What an engine hears anywhere. */
const anywhere = ['yes', 'no', 'done', 'repeat', 'help', 'human', 'cancel', 'correct', 'goodbye', 'hold_on'];

/** Turns of the scripts that an intent must decide; the scripts give some by `flow` or words rather than `intent`. */
const more: Record<string, [string, string][]> = {
  travel: [
    ["let's make it a hotel in Porto then", 'book_hotel'],
    ['could I fly another day in the same week', 'change_flight'],
    ['yes please', 'yes'],
  ],
  bank: [
    ['send some money to Tomas', 'send_money'],
    ['how much is in my current account', 'check_balance'],
    ['I want to send money', 'send_money'],
    ['send thirty euros to Mateo', 'send_money'],
    ['pay Ingrid fifty euros', 'send_money'],
    ['send Mateo thirty euros', 'send_money'],
    ['send ten euros to Tomas', 'send_money'],
    ['send money', 'send_money'],
    ['set up a standing order to Ingrid for eighty euros every month', 'standing_order'],
    ['I want to pay Ingrid every month', 'standing_order'],
    ['I lost my card', 'replace_card'],
    ['how much is in my savings', 'check_balance'],
    ['check my portfolio', 'investments'],
    ['go ahead', 'yes'],
    ['yes, do that', 'yes'],
    ['cancel', 'cancel'],
  ],
  'drive-thru/orders': [
    ["that's all", 'done'],
    ["yes that's right", 'yes'],
    ['yeah', 'yes'],
  ],
  'voicexml/25-menu-by-voice-and-key.yaml': [
    ['something is broken', 'menu.support'],
    ['sales please', 'menu.sales'],
  ],
  'voicexml/13-a-link-is-heard-everywhere.yaml': [
    ['prices', 'prices'],
    ['how much is a ticket', 'prices'],
  ],
  'voicexml/09-help-is-nearest-too.yaml': [['help', 'help']],
};

const foreign = ['bananas', 'blah blah', 'Red Bull', 'what is the capital of france', 'the cat sat on the keyboard'];

/** Amounts and names as a bank's slot parsers would find them. */
function valuesIn(text: string) {
  const kinds: [RegExp, string][] = [
    [/\b(?:ten|thirty|fifty|eighty) euros\b/gi, 'money'],
    [/\b(?:Tomas|Mateo|Ingrid|Priya)\b/g, 'choice'],
    [/\bPorto\b/g, 'city'],
  ];
  return kinds.flatMap(([pattern, type]) =>
    [...text.matchAll(pattern)].map((match) => ({ start: match.index, end: match.index + match[0].length, type })),
  );
}

function ask(router: HybridRouter, agent: CaseAgent, text: string): Promise<RouteDecision> {
  const legal = agent.intents.map(({ id }) => id).filter((id) => !builtInOnly.has(id) || anywhere.includes(id));
  return router.route(
    {
      text,
      legal,
      values: valuesIn(text),
      position: 'listen',
      language: 'en-IE',
      options: { maxWrong: 0.02 },
      context: { lastWords: '', slots: [] },
    },
    never,
  );
}
const builtInOnly = new Set(['start_over', 'skip', 'why', 'dont_know']);

function said(decision: RouteDecision): string {
  return decision.kind === 'accept'
    ? decision.intent
    : decision.kind === 'confirm'
      ? `? ${decision.intents.join(' or ')}`
      : 'none';
}

describe.skipIf(!shared)('the shared cases (PARLEY_SHARED)', () => {
  for (const [name, turns] of Object.entries(more)) {
    it(`says what callers mean in ${name}, without a model`, async () => {
      const agent = readCaseAgent(cases(name));
      const router = await createRouter(agent.intents, { embedder: 'static' });
      const expected = new Map(turns);
      for (const { say, intent } of agent.turns) {
        // A correction is the slots' work: there a router sees no intent of its own.
        if (intent !== undefined && intent !== 'correct')
          expected.set(say, agent.intents.some(({ id }) => id === `menu.${intent}`) ? `menu.${intent}` : intent);
      }
      const wrong: string[] = [];
      for (const [say, intent] of expected) {
        const decision = await ask(router, agent, say);
        if (said(decision) !== intent)
          wrong.push(`${say} -> ${said(decision)} (${decision.probability.toFixed(2)}), not ${intent}`);
      }
      expect(wrong, `${expected.size - wrong.length} of ${expected.size}`).toEqual([]);
    });

    it(`takes nothing foreign for an intent in ${name}`, async () => {
      const agent = readCaseAgent(cases(name));
      const router = await createRouter(agent.intents, { embedder: 'static' });
      const decisions = await Promise.all(foreign.map((text) => ask(router, agent, text)));
      expect(decisions.map(said).filter((_, i) => decisions[i]!.kind === 'accept')).toEqual([]);
      // One unlucky word ("in the red" is a bank's) may be worth asking back; more would be noise.
      expect(decisions.filter(({ kind }) => kind === 'none').length).toBeGreaterThanOrEqual(foreign.length - 1);
    });
  }

  it('reads with MiniLM when its files are there, each vector free of its batch mates', async () => {
    const files = findTransformersModel({ folder: join(shared!, 'models') });
    expect(files).toBeDefined();
    const embedder = await openTransformersModel(files!);
    const [one] = await embedder.embed(['This is an example sentence']);
    const [, again] = await embedder.embed([
      'something else, and much longer than the other one',
      'This is an example sentence',
    ]);
    expect(Array.from(one!.slice(0, 4), (x) => Math.round(x * 100) / 100)).toEqual([0.07, 0.06, 0.05, 0.08]);
    expect(again).toEqual(one);
    const agent = readCaseAgent(cases('travel'));
    const router = await createRouter(agent.intents, { embedder });
    expect(router.report().embedder).toMatchObject({ name: 'Xenova/all-MiniLM-L6-v2' });
    expect(said(await ask(router, agent, 'could you read me my bookings'))).toBe('list_bookings');
    expect(said(await ask(router, agent, 'bananas'))).toBe('none');
    await router.close();
    // Seconds on a machine of its own; minutes where others work beside it.
  }, 180_000);
});
