import type { Command } from 'commander';
import type { CallCommandOptions } from '../caller/call-command.js';

/** `flow call <path>` */
export function register(program: Command): void {
  program
    .command('call')
    .summary('a synthetic caller speaks a script to an agent')
    .description(
      'Places one spoken call: real audio over a real WebSocket. Speaks the turns of a test script, interrupts where it\n' +
        'says `at`, judges the call by its expectations, and leaves a stereo WAV and an HTML page.',
    )
    .argument('<path>', 'a folder with an agent.yaml, or a file with a flow: whose script is spoken')
    .option('--url <address>', 'call this server (ws://…/call?agent=name) rather than one of our own')
    .option('--test <name>', 'the script to speak: part of its name (default: the first one that only speaks and keys)')
    .option('--persona <who>', 'no script: a language model speaks as this person, until it has what it called for')
    .option('--voice <name>', "the caller's voice: rms, awb, kal16, kal or slt", 'rms')
    .option('--noise <dB or file>', 'noise beside the caller: so many dB softer than their speech, or a WAV file')
    .option('--echo <dB>', 'what the agent says comes back into the microphone, so many dB softer')
    .option('--loss <percent>', 'so many of the packets get lost, of both sides')
    .option('--mu-law', 'both sides by 8-bit mu-law, as on a telephone')
    .option('--seed <number>', 'other noise, other packets lost (default: 1)')
    .option('--calls <number>', 'so many callers at once, 1 to 200')
    .option(
      '--ear <name>',
      'who hears what the agent says, as in `voice: { stt: … }`, or off (default: embedded, of agents in English)',
    )
    .option('--out <folder>', 'where the recording and the page go (default: .parley/calls)')
    .option('--real-tools', "our own server runs the agent's tools; by default their mocks answer, as in flow test")
    .option('--json', 'print the result as one line of JSON')
    .addHelpText(
      'after',
      `
Exits 0 when the call went as its script says, 1 when it did not. Against --url only the words and the end of the call
are judged, and so with --calls; the rest of a script needs our own server and one caller. When the call is over, a
recogniser hears the agent's side of the recording: a piece of which less than half is understood is a failure, but over
a poor line, and against --url, where it is only told.

Examples:
  $ flow call flows/acme-support --test demonstration
  $ flow call my-agent --url ws://127.0.0.1:4680/call?agent=my-agent --json
  $ flow call my-agent --mu-law --noise 15 --loss 2%
  $ flow call my-agent --calls 20
  $ flow call my-agent --persona "a hurried man who wants a call back tomorrow at ten, and changes his mind once"
`,
    )
    .action(async (path: string, options: CallCommandOptions) => {
      const { callCommand } = await import('../caller/call-command.js');
      await callCommand(path, options);
    });
}
