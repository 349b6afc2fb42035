import type { Command } from '@langchain/langgraph/web';
import { END, START, StateGraph } from '@langchain/langgraph/web';
import type { BaseCheckpointSaver } from '@langchain/langgraph';
import type { DialogState } from '../dialog/seam.js';
import type { Agent, State, Target } from '../language/flow.js';
import { channels, generate, go, guarded, hostOf, tool, turn, words, type Channels, type DialogGraph, type NodeConfig, type Shape } from './graph.js'; // prettier-ignore

/** Where no flow runs: the caller may ask for anything. */
export const floor = 'listen';

/** Names the node of a state. */
export function nodeOf(flow: string, state: string): string {
  return `${flow}/${state}`;
}

/**
 * The expanded graph: one node a state and one for the open floor, from the same agent and with the same step, which
 * here stops before each state (`StepWorld.pauses`). For drawing, single-stepping and LangGraph Studio; a turn costs a
 * superstep for every state it passes and 13 to 19 µs for every state there is, so calls are driven by the folded one.
 */
export function compileExpanded(agent: Agent, saver: BaseCheckpointSaver | undefined): DialogGraph {
  const graph = new StateGraph(channels) as unknown as LooseGraph;
  for (const node of placesOf(agent)) graph.addNode(node.name, perform, { ends: node.ends });
  graph.addConditionalEdges(START, (state) => placeOf(agent, state.dialog), entriesOf(agent));
  return graph.compile({ checkpointer: saver });
}

/** The builder's types know their nodes one by one; these come from a flow. */
interface LooseGraph {
  addNode(name: string, node: typeof perform, options: { ends: string[] }): void;
  addConditionalEdges(from: string, choose: (state: Channels) => string, ends: string[]): void;
  compile(options: { checkpointer: BaseCheckpointSaver | undefined }): DialogGraph;
}

/** Everything happens where the dialog stands: its input, its tool and its words. */
export function expandedShape(agent: Agent): Shape {
  return {
    turn: (state) => placeOf(agent, state),
    effect: (effect, state) => (effect.kind === 'enter' ? nodeOf(effect.flow, effect.state) : placeOf(agent, state)),
  };
}

/** The node at which the dialog stands. */
export function placeOf(agent: Agent, state: DialogState | undefined): string {
  const top = (state?.frames as { flow: string; state: string }[] | undefined)?.at(-1);
  return top && agent.flows.get(top.flow)?.states.has(top.state) ? nodeOf(top.flow, top.state) : floor;
}

/** What a node does next stands in the state: the effect that is under way, else the next input. */
export function perform(state: Channels, config: NodeConfig): Promise<Command> {
  const { then } = state;
  if (then?.kind === 'tool') return tool(state, config);
  if (then?.kind === 'model_words') return words(state, config);
  if (then?.kind === 'generate') return generate(state, config);
  if (then?.kind !== 'enter') return turn(state, config);
  const host = hostOf(config);
  return guarded(host, { then: null }, () => {
    const before = host.load(state.dialog).state;
    return Promise.resolve(go(host, host.step(host.world(before, true), before, { kind: 'go_on' })));
  });
}

/** The states with the nodes that they lead to, for whoever draws the graph: at run time a caller may lead anywhere. */
export function placesOf(agent: Agent): { name: string; ends: string[] }[] {
  const begins = [...agent.flows.values()].flatMap((flow) =>
    flow.examples.length > 0 || flow.name === agent.start ? [firstOf(agent, flow.name)] : [],
  );
  const places = [...agent.flows.values()].flatMap((flow) =>
    [...flow.states.values()].map((state) => ({ name: nodeOf(flow.name, state.name), ends: endsOf(agent, state) })),
  );
  return [{ name: floor, ends: unique([...begins, END]) }, ...places];
}

function endsOf(agent: Agent, state: State): string[] {
  const targets = [state.to, ...state.transitions.map(({ to }) => to)];
  const called = state.callFlow ? [firstOf(agent, state.callFlow.flow)] : [];
  const ends = unique([...called, ...targets.flatMap((target) => targetOf(agent, state, target))]);
  // A node without an end of its own may not be drawn as one that leads nowhere.
  return ends.length > 0 ? ends : [END];
}

function targetOf(agent: Agent, from: State, target: Target | undefined): string[] {
  if (!target) return [];
  if (target.kind === 'state') return [nodeOf(from.flow, target.state)];
  return target.kind === 'flow' ? [firstOf(agent, target.flow)] : [END];
}

function firstOf(agent: Agent, flow: string): string {
  const first = agent.flows.get(flow)?.states.keys().next().value;
  return first === undefined ? floor : nodeOf(flow, first);
}

/** Where a run may begin: at the open floor, and wherever the dialog stood when the last one ended. */
function entriesOf(agent: Agent): string[] {
  return placesOf(agent).map(({ name }) => name);
}

function unique(names: string[]): string[] {
  return [...new Set(names)];
}
