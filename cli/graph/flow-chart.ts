/** A flow as boxes and arrows, before anybody decides where they stand or how they look. */
import { callsOf } from '../../engine/language/calls-of.js';
import type { Agent, Flow, State, Target, Transition, Words } from '../../engine/language/flow.js';

export interface Chart {
  flow: string;
  title: string;
  boxes: Box[];
  arrows: Arrow[];
}

/** `state`: a state. `exit`: an end, a person or another flow, drawn once for every state that goes there. */
export interface Box {
  id: string;
  kind: 'state' | 'listen' | 'exit';
  name: string;
  /** What the state does, one line each: words, `collect date`, `call find_order`. */
  lines: { kind: 'words' | 'doing'; text: string }[];
  first: boolean;
  /** For an exit. */
  exit?: 'end' | 'human' | 'flow' | 'hang_up';
}

/** `labels`: what takes the caller along it, one line each; none for the default exit. */
export interface Arrow {
  from: string;
  to: string;
  labels: string[];
}

/** What one flow looks like. Its states come in the order they were written. */
export function chartFlow(agent: Agent, flow: Flow): Chart {
  const boxes: Box[] = [];
  const arrows = new Map<string, Arrow>();
  const states = [...flow.states.values()];

  const connect = (from: string, to: string, label: string): void => {
    const key = `${from} ${to}`;
    const arrow = arrows.get(key) ?? { from, to, labels: [] };
    arrows.set(key, arrow);
    if (label !== '' && !arrow.labels.includes(label)) arrow.labels.push(label);
  };
  const goTo = (from: string, target: Target | undefined, label: string): void => {
    if (!target) return;
    if (target.kind === 'state') return connect(from, target.state, label);
    const name = target.kind === 'flow' ? target.flow : target.kind;
    const id = `${from}>${name}`;
    if (!boxes.some((box) => box.id === id)) {
      const text = target.kind === 'human' ? 'a person' : name;
      boxes.push({ id, kind: 'exit', name: text, lines: [], first: false, exit: target.kind });
    }
    connect(from, id, label);
  };

  states.forEach((state, index) => {
    boxes.push({ id: state.name, kind: 'state', name: state.name, lines: linesOf(agent, state), first: index === 0 });
  });
  for (const state of states) {
    for (const transition of state.transitions) goTo(state.name, transition.to, labelOf(transition));
    goTo(state.name, state.to, '');
    if (state.hangUp) goTo(state.name, { kind: 'end' }, '');
  }
  const heard = flow.listen.filter((transition) => transition.to !== undefined);
  if (heard.length > 0) {
    boxes.push({ id: '*', kind: 'listen', name: 'anywhere in this flow', lines: [], first: false });
    for (const transition of heard) goTo('*', transition.to, labelOf(transition));
  }
  for (const box of boxes) {
    const from = box.id.split('>')[0]!;
    if (box.exit === 'end' && flow.states.get(from)?.hangUp) Object.assign(box, { exit: 'hang_up', name: 'hang up' });
  }
  return { flow: flow.name, title: flow.title ?? '', boxes, arrows: [...arrows.values()] };
}

/** What makes a caller take a transition: `"yes"`, `key 1`, `on error`, `if amount > 10`. */
export function labelOf(transition: Transition): string {
  const said = transition.intents.map((intent) => `“${intent.slice(intent.indexOf('.') + 1)}”`);
  if (transition.key !== undefined) said.push(`key ${transition.key}`);
  const parts = [said.join(' or '), transition.on.length > 0 ? `on ${transition.on.join(', ')}` : ''];
  if (transition.if) parts.push(`if ${transition.if.source}`);
  if (transition.outcome) parts.push(`(${transition.outcome})`);
  return parts.filter((part) => part !== '').join(' ');
}

function linesOf(agent: Agent, state: State): Box['lines'] {
  const lines: Box['lines'] = [];
  const words = (said: Words | undefined): void => {
    const text = said?.phrases[0]?.text.source;
    // A value is shown by its name alone: how it is spoken is not what the picture is looked at for.
    if (text) lines.push({ kind: 'words', text: text.replace(/\{\{\s*([^|}]+?)\s*(?:\|[^}]*)?\}\}/g, '‹$1›') });
  };
  const doing = (text: string): void => void lines.push({ kind: 'doing', text });
  words(state.say);
  words(state.confirm);
  if (state.collect) {
    const { slots, ask } = state.collect;
    if (ask.length > 0) words(ask[0]);
    else if (slots.length > 0) words(slotOf(agent, state, slots[0]!)?.ask[0]);
    doing(`collect ${slots.join(', ')}`);
  }
  if (state.call)
    doing(
      `call ${callsOf(state)
        .map(({ tool }) => tool)
        .join(', ')}`,
    );
  if (state.callFlow) doing(`call flow ${state.callFlow.flow}`);
  if (state.answer !== undefined) doing(`answer from ${state.answer}`);
  if (state.transfer) doing('transfer');
  return lines;
}

function slotOf(agent: Agent, state: State, name: string): { ask: readonly Words[] } | undefined {
  return agent.flows.get(state.flow)?.slots.get(name) ?? agent.slots.get(name);
}
