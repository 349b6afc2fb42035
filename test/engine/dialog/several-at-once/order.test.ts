import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Move, Understanding } from '../../../../engine/contracts.js';
import { step } from '../../../../engine/dialog/step.js';
import type { DialogState } from '../../../../engine/dialog/seam.js';
import { bank, bankTools } from '../bank.js';
import { Conversation, loadText } from '../drive.js';

const open = async (): Promise<Conversation> => (await Conversation.open(bank, { tools: { ...bankTools } })).talk;

function understood(moves: Move[]): Understanding {
  return { text: 'x', moves, route: 'local', probability: 1, candidates: [], llmCalls: 0 };
}

const fill = (slot: string, value: string | number): Move => ({
  kind: 'fill',
  slot,
  value,
  text: 'x',
  confidence: 1,
  correction: false,
});

/** What one turn of these moves does, without its tools. */
async function turnOf(talk: Conversation, moves: Move[]) {
  const agent = talk.agent;
  const world = { agent, now: '2026-03-02T10:00:00', env: {}, random: () => 0 };
  return step(world, talk.state, {
    kind: 'input',
    input: { kind: 'utterance', text: 'x', atMs: 9 },
    understanding: understood(moves),
  });
}

describe('one turn, many moves', () => {
  it.each(['cancel', 'human', 'hold_on'])('does %s before anything else of the turn', async (name) => {
    const talk = await open();
    await talk.say('i want to send money');
    const { state, out } = await turnOf(talk, [fill('payee', 'mateo'), { kind: 'repair', name }]);
    const frames = state['frames'] as unknown as { slots: Record<string, unknown> }[];
    expect(frames[0]?.slots['payee'] ?? null).toBeNull();
    expect(out.find((one) => one.kind === 'words')?.id).toBe(name);
  });

  it('takes values before the one transition, which sees them', async () => {
    const { talk } = await Conversation.open(`
flow: gate
intents: { go: [go on] }
slots: { n: { type: integer, ask: How many? } }
states:
  ask: { say: Ready?, transitions: [{ intent: go, if: n > 3, to: many }, { intent: go, to: few }] }
  many: { say: Many., to: end }
  few: { say: Few., to: end }
`);
    const { out } = await turnOf(talk, [{ kind: 'transition', intent: 'gate.go' }, fill('n', 5)]);
    expect(out.flatMap((one) => (one.kind === 'words' ? [one.id] : []))[0]).toBe('gate/many');
  });

  it('takes one transition only', async () => {
    const talk = await open();
    await talk.say('send thirty euros to Mateo');
    const { effect } = await turnOf(talk, [
      { kind: 'transition', intent: 'no' },
      { kind: 'transition', intent: 'yes' },
    ]);
    expect(effect.kind).toBe('listen');
  });

  it('comes to other requests last', async () => {
    const talk = await open();
    await talk.say('i want to send money');
    const { state } = await turnOf(talk, [{ kind: 'queue', flow: 'check_balance', fills: [] }, fill('payee', 'mateo')]);
    expect((state['frames'] as unknown as { slots: unknown }[])[0]).toMatchObject({ slots: { payee: 'mateo' } });
    expect(state['queue']).toMatchObject([{ flow: 'check_balance', announced: true }]);
  });
});

const good: fc.Arbitrary<Move> = fc.oneof(
  fc.constantFrom<Move>(
    fill('payee', 'mateo'),
    fill('payee', 'tomas'),
    fill('amount', 20),
    fill('amount', 9000),
    fill('signed_in', 'true'),
  ),
  fc.constantFrom<Move>(
    { kind: 'start', flow: 'check_balance' },
    { kind: 'start', flow: 'send_money' },
    { kind: 'queue', flow: 'investments', fills: [] },
  ),
  fc.constantFrom<Move>(
    { kind: 'transition', intent: 'yes' },
    { kind: 'transition', intent: 'no' },
    { kind: 'repair', name: 'cancel' },
    { kind: 'repair', name: 'help' },
    { kind: 'repair', name: 'correct' },
  ),
);
const bad: fc.Arbitrary<Move> = fc.constantFrom<Move>(
  fill('nothing', 1), fill('gone.payee', 1), fill('send_money.gone', 1), { kind: 'start', flow: 'gone' }, { kind: 'queue', flow: 'gone', fills: [] },
  { kind: 'queue', flow: 'check_balance', fills: [fill('nothing', 1)] as never }, { kind: 'transition', intent: 'gone' }, { kind: 'repair', name: 'gone' }, { kind: 'repair', name: 'correct', slot: 'gone' },
); // prettier-ignore

/** All but what tells of the turn. */
function lasting(state: DialogState): string {
  return JSON.stringify({ ...state, trace: null, history: null });
}

describe('B54 a turn commits all of its moves or none', () => {
  it('whatever good ones stand around a bad one, it is a turn in which nothing was understood', async () => {
    const agent = await loadText(bank);
    const opening = ['', 'i want to send money', 'send thirty euros to Mateo', 'check my portfolio'];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...opening),
        fc.array(good, { maxLength: 4 }),
        bad,
        fc.nat({ max: 4 }),
        async (said, moves, wrong, at) => {
          const talk = Conversation.of(agent, { tools: { ...bankTools } });
          talk.input({ kind: 'open' });
          if (said !== '') await talk.say(said);
          const turn = await turnOf(talk, [...moves.slice(0, at), wrong, ...moves.slice(at)]);
          const nothing = await turnOf(talk, []);
          expect(lasting(turn.state)).toBe(lasting(nothing.state));
          expect(turn.effect).toEqual(nothing.effect);
        },
      ),
      { numRuns: 150 },
    );
  });
});
