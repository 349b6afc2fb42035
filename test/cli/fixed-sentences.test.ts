import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixedSentences, openingSentences } from '../../cli/fixed-sentences.js';
import { loadAgent } from '../../engine/language/load.js';
import { packageRoot } from '../../engine/package-root.js';

describe('the sentences that may be kept', () => {
  it('are those without a value in them: what a caller said is in none', async () => {
    const { agent } = await loadAgent(join(packageRoot, 'flows/restaurant'));
    const fixed = fixedSentences(agent!);
    expect(fixed.size).toBeGreaterThan(10);
    for (const flow of agent!.flows.values())
      for (const state of flow.states.values())
        for (const { text } of state.confirm?.phrases ?? [])
          if (text.reads.length > 0) expect(fixed).not.toContain(text.render(() => null).trim());
    expect([...fixed].filter((text) => /[{}]/.test(text))).toEqual([]);
  });

  it('begin with what each example agent says first', async () => {
    for (const name of ['hello', 'acme-support', 'restaurant']) {
      const { agent } = await loadAgent(join(packageRoot, 'flows', name));
      const fixed = fixedSentences(agent!);
      const first = openingSentences(agent!);
      expect(first.length, name).toBeGreaterThan(0);
      for (const text of first) expect(fixed).toContain(text);
    }
  });
});
