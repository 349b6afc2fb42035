/** What is wrong with an agent as a whole, once its names and types are: one check a file, and all of them in a table. */
import type { Agent, Place } from '../flow.js';
import type { ProblemList } from '../problems.js';
import type { Check, Report } from './check.js';
import { competingExamples } from './competing-examples.js';
import { duplicateIntents, loneExamples } from './duplicate-intents.js';
import { combinations } from './combinations.js';
import { deadEnds } from './dead-ends.js';
import { deadFlows, deadStates } from './dead-states.js';
import { deadTransitions } from './dead-transitions.js';
import { endlessLoops } from './endless-loops.js';
import { idleExamples } from './idle-examples.js';
import { lastExits } from './last-exits.js';
import { maybeEmpty } from './maybe-empty.js';
import { noPerson } from './no-person.js';
import { questions } from './questions.js';
import { readTooEarly } from './read-too-early.js';
import { sensitiveLeaks } from './sensitive-leaks.js';
import { silentQuestions } from './silent-questions.js';
import { unconfirmedWrites } from './unconfirmed-writes.js';
import { unspeakable } from './unspeakable.js';

const checks: readonly Check[] = [
  questions,
  combinations,
  unspeakable,
  deadStates,
  deadEnds,
  deadTransitions,
  endlessLoops,
  lastExits,
  competingExamples,
  duplicateIntents,
  loneExamples,
  idleExamples,
  silentQuestions,
  readTooEarly,
  maybeEmpty,
  sensitiveLeaks,
  unconfirmedWrites,
  noPerson,
  deadFlows,
];

export interface CheckSetting {
  problems: ProblemList;
  /** The text of a line, for the caret. */
  lineOf(place: Place): string | undefined;
  /** Flows with mistakes in their names: where they go cannot be judged. */
  troubled: ReadonlySet<string>;
  /** Nothing at all is wrong so far. */
  whole: boolean;
}

/** Runs all checks that the agent is ready for. */
export function checkAgent(agent: Agent, { problems, lineOf, troubled, whole }: CheckSetting): void {
  const report: Report = (code, { place, length }, message, cure, severity = 'error') =>
    problems.add({ code, severity, ...place, length, message, cure, source: lineOf(place) });
  const all = [...agent.flows.values()];
  const sound = all.filter((flow) => !troubled.has(flow.name));
  for (const { needs, run } of checks) {
    if (needs === 'agent' && !whole) continue;
    run({ agent, flows: needs === 'shape' ? all : sound }, report);
  }
}
