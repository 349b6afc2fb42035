import type { Command } from 'commander';

interface Options {
  svg?: boolean;
  mermaid?: boolean;
  flow?: string;
  output?: string;
}

/** `flow graph <path>` */
export function register(program: Command): void {
  program
    .command('graph')
    .summary('draw the flows of an agent')
    .description('Draws the flows of an agent: as Mermaid text, or as an SVG picture.')
    .argument('<path>', 'a folder with an agent.yaml, or a file with a flow')
    .option('--mermaid', 'Mermaid text (the default)')
    .option('--svg', 'an SVG picture; also chosen by an output file that ends in .svg')
    .option('--flow <name>', 'only this flow')
    .option('-o, --output <file>', 'write to a file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow graph flows/restaurant -o restaurant.svg\n  $ flow graph flows/hello --mermaid\n',
    )
    .action(graph);
}

async function graph(path: string, options: Options): Promise<void> {
  const { UsageError } = await import('../../engine/errors.js');
  if (options.svg && options.mermaid)
    throw new UsageError('--svg and --mermaid are two pictures; ask for one of them.');
  const { loadOne } = await import('../load-one.js');
  const { agent } = await loadOne(path);
  if (options.flow !== undefined && !agent.flows.has(options.flow)) {
    throw new UsageError(
      `${agent.name} has no flow "${options.flow}". Its flows: ${[...agent.flows.keys()].join(', ')}.`,
    );
  }
  const svg = options.svg ?? (!options.mermaid && options.output?.endsWith('.svg') === true);
  const text = svg
    ? `${(await import('../graph/svg.js')).drawSvg(agent, options.flow)}\n`
    : (await import('../graph/mermaid.js')).drawMermaid(agent, options.flow);
  if (options.output === undefined) {
    process.stdout.write(text);
    return;
  }
  const { writeOutput } = await import('../terminal.js');
  writeOutput(options.output, text);
}
