import type { Agent, Flow, Place } from '../flow.js';
import type { Problem, ProblemCode } from '../problems.js';

/** Reports at the place of a name; the source line is added by whoever runs the checks. */
export type Report = (
  code: ProblemCode,
  at: { place: Place; length?: number },
  message: string,
  cure: string,
  severity?: Problem['severity'],
) => void;

/** One thing that may be wrong with an agent as a whole. */
export interface Check {
  /**
   * What has to be right before it can judge. `shape`: nothing more than what was built. `names`: all names of the flow
   * it looks at. `agent`: there is no other mistake anywhere.
   */
  needs: 'shape' | 'names' | 'agent';
  run(checked: Checked, report: Report): void;
}

/** What a check looks at. */
export interface Checked {
  agent: Agent;
  /** The flows that can be judged: all, or for a check that needs names those whose names are right. */
  flows: readonly Flow[];
}

/** Where something with a name is declared. */
export function at({ place, name }: { place: Place; name: string }): { place: Place; length: number } {
  return { place, length: name.length };
}
