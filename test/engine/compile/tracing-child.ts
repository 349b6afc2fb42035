// A process in which a dialog has some turns; its parent watches whether anything is sent to a tracing host.
import { settleTracing } from '../../../engine/compile/tracing.js';
import { smallAgent } from './small-agent.js';

const agent = smallAgent(process.argv[2] === 'langsmith' ? { tracing: 'langsmith' } : {});
settleTracing(agent);
const { openSmall } = await import('./open-small.js');
for (const resident of [false, true]) {
  const { say, dialog } = await openSmall({ id: `d${resident}`, agent, resident });
  for (let turn = 0; turn < 3; turn++) await say('my number is 4471');
  await dialog.close('over');
}
// Traces are sent in batches, some hundred milliseconds later.
await new Promise((resolve) => setTimeout(resolve, 1500));
process.exit(0);
