import type { Command } from 'commander';

/** `flow new <folder>` */
export function register(program: Command): void {
  program
    .command('new')
    .summary('lay a starter agent')
    .description('Lays a small agent that checks, talks and tests at once: a greeting, a task with a tool, its script.')
    .argument('<folder>', 'where to lay it; must be empty or not there yet')
    .addHelpText('after', '\nExample:\n  $ flow new pizza-line && flow talk pizza-line\n')
    .action(async (folder: string) => {
      const { layStarter } = await import('../starter.js');
      const { name, files } = layStarter(folder);
      process.stdout.write(
        `Laid the agent "${name}" in ${folder}: ${files.join(', ')}.\n\n` +
          `  flow check ${folder}   finds mistakes before a caller does\n` +
          `  flow talk ${folder}    type with it; say "call me back" or "when are you open"\n` +
          `  flow test ${folder}    plays its scripted conversations\n`,
      );
    });
}
