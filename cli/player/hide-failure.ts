/** A failure as it may be printed: personal values hidden, as in traces. */
import { localTimeIn } from '../../engine/compile/moment.js';
import { PersonalValues } from '../../engine/dialog/personal-values.js';
import type { Agent } from '../../engine/language/flow.js';
import type { TestScript } from '../../engine/language/script.js';
import type { TestFailure } from './report.js';
import { startDate } from './start-date.js';
import type { TimelineEntry, TurnRecord } from './turn-record.js';

/** What hides the values of a script's caller; everything is shown with `showPii`. */
export function failureHider(
  script: TestScript,
  agent: Agent,
  showPii: boolean,
): (failure: TestFailure) => TestFailure {
  if (showPii)
    return ({ record, ...failure }) => ({ ...failure, ...(record && { record: { ...record, shown: record.traces } }) });
  const now = localTimeIn(agent.timezone)(startDate(script.start.clock, agent.timezone));
  const personal = PersonalValues.of(agent, () => now);
  if (!personal) return (failure) => failure;
  return ({ record, ...failure }) => {
    for (const trace of record?.traces ?? []) personal.learnTrace(trace);
    return {
      ...failure,
      message: personal.hideText(failure.message),
      expected: personal.hideJson(failure.expected),
      actual: personal.hideJson(failure.actual),
      ...(record && { record: hideTimeline(record, personal) }),
    };
  };
}

/** Its traces come hidden from the dialog. */
function hideTimeline(record: TurnRecord, personal: PersonalValues): TurnRecord {
  // What was said and not understood is hidden by what was asked, which its trace knows.
  const spoken = new Map(record.traces.map(({ text }, index) => [text, record.shown[index]?.text]));
  return { ...record, timeline: record.timeline.map((entry) => ({ ...entry, text: hide(entry, spoken, personal) })) };
}

function hide(
  { who, text, asked }: TimelineEntry,
  spoken: ReadonlyMap<string | undefined, string | undefined>,
  personal: PersonalValues,
): string {
  if (who !== 'caller') return personal.hideText(text);
  const label = personal.labelOf(asked);
  return spoken.get(text) ?? (label === undefined ? personal.hideText(text, true) : label);
}
