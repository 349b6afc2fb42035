/** Tools: what goes in, under which id, and what its settlement does to the talk. */
import type { Json, ToolCall, ToolResult } from '../contracts.js';
import { callsOf } from '../language/calls-of.js';
import type { State, Tool, ToolType, Value } from '../language/flow.js';
import { waitForWords } from './ending.js';
import { makeScope } from './scope.js';
import { answerFromRetrieved } from './say-passage.js';
import { evaluate, findSlot } from './slots.js';
import type { Frame, Pending } from './state.js';
import { copyJson } from './state.js';
import type { Talk } from './talk.js';
import { flowOf, note, stateOf } from './talk.js';

/** Calls the tool of a state, or its reads at the same time. A write waits until the words before it were heard or cut. */
export function callTool(talk: Talk, frame: Frame, uses = callsOf(stateOf(talk, frame))): void {
  const { s } = talk;
  const calls = uses.flatMap((use) => {
    const tool = flowOf(talk, frame).tools.get(use.tool) ?? talk.agent.tools.get(use.tool);
    return tool ? [{ tool, given: use.with }] : [];
  });
  const first = calls[0]?.tool;
  if (!first) {
    note(talk, `${frame.flow}/${frame.state} calls a tool that is not there`);
    frame.phase = 'done';
    frame.outcome = 'error';
    return;
  }
  if (calls.every(({ tool }) => isDoneBefore(talk, frame, tool))) {
    frame.phase = 'done';
    frame.outcome = 'ok';
    return;
  }
  if (s.gone && calls.every(({ tool }) => tool.onInterrupt !== 'finish')) return stopAfterHangUp(talk);
  if (first.effect === 'write' && waitForWords(talk, 'work')) return;
  const [made, ...beside] = calls.map(({ tool, given }) => makeCall(talk, frame, tool, given));
  s.pending = {
    ...made!.pending, frame: frame.n, state: frame.state, write: first.effect === 'write',
    outlived: false, orphan: false, lateResult: first.lateResult,
    ...(beside.length > 0 && { beside: beside.map(({ pending }) => pending) }),
  }; // prettier-ignore
  frame.phase = 'tool';
  // One wait, one filler: the one that comes first.
  const fillers = calls.flatMap(({ tool }) => fillerOf(talk, frame, tool) ?? []).sort((a, b) => a.afterMs - b.afterMs);
  for (const [index, { call }] of [made!, ...beside].entries()) {
    const { onInterrupt } = calls[index]!.tool;
    const filler = index === 0 ? fillers[0] : undefined;
    talk.out.push({
      kind: 'tool', callId: call.callId, name: call.tool, phase: 'started', onInterrupt, ...(filler && { filler }),
    }); // prettier-ignore
  }
  talk.effect = {
    kind: 'tool',
    call: made!.call,
    ...(beside.length > 0 && { beside: beside.map(({ call }) => call) }),
  };
}

type Given = NonNullable<State['call']>['with'];

/** What one tool is sent, and what is kept until it settles. */
function makeCall(
  talk: Talk,
  frame: Frame,
  tool: Tool,
  given: Given,
): { call: ToolCall; pending: NonNullable<Pending['beside']>[number] } {
  const { s } = talk;
  const input: Record<string, Json> = {};
  const shown: Record<string, Json> = {};
  for (const [name, type] of tool.input) {
    const own = given.get(name);
    const value = asType(type, own ? evaluate(talk, frame, own) : (makeScope(talk, frame)(name) ?? null));
    input[name] = value;
    shown[name] = readsSecret(talk, frame, name, own) ? '•' : value;
  }
  // Unique and stable: the ledger of writes knows a call by it.
  const callId = `${s.id}/${s.turn}/${frame.flow}.${frame.state}/${++s.toolCount}`;
  const key = tool.idempotencyKey?.render((name) =>
    Object.hasOwn(input, name) ? input[name] : makeScope(talk, frame)(name),
  );
  return {
    call: {
      callId, tool: tool.name, input, effect: tool.effect,
      ...(tool.flow === undefined ? {} : { flow: tool.flow }), ...(key === undefined ? {} : { idempotencyKey: key }),
    }, // prettier-ignore
    pending: { callId, key: keyOf(tool), tool: tool.name, used: usedBy(talk, frame, tool, given), shown },
  };
}

function stopAfterHangUp(talk: Talk): void {
  talk.s.ended = true;
  talk.effect = { kind: 'end', hangUp: true };
}

/** A correction leads over the state again, and what it did stands: a write is never sent twice, nor a read asked twice. */
export function isDoneBefore(talk: Talk, frame: Frame, tool: Tool): boolean {
  if (!frame.over.includes(frame.state)) return false;
  if (tool.effect === 'write') return frame.writes.some((one) => one.tool === tool.name && one.state === frame.state);
  return talk.s.results[keyOf(tool)]?.at === `${frame.flow}/${frame.state}`;
}

/** Results are kept by the tool's name; a flow's own tools by the flow's and theirs. */
function keyOf(tool: Tool): string {
  return tool.flow === undefined ? tool.name : `${tool.flow}/${tool.name}`;
}

function fillerOf(talk: Talk, frame: Frame, tool: Tool): { afterMs: number; texts: string[] } | undefined {
  if (!tool.filler) return undefined;
  const scope = makeScope(talk, frame);
  return { afterMs: tool.filler.afterMs, texts: tool.filler.say.phrases.map((phrase) => phrase.text.render(scope)) };
}

/** JSON of the declared type: a number where one is declared, text where a number was said for it. */
export function asType(type: ToolType, value: Json): Json {
  if (value === null) return null;
  if (type.kind === 'list') return Array.isArray(value) ? value.map((item) => asType(type.of, item)) : value;
  if (type.kind === 'record' && typeof value === 'object' && !Array.isArray(value)) {
    return Object.fromEntries([...type.fields].map(([name, field]) => [name, asType(field, value[name] ?? null)]));
  }
  if (type.kind !== 'slot') return value;
  if (type.type === 'integer' || type.type === 'number' || type.type === 'ordinal') {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : value;
  }
  if (type.type === 'yes_no') return value === 'true' ? true : value === 'false' ? false : value;
  if (typeof value === 'object' && !Array.isArray(value) && 'id' in value) return value['id'] ?? value;
  return typeof value === 'number' ? String(value) : value;
}

function readsOf(name: string, given: Value | undefined): readonly string[] {
  if (!given) return [name];
  if (given.kind === 'expression') return given.expression.reads;
  return given.kind === 'template' ? given.template.reads : [];
}

function readsSecret(talk: Talk, frame: Frame, name: string, given: Value | undefined): boolean {
  return readsOf(name, given).some((one) => findSlot(talk.agent, frame.flow, one)?.sensitive === 'secret');
}

/** The slots that a call uses, also by way of other tools' results and of computed slots. */
function usedBy(talk: Talk, frame: Frame, tool: Tool, given: ReadonlyMap<string, Value>): string[] {
  const used = new Set<string>();
  for (const name of tool.input.keys())
    for (const read of readsOf(name, given.get(name))) expandRead(talk, frame, read, used);
  return [...used];
}

/** Adds the slots behind a name: the slot, those its value is computed from, or those a tool's result was made with. */
export function expandRead(talk: Talk, frame: Frame, name: string, used: Set<string>): void {
  const slot = findSlot(talk.agent, frame.flow, name);
  if (slot) {
    if (used.has(name)) return;
    used.add(name);
    for (const read of slot.value ? readsOf(name, slot.value) : []) expandRead(talk, frame, read, used);
    return;
  }
  // A called flow's value, and what it was made from here.
  const called = frame.called.find(({ flow }) => flow === name.split('.')[0]);
  if (called) {
    used.add(name);
    return;
  }
  const result = talk.s.results[`${frame.flow}/${name}`] ?? talk.s.results[name];
  for (const one of result?.used ?? []) used.add(one);
}

/** A tool came to its end, with those that ran beside it. Unknown and repeated settlements change nothing. */
export function settleTool(talk: Talk, callId: string, result: ToolResult): void {
  const { s } = talk;
  const { pending } = s;
  if (pending?.callId !== callId) {
    note(talk, 'a settlement that nobody waits for was put aside');
    return;
  }
  s.pending = null;
  const frame = s.frames.find((one) => one.n === pending.frame);
  const isDropped = isTooLate(talk, pending, frame);
  const at = frame && `${frame.flow}/${pending.state}`;
  settleOne(talk, pending, result, pending.write, isDropped, at);
  const outcomes = [result.outcome];
  for (const [index, one] of (pending.beside ?? []).entries()) {
    const its = result.beside?.[index] ?? { outcome: 'error' };
    settleOne(talk, one, its, false, isDropped, at);
    outcomes.push(its.outcome);
  }
  if (pending.write && result.outcome === 'ok') recordWrite(talk, frame, pending);
  if (!frame || frame.phase !== 'tool' || pending.orphan) return;
  if (isDropped) {
    // Whoever comes back to the task has it asked anew.
    frame.phase = 'work';
    return;
  }
  frame.phase = 'done';
  // Of several, the first in the list that did not go well.
  frame.outcome = outcomes.find((outcome) => outcome !== 'ok') ?? 'ok';
  if (frame.outcome === 'ok' && stateOf(talk, frame).answer !== undefined) {
    // What was found is said, and not kept: a checkpoint is small.
    delete s.results[pending.key];
    answerFromRetrieved(talk, frame, String(pending.shown['question'] ?? ''), result.value);
  }
}

/**
 * Whether a result is of no use any more: its task is gone (`late_result: store` keeps it for others all the same), or
 * the caller is in another flow by now and the tool says `drop`. What was written was written, and is kept.
 */
function isTooLate({ s }: Talk, pending: Pending, frame: Frame | undefined): boolean {
  if (pending.orphan || !frame) return pending.lateResult !== 'store';
  return pending.lateResult === 'drop' && !pending.write && pending.outlived && s.frames.at(-1) !== frame;
}

function settleOne(
  talk: Talk,
  one: NonNullable<Pending['beside']>[number],
  result: ToolResult,
  write: boolean,
  isDropped: boolean,
  at: string | undefined,
): void {
  const { callId, tool, key, used, shown } = one;
  const { outcome } = result;
  // A tool of the designer's may keep what it gave and change it later.
  const value = result.value === undefined ? undefined : copyJson(result.value);
  talk.out.push({ kind: 'tool', callId, name: tool, phase: 'settled', onInterrupt: 'finish', outcome });
  talk.s.trace.tools.push({
    callId, name: tool, input: shown, outcome, ...(value === undefined ? {} : { result: value }),
    ...(result.ms !== undefined && { ms: result.ms, attempts: result.attempts ?? 1 }),
  }); // prettier-ignore
  if (result.problem !== undefined) note(talk, `${tool}: ${result.problem}`);
  if (value !== undefined && !isDropped)
    talk.s.results[key] = { value, used, write, ...(outcome === 'ok' && at !== undefined && { at }) };
}

function recordWrite(talk: Talk, frame: Frame | undefined, pending: Pending): void {
  const write = { tool: pending.tool, state: pending.state, used: pending.used };
  if (frame) frame.writes.push(write);
  else talk.s.pastWrites.push({ flow: '', used: pending.used });
}

/**
 * Whether a condition of the calling state reads a field that the result lacks: then the tool's answer
 * cannot be judged, which is an error and not a success.
 */
export function lacksField(talk: Talk, frame: Frame): string | null {
  for (const { tool } of callsOf(stateOf(talk, frame))) {
    const lacking = lacksFieldOf(talk, frame, tool);
    if (lacking !== null) return lacking;
  }
  return null;
}

function lacksFieldOf(talk: Talk, frame: Frame, tool: string): string | null {
  const result = talk.s.results[`${frame.flow}/${tool}`] ?? talk.s.results[tool];
  const value = result?.value;
  const fields = value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  const pattern = new RegExp(`(?<![\\w.])${tool}\\.([\\p{L}_]\\w*)`, 'gu');
  const scope = makeScope(talk, frame);
  for (const { if: condition, on, intents, key } of stateOf(talk, frame).transitions) {
    if (on.length > 0 || intents.length > 0 || key !== undefined) continue;
    if (!condition) return null;
    for (const match of condition.source.matchAll(pattern))
      if (!Object.hasOwn(fields, match[1]!)) return `${tool}.${match[1]!}`;
    // The lines after the one that is taken are not looked at.
    if (condition.evaluate(scope).value === true) return null;
  }
  return null;
}
