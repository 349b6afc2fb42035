import { Annotation, Command, END, START, StateGraph } from '@langchain/langgraph/web';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { Input, Out } from '../contracts.js';
import { builtInsOf } from '../dialog/built-ins/built-ins.js';
import type { BuiltInName } from '../dialog/built-ins/en.js';
import { agentIn } from '../dialog/languages.js';
import type { DialogState, Effect, StepEvent, StepResult } from '../dialog/seam.js';
import type { Agent } from '../language/flow.js';
import { makeLean } from './lean-nodes.js';
import type { KeptCall, KeptEffect, TurnHost } from './turn-host.js';
import { performGenerate } from './perform-generate.js';
import { performTool } from './perform-tool.js';
import { performWords } from './perform-words.js';
import { timed } from './timed.js';

/** Few channels: each costs about 9 µs a turn. No messages, no schema library: the step checks its own state. */
export const channels = Annotation.Root({
  /** The dialog, as `engine/dialog` keeps it, without secrets. */
  dialog: Annotation<DialogState>(),
  /**
   * For whoever drives the graph without our dialog (LangGraph's own tools): one turn is
   * `invoke(new Command({ goto: 'turn', update: { input } }))`. Our drivers hand the input over in memory,
   * because it may be a spoken PIN and what goes through a channel is stored.
   */
  input: Annotation<Input | null>(),
  /** The effect being performed, so that it can be performed after a crash. */
  then: Annotation<KeptEffect | null>(),
  /** Tools that outlived their turn and have not come back. */
  late: Annotation<KeptCall[]>(),
});

export type Channels = typeof channels.State;
export interface NodeConfig {
  configurable?: Record<string, unknown>;
}

/** Any node may be followed by any other. */
const everywhere = ['turn', 'tool', 'words', 'generate', END] as ('turn' | 'tool' | 'words' | 'generate')[];

/** Which node does what: the folded graph has one for each kind of effect, the expanded one has one for each state. */
export interface Shape {
  /** Where an input is taken in this state of the dialog. */
  turn(state: DialogState): string;
  effect(effect: KeptEffect, state: DialogState): string;
}

const foldedNodes: Record<KeptEffect['kind'], string> = {
  tool: 'tool',
  model_words: 'words',
  generate: 'generate',
  enter: 'turn',
};
export const foldedShape: Shape = { turn: () => 'turn', effect: ({ kind }) => foldedNodes[kind] };

/** More effects than any honest turn needs: a flow that calls tools in a circle is stopped there. */
const effectsATurn = 60;
/** A caller who hears the `error` words this often is let go: silence and failure always end somewhere. */
const failuresInARow = 3;

/**
 * The folded graph: `turn` understands an input and walks every state up to the next one that must wait for
 * something; one node for each kind of effect waits for it. Which tool, which words, which state: all data, so
 * the graph is the same for 5 states and for 500 (a node costs 13 to 19 µs a turn), and no state that a designer
 * renames can leave a checkpoint pointing at a node that is gone (LangGraph then ends without an error).
 *
 * @param traced LangSmith is to see each node; else they are called without what only a trace needs
 */
export function compileDialog(saver: BaseCheckpointSaver, traced = false) {
  const graph = new StateGraph(channels)
    .addNode('turn', turn, { ends: everywhere })
    .addNode('tool', tool, { ends: everywhere })
    .addNode('words', words, { ends: everywhere })
    .addNode('generate', generate, { ends: everywhere })
    .addEdge(START, 'turn')
    .compile({ checkpointer: saver });
  if (!traced) makeLean(graph.nodes, { turn, tool, words, generate });
  return graph;
}

export type DialogGraph = ReturnType<typeof compileDialog>;

/** Starts a turn on a thread that waits nowhere. Skips LangGraph's START, which is a superstep of its own. */
export function gotoTurn(node = 'turn') {
  return new Command<unknown, typeof channels.Update, 'turn'>({ goto: node as 'turn' });
}

/** Understands an input and walks up to the next thing that must be waited for. */
export async function turn(state: Channels, config: NodeConfig): Promise<Command> {
  const host = hostOf(config);
  const given = state.input ?? (await host.nextInput());
  if (given === null) return new Command({ goto: END });
  return guarded(host, { input: null }, async () => {
    const { before, input } = host.begin(host.load(state.dialog).state, given);
    const event: StepEvent = { kind: 'input', input };
    if (input.kind === 'utterance') {
      const understanding = await timed(host, 'understandMs', host.understand(before, input));
      // The caller went on speaking, or left: nothing was decided, so nothing changes.
      if (understanding === 'interrupted') return stay(host, { input: null });
      event.understanding = understanding;
    }
    const late =
      input.kind === 'tool' ? (state.late ?? []).filter(({ call }) => call.callId !== input.callId) : undefined;
    return go(host, host.step(host.world(before), before, event), late);
  });
}

/** Runs the tool that the dialog waits for. */
export async function tool(state: Channels, config: NodeConfig): Promise<Command> {
  const host = hostOf(config);
  return guarded(host, { then: null }, async () => {
    const kept = state.then;
    const { state: before, lost } = host.load(state.dialog);
    if (kept?.kind !== 'tool' || lost) return stay(host, { then: null });
    if (host.countEffect() > effectsATurn)
      throw new Error(`more than ${String(effectsATurn)} tools and model calls in one turn`);
    const { callId } = kept.call;
    const result = await timed(host, 'toolsMs', performTool(host, kept));
    if (result === 'pending') {
      const next = host.step(host.world(before), before, { kind: 'tool_pending', callId });
      const { call, withheld, beside } = kept;
      return go(host, next, [...(state.late ?? []), { call, withheld, ...(beside && { beside }) }]);
    }
    for (const [index, one] of [result, ...(result.beside ?? [])].entries()) {
      const name = index === 0 ? kept.call.tool : kept.beside?.[index - 1]?.call.tool;
      if (one.problem !== undefined) host.problem(`${name ?? 'a tool'}: ${one.problem}`);
    }
    const next = host.step(host.world(before), before, { kind: 'tool_settled', callId, result });
    return go(host, next);
  });
}

/** Gives the words that a model is asked for. */
export async function words(state: Channels, config: NodeConfig): Promise<Command> {
  const host = hostOf(config);
  return guarded(host, { then: null }, async () => {
    const effect = state.then;
    const { state: before, lost } = host.load(state.dialog);
    if (effect?.kind !== 'model_words' || lost) return stay(host, { then: null });
    if (host.countEffect() > effectsATurn)
      throw new Error(`more than ${String(effectsATurn)} tools and model calls in one turn`);
    const said = await timed(host, 'modelMs', performWords(host, effect));
    return go(host, host.step(host.world(before), before, { kind: 'words_done', id: effect.id, ...said }));
  });
}

/** Lets a model talk for a bounded while. */
export async function generate(state: Channels, config: NodeConfig): Promise<Command> {
  const host = hostOf(config);
  return guarded(host, { then: null }, async () => {
    const effect = state.then;
    const { state: before, lost } = host.load(state.dialog);
    if (effect?.kind !== 'generate' || lost) return stay(host, { then: null });
    if (host.countEffect() > effectsATurn)
      throw new Error(`more than ${String(effectsATurn)} tools and model calls in one turn`);
    const { id, frame, state: place } = effect;
    const made = await performGenerate(host, effect);
    return go(host, host.step(host.world(before), before, { kind: 'generated', id, frame, state: place, ...made }));
  });
}

/** Says what the step made and goes to what it wants next. */
export function go(host: TurnHost, result: StepResult, late?: KeptCall[]): Command {
  host.moved(result.state);
  for (const out of result.out) host.emit(out);
  const then = keptEffect(host, result.effect);
  return new Command({
    goto: targetOf(host, then, result),
    update: {
      dialog: host.takeSecrets(result.state),
      input: null,
      then,
      ...(late && { late }),
    },
  });
}

function targetOf(host: TurnHost, effect: KeptEffect | null, { state, effect: next }: StepResult): string {
  if (effect) return host.shape.effect(effect, state);
  return next.kind === 'end' ? END : listeningPoint(host, state);
}

/** Where a turn is over: the driver decides whether the run ends there or waits there. */
function listeningPoint(host: TurnHost, state: DialogState): string {
  return host.resident ? host.shape.turn(state) : END;
}

function keptEffect(host: TurnHost, effect: Effect): KeptEffect | null {
  if (effect.kind === 'tool') {
    const beside = effect.beside?.map((call) => host.withholdSecrets(call));
    return { kind: 'tool', ...host.withholdSecrets(effect.call), ...(beside && { beside }) };
  }
  return effect.kind === 'model_words' || effect.kind === 'generate' || effect.kind === 'enter' ? effect : null;
}

/** Listens as before, with the state as it was. */
function stay(host: TurnHost, update: Partial<Channels>): Command {
  if (host.lastListening) host.emit({ kind: 'listen', listening: host.lastListening });
  return new Command({ goto: host.resident ? 'turn' : END, update });
}

/**
 * A mistake of ours must not end a call: the caller hears the agent's `error` words and is listened to as before,
 * the log gets one line, and the state stays as it was committed last.
 */
export async function guarded(
  host: TurnHost,
  update: Partial<Channels>,
  run: () => Promise<Command>,
): Promise<Command> {
  try {
    return await run();
  } catch (error) {
    host.problem(`dialog ${host.dialogId}: the turn failed: ${(error as Error).message}`);
    host.emit(errorWords(agentIn(host.agent, host.lastListening?.language)));
    if (host.countFailure() <= failuresInARow) return stay(host, update);
    host.emit({ kind: 'end', hangUp: true });
    return new Command({ goto: END, update });
  }
}

/** What the caller hears, in the language of `agent`, when the engine itself fails. */
export function errorWords(agent: Agent): Out {
  const own = agent.cascade.repair.get('error')?.say?.phrases.find((phrase) => phrase.if === undefined);
  const text = own?.text.render(() => null) ?? fixedWord(agent.language, 'error');
  const language = agent.locales && { language: agent.language };
  return { kind: 'words', id: 'error', text, ...language, mustHear: false, bargeIn: 'speech', remembered: true };
}

export function hostOf(config: NodeConfig): TurnHost {
  const host = config.configurable?.host as TurnHost | undefined;
  if (!host) throw new Error('the dialog graph needs configurable.host; use openDialog');
  return host;
}

/** A built-in without a value in it, in a language or, where it ships none, in English. */
function fixedWord(language: string, name: BuiltInName): string {
  const words = builtInsOf(language).words[name] ?? builtInsOf('en').words[name];
  return Array.isArray(words) ? String(words[0]) : '';
}
