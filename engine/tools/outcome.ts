import type { Json, ToolCall, ToolResult } from '../contracts.js';
import type { Scope, Tool } from '../language/flow.js';
import type { RawResult } from './tool-runner.js';
import { fitFields, type WritingContext } from './written-values.js';

/** Outcomes that a tool cannot name itself. */
const builtIn = new Set(['ok', 'error', 'timeout', 'cancelled', 'unknown']);

/** Checks what came back and names it: a declared outcome (first that fits), `ok`, or `error`. */
export function outcomeOf(tool: Tool, call: ToolCall, raw: RawResult, context: WritingContext): ToolResult {
  if (raw.kind === 'outcome') {
    if (!builtIn.has(raw.outcome) && !tool.outcomes.some(({ name }) => name === raw.outcome)) {
      return { outcome: 'error', problem: `came to "${raw.outcome}", which its outcomes do not declare` };
    }
    const fitted = raw.value === undefined ? undefined : fitFields(raw.value, tool.output, 'output', context);
    return {
      outcome: raw.outcome,
      ...(fitted && 'value' in fitted && { value: fitted.value }),
      ...(raw.problem !== undefined && { problem: raw.problem }),
    };
  }
  const { status } = raw;
  const good = raw.failed === undefined && (status === undefined || (status >= 200 && status < 300));
  const fitted = fitFields(raw.value ?? {}, tool.output, 'output', context);
  const value = 'value' in fitted ? fitted.value : undefined;
  const named = tool.outcomes.find(
    (outcome) =>
      (outcome.status !== undefined && outcome.status === status) ||
      (outcome.if !== undefined &&
        (value !== undefined || !good) &&
        outcome.if.evaluate(scopeOf(value ?? {}, call, status)).value === true),
  );
  if (named) return { outcome: named.name, ...(value && { value }) };
  if (!good) return { outcome: 'error', problem: raw.failed ?? `HTTP ${String(status)}` };
  return 'problem' in fitted ? { outcome: 'error', problem: fitted.problem } : { outcome: 'ok', value: fitted.value };
}

/** Names in an outcome's condition: the output's fields, `status`, and the tool's inputs. */
function scopeOf(value: Record<string, Json>, call: ToolCall, status: number | undefined): Scope {
  return (name) => {
    if (name === 'status' && status !== undefined && !Object.hasOwn(value, 'status')) return status;
    if (Object.hasOwn(value, name)) return value[name];
    return Object.hasOwn(call.input, name) ? call.input[name] : null;
  };
}
