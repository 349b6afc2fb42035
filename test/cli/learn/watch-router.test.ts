import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readFallbacks, withoutNumbers } from '../../../cli/learn/fallbacks.js';
import { RouterWatch, type WatchRouterOptions } from '../../../cli/learn/watch-router.js';
import { VirtualClock } from '../../../engine/clock.js';
import type { Dialog, LanguageModel, Out, RouteRequest, TurnTrace } from '../../../engine/contracts.js';
import { rememberDecisions } from '../../../intents/loop/remember-decisions.js';
import { createRouter } from '../../../intents/router.js';
import { Metrics } from '../../../runtime/observe/metrics.js';
import { createLog } from '../../../runtime/observe/log.js';

const never = new AbortController().signal;
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'parley-learn-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function trace(changes: Partial<TurnTrace>): TurnTrace {
  return {
    turn: 1, input: 'utterance', text: 'my parrot ate it', candidates: [{ intent: 'pay', score: 0.4 }], moves: [], flow: 'menu',
    state: 'ask', stack: [], queue: [], finished: [], visited: [], slots: {}, tools: [], llmCalls: 0, notes: [], score: 0.4,
    counters: { no_input: 0, no_match: 0, invalid: 0, attempt: 0, visits: 0 }, ...changes,
  }; // prettier-ignore
}

/** A router of two intents whose model always says the same. */
async function routerSaying(intent: string) {
  return rememberDecisions(
    await createRouter(
      ['pay', 'complain'].map((id) => ({ id, examples: [{ text: `${id} now`, values: [] }], not: [] })),
      {
        embedder: 'static',
        model: {
          name: 'm',
          async *stream({ functions }) {
            yield { kind: 'call', name: functions!.find(({ name }) => name.startsWith(intent))!.name, arguments: '{}' };
          },
        },
      },
    ),
  );
}

async function watched(changes: Partial<WatchRouterOptions> = {}, says = 'complain') {
  const lines: string[] = [];
  const clock = new VirtualClock();
  const watch = new RouterWatch({
    home, clock, keepMs: 86_400_000, auditShare: 0, random: () => 0,
    log: createLog({ style: 'json', write: (line) => void lines.push(line) }),
    ...changes,
  }); // prettier-ignore
  const metrics = new Metrics();
  watch.count(metrics);
  const router = await routerSaying(says);
  const take = async (out: TurnTrace, masked?: TurnTrace): Promise<void> => {
    const dialog = {
      id: 'd',
      async *turn(): AsyncGenerator<Out> {
        yield { kind: 'trace', trace: out, ...(masked && { masked }) };
      },
    } as unknown as Dialog;
    for await (const one of watch
      .watch(dialog, { agent: { name: 'acme' }, router })
      .turn({ kind: 'hang_up', atMs: 0 }, { signal: never }))
      expect(one.kind).toBe('trace');
  };
  return { watch, take, lines, clock, metrics, router };
}

const request = (text: string, changes: Partial<RouteRequest> = {}): RouteRequest => ({
  text, legal: ['pay', 'complain'], values: [], position: 'menu/ask', language: 'en', options: {},
  context: { lastWords: '', slots: [] }, ...changes,
}); // prettier-ignore

describe('what a model had to decide', () => {
  it('is kept with personal values hidden, in a file of its owner only', async () => {
    const { watch, take } = await watched();
    const said = { text: 'maria here, my parrot ate it', rule: 'model', intent: 'complain', route: 'llm' as const };
    await take(trace(said), trace({ ...said, text: '[name] here, my parrot ate it' }));
    await take(trace({ rule: 'model-none', route: 'llm', text: 'ring 0871234567 or four four seven one' }));
    await take(trace({ rule: 'nothing-fits', llmCalls: 1 }));
    await watch.close();
    const { lines } = await readFallbacks(home, 'acme');
    expect(lines).toMatchObject([
      { kind: 'fallback', text: '[name] here, my parrot ate it', intent: 'complain', state: 'menu/ask' },
      { kind: 'fallback', text: 'ring [number] or [number]', none: true },
      { kind: 'fallback', text: 'my parrot ate it' },
    ]);
    const file = join(home, 'router', 'acme.jsonl');
    expect(readFileSync(file, 'utf8')).not.toMatch(/maria|0871/);
    expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('says which language was spoken, so that it is learnt in that one', async () => {
    const { watch, take, router } = await watched();
    await router.route(request('mi loro se lo comió', { language: 'es' }), never);
    await take(trace({ rule: 'model', intent: 'complain', route: 'llm', llmCalls: 1, text: 'mi loro se lo comió' }));
    await watch.close();
    const { lines } = await readFallbacks(home, 'acme');
    expect(lines).toMatchObject([{ text: 'mi loro se lo comió', language: 'es', intent: 'complain' }]);
  });

  it('is not what the machine decided, what a rule decided, or where no model was asked', async () => {
    const { watch, take } = await watched();
    await take(trace({ rule: 'router', route: 'local', intent: 'pay' }));
    await take(trace({ rule: 'exact-example', route: 'local', intent: 'pay' }));
    await take(trace({ rule: 'nothing-fits' }));
    await watch.close();
    expect((await readFallbacks(home, 'acme')).lines).toEqual([]);
  });

  it('grows old, and is not kept at all where nobody wants it', async () => {
    const { watch, take, clock } = await watched();
    await take(trace({ rule: 'model', text: 'the old one', route: 'llm' }));
    await watch.close();
    await clock.advance(2 * 86_400_000);
    await take(trace({ rule: 'model', text: 'the new one', route: 'llm' }));
    await watch.close();
    expect((await readFallbacks(home, 'acme')).lines.map(({ text }) => text)).toEqual(['the new one']);
    const off = await watched({ keepMs: 0, home: join(home, 'off') });
    await off.take(trace({ rule: 'model', route: 'llm' }));
    await off.watch.close();
    expect((await readFallbacks(join(home, 'off'), 'acme')).lines).toEqual([]);
  });

  it.each([
    ['my card is 4471 9902 1123', 'my card is [number]'],
    ['it is double four seven one', 'it is [number]'],
    ['write to ana@example.org', 'write to [email]'],
    ['ana at example dot org', '[email]'],
    ['two rooms for three nights', 'two rooms for three nights'],
  ])('hides numbers and addresses that nobody asked for: %s', (said, kept) => {
    expect(withoutNumbers(said)).toBe(kept);
  });
});

describe('the shadow audit', () => {
  it('asks the model of a local decision, beside the call, and keeps that it disagrees', async () => {
    const { watch, take, metrics, router } = await watched({ auditShare: 1 });
    await router.route(request('pay it now', { options: { threshold: 0 } }), never);
    await take(trace({ rule: 'router', route: 'local', intent: 'pay', text: 'pay it now' }));
    await watch.close();
    expect((await readFallbacks(home, 'acme')).lines).toMatchObject([
      { kind: 'audit', text: 'pay it now', local: 'pay', intent: 'complain' },
    ]);
    expect(metrics.text()).toContain('router_audits_total{agent="acme",agrees="false"} 1');
  });

  it('is not among what the call has used: the caller asked for nothing of it', async () => {
    const { watch, take, metrics, router } = await watched({ auditShare: 1 });
    const asked: string[] = [];
    const counted = (model: LanguageModel): LanguageModel => ({
      ...model,
      stream: (question, signal) => {
        asked.push(model.name);
        return model.stream(question, signal);
      },
    });
    await router.route(request('pay it now', { options: { threshold: 0 } }), never, counted);
    await take(trace({ rule: 'router', route: 'local', intent: 'pay', text: 'pay it now' }));
    await watch.close();
    expect(metrics.text()).toContain('router_audits_total{agent="acme",agrees="false"} 1');
    expect(asked).toEqual([]);
    // Of a turn that a model decides, it is.
    await router.route(request('my parrot ate the postman'), never, counted);
    expect(asked).toEqual(['m']);
  });

  it('takes a share, and never a turn with a personal value or where models are off', async () => {
    const { watch, take, metrics, router } = await watched({ auditShare: 0.5, random: () => 0.4 });
    const local = { rule: 'router', route: 'local', intent: 'pay' } as const;
    await router.route(request('pay for maria now', { options: { threshold: 0 }, private: true }), never);
    await take(trace({ ...local, text: 'pay for maria now' }));
    await router.route(request('pay this now', { options: { threshold: 0, llm: 'never' } }), never);
    await take(trace({ ...local, text: 'pay this now' }));
    await watch.close();
    expect(metrics.text()).not.toContain('router_audits_total{');
    const other = await watched({ auditShare: 0.5, random: () => 0.6 });
    await other.router.route(request('pay it now', { options: { threshold: 0 } }), never);
    await other.take(trace({ ...local, text: 'pay it now' }));
    await other.watch.close();
    expect(other.metrics.text()).not.toContain('router_audits_total{');
  });

  it('tells the rate of disagreement with its interval, and no word of a caller', async () => {
    const { watch, take, lines, router } = await watched({ auditShare: 1 });
    await router.route(request('pay it now', { options: { threshold: 0 } }), never);
    for (let n = 0; n < 50; n++) {
      await take(trace({ rule: 'router', route: 'local', intent: 'pay', text: 'pay it now' }));
      await watch.close();
    }
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ agent: 'acme', share: 1, high: 1, of: 50 });
    expect(lines[0]).not.toContain('pay it');
  });
});

describe('the alarm for drift', () => {
  it('rings once a window when turns are no longer decided here, in the log and in the numbers', async () => {
    const { take, lines, metrics } = await watched();
    for (let n = 0; n < 200; n++) await take(trace({ rule: 'router', route: 'local', score: 0.95 }));
    expect(lines).toEqual([]);
    for (let n = 0; n < 200; n++)
      await take(trace(n % 2 ? { rule: 'router', route: 'local', score: 0.9 } : { rule: 'nothing-fits', score: 0.3 }));
    expect(lines.map((line) => (JSON.parse(line) as { expected: number }).expected)).toEqual([0.95, 0]);
    expect(metrics.text()).toContain('router_drift_alarms_total{agent="acme",of="undecided"} 1');
    expect(metrics.text()).toContain('router_turns_total{agent="acme",route="local"} 300');
  });
});
