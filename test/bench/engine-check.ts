/** How long a check of a large agent takes, beside what `yaml` needs to parse the same text. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { loadAgent } from '../../engine/language/load.js';

const flowCount = 100;
const statesAFlow = 50;
/** Each takes seconds; the ratio of the medians moves by a few hundredths from more. */
const rounds = 3;

/** Of one agent: 100 flows of 50 states, with what real flows have: questions, conditions, templates, tools, examples. */
export interface CheckFigure {
  /** Median time of `loadAgent`, from the files on the disk to the checked agent. */
  checkMs: number;
  /** Median time of `parseAllDocuments` for the same text. */
  yamlMs: number;
  ratio: number;
}

/**
 * Measures both in turn in this process, warmed, so that a slow machine slows both.
 * @throws Error when the agent that is measured is not without problems: it would not be the whole check
 */
export async function measureCheck(): Promise<CheckFigure> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-check-'));
  const texts = largeAgent();
  for (const [name, text] of texts) writeFileSync(join(folder, name), text);
  const checkTimes: number[] = [];
  const yamlTimes: number[] = [];
  try {
    for (let round = -1; round < rounds; round++) {
      let from = performance.now();
      for (const text of texts.values()) parseAllDocuments(text);
      const yamlMs = performance.now() - from;
      from = performance.now();
      const { problems } = await loadAgent(folder);
      const checkMs = performance.now() - from;
      if (problems.length > 0)
        throw new Error(`the large agent has problems: ${problems[0]!.code}: ${problems[0]!.message}`);
      if (round < 0) continue;
      yamlTimes.push(yamlMs);
      checkTimes.push(checkMs);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const [checkMs, yamlMs] = [median(checkTimes), median(yamlTimes)];
  return { checkMs, yamlMs, ratio: checkMs / yamlMs };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** File name → text. */
export function largeAgent(flows = flowCount, states = statesAFlow): Map<string, string> {
  const texts = new Map([['agent.yaml', agentText]]);
  for (let index = 0; index < flows; index++) texts.set(`task-${index}.flow.yaml`, flowText(index, states));
  return texts;
}

const agentText = `agent: large
language: en-IE
timezone: Europe/Dublin
start: task_0
persona: >
  You are Ava, the phone assistant of a large shop. Warm, brief, one question at a time.
router: { max_wrong: 2%, llm_deadline: 1200ms }
transfer: { to: "{{ env.DESK }}", mode: warm, summary: true }
no_input: [reask, { say: Are you still there? }, { to: human }]
no_input_after: 6s
no_match: [reask, reask, { to: human }]
slots:
  city: { type: city, scope: call, ask: Which city is that for? }
intents:
  skills: [what can you do, how can you help]
listen:
  - { intent: skills, say: I can look up orders and take payments. }
`;

/** A question, a look-up, a condition, a read-back and a menu, again and again, and one write at the end. */
function flowText(index: number, states: number): string {
  const rounds = Math.max(1, Math.floor((states - 3) / 5));
  const lines = [
    `flow: task_${index}`,
    `title: your task ${index}`,
    `description: The caller wants to have the task of kind ${index} done`,
    'examples:',
    ...['i want to start', 'please begin', 'can you do', 'i need help with'].map(
      (words) => `  - ${words} task number ${index}`,
    ),
    `  - start task ${index} for order [4471](code_0)`,
    'slots:',
  ];
  for (let round = 0; round < rounds; round++) {
    lines.push(
      `  code_${round}:`,
      '    type: code',
      `    called: [order number ${round}]`,
      '    pattern: "[A-Z]{0,2}[0-9]{4,6}"',
      '    ask:',
      `      - What's the order number of part ${round}?`,
      "      - It's at the top of your receipt, four to six digits. You can key it in.",
      '    dtmf: { length: 4..6, end: "#" }',
      `  count_${round}:`,
      '    type: integer',
      '    range: 1..12',
      '    ask: How many of them would you like?',
      `    reject: [{ if: count_${round} > 8 && city == null, say: That's too many. }]`,
    );
  }
  lines.push('tools:');
  for (let round = 0; round < rounds; round++) {
    lines.push(
      `  find_${round}:`,
      '    effect: read',
      `    input: { code_${round}: text }`,
      '    output: { status: [packed, shipped, lost], eta: date, price: money }',
      '    outcomes: { not_found: 404 }',
      `    http: { get: "{{ env.SHOP_URL }}/orders/{{ code_${round} }}" }`,
      '    filler: { after: 900ms, say: [Let me look that up., One moment.] }',
    );
  }
  lines.push(
    '  save:',
    '    effect: write',
    '    input: { count_0: integer }',
    '    http: { post: "{{ env.SHOP_URL }}/orders", body: { count: "{{ count_0 }}" } }',
    'states:',
  );
  for (let round = 0; round < rounds; round++) {
    const next = round + 1 < rounds ? `ask_${round + 1}` : 'agree';
    lines.push(
      `  ask_${round}: { collect: [code_${round}, count_${round}], to: look_${round} }`,
      `  look_${round}:`,
      `    call: find_${round}`,
      '    transitions:',
      `      - { on: not_found, to: unknown_${round} }`,
      '      - { on: [error, timeout], to: sorry }',
      `      - { if: find_${round}.status == "lost" || find_${round}.price > 100, to: human }`,
      `    to: tell_${round}`,
      `  unknown_${round}:`,
      `    say: I can't find the order {{ code_${round} | spell }}.`,
      '    transitions:',
      '      - { if: visits > 2, to: human }',
      `      - { clear: code_${round}, to: ask_${round} }`,
      `  tell_${round}:`,
      `    say: Order {{ code_${round} | spell }} is {{ find_${round}.status }}, due {{ find_${round}.eta | say_date }}. Shall I go on?`,
      '    transitions:',
      `      - { intent: yes, to: on_${round} }`,
      '      - { intent: no, to: end }',
      `  on_${round}: { say: "That makes {{ count_${round} }} {{ count_${round} | plural('piece', 'pieces') }}.", to: ${next} }`,
    );
  }
  lines.push(
    '  agree:',
    '    confirm: "So {{ count_0 }} of them. Shall I order them?"',
    '    call: save',
    '    transitions: [{ on: declined, to: end }, { on: [error, timeout], to: sorry }]',
    '    to: done',
    '  done: { say: "Done, thank you.", to: end }',
    "  sorry: { say: That didn't work just now., to: human }",
  );
  return `${lines.join('\n')}\n`;
}
