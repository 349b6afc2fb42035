import type { Command } from 'commander';
import type { LearnOptions } from '../learn/learn-command.js';

/** `flow learn [path]` */
export function register(program: Command): void {
  program
    .command('learn')
    .summary('propose examples from turns that a model had to decide')
    .description(
      'Reads what flow serve kept of turns that a language model had to decide (PARLEY_HOME, without personal values), and\n' +
        'proposes examples as a patch, with what they would gain and what they would make worse, by cross-validation.\n' +
        'The model may be wrong: read the patch before you take it.',
    )
    .argument('[path]', 'a folder with an agent.yaml, or a file with a flow', '.')
    .option('--apply', 'write the examples into the files')
    .option('--most <number>', 'so many examples an intent', '5')
    .option('--json', 'tell it as one line of JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ flow learn my-agent
  $ flow learn my-agent > more-examples.patch
  $ flow learn my-agent --apply && flow test my-agent

Exits 0 when it was said, 1 when the agent has mistakes, 2 for wrong usage.
`,
    )
    .action(async (path: string, options: LearnOptions) => {
      const { runLearn } = await import('../learn/learn-command.js');
      await runLearn(path, options);
    });
}
