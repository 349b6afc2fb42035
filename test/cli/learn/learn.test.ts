import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Fallback } from '../../../cli/learn/fallbacks.js';
import { patchesFor, unifiedDiff } from '../../../cli/learn/patch.js';
import { learn } from '../../../cli/learn/propose.js';
import type { TrainingIntent } from '../../../engine/contracts.js';
import { loadAgent } from '../../../engine/language/load.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parley-patch-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const intent = (id: string, ...texts: string[]): TrainingIntent => ({
  id,
  examples: texts.map((text) => ({ text, values: [] })),
  not: [],
});
const training = [
  intent('pay_bill', 'pay my bill', 'settle an invoice', 'i want to pay'),
  intent('complaint', 'i want to complain', 'this is not good enough', 'i am not happy'),
];
const fallback = (text: string, changes: Partial<Fallback> = {}): Fallback => ({
  at: '2026-03-01T10:00:00Z', kind: 'fallback', text, state: 'a/b', candidates: [], ...changes,
}); // prettier-ignore
const settings = { language: 'en', embedder: 'static', most: 5 } as const;

describe('what is learnt from turns that a model decided', () => {
  it('is proposed where the model was of one mind, without what is hidden, known or said to be nothing', async () => {
    const complaint = { intent: 'complaint' };
    const { proposals } = await learn(
      training,
      [
        fallback('The soup was cold!', complaint),
        fallback('the soup was cold', complaint),
        fallback('[name] was rude', complaint),
        fallback('I want to complain', complaint),
        fallback('it is about the soup', complaint),
        fallback('it is about the soup', { intent: 'pay_bill' }),
        fallback('see [this](date): { x }', complaint),
        fallback('bananas are yellow', { none: true }),
        fallback('start over again', { intent: 'start_over' }),
        fallback('cold soup again', { ...complaint, kind: 'audit', local: 'pay_bill' }),
      ],
      settings,
    );
    expect(proposals).toEqual([{ intent: 'complaint', text: 'the soup was cold', times: 2 }]);
  });

  it('is foretold by turns that are judged by examples without themselves', async () => {
    const soup = ['the soup was cold', 'my soup was too cold', 'cold soup again', 'that soup was cold really', 'the soup is always cold', 'soup was cold and late'].map((text) => fallback(text, { intent: 'complaint' })); // prettier-ignore
    const { gain, foreign, proposals } = await learn(
      training,
      [...soup, fallback('bananas are yellow', { none: true })],
      settings,
    );
    expect(proposals).toHaveLength(5);
    expect(gain.turns).toBe(6);
    expect(gain.after).toBeGreaterThan(gain.before);
    expect(foreign).toEqual({ turns: 1, before: 0, after: 0 });
  });

  it('names own examples that it would make worse', async () => {
    const wrong = ['pay the whole bill', 'settle the invoice', 'i want to pay the bill', 'pay all of my bill', 'settle my bill'].map((text) => fallback(text, { intent: 'complaint' })); // prettier-ignore
    const { regressions } = await learn(training, wrong, settings);
    expect(regressions).toContainEqual(expect.objectContaining({ intent: 'pay_bill', takenFor: 'complaint' }));
  });
});

const agentFile = `agent: shop
intents:
  skills:
    - what can you do   # asked often
    - how can you help
  short: [one line of these]
listen:
  - { intent: [skills, short], say: Much. }
`;
const flowFile = `flow: pay
examples:
  - pay my bill

  - "settle: it"
# what follows is asked
states:
  a: { say: Paid., to: end }
---
flow: other
examples: [something else]
states:
  a: { say: Done., to: end }
`;

describe('a patch of examples', () => {
  const proposals = [
    { intent: 'skills', text: 'what do you know', times: 1 },
    { intent: 'pay', text: 'yes', times: 1 },
    { intent: 'pay', text: "i'd like to pay", times: 1 },
    { intent: 'other', text: 'something new', times: 1 },
    { intent: 'short', text: 'another', times: 1 },
  ];

  it('adds lines to lists and words to brackets, touches nothing else, and says where there is none', async () => {
    writeFileSync(join(folder, 'agent.yaml'), agentFile);
    writeFileSync(join(folder, 'pay.flow.yaml'), flowFile);
    const { sources } = await loadAgent(folder);
    const nowhere = { intent: 'elsewhere', text: 'who knows', times: 1 };
    const { patches, unplaced } = patchesFor(sources, [...proposals, nowhere]);
    expect(unplaced).toEqual([nowhere]);
    for (const { file, after } of patches) writeFileSync(file, after);
    expect(readFileSync(join(folder, 'pay.flow.yaml'), 'utf8')).toBe(
      flowFile
        .replace('  - "settle: it"\n', '  - "settle: it"\n  - "yes"\n  - i\'d like to pay\n')
        .replace('[something else]', '[something else, something new]'),
    );
    expect(readFileSync(join(folder, 'agent.yaml'), 'utf8')).toContain('  short: [one line of these, another]\n');
    const { agent } = await loadAgent(folder);
    expect(agent!.flows.get('pay')!.examples.map(({ text }) => text)).toEqual(['pay my bill', 'settle: it', 'yes', "i'd like to pay"]); // prettier-ignore
    expect(agent!.intents.get('skills')!.examples.at(-1)!.text).toBe('what do you know');
  });

  it.each([
    ['of several lines, with comments', 'examples: [\n  pay it, # now\n  "settle: it", # later\n]', 'examples: [\n  pay it, # now\n  "settle: it", "yes", i\'d like to pay, # later\n]'],
    ['that is empty', 'examples: []', 'examples: ["yes", i\'d like to pay]'],
    ['with lines of Windows', 'examples:\r\n  - pay it\r', 'examples:\r\n  - pay it\r\n  - "yes"\r\n  - i\'d like to pay\r'],
  ])('leaves the form of a list %s as it is', (_, before, after) => {
    const whole = (examples: string): string => `flow: pay\n${examples}\nstates:\n  a: { say: Paid., to: end }\n`;
    const { patches } = patchesFor(new Map([['pay.flow.yaml', whole(before)]]), proposals);
    expect(patches[0]!.after).toBe(whole(after));
  }); // prettier-ignore

  it('of two lists in one line makes both longer', () => {
    const file = 'agent: shop\nintents: { pay: [pay it], skills: [what can you do], other: [] }\n';
    const { patches } = patchesFor(new Map([['agent.yaml', file]]), proposals);
    expect(patches[0]!.after).toBe(
      'agent: shop\nintents: { pay: [pay it, "yes", i\'d like to pay], skills: [what can you do, what do you know], other: [something new] }\n',
    );
    expect(unifiedDiff(patches[0]!, 'agent.yaml').split('\n').filter((line) => /^[+-][^+-]/.test(line))).toHaveLength(2); // prettier-ignore
  });

  it('of another language goes to the file of that language, with or without the flow in the name', () => {
    const locale = 'words:\n  help: Ayuda.\nexamples:\n  pay: [quiero pagar]\n  complain:\n    - no estoy contento\n';
    const sources = new Map([
      ['shop/agent.yaml', flowFile],
      ['shop/locales/es.yaml', locale],
    ]);
    const spoken = [
      { intent: 'pay', text: 'pagar la cuenta', times: 1, language: 'es' },
      { intent: 'pay.complain', text: 'la sopa está fría', times: 1, language: 'es' },
    ];
    const { patches, unplaced } = patchesFor(sources, spoken);
    expect(unplaced).toEqual([]);
    expect(patches.map(({ file }) => file)).toEqual(['shop/locales/es.yaml']);
    expect(patches[0]!.after).toBe(
      locale
        .replace('[quiero pagar]', '[quiero pagar, pagar la cuenta]')
        .replace('contento\n', 'contento\n    - la sopa está fría\n'),
    );
  });

  it('is a diff that git applies', async () => {
    mkdirSync(join(folder, 'shop'));
    writeFileSync(join(folder, 'shop', 'agent.yaml'), agentFile);
    writeFileSync(join(folder, 'shop', 'pay.flow.yaml'), flowFile);
    const { sources } = await loadAgent(join(folder, 'shop'));
    const { patches } = patchesFor(sources, proposals);
    const diff = patches.map((one) => unifiedDiff(one, one.file.slice(one.file.lastIndexOf('shop/')))).join('');
    execFileSync('git', ['apply', '-'], { cwd: folder, input: diff, env: { ...process.env, GIT_CEILING_DIRECTORIES: tmpdir() } }); // prettier-ignore
    for (const { file, after } of patches) expect(readFileSync(file, 'utf8')).toBe(after);
  });
});
