import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { flow } from '../flow-command.js';

const folder = mkdtempSync(join(tmpdir(), 'router-report-'));
const env = { PARLEY_HOME: join(folder, 'home') };
const agent = join(folder, 'agent.flow.yaml');
writeFileSync(
  agent,
  `
flow: lost_card
examples:
  - I lost my card
  - my card is lost
  - I cannot find my card
  - the card is gone since this morning
  - where has my card gone
states: { done: { say: We block it., hang_up: true } }
---
flow: stolen_card
examples:
  - somebody stole my card
  - "the card is gone since this morning, it was stolen"
states: { done: { say: We block it., hang_up: true } }
`,
);

describe('what the router will do with an agent', () => {
  it('is told with the lines of what is easily confused, what is thin, and where an example would help most', async () => {
    const { code, stdout } = await flow(['router', 'report', agent], { env });
    expect(code).toBe(0);
    expect(stdout).toMatch(/2 intents, 7 examples, read with static-minilm/);
    expect(stdout).toMatch(/too little to foretell from 7 examples; a shipped threshold serves/);
    expect(stdout).toMatch(/Easily confused[^]*stolen_card[^]*agent\.flow\.yaml:\d+/);
    expect(stdout).toMatch(/Few examples: stolen_card \(2\)/);
    expect(stdout).toMatch(
      /One more example would help most for stolen_card: [^\n]+\n {4}Say "[^\n]+" once more in other words\./,
    );
  });

  it('is told to programs too', async () => {
    const { stdout } = await flow(['router', 'report', agent, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject([
      { intents: 2, examples: 7, calibratedBy: 'prior', thin: [{ intent: 'stolen_card', examples: 2 }] },
    ]);
  });

  it('is one line of flow check, which trains once for the same words', async () => {
    const first = await flow(['check', agent], { env });
    expect(first.stdout).toMatch(
      /^No problems[^\n]*\nRouter: [^\n]*1 intent with fewer than five examples: flow router report [^\n]+\n$/,
    );
    const kept = readdirSync(join(env.PARLEY_HOME, 'router'));
    // What was found, and the trained router, which a server then need not train again.
    expect(kept).toHaveLength(2);
    const again = await flow(['check', agent], { env });
    expect(again.stdout).toBe(first.stdout);
    expect(readdirSync(join(env.PARLEY_HOME, 'router'))).toEqual(kept);
  });

  it('says of too few examples what agents like it usually decide', async () => {
    const { stdout } = await flow(['router', 'report', agent], { env });
    expect(stdout).toMatch(/for 3 % wrong; other small agents decide about 89 % on this machine with it/);
  });

  it('shows each example once, in one line, and at its own place', async () => {
    const odd = join(folder, 'odd.flow.yaml');
    writeFileSync(
      odd,
      `flow: a_lamp\nexamples: [the lamp is broken, "a", the lamp is broken]\nstates: { x: { say: Lamp., to: end } }\n---\nflow: door\nexamples:\n  - The lamp is broken\n  - ${'word '.repeat(300)}\nstates: { x: { say: Door., to: end } }\n`,
    );
    const { stdout } = await flow(['router', 'report', odd], { env });
    expect(stdout.match(/"the lamp is broken" +\S+odd\.flow\.yaml:2\n/g)).toHaveLength(1);
    expect(stdout).toMatch(/"The lamp is broken" +\S+odd\.flow\.yaml:7\n/);
    expect(stdout).toMatch(/"a" +\S+odd\.flow\.yaml:2\n/);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(250);
  });

  it('is told of examples that stand under intents only', async () => {
    const asked = join(folder, 'asked.flow.yaml');
    writeFileSync(
      asked,
      'flow: colours\nintents: { red: [the red one, red please], blue: [the blue one, blue please] }\nstates:\n  ask: { say: Red or blue?, transitions: [{ intent: red, to: end }, { intent: blue, to: end }] }\n',
    );
    expect((await flow(['check', asked], { env })).stdout).toMatch(/\nRouter: [^\n]+2 intents with fewer than five/);
  });

  it('says each time, and once, what is amiss with a model', async () => {
    const encoder = join(folder, 'encoders', 'Xenova', 'all-MiniLM-L6-v2');
    mkdirSync(encoder, { recursive: true });
    writeFileSync(join(encoder, 'config.json'), '{}');
    for (let check = 0; check < 2; check++) {
      const { code, stderr, stdout } = await flow(['check', agent], { env: { ...env, PARLEY_MODELS: join(folder, 'encoders') } }); // prettier-ignore
      expect(code).toBe(0);
      expect(stdout).toMatch(/\nRouter: /);
      expect(stderr.match(/router: [^\n]*wants config\.json[^\n]*flow models pull[^\n]*static model\n/g)).toHaveLength(
        1,
      );
    }
  });

  it('says nothing of an agent that only the built-ins tell apart, and of one with mistakes only these', async () => {
    const plain = join(folder, 'plain.flow.yaml');
    writeFileSync(plain, 'flow: hello\nstates:\n  greet: { say: Hi!, hang_up: true }\n');
    expect((await flow(['check', plain], { env })).stdout).toMatch(/^No problems[^\n]*\n$/);
    const broken = join(folder, 'broken.flow.yaml');
    writeFileSync(broken, 'flow: hello\nexamples: [hi there]\nstates:\n  greet: { say: Hi!, to: nowhere }\n');
    expect((await flow(['check', broken], { env })).stdout).not.toMatch(/Router/);
    const report = await flow(['router', 'report', broken], { env });
    expect(report.code).toBe(1);
    expect(report.stderr).toMatch(/unknown-state/);
  });
});
