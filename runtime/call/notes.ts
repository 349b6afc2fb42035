/** What goes into the record of the call: one turn a side. Pure. */
import type { Step } from './state.js';
import { heardText } from './heard.js';

/** What stands in the record and on the page in place of words that are secret. */
export const secretText = '•••';

/** Writes the agent's words that were played so far into the record. */
export function noteAgent(step: Step, options: { heardMs: number; interrupted: boolean }): void {
  const { s, now } = step;
  const { playout } = s;
  if (playout.firstSentMs === undefined) return;
  const own = playout.sentences.every((sentence) => sentence.own);
  const { heard: text, unheard } = heardText(step, options.heardMs);
  if (text === '') return;
  step.emit({
    kind: 'note',
    note: {
      kind: 'turn',
      turn: {
        who: 'agent',
        text,
        startMs: playout.firstHeardMs ?? playout.firstSentMs,
        endMs: Math.max(
          playout.firstSentMs,
          options.interrupted ? Math.min(now, playout.playEndMs) : playout.playEndMs,
        ),
        ...(options.interrupted ? { interrupted: true, unheard } : {}),
        ...(s.asking && !s.asking.noted && !own ? { stages: { ...s.asking.stages } } : {}),
        ...(s.asking && !s.asking.noted && !own && s.asking.rehearsed ? { rehearsed: s.asking.rehearsed } : {}),
      },
    },
  });
  if (s.asking && !own && !s.asking.noted) {
    s.asking.noted = true;
    const { gen, stages, rehearsed } = s.asking;
    const notice = { kind: 'timing' as const, turn: gen, stages: sinceSpeech(stages) };
    step.emit({ kind: 'notify', notice: rehearsed ? { ...notice, rehearsed } : notice });
  }
}

/** Stages as milliseconds since the caller's last sound (or since the decision, where nobody spoke). */
function sinceSpeech(stages: object): Record<string, number> {
  const entries = Object.entries(stages as Record<string, number | undefined>).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  const all = Object.fromEntries(entries);
  const zero = all.speechEnd ?? all.decision ?? 0;
  return Object.fromEntries(entries.map(([name, atMs]) => [name, Math.round(atMs - zero)]));
}
