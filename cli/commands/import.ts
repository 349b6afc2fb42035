import type { Command } from 'commander';
import type { ImportOptions } from '../importers/import-intents.js';

/** `flow import intents <file...>` */
export function register(program: Command): void {
  program
    .command('import')
    .summary('take over what was written for another platform')
    .description('Takes over what was written for another platform.')
    .addHelpText('after', '\nExample:\n  $ flow import intents data/nlu.yml > intents.yaml\n')
    .command('intents')
    .summary('examples of intents from Rasa, Dialogflow, Lex or CLU')
    .description(
      'Turns exports of other platforms into slots: and intents: for an agent.yaml: Rasa NLU YAML, Dialogflow ES and CX\n' +
        '(the agent’s folder or zip), Lex V2 (folder or zip), CLU JSON. Marked values become [words](slot) where a type of\n' +
        'slot fits. What was not taken is told on standard error.',
    )
    .argument('<file...>', 'files, folders or zips of exports')
    .option('--out <file>', 'write the YAML there; else to standard output')
    .option('--language <tag>', 'of an export in several languages, the one to take; else that with the most examples')
    .option('--json', 'tell it as JSON: formats, counts, slots, what was left, and the YAML')
    .addHelpText(
      'after',
      `
Examples:
  $ flow import intents data/nlu.yml > intents.yaml
  $ flow import intents exported-agent.zip --out intents.yaml
  $ flow import intents MyBot-DRAFT.zip clu-export.json --json

Exits 0 when there was an intent to take, 1 when there was none, 2 for wrong usage.
`,
    )
    .action(async (paths: string[], options: ImportOptions) => {
      const { runImport } = await import('../importers/import-intents.js');
      runImport(paths, options);
    });
}
