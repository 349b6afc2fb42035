/** A script as its YAML (each value as JSON, which YAML reads), so that it can be put into a file and played. */
import type { Json } from '../../../engine/contracts.js';
import type { MockRule, TestScript, TestTurn, TurnMoment } from '../../../engine/language/script.js';

/** Without what is expected: a disturbed script is not judged by that. */
export function scriptText(script: TestScript, name: string): string {
  const { start, mocks, turns } = script;
  const tools = [...mocks].map(([tool, rules]) => `  ${tool}: ${json(rules.map(ruleOf))}`);
  return [
    `test: ${JSON.stringify(name)}`,
    ...(Object.values(start).some((value) => value !== undefined) ? [`start: ${json(start)}`] : []),
    ...(tools.length === 0 ? [] : ['tools:', ...tools]),
    'turns:',
    ...turns.map((turn) => `  - ${json(turnOf(turn))}`),
    '',
  ].join('\n');
}

function json(value: object): string {
  return JSON.stringify(value);
}

function ruleOf({ when, times, gives, outcome, delayMs }: MockRule): object {
  return { when, times, gives, outcome, ...(delayMs > 0 && { delay: `${delayMs}ms` }) };
}

function turnOf(turn: TestTurn): object {
  const { say, confidence, takesMs, dtmf, silenceMs, hangUp, event, audio, at } = turn;
  const act = {
    say,
    confidence,
    takes: ms(takesMs),
    dtmf,
    silence: ms(silenceMs),
    hang_up: hangUp,
    event: event as Json | undefined,
    audio,
    at: at && momentText(at),
  };
  // A turn in which the caller does nothing needs a key all the same.
  return Object.values(act).some((value) => value !== undefined) ? act : { expect: {} };
}

function ms(time: number | undefined): string | undefined {
  return time === undefined ? undefined : `${time}ms`;
}

function momentText(at: TurnMoment): string {
  switch (at.kind) {
    case 'word':
      return `word ${at.n}`;
    case 'ms':
      return `${at.ms}ms`;
    case 'percent':
      return `${at.share * 100}%`;
    case 'tool':
      return `${at.tool} + ${at.afterMs}ms`;
  }
}
