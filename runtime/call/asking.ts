/** The dialog's turns: one at a time, each with its generation; what it gives is taken in the order it comes. */
import type { Input, Out } from '../../engine/contracts.js';
import type { Queued, Step } from './state.js';
import { emptyPlayout } from './state.js';
import { speechOverAgent } from './barge-in.js';
import { dialogFailed } from './ending.js';
import { stopIdle } from './idle.js';
import { enqueue } from './playout.js';
import { adopt, discard } from './speculation.js';
import { leaveTools, toolOut } from './tools.js';

/** Begins a turn. The playout is empty by then, and its ledger goes along. */
export function ask(step: Step, queued: Queued): void {
  const { s, now } = step;
  const { stages, rehearsals, ...rest } = queued;
  const rehearsed = adopt(step, queued);
  s.gen += 1;
  s.playout = emptyPlayout(s.gen, now);
  const input = {
    ...rest,
    atMs: now,
    ...(rehearsed === undefined ? {} : { rehearsed }),
    ...(s.heard ? { heard: s.heard } : {}),
  } as Input;
  delete s.heard;
  s.asking = {
    gen: s.gen,
    input: queued.kind,
    ...(queued.kind === 'utterance' ? { said: queued.whole ?? queued.text } : {}),
    ...(rehearsed !== undefined ? { rehearsed: 'adopted' } : rehearsals ? { rehearsed: 'wasted' } : {}),
    running: true,
    aborted: false,
    askedMs: now,
    hangUp: false,
    stages: { decision: now, ...stages },
    noted: false,
  };
  if (!s.caller.speaking) {
    delete s.hold;
    delete s.due.decide;
    delete s.due.resume;
  }
  // Who speaks now is not answered over their words.
  else speechOverAgent(step, s.caller.segmentMs ?? now);
  s.fillers = 0;
  s.due.dialog = now + s.manners.dialogSilentMs;
  stopIdle(step);
  const ahead = s.speculation?.sentence?.n;
  step.emit({ kind: 'ask', gen: s.gen, input, ...(ahead === undefined ? {} : { ahead }) });
}

/** Something the dialog gave. */
export function dialogOut(step: Step, gen: number, out: Out): void {
  const { s, now } = step;
  const { asking } = s;
  if (!asking?.running || asking.gen !== gen) return step.emit({ kind: 'count', name: 'stale_outs' });
  s.due.dialog = now + (s.tools.length > 0 ? s.manners.dialogToolMs : s.manners.dialogSilentMs);
  switch (out.kind) {
    case 'words':
      // After an interruption, and when nobody is there any more, words are no longer wanted.
      if (asking.aborted || s.ending) return step.emit({ kind: 'count', name: 'dropped_words' });
      s.language = out.language ?? s.language;
      return enqueue(step, out);
    case 'tool':
      return toolOut(step, out);
    case 'transfer':
      if (s.ending) return;
      s.answerWithinMs = out.answerWithinMs;
      delete s.due.transfer;
      step.emit({
        kind: 'transfer', to: out.to, mode: out.mode, packet: out.packet,
        limits: {
          ...(out.answerWithinMs !== undefined && { answerWithinMs: out.answerWithinMs }),
          ...(out.maxMs !== undefined && { maxMs: out.maxMs }),
          ...(out.comesBack && { comesBack: true }),
        },
      }); // prettier-ignore
      return;
    case 'trace': {
      noteTimings(step, out.trace.timings);
      const view = { flow: out.trace.flow, state: out.trace.state };
      if (s.view?.flow === view.flow && s.view.state === view.state) return;
      s.view = view;
      step.emit({ kind: 'notify', notice: { kind: 'state', ...view } });
      step.emit({ kind: 'note', note: { kind: 'state', ...view } });
      return;
    }
    case 'wait':
      asking.ending = out.for;
      // The line may have told already how long it will take.
      if (out.for === 'transfer') s.due.transfer ??= now + (s.answerWithinMs ?? s.manners.transferMs);
      return;
    case 'listen':
      asking.ending = 'listen';
      if ((s.listening?.secret ?? false) !== out.listening.secret)
        step.emit({ kind: 'secret', on: out.listening.secret });
      s.listening = out.listening;
      s.language = out.listening.language;
      s.keys.digits = '';
      delete s.due.key;
      step.emit({ kind: 'tune', listening: out.listening });
      return;
    case 'end':
      asking.ending = 'end';
      asking.hangUp = out.hangUp;
  }
}

/** What only the dialog knows of the time until its first words. */
function noteTimings(step: Step, timings: { understandMs: number; firstTokenMs?: number } | undefined): void {
  const { asking } = step.s;
  if (!asking || !timings) return;
  const { askedMs, input, stages } = asking;
  if (input === 'utterance') stages.route ??= askedMs + Math.round(timings.understandMs);
  if (timings.firstTokenMs !== undefined) stages.firstToken ??= askedMs + Math.round(timings.firstTokenMs);
}

export function turnEnded(step: Step, gen: number): void {
  const { s } = step;
  const { asking } = s;
  if (!asking?.running || asking.gen !== gen) return;
  asking.running = false;
  discard(step);
  delete s.due.dialog;
  delete s.due.filler;
  leaveTools(step);
  if (asking.ending !== undefined) return;
  if (asking.aborted || s.ending) asking.ending = 'listen';
  else dialogFailed(step, 'a turn ended without listen, wait or end');
}

export function turnFailed(step: Step, gen: number, problem: string): void {
  const { s } = step;
  const { asking } = s;
  if (!asking?.running || asking.gen !== gen) return;
  asking.running = false;
  asking.ending = 'failed';
  discard(step);
  delete s.due.dialog;
  delete s.due.filler;
  leaveTools(step, 'unknown');
  dialogFailed(step, problem);
}
