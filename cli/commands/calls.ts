import type { Command } from 'commander';
import type { CallsOptions } from '../calls.js';

/** `flow calls [call]` */
export function register(program: Command): void {
  program
    .command('calls')
    .summary('what became of calls')
    .description('Lists calls that flow serve --keep has kept, shows one, or deletes them.')
    .argument('[call]', 'a call to show, by its name in the list or the beginning of its id')
    .option('--agent <name>', 'only calls that this agent answered')
    .option('--ended <how>', 'only calls that ended so: completed, caller_hung_up, error, …')
    .option('--since <time>', 'only calls that ended in the last 30m, 12h, 7d')
    .option('--last <number>', 'so many, the newest first', '20')
    .option('--delete', 'delete the call, or with --older-than all that are older; their dialogs too')
    .option('--older-than <time>', 'with --delete: those that ended longer ago than 12h, 30d')
    .option('--json', 'print JSON: a list, or the record of one call')
    .addHelpText(
      'after',
      `
Calls are kept in PARLEY_HOME (default .parley) when the server is told for how long: flow serve my-agent --keep 30d.
What was secret stands there as •••. Exits 1 when there is no such call, or when one could not be deleted.

Examples:
  $ flow calls --agent clinic --since 24h
  $ flow calls 3f2a
  $ flow calls 3f2a --delete
  $ flow calls --delete --older-than 30d
`,
    )
    .action(async (name: string | undefined, options: CallsOptions) => {
      const { calls } = await import('../calls.js');
      await calls(name, options);
    });
}
