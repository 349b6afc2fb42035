import type { Command } from 'commander';
import type { DialCommandOptions } from '../dial.js';

/** `flow dial <number>` */
export function register(program: Command): void {
  program
    .command('dial')
    .summary('an agent calls somebody by telephone')
    .description(
      'Rings a number by Twilio or Telnyx and lets an agent talk with whoever takes the call, or leave a message\n' +
        '(`on: machine`). Starts a server for that one call, or asks a running one (--server).',
    )
    .argument('<number>', 'whom to call: with + and country, +353870000001')
    .requiredOption('--agent <path>', 'a folder or file with the agent; with --server the name of one that it serves')
    .option('--from <number>', 'the number they see, one of yours at the carrier (default: PARLEY_CALL_FROM)')
    .option('--carrier <name>', 'twilio, telnyx, plivo, vonage or jambonz (default: the first whose keys are set)')
    .option('--public-url <url>', 'how the carrier reaches this machine: https://voice.example.com')
    .option('--port <number>', 'the port that the public address leads to', '4680')
    .option('--ring <time>', 'how long it may ring', '30s')
    .option('--no-machine', 'speak at once, without finding out whether a machine took the call')
    .option('--server <url>', 'ask this server to call; PARLEY_TOKEN_SECRET has to be its')
    .option('--real-tools', 'never use mocks; by default a tool without its environment is its mock')
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      `
Environment:
  TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN    the account that calls by Twilio
  TELNYX_API_KEY, TELNYX_CONNECTION_ID     the account and Call Control application that call by Telnyx
  PARLEY_CALL_FROM                         the number to call from
  PARLEY_ALLOW_PREMIUM=on                  numbers that charge whoever calls them are called too

Exits 0 when somebody, or a machine, took the call; 1 when nobody did (busy, no_answer, failed) or the carrier refused;
2 for a number that is not to be called.

Examples:
  $ flow dial +353870000001 --agent flows/clinic --from +35315550000 --public-url https://voice.example.com
  $ flow dial +353870000001 --agent clinic --server https://voice.example.com --json
`,
    )
    .action(async (number: string, options: DialCommandOptions) => {
      const { dial } = await import('../dial.js');
      await dial(number, options);
    });
}
