/** Whether a turn's moves can be made where the talk stands: one that cannot puts the whole turn aside. */
import type { Move, Understanding } from '../contracts.js';
import { builtInExamples } from './built-ins/en.js';
import { repairNames } from './repair.js';
import type { RuleName } from './rules.js';
import { findSlot } from './slots.js';
import type { Talk } from './talk.js';
import { note, topFrame } from './talk.js';
import { isAwaited } from './transitions.js';

/** All of the moves, or none: what proposes them (a router, a model) may be wrong, and half a turn would be worse. */
export function legalOrNone(talk: Talk, understanding: Understanding): Understanding {
  const { moves, clarify } = understanding;
  const isLegal = moves.every((move) => isPossible(talk, move, moves)) && (!clarify || isOffered(talk, clarify));
  if (isLegal) return understanding;
  note(talk, 'a move that is not possible here: nothing of the turn was done');
  const { text, route, probability, candidates, llmCalls } = understanding;
  return { text, route, rule: 'not-possible' satisfies RuleName, probability, candidates, llmCalls, moves: [] };
}

function isPossible(talk: Talk, move: Move, moves: readonly Move[]): boolean {
  const { agent } = talk;
  switch (move.kind) {
    case 'start':
      return agent.flows.has(move.flow);
    case 'queue':
      return (
        agent.flows.has(move.flow) &&
        [...move.fills, ...(move.unsure ? [move.unsure] : [])].every(({ slot }) => isSlot(talk, slot, [move.flow]))
      );
    case 'fill':
      return isSlot(talk, move.slot, startedBy(moves));
    case 'transition':
      return builtInExamples[move.intent] !== undefined || isAwaited(talk, { kind: 'intent', intent: move.intent });
    case 'repair':
      return (
        (repairNames.includes(move.name) || isAwaited(talk, { kind: 'intent', intent: move.name })) &&
        (move.slot === undefined || isSlot(talk, move.slot, []))
      );
  }
}

function startedBy(moves: readonly Move[]): string[] {
  return moves.flatMap((move) => (move.kind === 'start' ? [move.flow] : []));
}

/** A slot of the flow that runs, of one that the turn starts, or `flow.slot` of any. */
function isSlot({ agent, s }: Talk, name: string, flows: readonly string[]): boolean {
  const [flow = '', slot] = name.split('.');
  if (slot !== undefined) return agent.flows.get(flow)?.slots.has(slot) === true;
  return [topFrame(s)?.flow, ...flows].some((one) => findSlot(agent, one, name) !== undefined);
}

function isOffered({ agent, s }: Talk, clarify: NonNullable<Understanding['clarify']>): boolean {
  if (clarify.kind === 'intent') return clarify.intents.length > 0;
  return [topFrame(s)?.flow, ...agent.flows.keys()].some((flow) => findSlot(agent, flow, clarify.slot) !== undefined);
}
