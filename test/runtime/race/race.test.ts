import { describe, expect, it } from 'vitest';
import { explore, runScript, scenarioNamed, shrink, tell } from './explore.js';
import { breaches, rules } from './invariants.js';

describe('the race explorer', () => {
  it('B1 B2 B3 B24 B41 B50 B80 B102 hold in every scenario under every disturbance at any tick, in both orders', () => {
    const { runs, failures } = explore({ every: 10 });
    expect(failures.map(tell).join('\n\n')).toBe('');
    expect(runs).toBeGreaterThan(4000);
  }, 120_000);

  it('prints a failing order shrunk to the events that are needed for it, and runs it again', () => {
    const name = 'a test: no interruption while the agent speaks';
    rules[name] = (log, tell) =>
      log.forEach(({ effects }, at) => {
        if (effects.some((effect) => effect.kind === 'count' && effect.name === 'interruptions')) tell(at, 'cut');
      });
    try {
      const { failures } = explore({ every: 5, only: 'a barge-in' });
      const failure = failures.find(({ breach }) => breach.rule === name)!;
      const { script, shrunk } = shrink(failure);
      expect(shrunk).toBe(true);
      // Asked, answered, made to sound, and cut; of a log of hundreds.
      expect(script.length).toBeLessThanOrEqual(6);
      expect(failure.log.length).toBeGreaterThan(50);
      const again = breaches(runScript(script, scenarioNamed('a barge-in')));
      expect(again.map(({ rule }) => rule)).toContain(name);
      expect(tell(failure)).toContain(JSON.stringify(script));
    } finally {
      delete rules[name];
    }
  });
});
