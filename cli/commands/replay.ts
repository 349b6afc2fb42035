import type { Command } from 'commander';
import { UsageError } from '../../engine/errors.js';

/** `flow replay <log>` */
export function register(program: Command): void {
  program
    .command('replay')
    .summary('run the event log of a call again')
    .description(
      'Runs what happened in a call again and says whether the call does the same now, and where it does not.',
    )
    .argument('<log...>', 'event logs, as flow serve --keep-events writes them')
    .addHelpText(
      'after',
      '\nExample:\n  $ flow replay .parley/events/*.jsonl\n\nExits 0 when every call does the same, 1 when one does not.\n',
    )
    .action(replay);
}

async function replay(files: string[]): Promise<void> {
  const [{ readFile }, { replayEvents }] = await Promise.all([
    import('node:fs/promises'),
    import('../../runtime/call/event-log.js'),
  ]);
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
    });
    const result = replayEvents(text.split('\n'));
    switch (result.kind) {
      case 'same': {
        const how = result.ended === undefined ? 'breaks off' : `ends: ${result.ended}`;
        const seconds = (result.ms / 1000).toFixed(1);
        console.log(
          `${file}: the same; ${String(result.events)} events, ${String(result.effects)} effects, ${seconds} s, ${how}`,
        );
        break;
      }
      case 'different':
        process.exitCode = 1;
        console.log(`${file}:${String(result.line)}  at ${(result.atMs / 1000).toFixed(3)} s the call does otherwise`);
        console.log(`  after   ${result.event}`);
        for (const line of difference(result.logged, result.now)) console.log(`  ${line}`);
        break;
      case 'unreadable':
        process.exitCode = 1;
        console.log(`${file}:${String(result.line)}  ${result.problem}`);
    }
  }
}

/** Effects in the log and not now, now and not in the log. */
function difference(logged: readonly string[], now: readonly string[]): string[] {
  if (logged.length === now.length && logged.every((one) => now.includes(one)))
    return ['the same effects, in another order', ...now.map((one) => `now     ${one}`)];
  return [
    ...logged.filter((one) => !now.includes(one)).map((one) => `logged  ${one}`),
    ...now.filter((one) => !logged.includes(one)).map((one) => `now     ${one}`),
  ];
}
