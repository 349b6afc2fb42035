import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../engine/clock.js';
import { openDialog } from '../../../../engine/compile/open-dialog.js';
import type { Input, Out, TurnTrace } from '../../../../engine/contracts.js';
import { trainingSet } from '../../../../engine/dialog/intents.js';
import { packageRoot } from '../../../../engine/package-root.js';
import { createToolRunner } from '../../../../engine/tools/tool-runner.js';
import { WordRouter } from '../../../fakes/router.js';
import { loadText } from '../drive.js';

const fixtures = join(packageRoot, 'test/fixtures/knowledge/retrievers');

/** The library with its knowledge in this code, on a virtual clock: tools run as they do on a call. */
async function open(code: string, mocks?: Parameters<typeof createToolRunner>[1]['mocks']) {
  const agent = await loadText(`
agent: library
knowledge: { kb: ${join(fixtures, code)} }
---
flow: ask_library
title: your question
examples: [i have a question, is there a study room, can i renew a loan by phone, do you sell stamps]
states:
  reply:
    answer: kb
    transitions: [{ on: no_answer, to: unknown }, { on: error, to: broken }, { on: timeout, to: late }]
    to: end
  unknown: { say: I don't know that., to: end }
  broken: { say: I can't look that up just now., to: end }
  late: { say: That takes too long., to: end }
---
flow: join
title: joining
examples: [i want to join]
slots: { town: { type: text, ask: Where do you live? } }
states: { ask: { collect: town, to: done }, done: { say: "Welcome, {{ town }}.", to: end } }
`);
  const clock = new VirtualClock();
  const problems: string[] = [];
  const tools = createToolRunner(agent, { clock, mode: mocks ? 'mock' : 'real', ...(mocks && { mocks }) });
  const dialog = await openDialog(agent, {
    id: 'd1',
    router: new WordRouter(trainingSet(agent)),
    tools,
    clock,
    onProblem: (line) => problems.push(line),
  });
  async function turn(input: Input, whileWaiting?: () => void) {
    const outs: Out[] = [];
    const running = (async () => {
      for await (const out of dialog.turn(input, { signal: new AbortController().signal })) {
        outs.push(out);
        if (out.kind === 'tool' && out.phase === 'started') whileWaiting?.();
      }
    })();
    await running;
    const traces = outs.flatMap((out): TurnTrace[] => (out.kind === 'trace' ? [out.trace] : []));
    return {
      said: outs.flatMap((out) => (out.kind === 'words' ? [out.id] : [])),
      text: outs.flatMap((out) => (out.kind === 'words' ? [out.text] : [])).join(' '),
      trace: traces.at(-1)!,
    };
  }
  await turn({ kind: 'open', atMs: 0 });
  const say = (text: string, whileWaiting?: () => void) => turn({ kind: 'utterance', text, atMs: 1 }, whileWaiting);
  return { say, clock, problems, close: () => dialog.close('over') };
}

describe('an answer from a LangChain retriever', () => {
  it('is what its BM25 finds in real documents, asked as a read is', async () => {
    const { say, close } = await open('library.ts');
    const turn = await say('can i renew a loan by phone');
    expect(turn.said).toEqual(['ask_library/reply', 'anything_else']);
    expect(turn.text).toContain('You can renew a loan twice, by phone, online or at the desk.');
    expect(turn.trace.answer).toBe('borrowing.2');
    expect(turn.trace.tools).toMatchObject([
      { name: 'kb', input: { question: 'can i renew a loan by phone' }, outcome: 'ok' },
    ]);
    await close();
  });

  it('comes first in the middle of a task, then the task goes on', async () => {
    const { say, close } = await open('library.ts');
    await say('i want to join');
    const aside = await say('is there a study room');
    expect(aside.said).toEqual(['ask_library/reply', 'resume', 'ask.town.1']);
    expect(aside.text).toContain('There are four study rooms');
    await close();
  });

  it('is none where what it ranked first has nothing to do with the question', async () => {
    const { say, close } = await open('library.ts');
    expect((await say('do you sell stamps')).said).toEqual(['ask_library/unknown', 'anything_else']);
    await close();
  });

  it.each([
    ['that throws is an error', 'broken.ts#throwing', 'broken', /RangeError/],
    ['that gives rubbish is an error', 'broken.ts#rubbish', 'broken', /other than documents/],
    ['that is none is an error', 'broken.ts#none', 'broken', /gives no retriever/],
    ['that cannot be made is an error', 'broken.ts#failing', 'broken', /could not make/],
    ['that finds nothing has no answer', 'broken.ts#empty', 'unknown', /nothing was found/],
    ['that finds nothing for the ear has no answer', 'broken.ts#silent', 'unknown', /nothing was found/],
  ])('%s, and the call goes on', async (_title, code, state, why) => {
    const { say, problems, close } = await open(code);
    const turn = await say('i have a question');
    expect(turn.said).toEqual([`ask_library/${state}`, 'anything_else']);
    expect(turn.trace.notes.join()).toMatch(why);
    expect(problems.join()).not.toContain('question');
    expect((await say('i want to join')).said).toEqual(['ask.town.1']);
    await close();
  });

  it('that hangs is too late after two seconds, and the call goes on', async () => {
    const { say, clock, close } = await open('broken.ts#hanging');
    const before = clock.now();
    const turn = await say('i have a question', () => void Promise.resolve().then(() => clock.advance(2000)));
    expect(clock.now() - before).toBe(2000);
    expect(turn.said).toEqual(['ask_library/late', 'anything_else']);
    await close();
  });

  it('is a stand-in in scripts, as for any tool', async () => {
    const passages = [{ text: 'Study rooms are for **two to six** people.', source: 'rooms' }];
    const { say, close } = await open('library.ts', new Map([['kb', [{ gives: { passages }, delayMs: 0, line: 1 }]]]));
    const turn = await say('is there a study room');
    expect(turn.text).toContain('Study rooms are for two to six people.');
    expect(turn.trace.answer).toBe('rooms');
    await close();
  });
});
