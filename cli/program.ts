/**
 * The command line, without its entry: which commands there are, and what a run of one comes to.
 * A command file exports `register(program)` and imports what is heavy inside its action, so that
 * `flow --help` costs nothing of what the commands need.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { UsageError } from '../engine/errors.js';
import { packageRoot } from '../engine/package-root.js';
import { register as registerCall } from './commands/call.js';
import { register as registerCalls } from './commands/calls.js';
import { register as registerCheck } from './commands/check.js';
import { register as registerDial } from './commands/dial.js';
import { register as registerGraph } from './commands/graph.js';
import { register as registerImport } from './commands/import.js';
import { register as registerLearn } from './commands/learn.js';
import { register as registerLocales } from './commands/locales.js';
import { register as registerModels } from './commands/models.js';
import { register as registerNew } from './commands/new.js';
import { register as registerRouter } from './commands/router.js';
import { register as registerReplay } from './commands/replay.js';
import { register as registerServe } from './commands/serve.js';
import { register as registerTalk } from './commands/talk.js';
import { register as registerTest } from './commands/test.js';

/** In the order of the help. */
const commands = [
  registerNew,
  registerCheck,
  registerTalk,
  registerTest,
  registerGraph,
  registerLocales,
  registerRouter,
  registerLearn,
  registerModels,
  registerImport,
  registerServe,
  registerCall,
  registerDial,
  registerReplay,
  registerCalls,
];

/** 0 fine, 1 something is wrong with what was looked at, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** Runs one command line (without `node flow`). Writes to the process's streams; never throws and never exits. */
export async function runCommand(argv: readonly string[]): Promise<ExitCode> {
  process.exitCode = undefined;
  try {
    await makeProgram().parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? 0) as ExitCode;
  } catch (error) {
    // A call without a command gets the help too, but as wrong usage.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const usage = error instanceof UsageError;
    process.stderr.write(`${error instanceof Error ? (usage ? error.message : tell(error)) : String(error)}\n`);
    return usage ? 2 : 1;
  }
}

function makeProgram(): Command {
  const program = new Command('flow')
    .description('Write, check, try and serve voice agents.')
    .version(version(), '-v, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help to see what it takes)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow new my-agent\n  $ flow check my-agent\n  $ flow talk my-agent\n  $ flow test my-agent\n',
    );
  // Before the commands are made: they and their own commands take it over.
  program.exitOverride();
  for (const register of commands) register(program);
  return program;
}

/** A mistake of ours is shown with its stack only to who asks for it. */
function tell(error: Error): string {
  return process.env['FLOW_DEBUG'] ? (error.stack ?? error.message) : error.message;
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }).version;
}
