import type { Command } from 'commander';

interface EvalOptions {
  json?: boolean;
  model?: string;
  maxWrong: string;
  language: string;
  svg?: string;
}

/** `flow router eval <data.json>` */
export function register(program: Command): void {
  const router = program
    .command('router')
    .summary('say how well the router understands')
    .description('Says how well the router understands: an agent, or anyone’s labelled data.');
  router
    .command('eval')
    .summary('train on labelled data and count what is understood')
    .description(
      'Trains the router that serves calls on the rows of "train", asks it those of "test", and counts.\n' +
        'The file: {"train":[{"text","intent"}],"test":[{"text","intent"}]}, intent null for a foreign turn.',
    )
    .argument('<data.json>', 'labelled turns')
    .option('--json', 'tell the figures as one line of JSON, shares from 0 to 1')
    .option(
      '--model <folder or id>',
      'the encoder: static, none, a folder with config.json, an id in PARLEY_MODELS, a static model’s file',
    )
    .option('--max-wrong <share>', 'how many of the turns that are decided locally may be wrong', '3%')
    .option('--language <tag>', 'the language of the texts', 'en')
    .option('--svg <file>', 'where to draw the risk–coverage curve; else in .parley/router')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow router eval turns.json\n  $ flow router eval turns.json --model static --max-wrong 2%\n  $ flow router eval turns.json --model models/Xenova/all-MiniLM-L6-v2 --json\n\n' +
        'Exits 0 when it was counted, 1 when the data has mistakes, 2 for wrong usage.\n',
    )
    .action(evaluateFile);
  router
    .command('report')
    .summary('say what the router will do with an agent, and how to make it better')
    .description(
      'Trains the router on the examples of agents and says what share of turns it will decide on this machine and how many of them wrongly, which intents are easily confused (with the lines), which have few examples, and where one more would help most.',
    )
    .argument('[path...]', 'folders with an agent.yaml, files with a flow, or folders of such', ['.'])
    .option('--json', 'tell it as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow router report flows/restaurant\n  $ flow router report flows --json\n\nExits 0 when it was said, 1 when an agent has mistakes.\n',
    )
    .action(report);
}

async function report(paths: string[], options: { json?: boolean }): Promise<void> {
  const [{ findAgents }, { loadAgent }, { formatProblem }, { routerInsight, tellInsight }, { routerFolder }] =
    await Promise.all([
      import('../find-agents.js'),
      import('../../engine/language/load.js'),
      import('../../engine/language/problems.js'),
      import('../report/router-insight.js'),
      import('../home.js'),
    ]);
  const told: Record<string, unknown>[] = [];
  for (const path of paths.flatMap(findAgents)) {
    const { agent, problems, sources } = await loadAgent(path);
    if (!agent) {
      for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n\n`);
      process.exitCode = 1;
      continue;
    }
    const insight = await routerInsight(agent, sources, routerFolder(), (line) => process.stderr.write(`${line}\n`));
    told.push({ agent: agent.name, ...insight });
    if (options.json) continue;
    const text = insight
      ? tellInsight(insight, agent.name)
      : `${agent.name}: no flow or intent has examples, so only the built-ins are told apart`;
    process.stdout.write(`${text}\n\n`);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(told, null, 2)}\n`);
}

async function evaluateFile(file: string, options: EvalOptions): Promise<void> {
  const [{ UsageError }, { readFileSync, mkdirSync }, { basename, dirname, join }] = await Promise.all([
    import('../../engine/errors.js'),
    import('node:fs'),
    import('node:path'),
  ]);
  const maxWrong = shareOf(options.maxWrong);
  if (maxWrong === undefined)
    throw new UsageError(`--max-wrong takes a share above 0 and below 1: 3%, or 0.03; not "${options.maxWrong}".`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Name a JSON file with labelled turns.`,
    );
  }
  const [{ readLabelledData }, { evaluate }, { curveSvg }, { openNamedEmbedder }, { ModelFileError }] =
    await Promise.all([
      import('../../intents/evaluation/labelled-data.js'),
      import('../../intents/evaluation/evaluate.js'),
      import('../../intents/evaluation/curve-svg.js'),
      import('../../intents/embedder/named-embedder.js'),
      import('../../intents/embedder/embedder.js'),
    ]);
  const { progressOn, writeOutput } = await import('../terminal.js');
  const { data, errors, notes } = readLabelledData(bytes);
  const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
  for (const { place, message } of errors) tell(`${file}: ${place} ${message}.`);
  if (!data) {
    process.exitCode = 1;
    return;
  }
  for (const { place, message } of notes) tell(`${file}: ${place} ${message}.`);

  const embedder =
    options.model === undefined
      ? undefined
      : await openNamedEmbedder(options.model).catch((error: unknown) => {
          throw error instanceof ModelFileError ? new UsageError(`--model: ${error.message}.`) : error;
        });
  const progress = progressOn(process.stderr);
  const evaluation = await evaluate(data, {
    embedder,
    maxWrong,
    language: options.language,
    onProgress: (what, done, of) => progress.show(`${what} ${done}/${of}`),
    log: (line) => {
      progress.clear();
      tell(line);
    },
  }).finally(() => progress.clear());
  if (typeof embedder === 'object') await embedder.close?.();

  let svg = options.svg;
  if (svg === undefined) {
    const { homeFolder } = await import('../home.js');
    svg = join(homeFolder(), 'router', `${basename(file).replace(/\.json$/, '')}.svg`);
    mkdirSync(dirname(svg), { recursive: true, mode: 0o700 });
  }
  const by = evaluation.report.embedder?.name ?? 'n-grams alone';
  writeOutput(svg, curveSvg(evaluation, `${basename(file)}, ${by}`, maxWrong));
  if (options.json) {
    process.stdout.write(`${JSON.stringify(evaluation.figures)}\n`);
    return;
  }
  const { tellEvaluation } = await import('../report/router-evaluation.js');
  process.stdout.write(`${tellEvaluation(evaluation, maxWrong)}\nThe risk–coverage curve is in ${svg}\n`);
}

/** `3%` and `0.03` are the same; undefined when it is no share. */
function shareOf(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*(%?)$/.exec(text.trim());
  const share = match ? Number(match[1]) / (match[2] === '%' ? 100 : 1) : NaN;
  return share > 0 && share < 1 ? share : undefined;
}
