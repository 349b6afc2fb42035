import { Command } from '@langchain/langgraph';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../engine/clock.js';
import { compileDialog, foldedShape } from '../../../engine/compile/graph.js';
import type { TurnHost } from '../../../engine/compile/turn-host.js';
import type { Input, Out } from '../../../engine/contracts.js';
import { CheckpointSaver } from '../../../engine/stores/checkpoint-saver.js';
import { MemoryLedger } from '../../../engine/stores/write-ledger.js';
import { openSmall, spoken } from './open-small.js';
import { smallAgent, smallTool, toolMap } from './small-agent.js';
import { smallState, smallStep, smallUnderstand } from './small-step.js';

/** The least that the nodes need: whoever drives the graph with LangGraph's own means brings this. */
function bareHost(outs: Out[]): TurnHost {
  const agent = smallAgent({ tools: toolMap(smallTool('find')) });
  const world: TurnHost['world'] = () => ({ agent, now: '2026-03-02T10:00:00', env: {}, random: () => 0 });
  return {
    dialogId: 'd',
    agent,
    step: smallStep,
    clock: new VirtualClock(),
    tools: { run: () => Promise.resolve({ outcome: 'ok', value: { a: 1 } }) },
    ledger: new MemoryLedger(),
    model: undefined,
    resident: false,
    shape: foldedShape,
    signal: new AbortController().signal,
    lastListening: undefined,
    world,
    nextInput: () => Promise.resolve(null),
    load: (stored) => ({ state: stored ?? smallState('d'), lost: false }),
    begin: (before, input) => ({ before, input }),
    understand: (state, { text }) =>
      smallUnderstand(
        world(state),
        state,
        { text },
        { route: () => Promise.reject(new Error('none')) },
        new AbortController().signal,
      ),
    takeSecrets: (state) => state,
    withholdSecrets: (call) => ({ call, withheld: [] }),
    recall: ({ call }) => call,
    emit: (out) => outs.push(out),
    moved: () => {},
    settleLater: () => {},
    problem: (line) => {
      throw new Error(line);
    },
    countEffect: () => 1,
    spent: () => undefined,
    countFailure: () => 1,
  };
}

describe('the compiled graph', () => {
  it('has one node for turns and one for each kind of effect, whatever the agent', async () => {
    const drawing = (await compileDialog(new CheckpointSaver()).getGraphAsync()).toJSON() as {
      nodes: { id: string }[];
    };
    expect(drawing.nodes.map(({ id }) => id).sort()).toEqual([
      '__end__',
      '__start__',
      'generate',
      'tool',
      'turn',
      'words',
    ]);
  });

  it('can be driven with one invoke a turn and nothing else, through its input channel', async () => {
    const graph = compileDialog(new CheckpointSaver());
    const outs: Out[] = [];
    const config = { configurable: { thread_id: 'd', host: bareHost(outs) } };
    const drive = async (input: Input): Promise<string[]> => {
      outs.length = 0;
      await graph.invoke(new Command({ goto: 'turn', update: { input } }), config);
      return spoken(outs);
    };
    const { turn, say } = await openSmall({
      agent: smallAgent({ tools: toolMap(smallTool('find')) }),
      tools: bareHost([]).tools,
    });
    expect(await drive({ kind: 'open', atMs: 0 })).toEqual(spoken(await turn({ kind: 'open' })));
    for (const text of ['hello', 'tool find', 'hello again']) {
      expect(await drive({ kind: 'utterance', text, atMs: 0 })).toEqual(spoken(await say(text)));
    }
    const { values, next } = await graph.getState(config);
    expect(next).toEqual([]);
    expect(values).toMatchObject({ input: null, then: null, dialog: { turn: 4 } });
  });
});
