/** What was decided in a turn, as lines for a person: a name, and what belongs to it, one under the other. */
import type { Json, Move, TurnTrace } from '../../engine/contracts.js';
import { keptMark } from '../../engine/dialog/answer.js';
import { rules } from '../../engine/dialog/rules.js';

const nameWidth = 'candidates'.length + 2;
/** More candidates than these say nothing. */
const mostCandidates = 5;
/** A tool's answer may be a whole catalogue. */
const longestValue = 160;

/** The record of one turn. What it shows of personal values is up to the trace that is given. */
export function traceLines(trace: TurnTrace): string[] {
  const rows: [name: string, texts: string[]][] = [
    [`turn ${String(trace.turn)}`, [inputOf(trace)]],
    ['rule', ruleOf(trace)],
    ['candidates', candidatesOf(trace)],
    ['moves', trace.moves.map((move) => tellMove(move))],
    ['offered', trace.clarify?.length ? [trace.clarify.join(', ')] : []],
    ['took', (trace.taken ?? []).map(tellTaken)],
    ['tools', trace.tools.map(tellTool)],
    ['slots', slotsOf(trace)],
    ['answer', trace.answer === undefined ? [] : [trace.answer]],
    ['transfer', trace.transfer ? [`${trace.transfer.to} (${trace.transfer.mode})`] : []],
    ['at', [placeOf(trace)]],
    ['counters', countersOf(trace)],
    ['notes', trace.notes],
    ['time', timesOf(trace)],
  ];
  return rows.flatMap(([name, texts]) =>
    texts.map((text, index) => `${(index === 0 ? name : '').padEnd(nameWidth)}${text}`),
  );
}

function inputOf({ input, text, keys, event }: TurnTrace): string {
  const what = text ?? keys ?? event;
  const kind = input?.replace('_', ' ') ?? 'goes on';
  return what === undefined ? kind : `${kind} "${what}"`;
}

function ruleOf({ rule, route, score }: TurnTrace): string[] {
  const meaning = rule !== undefined && Object.hasOwn(rules, rule) ? `: ${rules[rule as keyof typeof rules]}` : '';
  const by = route === undefined ? '' : ` (by ${route}${score === undefined ? '' : ` ${score.toFixed(2)}`})`;
  return rule === undefined && by === '' ? [] : [`${rule ?? ''}${meaning}${by}`.trim()];
}

function candidatesOf({ candidates }: TurnTrace): string[] {
  const best = [...candidates].sort((one, other) => other.score - one.score).slice(0, mostCandidates);
  return best.length === 0 ? [] : [best.map(({ intent, score }) => `${intent} ${score.toFixed(2)}`).join(', ')];
}

/** What a move asks of the graph, in a few words; `isWhole` with what was said for it and how surely. */
export function tellMove(move: Move, isWhole = true): string {
  switch (move.kind) {
    case 'repair':
      return [move.name, move.slot, move.flow].filter((part) => part !== undefined).join(' ');
    case 'fill':
      return `${move.correction ? 'change' : 'fill'} ${move.slot} = ${tellValue(move.value)}${isWhole ? `  ("${move.text}", ${move.confidence.toFixed(2)})` : ''}`;
    case 'transition':
      return `take "${move.intent}"`;
    case 'start':
      return `start ${move.flow}`;
    case 'queue':
      return [`then ${move.flow}`, ...move.fills.map(({ slot, value }) => `${slot} = ${tellValue(value)}`)].join(', ');
  }
}

/** A value, or the words that are kept until they can be read (a choice's options are still to come). */
function tellValue(value: Json): string {
  const kept = typeof value === 'string' && value.startsWith(keptMark);
  return kept ? `${json(value.slice(keptMark.length).replace('\u0001', ''))}, to be read later` : json(value);
}

/** Those that changed. The slots of the flow that runs also stand under its name: told once. */
function slotsOf({ flow, slots, slotsBefore = {} }: TurnTrace): string[] {
  const isTwice = (name: string): boolean =>
    flow !== null && name.startsWith(`${flow}.`) && Object.hasOwn(slotsBefore, name.slice(flow.length + 1));
  return Object.entries(slotsBefore)
    .filter(([name]) => !isTwice(name))
    .map(([name, before]) => `${name}: ${json(before)} → ${json(slots[name] ?? null)}`);
}

function tellTaken({ from, by, to, file, line }: NonNullable<TurnTrace['taken']>[number]): string {
  return `${by} of ${from}${to === null ? '' : ` → ${to}`}  ${file}:${String(line)}`;
}

function tellTool({ name, input, outcome, result, ms, attempts = 1 }: TurnTrace['tools'][number]): string {
  const how = [outcome, ...(ms === undefined ? [] : [time(ms)]), ...(attempts === 1 ? [] : [`${String(attempts)} tries`])]; // prettier-ignore
  return `${name} ${json(input)} → ${how.join(', ')}${result === undefined ? '' : `  ${json(result)}`}`;
}

function placeOf({ flow, state, stack, queue, finished }: TurnTrace): string {
  return [
    flow === null ? 'end' : `${flow}/${state}`,
    ...(stack.length > 0 ? [`beneath it ${stack.join(', ')}`] : []),
    ...(queue.length > 0 ? [`then ${queue.join(', ')}`] : []),
    ...(finished.length > 0 ? [`finished ${finished.join(', ')}`] : []),
  ].join('; ');
}

/** Those that count something. A first visit is none. */
function countersOf({ counters: { visits, ...counters } }: TurnTrace): string[] {
  const all = [...Object.entries(counters), ...(visits > 1 ? [['visits', visits] as const] : [])];
  const told = all.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${String(count)}`);
  return told.length === 0 ? [] : [told.join(', ')];
}

function timesOf({ timings, llmCalls }: TurnTrace): string[] {
  if (!timings) return [];
  const { understandMs, routerMs, stepMs, toolsMs, modelMs, firstWordsMs, totalMs } = timings;
  const router = routerMs >= 0.05 ? ` (router ${time(routerMs)})` : '';
  const parts: [string, number, string][] = [
    ['understand', understandMs, router],
    ['step', stepMs, ''],
    ['tools', toolsMs, ''],
    ['model', modelMs, llmCalls > 0 ? ` (${String(llmCalls)} ${llmCalls === 1 ? 'call' : 'calls'})` : ''],
  ];
  const spent = parts.filter(([, ms, more]) => ms >= 0.05 || more !== '').map(([name, ms, more]) => `${name} ${time(ms)}${more}`); // prettier-ignore
  const words = firstWordsMs === undefined ? [] : [`first words after ${time(firstWordsMs)}`];
  return [[...spent, `in all ${time(totalMs)}`, ...words].join(', ')];
}

function time(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms.toFixed(1)} ms`;
}

function json(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > longestValue ? `${text.slice(0, longestValue)}…` : text;
}
