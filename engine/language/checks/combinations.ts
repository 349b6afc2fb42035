import type { Tool, Transition } from '../flow.js';
import type { Check, Report } from './check.js';

/** Keys that do not go together, where the schema cannot tell. */
export const combinations: Check = {
  needs: 'shape',
  run({ agent, flows }, report) {
    for (const flow of flows) {
      for (const state of flow.states.values()) checkKeys(state.transitions, report);
      checkKeys(flow.listen, report);
      for (const tool of flow.tools.values()) checkTool(tool, report);
    }
    for (const tool of agent.tools.values()) checkTool(tool, report);
  },
};

function checkKeys(transitions: readonly Transition[], report: Report): void {
  for (const { key, place, outcome, to } of transitions) {
    if (key !== undefined && !/^[0-9*#A-D]+$/.test(key))
      report('bad-value', { place }, `"${key}" is no key.`, 'Keys are 0 to 9, * and #.');
    if (outcome !== undefined && to?.kind !== 'end')
      report(
        'wrong-combination',
        { place },
        'An outcome is given where a flow ends.',
        'Write it beside `to: end`.',
        'warning',
      );
  }
}

function checkTool(tool: Tool, report: Report): void {
  if (tool.effect === 'write' && tool.retries > 0) {
    report(
      'wrong-combination',
      { place: tool.place, length: tool.name.length },
      `The tool "${tool.name}" writes, and a write is sent at most once.`,
      'Take `retries:` out.',
    );
  }
  if (tool.effect === 'write' && tool.lateResult === 'drop') {
    report(
      'wrong-combination',
      { place: tool.place, length: tool.name.length },
      `The tool "${tool.name}" writes: what it did cannot be dropped and asked for anew.`,
      'Take `late_result:` out, or write `late_result: store`.',
    );
  }
  if (tool.effect === 'write' && tool.onInterrupt === 'cancel') {
    report(
      'wrong-combination',
      { place: tool.place, length: tool.name.length },
      `The tool "${tool.name}" writes: stopped when the caller speaks, nobody knows whether it was done.`,
      'Write `on_interrupt: block`, so that what the caller says waits for it, or take it out.',
      'warning',
    );
  }
  if (tool.effect === 'read' && tool.idempotencyKey !== undefined) {
    report(
      'wrong-combination',
      { place: tool.place, length: tool.name.length },
      `The tool "${tool.name}" only reads, and a read may be sent as often as one likes.`,
      'Take `idempotency_key:` out, or say `effect: write` if it changes something.',
      'warning',
    );
  }
}
