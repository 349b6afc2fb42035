/** What a played script came to, and how it is told: to a person, as JSON, and as JUnit's XML. */
import type { Json } from '../../engine/contracts.js';
import { count, type Colours } from '../terminal.js';
import { textOf } from '../../engine/language/match-value.js';
import { traceLines } from './trace-lines.js';
import type { TurnRecord } from './turn-record.js';

export interface TestResult {
  name: string;
  file: string;
  line: number;
  ok: boolean;
  /** Why it was not played. */
  skipped?: string;
  /** Turns that were played. */
  turns: number;
  /** Disturbed variants that were played besides (`perturb`). */
  variants?: number;
  ms: number;
  failures: TestFailure[];
}

export interface TestFailure {
  /** From 1. */
  turn: number;
  message: string;
  expected: Json;
  actual: Json;
  line: number;
  /** The turn as it went, for the report. */
  record?: TurnRecord;
  /** A script that goes the same way, where it is not the one in the file. */
  replay?: string;
}

/** The shape of `flow test --json`. Fixed: others read it. */
export function resultsAsJson(results: readonly TestResult[]): Json {
  return {
    ...totals(results),
    tests: results.map(({ name, file, ok, turns, variants, ms, failures, skipped }) => ({
      name,
      file,
      ok,
      turns,
      ms: Math.round(ms),
      failures: failures.map(({ turn, message, expected, actual, line, record, replay }) => ({
        turn,
        message,
        expected,
        actual,
        line,
        ...(record === undefined ? {} : { traces: record.shown as unknown as Json }),
        ...(replay === undefined ? {} : { replay }),
      })),
      ...(variants === undefined ? {} : { variants }),
      ...(skipped === undefined ? {} : { skipped }),
    })),
  };
}

export function totals(results: readonly TestResult[]): { passed: number; failed: number; skipped: number } {
  const skipped = results.filter((result) => result.skipped !== undefined).length;
  const passed = results.filter((result) => result.ok && result.skipped === undefined).length;
  return { passed, failed: results.length - passed - skipped, skipped };
}

/** `58 passed, 1 failed of 59 scripts in 2.1 s` */
export function tellTotals(results: readonly TestResult[], ms: number, paint: Colours): string {
  const { passed, failed, skipped } = totals(results);
  const parts = [
    `${passed} passed`,
    failed > 0 ? paint.red(`${failed} failed`) : '',
    skipped > 0 ? paint.yellow(`${skipped} skipped`) : '',
  ];
  const inAll = `${count(results.length, 'script')} in ${(ms / 1000).toFixed(1)} s`;
  return `${parts.filter((part) => part !== '').join(', ')} of ${inAll}`;
}

/** One test in a line, and each failure with the turn's timeline beneath it. */
export function tellResult(result: TestResult, paint: Colours): string {
  const variants = result.variants === undefined ? '' : `, ${count(result.variants, 'variant')}`;
  const turns = paint.dim(`${count(result.turns, 'turn')}${variants}, ${Math.round(result.ms)} ms`);
  if (result.skipped !== undefined) return `${paint.yellow('skipped')}  ${result.name}  ${paint.dim(result.skipped)}`;
  if (result.ok) return `${paint.green('passed')}   ${result.name}  ${turns}`;
  const lines = [`${paint.red('failed')}   ${paint.bold(result.name)}  ${turns}`];
  let told: TurnRecord | undefined;
  for (const failure of result.failures) {
    lines.push('', `  ${paint.bold(`${result.file}:${failure.line}`)}  turn ${failure.turn}: ${failure.message}`);
    lines.push(
      `    expected ${paint.green(textOf(failure.expected))}`,
      `    actual   ${paint.red(textOf(failure.actual))}`,
    );
    if (failure.record && failure.record !== told)
      lines.push(...tellTurn(failure.record, paint).map((line) => `    ${line}`));
    told = failure.record;
    if (failure.replay !== undefined) {
      lines.push(`    ${paint.dim('to play it again, put this beside the script:')}`);
      lines.push(
        ...failure.replay
          .trimEnd()
          .split('\n')
          .map((line) => `      ${line}`),
      );
    }
  }
  return lines.join('\n');
}

/** The time, who, the words; then the trace: what decided, and what was weighed and lost. */
function tellTurn(record: TurnRecord, paint: Colours): string[] {
  const lines = record.timeline.map(({ atMs, who, id, text }) => {
    const time = paint.dim(`${(atMs / 1000).toFixed(2).padStart(8)} s`);
    return `${time}  ${who.padEnd(6)}  ${id === undefined ? '' : `${paint.cyan(id)}  `}${text}`;
  });
  for (const trace of record.shown) lines.push(...traceLines(trace).map((line) => paint.dim(line)));
  return lines;
}

/** JUnit's XML, as CI servers read it: one suite for each file. */
export function resultsAsJunit(results: readonly TestResult[]): string {
  const suites = [...new Set(results.map(({ file }) => file))].map((file) => {
    const cases = results.filter((result) => result.file === file);
    const counts = totals(cases);
    const body = cases.map((result) => {
      const inside =
        result.skipped !== undefined
          ? `<skipped message="${escape(result.skipped)}"/>`
          : result.failures
              .map(
                ({ message, turn, line }) =>
                  `<failure message="${escape(`turn ${turn}: ${message}`)}">${escape(`${file}:${line}`)}</failure>`,
              )
              .join('');
      return `<testcase classname="${escape(file)}" name="${escape(result.name)}" time="${(result.ms / 1000).toFixed(3)}">${inside}</testcase>`;
    });
    const head = `name="${escape(file)}" tests="${cases.length}" failures="${counts.failed}" skipped="${counts.skipped}"`;
    return `<testsuite ${head}>\n${body.join('\n')}\n</testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escape(text: string): string {
  // eslint-disable-next-line no-control-regex -- XML has no way to write these
  return text.replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '').replace(/[&<>"]/g, (sign) => entities[sign]!);
}
