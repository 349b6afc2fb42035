/** While a tool runs: words for the wait, and what is written down of it. */
import type { Out } from '../../engine/contracts.js';
import type { Step } from './state.js';
import { speechOverAgent } from './barge-in.js';
import { enqueue } from './playout.js';

export function toolOut(step: Step, out: Extract<Out, { kind: 'tool' }>): void {
  const { s, now } = step;
  if (out.phase === 'started') {
    s.asking!.usedTool = true;
    s.tools.push({ callId: out.callId, name: out.name, onInterrupt: out.onInterrupt, filler: out.filler });
    s.due.dialog = now + s.manners.dialogToolMs;
    if (out.filler) s.due.filler = now + out.filler.afterMs;
    return;
  }
  s.tools = s.tools.filter((tool) => tool.callId !== out.callId);
  note(step, out.callId, out.name, out.outcome ?? 'ok');
  if (s.tools.length > 0) return;
  delete s.due.filler;
  // What was said while the tool held barge-in back may still go on.
  if (s.caller.speaking && !s.hold) speechOverAgent(step, s.caller.segmentMs ?? now);
}

/** The turn is over. What still runs comes back by itself, unless nobody will be told of it. */
export function leaveTools(step: Step, outcome?: 'unknown'): void {
  const { s } = step;
  for (const { callId, name } of s.tools) {
    if (outcome) note(step, callId, name, outcome);
    else s.outliving.push({ callId, name });
  }
  s.tools = [];
}

/** A tool that outlived its turn has come to something. */
export function settleLate(step: Step, callId: string, outcome: string): void {
  const { s } = step;
  const tool = s.outliving.find((one) => one.callId === callId);
  if (!tool) return;
  s.outliving = s.outliving.filter((one) => one !== tool);
  note(step, callId, tool.name, outcome);
}

/** The call is over: each tool that was begun has an outcome in its record. */
export function settleAll(step: Step): void {
  const { s } = step;
  for (const { callId, name } of [...s.tools, ...s.outliving]) note(step, callId, name, 'unknown');
  s.tools = [];
  s.outliving = [];
}

function note(step: Step, callId: string, name: string, outcome: string): void {
  step.emit({ kind: 'note', note: { kind: 'tool', callId, name, outcome } });
}

/** Words ended while a tool runs: the wait for the first filler begins anew. */
export function lineIdle(step: Step): void {
  const { s, now } = step;
  const filler = s.tools.find((one) => one.filler)?.filler;
  if (filler && s.fillers === 0 && s.due.filler !== undefined) s.due.filler = now + filler.afterMs;
}

/** The tool takes its time and the line may be idle: say something. */
export function fillerDue(step: Step): void {
  const { s, now } = step;
  const tool = s.tools.find((one) => one.filler && one.filler.texts.length > 0);
  if (!tool?.filler || !s.asking?.running || s.asking.aborted || s.ending) return;
  if (s.playout.sentences.length > 0 || s.hold || s.caller.speaking) {
    // Not over other words.
    s.due.filler = Math.max(now, s.playout.playEndMs) + tool.filler.afterMs;
    return;
  }
  const text = tool.filler.texts[s.fillers % tool.filler.texts.length]!;
  s.fillers += 1;
  enqueue(step, { id: 'filler', text, bargeIn: 'speech', mustHear: false }, 'filler');
  if (s.fillers < s.manners.fillerMax) s.due.filler = now + s.manners.fillerEveryMs;
}
