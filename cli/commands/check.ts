import type { Command } from 'commander';
import type { loadAgent } from '../../engine/language/load.js';
import { UsageError } from '../../engine/errors.js';

interface Options {
  json?: boolean;
  strict?: boolean;
  explain?: string;
  tools?: boolean;
}

/** `flow check [path…]` */
export function register(program: Command): void {
  program
    .command('check')
    .summary('find mistakes before a caller does')
    .description('Reads agents and tells every mistake at once: where, what, and how to cure it. Runs nothing.')
    .argument('[path...]', 'folders with an agent.yaml, files with a flow, or folders of such', ['.'])
    .option('--json', 'tell the problems as JSON')
    .option('--strict', 'warnings are mistakes too')
    .option('--explain <code>', 'say what a problem means, with a wrong and a right example')
    .option('--tools', 'ask the MCP servers too whether their tools are as declared')
    .addHelpText(
      'after',
      '\nExamples:\n  $ flow check flows/hello\n  $ flow check flows --json\n  $ flow check --explain dead-end\n\nExits 0 when all is well, 1 when there are mistakes.\n',
    )
    .action(check);
}

async function check(paths: string[], options: Options): Promise<void> {
  if (options.explain !== undefined) return explainCode(options.explain, options.json === true);
  const { findAgents } = await import('../find-agents.js');
  const agents = paths.flatMap(findAgents);
  const [{ loadAgent }, { formatProblem }, { coloursFor, count }] = await Promise.all([
    import('../../engine/language/load.js'),
    import('../../engine/language/problems.js'),
    import('../terminal.js'),
  ]);
  const loaded = await Promise.all(agents.map((path) => loadAgent(path)));
  const problems = loaded.flatMap((one) => one.problems);
  if (options.tools) {
    const { checkMcpTools } = await import('../../engine/tools/check-mcp.js');
    for (const { agent } of loaded) if (agent) problems.push(...(await checkMcpTools(agent, process.env)));
  }
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  if (errors > 0 || (options.strict && warnings > 0)) process.exitCode = 1;

  if (options.json) {
    const told = problems.map(({ code, severity, file, line, column, message, cure }) => ({
      code,
      severity,
      file,
      line,
      column,
      message,
      cure,
    }));
    process.stdout.write(`${JSON.stringify({ problems: told }, null, 2)}\n`);
    return;
  }
  const paint = coloursFor(process.stdout);
  for (const problem of problems)
    process.stdout.write(`${formatProblem(problem, { colour: paint.isColorSupported })}\n\n`);
  const found = [
    errors > 0 ? paint.red(count(errors, 'problem')) : '',
    warnings > 0 ? paint.yellow(count(warnings, 'warning')) : '',
  ].filter((part) => part !== '');
  const looked = agents.length === 1 ? agents[0]! : count(agents.length, 'agent');
  process.stdout.write(
    found.length > 0 ? `${found.join(', ')} in ${looked}.\n` : `${paint.green('No problems')} in ${looked}.\n`,
  );
  const readable = loaded.flatMap(({ agent }) => (agent ? [agent] : []));
  const { tellMissingKeys } = await import('../speech-keys.js');
  for (const line of tellMissingKeys(readable, process.env)) process.stdout.write(`Note: ${line}\n`);
  if (errors === 0) await tellRouter(agents, loaded);
}

/** A line an agent of what the router will do with it. Nothing for agents with hardly an example. */
async function tellRouter(paths: string[], loaded: Awaited<ReturnType<typeof loadAgent>>[]): Promise<void> {
  const withExamples = loaded.flatMap(({ agent, sources }, i) => {
    const owners = agent ? [agent, ...agent.flows.values()] : [];
    const heard = owners.flatMap((one) => [...one.intents.values(), ...('examples' in one ? [one] : [])]);
    return agent && heard.some(({ examples }) => examples.length > 0) ? [{ agent, sources, path: paths[i]! }] : [];
  });
  if (withExamples.length === 0) return;
  const [{ routerInsight, tellInsightShortly }, { routerFolder }] = await Promise.all([
    import('../report/router-insight.js'),
    import('../home.js'),
  ]);
  for (const { agent, sources, path } of withExamples) {
    const insight = await routerInsight(agent, sources, routerFolder(), (line) => process.stderr.write(`${line}\n`));
    if (!insight) continue;
    const name = withExamples.length === 1 ? '' : `${agent.name}: `;
    process.stdout.write(`${name}${tellInsightShortly(insight, path)}\n`);
  }
}

/** `flow check --explain dead-end` */
async function explainCode(code: string, json: boolean): Promise<void> {
  const [{ explain }, { problemCodes }, { didYouMean }, { coloursFor }] = await Promise.all([
    import('../../engine/language/problem-pages.js'),
    import('../../engine/language/problems.js'),
    import('../../engine/language/suggest.js'),
    import('../terminal.js'),
  ]);
  const page = explain(code);
  if (page === undefined)
    throw new UsageError(
      `There is no problem "${code}". ${didYouMean(code, Object.keys(problemCodes), 'flows/problems.md has them all.')}`,
    );
  if (json) {
    process.stdout.write(`${JSON.stringify({ code, page }, null, 2)}\n`);
    return;
  }
  const paint = coloursFor(process.stdout);
  const lines = page.split('\n').filter((line) => !line.startsWith('```'));
  const shown = lines.map((line) =>
    line.startsWith('## ')
      ? paint.bold(line.slice(3).replaceAll('`', ''))
      : /^(Wrong|Right):$/.test(line)
        ? paint.bold(line)
        : line,
  );
  process.stdout.write(`${shown.join('\n').replace(/\n{3,}/g, '\n\n')}\n`);
}
