/** The rule that decided a turn, in its trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Input, Understanding } from '../../../../engine/contracts.js';
import { rules, type RuleName } from '../../../../engine/dialog/rules.js';
import { packageRoot } from '../../../../engine/package-root.js';
import { bank } from '../bank.js';
import { Conversation, type DriveOptions } from '../drive.js';

const enough = { check_funds: { enough: true, balance: 5000 }, get_balance: { balance: 900 }, pay_contact: { reference: 'r1' } }; // prettier-ignore

/** What decides the last of these words; a line that begins with a slash is an input of another kind. */
async function decidedBy(
  yaml: string,
  lines: readonly string[],
  options: DriveOptions = {},
): Promise<string | undefined> {
  const { talk, first } = await Conversation.open(yaml, { tools: enough, ...options });
  let turn = first;
  for (const line of lines) {
    const [kind, ...rest] = line.slice(1).split(' ');
    if (!line.startsWith('/')) turn = await talk.say(line);
    else if (kind === 'keys') turn = talk.keys(rest.join(''));
    else turn = talk.input(inputs[kind!]!);
  }
  return turn.traces[0]!.rule;
}

const inputs: Record<string, Parameters<Conversation['input']>[0]> = {
  silence: { kind: 'no_input' },
  mumble: { kind: 'not_heard', speechMs: 900 },
  story: { kind: 'too_long', text: 'so it all began' },
  back: { kind: 'open', returning: true },
  event: { kind: 'event', name: 'delivered' },
  bye: { kind: 'hang_up' },
};

const atAgree = ['send thirty euros to Mateo'];
const lunch = `agent: lunch
language: en-IE
---
flow: order
title: your order
examples: [i want to order]
slots:
  items: { type: list, of: { what: { type: choice, options: [soup, bagel, tea], ask: What would you like? } }, more: Anything else? }
states: { take: { collect: items, to: end } }
---
flow: hours
title: opening hours
examples: [when are you open]
states: { tell: { say: From eight., transitions: [{ key: 1, to: end }], to: end } }
---
flow: menu
title: the menu
examples: [i want the menu]
slots: { day: { type: date, ask: For which day? }, at: { type: time, ask: At what time? } }
states:
  ask: { collect: day, to: choose }
  choose: { say: Press one., transitions: [{ key: 1, to: when }, { on: delivered, to: end }] }
  when: { collect: at, to: end }
`;
const pickOne = `agent: two
language: en-IE
---
flow: card
title: your card
examples: [i have a question about my card]
slots: { n: { type: integer, ask: How many? } }
states: { a: { collect: n, to: end } }
---
flow: loan
title: your loan
examples: [i have a question about my loan]
slots: { n: { type: integer, ask: How many? } }
states: { a: { collect: n, to: end } }
`;
const torn = 'i have a question about my';

describe('the rule that decided', () => {
  it.each<[RuleName, string, readonly string[]]>([
    ['opening', bank, []],
    ['urgent', bank, [...atAgree, 'cancel']],
    ['exact-example', bank, ["what's my balance"]],
    ['example-with-values', bank, ['send forty euros to Priya']],
    ['router', bank, ['i want to send some money now']],
    ['nothing-fits', bank, ['bananas grow on trees']],
    ['answer', bank, ['i want to send money', 'Mateo']],
    ['values-alone', bank, ['i want to send money', 'well it would be for my friend Mateo over there']],
    ['value-denied', bank, [...atAgree, 'not thirty']],
    ['too-late', bank, [...atAgree, 'yes', 'no, forty']],
    ['several-requests', bank, ["i want to send money and what's my balance"]],
    ['back', bank, ['i want to send money', 'hold on', "i'm back"]],
    [
      'cancel-by-name',
      bank,
      [...atAgree, "what's my balance and how are my investments doing", 'forget the investments'],
    ],
    ['items-and-done', lunch, ['i want to order', "one bagel, that's all"]],
    ['clarify-intent', pickOne, [torn, 'the loan']],
    ['clarify-both', pickOne, [torn, 'both']],
    ['clarify-neither', pickOne, [torn, 'neither']],
    ['unsure', pickOne, [torn]],
    ['clarify-value', lunch, ['i want the menu', 'today', '/keys 1', 'at four', 'the second one']],
    ['silence', bank, ['i want to send money', '/silence']],
    ['not-heard', bank, ['i want to send money', '/mumble']],
    ['too-long', bank, ['i want to send money', '/story']],
    ['keys-for-slot', bank, ['check my portfolio', '/keys 1234']],
    ['keys-unfit', bank, ['i want to send money', '/keys 9']],
    ['key-of-menu', lunch, ['i want the menu', 'today', '/keys 1']],
    ['event', lunch, ['i want the menu', 'today', '/event']],
    ['returning', bank, ['i want to send money', '/back']],
    ['hang-up', bank, ['/bye']],
    ['nothing-said', bank, ['i want to send money', ' ']],
  ])('is %s', async (rule, yaml, lines) => {
    expect(await decidedBy(yaml, lines)).toBe(rule);
  });

  it('is the model, its values, or its "nothing", where a model was asked', async () => {
    const byModel = (decision: object) => ({
      router: { route: () => Promise.resolve({ candidates: [], probability: 0.9, llmCalls: 1, by: 'llm', ...decision } as never) },
    }); // prettier-ignore
    expect(await decidedBy(bank, ['the thing with the money'], byModel({ kind: 'accept', intent: 'check_balance' }))).toBe('model'); // prettier-ignore
    expect(await decidedBy(bank, ['bananas'], byModel({ kind: 'none' }))).toBe('model-none');
  });

  it('is that a move cannot be made here, whatever proposed it', async () => {
    const { talk } = await Conversation.open(bank);
    const understanding: Understanding = {
      text: 'x', moves: [{ kind: 'start', flow: 'no_such_flow' }], route: 'llm', probability: 1, candidates: [], llmCalls: 1,
    }; // prettier-ignore
    const input: Input = { kind: 'utterance', text: 'x', atMs: 0 };
    expect(talk.event({ kind: 'input', input, understanding }).trace.rule).toBe('not-possible');
  });

  it('is of a name that the reference explains', () => {
    const text = readFileSync(join(packageRoot, 'engine/dialog/README.md'), 'utf8');
    expect(Object.keys(rules).filter((name) => !text.includes(`| \`${name}\` |`))).toEqual([]);
  });
});
