import type { Command } from 'commander';

interface Options {
  trace?: boolean;
  json?: boolean;
  showPii?: boolean;
  realTools?: boolean;
  flow?: string;
  id?: string;
  watch?: boolean;
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
    .option('--trace', 'show what decided each turn: the rule, candidates, moves, tools, slots, times')
    .option('--json', 'one line of JSON a turn on standard output, traces included, and nothing else there')
    .option('--show-pii', 'show the values of `sensitive:` slots; by default they are hidden as [name of the slot]')
    .option('--real-tools', 'never use mocks; by default a tool without its environment is its mock')
    .option('--flow <name>', 'begin with this flow')
    .option('--id <dialog>', 'keep the conversation under this name, and go on with it when it is there already')
    .option('--watch', 'read the agent anew between turns when its files change; the conversation goes on')
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
  $ flow talk my-agent --watch
  $ flow talk flows/bank --id tuesday     # kill it, and type the same again: it goes on
  $ printf 'book a table\\nfour\\n/quit\\n' | flow talk flows/restaurant --trace
  $ printf 'book a table\\n' | flow talk flows/restaurant --json | jq -r '.traces[].rule'

With --json a line is {"turn","input","words","transfer","position","ended","traces"}; cli/README.md says what each is.
Exits 0 when the conversation or its input is over, 1 when the agent has mistakes, 2 when the command is wrong.
`,
    )
    .action(async (path: string, options: Options) => {
      const { talk } = await import('../player/talk.js');
      await talk(path, options);
    });
}
