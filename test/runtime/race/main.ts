/** `npm run explore`: the race explorer at its large size, one scenario of it, one script again, or so many calls of an hour (`-- --soak 200`). */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { explore, runScript, scenarioNamed, tell, type Script } from './explore.js';
import { soakMany } from './soak.js';
import { breaches } from './invariants.js';

const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    twice: { type: 'boolean', default: false },
    scenario: { type: 'string' },
    script: { type: 'string' },
    soak: { type: 'string' },
  },
});

if (values.soak !== undefined) {
  process.exitCode = soakMany(Number(values.soak));
} else if (values.script !== undefined) {
  const { scenario, script } = JSON.parse(readFileSync(values.script, 'utf8')) as { scenario: string; script: Script };
  const log = runScript(script, scenarioNamed(scenario));
  for (const { atMs, event, effects } of log)
    console.log(
      `${String(atMs).padStart(7)}  ${JSON.stringify(event)}\n${effects.map((one) => `           ${JSON.stringify(one)}`).join('\n')}`,
    );
  const found = breaches(log);
  for (const { rule, what, at } of found) console.log(`${rule}: ${what} (after event ${String(at + 1)})`);
  process.exitCode = found.length > 0 ? 1 : 0;
} else {
  const startedMs = performance.now();
  const { runs, steps, failures } = explore({
    every: Number(values.every),
    // A second disturbance in each run: a hundred times as many.
    ...(values.twice ? { thenMs: [0, 130, 700] } : {}),
    ...(values.scenario === undefined ? {} : { only: values.scenario }),
  });
  for (const failure of failures) console.log(`${tell(failure)}\n`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${String(runs)} runs, ${String(steps)} events, ${seconds} s, ${String(failures.length)} failures`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}
