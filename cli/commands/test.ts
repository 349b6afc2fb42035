import { relative } from 'node:path';
import type { Command } from 'commander';
import type { RunOptions, RunResult } from '../player/run-tests.js';
import type { TouchedAgent } from '../player/watch-tests.js';

interface Options {
  json?: boolean;
  filter?: string;
  bail?: boolean;
  junit?: string;
  realTools?: boolean;
  realEar?: boolean;
  seed?: number;
  record?: boolean;
  perturb?: boolean;
  showPii?: boolean;
  watch?: boolean;
}

/** `flow test <path…>` */
export function register(program: Command): void {
  program
    .command('test')
    .summary('play the scripted conversations of an agent')
    .description(
      'Plays every scripted conversation (`test:` documents) through the real call, dialog and router on a virtual clock. ' +
        'No network; tools are their mocks. Turns of `audio:` are heard by the embedded recogniser.',
    )
    .argument('[path...]', 'folders with an agent.yaml, files with a flow, or folders of such', ['.'])
    .option('--filter <text>', 'only scripts whose name or file has this text in it')
    .option('--bail', 'stop after the first script that fails')
    .option('--json', 'tell the results as JSON')
    .option('--junit <file>', "write the results as JUnit's XML too")
    .option('--real-tools', 'run every tool itself, in place of its mocks')
    .option('--real-ear', 'hear `audio:` turns with the recogniser that `voice:` names, in place of the embedded one')
    .option('--record', 'ask a real model in turns marked `needs: llm`, and keep its answers beside the scripts')
    .option('--perturb', 'play every script also with each disturbance: silence, digressions, tools that fail, …')
    .option('--show-pii', 'show the values of `sensitive:` slots in failures; by default they are hidden')
    .option('--watch', 'stay, and play again what an edit touches, until Ctrl-C')
    .option('--seed <number>', 'picks other variants of words', Number, 0)
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow test flows/restaurant\n  $ flow test flows --filter silence --bail\n  $ flow test my-agent --watch\n\nExits 0 when all scripts pass, 1 when one fails or an agent has mistakes.\n',
    )
    .action(test);
}

async function test(paths: string[], options: Options): Promise<void> {
  const [{ findAgents }, { UsageError }] = await Promise.all([
    import('../find-agents.js'),
    import('../../engine/errors.js'),
  ]);
  const agents = paths.flatMap(findAgents);
  if (!Number.isInteger(options.seed)) throw new UsageError('--seed takes a whole number.');
  // What is written once at the end has no end to be written at.
  const unending = (['json', 'junit', 'record'] as const).find((name) => options.watch && options[name] !== undefined);
  if (unending) throw new UsageError(`--watch goes on until Ctrl-C, so --${unending} needs a run without it.`);
  const [
    { runTests },
    { resultsAsJson, resultsAsJunit, tellResult, tellTotals, totals },
    { coloursFor, progressOn, writeOutput },
    { routerFolder },
  ] = await Promise.all([
    import('../player/run-tests.js'),
    import('../player/report.js'),
    import('../terminal.js'),
    import('../home.js'),
  ]);
  const paint = coloursFor(process.stdout);
  const progress = progressOn(process.stderr);
  const write = (text: string): void => {
    progress.clear();
    if (!options.json) process.stdout.write(text);
  };
  const play = async (touched: readonly (string | TouchedAgent)[], more?: Partial<RunOptions>): Promise<RunResult> => {
    const startedMs = performance.now();
    const ran = await runTests(touched, {
      cacheFolder: routerFolder(),
      filter: options.filter,
      bail: options.bail === true,
      realTools: options.realTools === true,
      realEar: options.realEar === true,
      seed: options.seed ?? 0,
      record: options.record === true,
      perturb: options.perturb === true,
      showPii: options.showPii === true,
      onStart: (name, index, of) => progress.show(`${index + 1}/${of}  ${name}`),
      onResult: (result) => write(`${tellResult(result, paint)}\n`),
      onBroken: (text) => {
        progress.clear();
        process.stderr.write(`${text}\n\n`);
      },
      ...more,
    });
    progress.clear();
    if (ran.results.length > 0) write(`\n${tellTotals(ran.results, performance.now() - startedMs, paint)}\n`);
    return ran;
  };
  if (options.watch) return watch(agents, play, write);
  const { results, broken } = await play(agents);
  if (totals(results).failed > 0 || broken > 0) process.exitCode = 1;
  if (options.junit !== undefined) writeOutput(options.junit, resultsAsJunit(results));
  if (options.json) process.stdout.write(`${JSON.stringify(resultsAsJson(results), null, 2)}\n`);
  if (results.length === 0 && broken === 0) {
    const wanted = options.filter === undefined ? '' : ` with "${options.filter}" in their names`;
    throw new UsageError(
      `There are no scripts${wanted} in ${paths.join(', ')}. A script is a document that begins with "test: …".`,
    );
  }
}

/** Plays on until Ctrl-C, which is no failure: whoever watches has seen what failed. */
async function watch(
  paths: readonly string[],
  play: (touched: readonly TouchedAgent[], more: Partial<RunOptions>) => Promise<RunResult>,
  write: (text: string) => void,
): Promise<void> {
  const [{ watchTests }, { Rehearsal }, { RealClock }, { routerFolder }] = await Promise.all([
    import('../player/watch-tests.js'),
    import('../player/playable-agent.js'),
    import('../../engine/clock.js'),
    import('../home.js'),
  ]);
  const rehearsal = new Rehearsal(routerFolder());
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  process.on('SIGINT', leave).on('SIGTERM', leave);
  try {
    await watchTests({
      paths,
      clock: new RealClock(),
      signal: leaving.signal,
      play: async (touched, signal) => (await play(touched, { rehearsal, signal })).agents,
      onChange: (files) => write(`\n${files.map((file) => relative('.', file)).join(', ')} changed\n`),
      onRest: () => write('Watching. Ctrl-C ends it.\n'),
      onProblem: (problem) => process.stderr.write(`${problem}\n`),
    });
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    await rehearsal.close();
  }
  write('\n');
}
