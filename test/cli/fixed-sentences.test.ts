import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
      for (const { text } of first) expect(fixed).toContain(text);
    }
  });

  it('are said ahead as the first state has them said: its own pace and voice, else the flow’s, else the agent’s', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-openings-'));
    const read = async (flow: string, state: string) => {
      const file = join(folder, 'agent.yaml');
      writeFileSync(
        file,
        `agent: shop
voice: { pace: 0.9 }
start: news
---
flow: news
${flow}
states:
  first: { say: Good morning., ${state} to: last }
  last: { say: Goodbye., hang_up: true }
`,
      );
      const { agent, problems } = await loadAgent(folder);
      expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
      return openingSentences(agent!);
    };
    try {
      expect(await read('', '')).toEqual([{ text: 'Good morning.', rate: 0.9 }]);
      expect(await read('voice: { pace: 1.2, voice: awb }', '')).toEqual([{ text: 'Good morning.', rate: 1.2, voice: 'awb' }]); // prettier-ignore
      expect(await read('voice: { pace: 1.2, voice: awb }', 'voice: { pace: 0.75 },')).toEqual([{ text: 'Good morning.', rate: 0.75, voice: 'awb' }]); // prettier-ignore
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
