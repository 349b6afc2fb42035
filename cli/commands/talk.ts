import type { Command } from 'commander';

interface Options {
  trace?: boolean;
  realTools?: boolean;
  flow?: string;
  id?: string;
}

/** `flow talk <path>` */
export function register(program: Command): void {
  program
    .command('talk')
    .summary('type with an agent')
    .description(
      'A conversation in text: what you type is heard, what the agent says is printed. Lines may come from a pipe too.',
    )
    .argument('<path>', 'a folder with an agent.yaml, or a file with a flow')
    .option('--trace', 'show moves, states and what the router weighed')
    .option('--real-tools', 'never use mocks; by default a tool without its environment is its mock')
    .option('--flow <name>', 'begin with this flow')
    .option('--id <dialog>', 'keep the conversation under this name, and go on with it when it is there already')
    .addHelpText(
      'after',
      `
Typed in place of words:
  /keys 1234#   keys of the telephone
  /silence      say nothing until the agent asks again
  /trace        show or hide what goes on inside
  /quit         hang up

With --id a conversation outlives the process: it is kept where PARLEY_STORE says (postgres://…, redis://…, a file),
else in PARLEY_HOME (default .parley). /quit hangs up; Ctrl-C leaves it where it is.

Examples:
  $ flow talk flows/hello
  $ flow talk flows/bank --id tuesday     # kill it, and type the same again: it goes on
  $ printf 'book a table\\nfour\\n/quit\\n' | flow talk flows/restaurant --trace
`,
    )
    .action(async (path: string, options: Options) => {
      const { talk } = await import('../player/talk.js');
      await talk(path, options);
    });
}
