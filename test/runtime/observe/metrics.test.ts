import { describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../runtime/call/call.js';
import { callMetrics } from '../../../runtime/observe/call-metrics.js';
import { Metrics } from '../../../runtime/observe/metrics.js';
import { stageLengths } from '../../../runtime/observe/stages.js';

describe('metrics', () => {
  it('are written as Prometheus reads them: help, type, escaped labels, buckets that count those below', () => {
    const metrics = new Metrics();
    metrics.counter('calls_total', 'Calls.').add({ end: 'a "b"\\\n' }, 2);
    metrics.gauge('active', 'Now.', () => 3);
    metrics.gauge('unknown', 'Not known.', () => undefined);
    const latency = metrics.histogram('latency_ms', 'Time.', [10, 100]);
    for (const value of [10, 11, 5000]) latency.observe({ stage: 'gap' }, value);
    expect(metrics.text().split('\n')).toEqual([
      '# HELP calls_total Calls.',
      '# TYPE calls_total counter',
      'calls_total{end="a \\"b\\"\\\\\\n"} 2',
      '# HELP active Now.',
      '# TYPE active gauge',
      'active 3',
      '# HELP unknown Not known.',
      '# TYPE unknown gauge',
      '# HELP latency_ms Time.',
      '# TYPE latency_ms histogram',
      'latency_ms_bucket{stage="gap",le="10"} 1',
      'latency_ms_bucket{stage="gap",le="100"} 2',
      'latency_ms_bucket{stage="gap",le="+Inf"} 3',
      'latency_ms_sum{stage="gap"} 5021',
      'latency_ms_count{stage="gap"} 3',
      '',
    ]);
  });

  it('stay bounded whatever is put into labels', () => {
    const metrics = new Metrics();
    const calls = metrics.counter('calls_total', 'Calls.');
    for (let i = 0; i < 5000; i++) calls.add({ end: String(i) });
    const lines = metrics.text().split('\n');
    expect(lines.length).toBeLessThan(510);
    expect(lines).toContain('calls_total{overflow="true"} 4500');
  });

  it('tell the parts of a gap, which add up to it', () => {
    const stages = { speechEnd: 1000, final: 1100, decision: 1400, firstSentence: 1420, ttsRequest: 1420, firstByte: 1600, firstSent: 1605, firstHeard: 1705 }; // prettier-ignore
    const lengths = stageLengths(stages);
    const of = Object.fromEntries(lengths.map(({ stage, ms }) => [stage, ms]));
    expect(of).toEqual({ final: 100, decision: 300, first_sentence: 20, tts_request: 0, first_byte: 180, first_sent: 5, first_heard: 100, gap: 705 }); // prettier-ignore
  });

  it('count what was made ahead of the decision as no time of the answer', () => {
    const lengths = stageLengths({ speechEnd: 0, final: 100, decision: 400, firstSentence: 400, ttsRequest: 200, firstByte: 350, firstSent: 410, firstHeard: 510 }); // prettier-ignore
    expect(lengths.find(({ stage }) => stage === 'tts_request')?.ms).toBe(0);
    const parts = lengths.filter(({ stage }) => stage !== 'gap').reduce((sum, { ms }) => sum + ms, 0);
    expect(parts).toBe(510);
  });

  it('have the names that dashboards and alerts are written for, from the first moment', () => {
    const page = callMetrics(() => 0).registry.text();
    for (const [name, type] of Object.entries({
      voice_calls_total: 'counter',
      voice_calls_active: 'gauge',
      voice_calls_refused_total: 'counter',
      voice_turn_latency_ms: 'histogram',
      voice_interruptions_total: 'counter',
      voice_errors_total: 'counter',
      voice_cost_usd: 'counter',
      voice_usage_total: 'counter',
      voice_events_total: 'counter',
    }))
      expect(page).toContain(`# TYPE ${name} ${type}`);
  });

  it('hold no word, number or id of a call', () => {
    const metrics = callMetrics(() => 0);
    const record: CallRecord = {
      id: 'call-4711',
      transport: 'twilio',
      about: { agent: 'bank', hash: 'abc' },
      started: '2026-03-02T10:00:00.000Z',
      durationMs: 2000,
      ended: 'completed',
      turns: [{ who: 'caller', text: 'my pin is 9876', startMs: 0, endMs: 10 }],
      states: [],
      interruptions: [{ onsetMs: 1, silentMs: 2 }],
      tools: [],
      counters: { holds: 2 },
      errors: { cartesia: 1 },
    };
    metrics.turn(record.turns[0]!);
    metrics.ended(record);
    metrics.refused('full');
    const text = metrics.registry.text();
    for (const line of [
      'voice_calls_total{transport="twilio",agent="bank",end="completed"} 1',
      'voice_interruptions_total{agent="bank"} 1',
      'voice_errors_total{provider="cartesia"} 1',
      'voice_events_total{transport="twilio",event="holds"} 2',
      'voice_calls_refused_total{reason="full"} 1',
      'voice_calls_active 0',
    ])
      expect(text).toContain(`${line}\n`);
    expect(text).not.toMatch(/9876|4711|pin/);
  });
});
