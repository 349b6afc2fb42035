import pc from 'picocolors';

/** Every code a problem can have, with what it is about. `flows/problems.md` explains them to designers. */
export const problemCodes = {
  'no-such-path': 'the folder or file to load is not there, or has no flow in it',
  'no-such-file': 'a file that a tool or knowledge names is not there, or lacks the named export',
  'bad-sound': 'a sound file that cannot be heard',
  'too-big': 'a file over 1 MB, folders nested too deep, or too many files',
  'bad-yaml': 'YAML that cannot be read',
  'quote-this': 'words that YAML reads otherwise than they were meant',
  'unknown-key': 'a key the language does not have here',
  'missing-key': 'a key that is needed here',
  'wrong-type': 'a value of the wrong kind, or not one of those allowed',
  'wrong-combination': 'keys that do not go together',
  'bad-document': 'a document that is neither an agent, a flow nor a test',
  'duplicate-name': 'two things of one kind with the same name',
  'name-clash': 'a name that expressions would read in two ways',
  'reserved-name': 'a name that belongs to the expression language',
  'unknown-state': 'a target that is no state, flow, `end` or `human`',
  'unknown-flow': 'a flow that does not exist',
  'unknown-slot': 'a slot that does not exist here',
  'unknown-knowledge': 'a knowledge base that does not exist',
  'empty-knowledge': 'a document or an entry of knowledge with nothing to say',
  'unknown-tool': 'a tool that does not exist here',
  'unknown-intent': 'an intent that is neither built in, nor named, nor a flow',
  'unknown-event': 'an event or outcome that cannot happen here',
  'unknown-filter': 'a filter the templates do not have',
  'unknown-outcome': 'an outcome that the tool of a mock never has',
  'unknown-words': 'an id of words in a script that nothing is said under',
  'unknown-name': 'a name in an expression that nothing declares',
  'bad-expression': 'an expression that cannot be read, or whose types do not fit',
  'bad-template': 'a template that cannot be read',
  'bad-duration': 'a length of time that is not like 900ms, 6s, 5m, 30d',
  'bad-example': 'an example whose marked value cannot be read or names no slot',
  'bad-pattern': 'a regular expression that RE2 cannot read',
  'bad-value': 'a written value that does not fit its type',
  'dead-state': 'a state that nothing leads to',
  'dead-end': 'a state that neither waits, ends nor goes on',
  'dead-transition': 'a transition that can never be taken',
  'endless-loop': 'states that lead to each other without ever waiting for the caller',
  'no-last-exit': 'a ladder on which a caller who is silent or not understood gets nowhere',
  'silent-question': 'a state that waits for the caller after nothing was said',
  'read-too-early': 'a value that is read where nothing can have given it yet',
  'maybe-empty': 'a condition that may be empty, with a write behind it',
  'unconfirmed-write': 'a tool that asks for a yes, called without one',
  'sensitive-leak': 'a secret that would be spoken, logged or stored, or personal data for a model',
  'competing-examples': 'the same example for two intents that are heard in one place',
  'duplicate-intents': 'two intents that have nearly all of their examples in common',
  'lone-example': 'an intent with a single example among others with many',
  'idle-example': 'an example without words, far too long to be said, or given twice',
  unspeakable: 'words that no voice can say well, or that take too long',
  'no-person': 'a state from which a caller cannot reach a person soon enough',
  'missing-translation': 'words, examples or options that lack in one of the agent’s languages',
  'unknown-id': 'an id in a locale file that the agent has no words, examples or options for',
  'no-voice': 'a language that no recogniser hears or no voice speaks',
  'no-language-words': 'a language for which no slot types and small words ship with the engine',
  'bad-migration': 'a migration that does not fit the version, another migration, or what is there',
  'type-not-in-language': 'a slot type that cannot be heard in one of the agent’s languages',
  'type-not-ready': 'a slot type that is not there yet',
  'tool-mismatch': 'an MCP server that cannot be asked, or a tool it describes otherwise (`flow check --tools`)',
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** A mistake of a designer: where, what, and how to cure it. */
export interface Problem {
  code: ProblemCode;
  severity: 'error' | 'warning';
  file: string;
  /** From 1. 0 when the problem is about the whole file. */
  line: number;
  /** From 1. */
  column: number;
  /** How many characters the caret line covers. */
  length?: number;
  /** One or two sentences. */
  message: string;
  cure: string;
  /** The whole source line. */
  source?: string;
}

/** What `loadFlow` throws: every problem, and a message with all of them formatted. */
export class FlowProblems extends Error {
  override readonly name = 'FlowProblems';
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => formatProblem(problem)).join('\n'));
    this.problems = problems;
  }
}

/**
 * `file:line:column  code`, the sentence with its cure, and the source line with a caret under the trouble.
 * @param options.colour ANSI colours; off by default
 */
export function formatProblem(problem: Problem, options: { colour?: boolean } = {}): string {
  const paint = pc.createColors(options.colour === true);
  const where = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const colour = problem.severity === 'error' ? paint.red : paint.yellow;
  const severity = problem.severity === 'warning' ? ' (warning)' : '';
  const lines = [`${paint.bold(where)}  ${colour(problem.code)}${severity}`];
  lines.push(`  ${[problem.message, problem.cure].filter((part) => part !== '').join(' ')}`);
  if (problem.source !== undefined && problem.source.trim() !== '') {
    const number = String(problem.line);
    const { text, column } = cutAround(problem.source, problem.column);
    const length = Math.max(1, Math.min(problem.length ?? 1, text.length - column + 1));
    lines.push(paint.dim(`     ${number} | `) + text);
    lines.push(
      `     ${' '.repeat(number.length)} | ${' '.repeat(Math.max(0, column - 1))}${colour('^'.repeat(length))}`,
    );
  }
  return lines.join('\n');
}

/** Long lines are cut so that the caret stays in sight. */
function cutAround(source: string, column: number): { text: string; column: number } {
  const line = source.replace(/\t/g, ' ').trimEnd();
  if (line.length <= 140) return { text: line, column };
  const from = Math.max(0, Math.min(column - 60, line.length - 140));
  const text = `${from > 0 ? '…' : ''}${line.slice(from, from + 140)}${from + 140 < line.length ? '…' : ''}`;
  return { text, column: column - from + (from > 0 ? 1 : 0) };
}

/** Collects problems; each is reported once for its code and place. */
export class ProblemList {
  readonly all: Problem[] = [];
  readonly #seen = new Set<string>();

  add(problem: Problem): void {
    const key = `${problem.code} ${problem.file} ${problem.line} ${problem.column} ${problem.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.all.push(problem);
  }

  /** By file, then line, then column. */
  sorted(): Problem[] {
    return [...this.all].sort(
      (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
    );
  }

  get hasErrors(): boolean {
    return this.all.some((problem) => problem.severity === 'error');
  }
}
