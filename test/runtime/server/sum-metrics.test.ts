import { describe, expect, it } from 'vitest';
import { callMetrics } from '../../../runtime/observe/call-metrics.js';
import { Metrics } from '../../../runtime/observe/metrics.js';
import { sumMetrics } from '../../../runtime/server/workers/sum-metrics.js';

function of(calls: number, latencyMs: number, lagMs: number, full: number): string {
  const metrics = new Metrics();
  metrics.counter('calls_total', 'Calls.').add({ end: 'a b "c"' }, calls);
  metrics.gauge('active', 'Now.', () => calls);
  metrics.gauge('voice_loop_lag_p99_ms', 'Late.', () => lagMs);
  metrics.gauge('voice_full', 'Full.', () => full);
  metrics.histogram('latency_ms', 'Time.', [10]).observe({ stage: 'gap' }, latencyMs);
  return metrics.text();
}

describe('the figures of several processes', () => {
  it('are added up by name and labels, the lag is the worst, and full is only when all are', () => {
    const lines = sumMetrics([of(2, 5, 1, 1), of(3, 50, 7, 0)]).split('\n');
    expect(lines).toEqual([
      '# HELP calls_total Calls.',
      '# TYPE calls_total counter',
      'calls_total{end="a b \\"c\\""} 5',
      '# HELP active Now.',
      '# TYPE active gauge',
      'active 5',
      '# HELP voice_loop_lag_p99_ms Late.',
      '# TYPE voice_loop_lag_p99_ms gauge',
      'voice_loop_lag_p99_ms 7',
      '# HELP voice_full Full.',
      '# TYPE voice_full gauge',
      'voice_full 0',
      '# HELP latency_ms Time.',
      '# TYPE latency_ms histogram',
      'latency_ms_bucket{stage="gap",le="10"} 1',
      'latency_ms_bucket{stage="gap",le="+Inf"} 2',
      'latency_ms_sum{stage="gap"} 55',
      'latency_ms_count{stage="gap"} 2',
      '',
    ]);
  });

  it('hold what one that is gone had counted, and not how it stood: a counter never falls', () => {
    const lines = sumMetrics([of(1, 5, 1, 0)], [of(10, 5, 99, 1)]).split('\n');
    expect(lines).toContain('calls_total{end="a b \\"c\\""} 11');
    expect(lines).toContain('active 1');
    expect(lines).toContain('voice_loop_lag_p99_ms 1');
    expect(lines).toContain('latency_ms_count{stage="gap"} 2');
  });

  it('are the same of one process as that process gives', () => {
    const { registry } = callMetrics(() => 3);
    expect(sumMetrics([registry.text()]).split('\n').filter(Boolean)).toEqual(registry.text().split('\n').filter(Boolean)); // prettier-ignore
  });
});
