import type { Command } from 'commander';

/** `flow locales <language> [path]` */
export function register(program: Command): void {
  program
    .command('locales')
    .summary('print what a language of an agent still needs')
    .description(
      'Prints the file locales/<language>.yaml of an agent: every id of words, every flow or intent that needs examples, every option, each with the words of its first language beside it. What is translated already stays.',
    )
    .argument('<language>', 'as in es or pt-BR')
    .argument('[path]', 'a folder with an agent.yaml', '.')
    .option('--missing', 'only what has no translation yet')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow locales es flows/museum > es.yaml\n  $ flow locales es flows/museum --missing\n\nExits 0 when nothing lacks, 1 when something does.\n',
    )
    .action(print);
}

async function print(language: string, path: string, options: { missing?: boolean }): Promise<void> {
  const [{ readLocale }, { UsageError }] = await Promise.all([
    import('../../engine/language/locale-skeleton.js'),
    import('../../engine/errors.js'),
  ]);
  const skeleton = await readLocale(path, language, { onlyMissing: options.missing === true });
  if (!skeleton) throw new UsageError(`there is no agent at ${path}; give a folder with an agent.yaml`);
  process.stdout.write(skeleton.text);
  if (skeleton.missing > 0) {
    process.stderr.write(
      `${skeleton.missing} ${skeleton.missing === 1 ? 'line has' : 'lines have'} no ${language} yet.\n`,
    );
    process.exitCode = 1;
  }
}
