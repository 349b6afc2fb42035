/**
 * Values as evidence for a request: the router reads words, and a value that only one flow has a slot for speaks for
 * that flow. "Thirty to Mateo" and "thirty to Mateo each week" are two flows.
 */
import type { RouteDecision } from '../contracts.js';
import { readingsFor } from './intent-moves.js';
import type { Moment } from './moment.js';
import type { Assigned } from './readings.js';
import { isBare } from './readings.js';
import { isAwaited } from './transitions.js';

/** From this probability two values of a flow's own slots in the same sentence make the router's "perhaps" a yes. */
const nearlySure = 0.8;
/** A flow is a rival of the one that won with this share of its score. */
const rivalShare = 0.5;

/** Types that anything may be read as say nothing of what was meant. */
const saysNothing: ReadonlySet<string> = new Set(['text', 'name', 'spelled', 'yes_no']);

interface Claim {
  flow: string;
  own: Assigned['used'];
}

/** What the router decided, in the light of the values that were said. */
export function judgedByValues(moment: Moment, here: Assigned, decision: RouteDecision): RouteDecision {
  if (decision.by === 'llm' || (decision.kind === 'accept' && decision.by === 'rule')) return decision;
  if (decision.kind === 'none') return here.fills.length > 0 ? decision : byValuesAlone(moment, decision);
  const [first, ...others] = decision.kind === 'accept' ? [decision.intent] : decision.intents;
  if (first === undefined || !isRequest(moment, first)) return decision;
  const rivals = decision.kind === 'accept' ? rivalsOf(moment, decision.candidates, first) : others;
  for (const flow of flowsMadeFor(moment, first)) if (!rivals.includes(flow)) rivals.push(flow);
  if (!rivals.every((rival) => isRequest(moment, rival))) return decision;
  const claims = [first, ...rivals].map((flow) => claimOf(moment, flow));
  const best =
    decision.kind === 'accept'
      ? claims.find((one) => claims.every((other) => other === one || explainsMore(one, other)))
      : bestOf(moment, claims);
  if (!best || (decision.kind === 'accept' && best.flow === first)) return decision;
  // One flow alone, and the router is nearly sure: two of its own values make it so.
  if (claims.length === 1 && (decision.probability < nearlySure || best.own.length < 2)) return decision;
  if (claims.length > 1 && best.own.length === 0) return decision;
  return { ...decision, kind: 'accept', intent: best.flow, by: decision.by };
}

/** Nothing but values, at least two: the one flow that has slots for all of them. */
function byValuesAlone(moment: Moment, decision: RouteDecision): RouteDecision {
  const claims = moment.legal
    .filter((intent) => isRequest(moment, intent))
    .map((flow) => claimOf(moment, flow))
    .filter(({ own }) => own.length > 1 && isBare(moment.talk, moment.text, { fills: [], used: own }, []));
  const best = bestOf(moment, claims);
  return best ? { ...decision, kind: 'accept', intent: best.flow, by: 'local' } : decision;
}

function isRequest({ talk, frame }: Moment, intent: string): boolean {
  return talk.agent.flows.has(intent) && frame?.flow !== intent && !isAwaited(talk, { kind: 'intent', intent });
}

function rivalsOf(moment: Moment, candidates: RouteDecision['candidates'], first: string): string[] {
  const score = candidates.find(({ intent }) => intent === first)?.score ?? 1;
  return candidates
    .filter((one) => one.intent !== first && one.score >= score * rivalShare && isRequest(moment, one.intent))
    .map(({ intent }) => intent);
}

/**
 * Flows, however little the router thought of them, that have a slot for all that was said of the one that won, and
 * for a word which their own examples mark and which the other has no place for: "each week".
 */
function flowsMadeFor(moment: Moment, first: string): string[] {
  const { talk, legal } = moment;
  const won = claimOf(moment, first);
  if (won.own.length === 0) return [];
  return legal.filter((flow) => {
    if (flow === first || !isRequest(moment, flow)) return false;
    const claim = claimOf(moment, flow);
    const { examples, slots } = talk.agent.flows.get(flow)!;
    return (
      explainsMore(claim, won) &&
      claim.own.some(
        (span) =>
          !covers(won, span) &&
          span.type === 'choice' &&
          Array.isArray(slots.get(span.slot)?.options) &&
          examples.some(({ values }) => values.some((value) => value.slot === span.slot)),
      )
    );
  });
}

function claimOf(moment: Moment, flow: string): Claim {
  const slots = moment.talk.agent.flows.get(flow)!.slots;
  const { used } = readingsFor(moment, flow);
  return { flow, own: used.filter((one) => slots.has(one.slot) && !saysNothing.has(one.type)) };
}

function covers(claim: Claim, { start, end }: { start: number; end: number }): boolean {
  return claim.own.some((one) => one.start < end && start < one.end);
}

/** It has a slot for all that the other has one for, and for something more. */
function explainsMore(one: Claim, other: Claim): boolean {
  return other.own.every((span) => covers(one, span)) && one.own.some((span) => !covers(other, span));
}

/** The claim that explains more than every other, or as much and is what its examples are made of; null when two are. */
function bestOf(moment: Moment, claims: readonly Claim[]): Claim | null {
  const most = claims.filter((one) => !claims.some((other) => other !== one && explainsMore(other, one)));
  if (most.length < 2) return most[0] ?? null;
  const likeness = most.map((claim) => ({ claim, score: likeExamples(moment, claim) }));
  const top = Math.max(...likeness.map(({ score }) => score));
  const winners = likeness.filter(({ score }) => score === top);
  return top > 0 && winners.length === 1 ? winners[0]!.claim : null;
}

/** How far the slots that were filled are those that one of its examples marks, 0 to 1. */
function likeExamples({ talk }: Moment, { flow, own }: Claim): number {
  const filled = new Set(own.map(({ slot }) => slot));
  const scores = talk.agent.flows.get(flow)!.examples.map(({ values }) => {
    const marked = new Set(values.flatMap(({ slot }) => slot ?? []));
    const shared = [...marked].filter((slot) => filled.has(slot)).length;
    return shared / Math.max(1, marked.size + filled.size - shared);
  });
  return Math.max(0, ...scores);
}
