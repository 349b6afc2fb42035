/**
 * One event in; the new state, the words and the one effect to perform next out. Pure: the state given is
 * never changed, and whatever a caller, a tool or a model did, it does not throw.
 */
import type { Input, Out, TurnTrace } from '../contracts.js';
import { takeGenerated } from './generate.js';
import { learnOfCaller } from './caller-memory.js';
import { agentIn, followLanguage } from './languages.js';
import { makeListening } from './listening.js';
import { onInput } from './on-input.js';
import { shownSlots } from './scope.js';
import type { DialogState, Effect, Step, StepEvent, StepResult, StepWorld } from './seam.js';
import { afterTask } from './stack.js';
import type { HistoryEntry, Inside } from './state.js';
import { copyState, freshTrace, inside } from './state.js';
import type { Talk } from './talk.js';
import { note } from './talk.js';
import { settleTool } from './tool-calls.js';
import { finishTrace } from './trace.js';
import { walk } from './walk.js';
import { sayBuiltIn } from './words.js';

export const step: Step = (world, state, event) => {
  try {
    const talk = begin(world, state);
    take(talk, event);
    // A turn whose words a model gave was closed before they were asked for.
    return event.kind === 'words_done' ? cut(talk, talk.effect ?? { kind: 'listen' }) : release(talk);
  } catch (error) {
    return recover(world, state, event, error);
  }
};

function begin(world: StepWorld, state: DialogState): Talk {
  const s = copyState(inside(state));
  return { world, agent: agentIn(world.agent, s.language), s, out: [], effect: null };
}

/** A fault of ours: the task is dropped with the built-in error, and the call lives on. */
function recover(world: StepWorld, state: DialogState, event: StepEvent, error: unknown): StepResult {
  const talk = begin(world, state);
  const { s } = talk;
  if (event.kind === 'input') startTurn(talk, event.input);
  // The kind of fault and its place in our code, never its text: that may quote a caller.
  note(talk, `internal error: ${error instanceof Error ? error.name : 'unknown'}${placeOf(error)}`);
  s.awaiting = null;
  s.pending = null;
  s.human = null;
  s.clarify = null;
  if (s.ended || s.gone || (event.kind === 'input' && event.input.kind === 'hang_up')) {
    s.ended = true;
    talk.effect = { kind: 'end', hangUp: true };
    return release(talk);
  }
  s.frames = [];
  try {
    sayBuiltIn(talk, 'error');
    afterTask(talk, true);
    walk(talk);
    return release(talk);
  } catch {
    const blank = begin(world, state);
    blank.s.frames = [];
    blank.s.ended = true;
    blank.effect = { kind: 'end', hangUp: true };
    return release(blank);
  }
}

function placeOf(error: unknown): string {
  const line =
    error instanceof Error ? /at (?:.*\()?(?:.*\/)?(engine\/[\w./-]+:\d+)/.exec(error.stack ?? '')?.[1] : undefined;
  return line === undefined ? '' : ` at ${line}`;
}

function take(talk: Talk, event: StepEvent): void {
  switch (event.kind) {
    case 'go_on':
      talk.mayEnter = true;
      return walk(talk);
    case 'words_done':
      return takeModelWords(talk, event);
    case 'generated':
      takeGenerated(talk, event);
      return walk(talk);
    case 'tool_settled':
      settleTool(talk, event.callId, event.result);
      // Nobody is there any more: what was settled is recorded, and no further state is walked.
      if (talk.s.ended) talk.effect = { kind: 'end', hangUp: true };
      return walk(talk);
    case 'tool_pending':
      if (talk.s.pending?.callId === event.callId) talk.s.pending.outlived = true;
      return walk(talk);
    case 'input':
      startTurn(talk, event.input);
      if (event.input.kind === 'utterance') followLanguage(talk, event.input);
      onInput(talk, event.input, event.understanding);
      return walk(talk);
  }
}

function startTurn(talk: Talk, input: Input): void {
  const { s } = talk;
  s.turn += 1;
  // A circle may also run by way of transfers and words that were waited for: only the caller gives it new steps.
  if (!isContinued(input)) s.steps = 0;
  s.trace = { ...freshTrace(s.turn), input: input.kind, slotsBefore: shownSlots(talk) };
  if (input.kind === 'transfer' && s.transferFromMs !== undefined)
    // A process that goes on with the dialog has another clock.
    s.transferSeconds = Math.max(0, Math.round((input.atMs - s.transferFromMs) / 1000));
  s.inputAtMs = input.atMs;
  if (s.half && s.half.turn < s.turn - 1) delete s.half;
  s.turnValue = null;
  s.turnSlots = [];
  s.turnWords = [];
  s.unheard = false;
  s.later = null;
  if ('turn.text' in s.secret) delete s.secret['turn.text'];
  if (!isContinued(input)) s.lastWaited = false;
  if (input.kind !== 'played' && input.kind !== 'tool') {
    talk.held = s.holdMs !== null;
    s.holdMs = null;
  }
  if (!['open', 'played', 'tool', 'transfer'].includes(input.kind)) s.opening = false;
  if (['utterance', 'keys'].includes(input.kind)) forgetTurnValues(talk);
  if (input.heard) trimToHeard(s, input.heard);
}

/** What comes without the caller goes on with the agent's turn. */
function isContinued(input: Input): boolean {
  return input.kind === 'played' || input.kind === 'transfer' || input.kind === 'tool';
}

/** `scope: turn`: what was said for it holds until the caller speaks again. */
function forgetTurnValues({ agent, s }: Talk): void {
  for (const slot of agent.slots.values()) if (slot.scope === 'turn') delete s.shared[slot.name];
  for (const frame of s.frames)
    for (const slot of agent.flows.get(frame.flow)?.slots.values() ?? [])
      if (slot.scope === 'turn') delete frame.slots[slot.name];
}

/** History holds what was really heard, not what was meant to be said. */
function trimToHeard(s: Inside, heard: NonNullable<Input['heard']>): void {
  for (const part of heard.parts) {
    const same = heard.parts.filter(({ id }) => id === part.id);
    // Sentences of a model are one piece of words, said under one id.
    const all = same.reduce((sum, { text }) => sum + text.length, 0);
    s.heard[part.id] = all === 0 ? part.share : same.reduce((sum, one) => sum + one.share * one.text.length, 0) / all;
    if (part.share >= 1) continue;
    const isIt = (text: string) => (one: HistoryEntry) =>
      one.from === 'agent' && one.id === part.id && one.text === text;
    retell(s.history, isIt(part.text), heardOf(part));
    if (same.length > 1)
      retell(s.history, isIt(same.map(({ text }) => text).join(' ')), same.map(heardOf).filter(Boolean).join(' '));
  }
}

function heardOf({ text, share }: NonNullable<Input['heard']>['parts'][number]): string {
  const words = text.split(' ');
  return words.slice(0, Math.round(words.length * Math.min(1, share))).join(' ');
}

/** Puts another text into the last entry of a kind. Entries are shared with older states: it is replaced. */
function retell<Entry extends { text: string }>(list: Entry[], is: (entry: Entry) => boolean, text: string): void {
  const at = list.findLastIndex(is);
  if (at !== -1) list[at] = { ...list[at]!, text };
}

/** Closes the turn: its trace and its last out, and holds back what comes after words that a model gives. */
function release(talk: Talk): StepResult {
  const effect: Effect = talk.effect ?? { kind: 'listen' };
  if (effect.kind === 'listen' || effect.kind === 'wait' || effect.kind === 'end') closeTurn(talk, effect);
  return cut(talk, effect);
}

function closeTurn(talk: Talk, effect: Extract<Effect, { kind: 'listen' | 'wait' | 'end' }>): void {
  const { s } = talk;
  if (s.turnWords.length > 0) s.last = s.lastWaited ? [...s.last, ...s.turnWords] : s.turnWords;
  s.lastWaited = effect.kind === 'wait';
  learnOfCaller(talk);
  talk.out.push({ kind: 'trace', trace: finishTrace(talk) });
  // Only the turn's own record needs them: a checkpoint does not. (A property that is deleted makes an object slow to copy.)
  s.trace = { ...s.trace, slotsBefore: undefined, taken: undefined };
  if (effect.kind === 'listen') talk.out.push({ kind: 'listen', listening: makeListening(talk) });
  else if (effect.kind === 'wait') talk.out.push({ kind: 'wait', for: effect.for });
  else talk.out.push({ kind: 'end', hangUp: effect.hangUp });
}

/** Outs up to the first words that a model gives; the rest waits in the state. */
function cut(talk: Talk, effect: Effect): StepResult {
  const { s, out } = talk;
  const at = out.findIndex((one) => one.kind === 'model');
  const done = (outs: Out[], next: Effect): StepResult => ({
    state: s as unknown as DialogState,
    out: outs,
    effect: next,
  });
  const model = out[at];
  if (model?.kind !== 'model') {
    s.later = null;
    return done(out as Out[], effect);
  }
  s.later = { out: out.slice(at + 1), effect };
  return done(out.slice(0, at) as Out[], { ...model, kind: 'model_words' });
}

/** The model's words were given: what was said is remembered as it was said, and the turn goes on. */
function takeModelWords(talk: Talk, event: Extract<StepEvent, { kind: 'words_done' }>): void {
  const { s } = talk;
  const { later } = s;
  const rest = later?.out ?? [];
  // Who was interrupted does not go on to say the rest, and does not believe to have said it; asked to, it repeats it.
  const unsaid = event.interrupted ? rest.flatMap((one) => (one.kind === 'words' || one.kind === 'model' ? [one.id] : [])) : []; // prettier-ignore
  for (const list of [s.last, s.turnWords]) retell(list, (one) => one.id === event.id, event.text);
  retell(s.history, (one) => one.from === 'agent' && one.id === event.id, event.text);
  for (const id of unsaid) {
    const at = s.history.findLastIndex((one) => one.from === 'agent' && one.id === id);
    if (at !== -1) s.history.splice(at, 1);
  }
  talk.out = rest
    .filter((one) => !((one.kind === 'words' || one.kind === 'model') && unsaid.includes(one.id)))
    .map((one) => (one.kind === 'trace' ? { ...one, trace: retold(one.trace, event, unsaid) } : one));
  talk.effect = later?.effect ?? { kind: 'listen' };
  s.later = null;
}

/** A turn's trace with the words that the model gave, and without those that were not said any more. */
function retold(trace: TurnTrace, event: Extract<StepEvent, { kind: 'words_done' }>, unsaid: string[]): TurnTrace {
  const words = (trace.words ?? []).filter((one) => !unsaid.includes(one.id));
  retell(words, (one) => one.id === event.id, event.text);
  return { ...trace, words, llmCalls: trace.llmCalls + (event.llmCalls ?? 0) };
}
