/** What is counted of calls: `/metrics` gives it. Read from turns and records alone; no word of a caller gets in. */
import type { CallRecord, CallTurn } from '../call/call.js';
import { costOf, ownPrices, type Prices } from './cost.js';
import { Metrics } from './metrics.js';
import { stageLengths } from './stages.js';

export interface CallMetrics {
  readonly registry: Metrics;
  /** A side has spoken. */
  turn(turn: CallTurn): void;
  ended(record: CallRecord): void;
  /** @param reason of a fixed list: `full`, `draining`, … */
  refused(reason: string): void;
}

const latencyMs = [20, 50, 100, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 5000, 10_000];

/** @param prices without them no cost is counted */
export function callMetrics(activeCalls: () => number, prices: Prices = ownPrices): CallMetrics {
  const registry = new Metrics();
  const calls = registry.counter(
    'voice_calls_total',
    'Calls that ended, by how they came in, who answered and how they ended.',
  );
  registry.gauge('voice_calls_active', 'Calls that run now.', activeCalls);
  const seconds = registry.counter('voice_call_seconds_total', 'Length of all calls that ended.');
  const latency = registry.histogram(
    'voice_turn_latency_ms',
    'From the end of the caller to the first sound heard (stage "gap"), and its parts, which add up to it.',
    latencyMs,
  );
  const interruptions = registry.counter('voice_interruptions_total', 'Times that a caller cut the agent off.');
  const errors = registry.counter('voice_errors_total', 'What a provider did not do, as calls met it.');
  const cost = registry.counter('voice_cost_usd', 'What providers cost, where their prices are known.');
  const usage = registry.counter('voice_usage_total', 'Seconds, characters and tokens, by provider.');
  const wasted = registry.counter('voice_usage_wasted_total', 'What of it nobody heard or took.');
  const refused = registry.counter('voice_calls_refused_total', 'Calls that were not taken, by reason.');
  const events = registry.counter('voice_events_total', 'What calls count of themselves and of their lines.');
  return {
    registry,
    turn: ({ stages }) => {
      for (const { stage, ms } of stages ? stageLengths(stages) : []) latency.observe({ stage }, ms);
    },
    ended: (record) => {
      const { transport } = record;
      const agent = typeof record.about?.agent === 'string' ? record.about.agent : '';
      calls.add({ transport, agent, end: record.ended });
      seconds.add({ transport, agent }, record.durationMs / 1000);
      if (record.interruptions.length > 0) interruptions.add({ agent }, record.interruptions.length);
      for (const [provider, count] of Object.entries(record.errors ?? {})) errors.add({ provider }, count);
      for (const { who, what, amount, wasted: forNothing } of record.usage ?? []) {
        usage.add({ provider: who, kind: what }, amount);
        if (forNothing) wasted.add({ provider: who, kind: what }, forNothing);
      }
      for (const { who, what, usd } of costOf(record.usage ?? [], prices).costs)
        cost.add({ provider: who, kind: what }, usd);
      for (const [event, count] of Object.entries(record.counters)) events.add({ transport, event }, count);
    },
    refused: (reason) => refused.add({ reason }),
  };
}
