// A process that holds one dialog over a store and does what its parent says, until it is killed.
import { settleTracing } from '../../../engine/compile/tracing.js';
import type { Input } from '../../../engine/contracts.js';
import type { Template } from '../../../engine/language/flow.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';
import { nowhere, smallAgent, smallTool, toolMap } from './small-agent.js';
import { RealClock } from '../../../engine/clock.js';

const [address, url, driver] = process.argv.slice(2) as [string, string, 'turn' | 'resident'];
settleTracing({});
const { storeAt } = await import('../../../engine/stores/store-at.js');
const { openSmall, spoken } = await import('./open-small.js');

const fixed = (text: string): Template => ({ source: text, place: nowhere, reads: [], render: () => text });
const tool = (name: string, effect: 'read' | 'write') =>
  smallTool(name, {
    effect,
    input: new Map([['n', { kind: 'slot', type: 'integer' }]]),
    output: new Map([['receipt', { kind: 'slot', type: 'text' }]]),
    timeoutMs: 60_000,
    http: { method: 'POST', url: fixed(`${url}/${name}`), renderUrl: () => `${url}/${name}`, headers: new Map() },
  });
const agent = smallAgent({ tools: toolMap(tool('find', 'read'), tool('pay', 'write')) });
const store = await storeAt(address);
const small = await openSmall({
  id: 'call',
  agent,
  store,
  clock: new RealClock() as never,
  tools: createToolRunner(agent, { mode: 'real' }),
  resident: driver === 'resident',
  // Who comes after a kill knows that the one before is gone.
  claim: { takeOver: true },
});

process.on('message', (message: { input: Input; dieOnWords?: boolean }) => {
  void (async () => {
    const said = [];
    for await (const out of small.dialog.turn(
      { ...message.input, atMs: 0 },
      { signal: new AbortController().signal },
    )) {
      said.push(...spoken([out]));
      if (message.dieOnWords && out.kind === 'words') {
        // The parent kills while this loop keeps the turn from being committed.
        process.send!({ words: said });
        for (;;);
      }
    }
    // Idle means that what is written behind the turn is written.
    await store.flush();
    process.send!({ said, problems: small.problems.splice(0) });
  })();
});
process.send!({ ready: true });
