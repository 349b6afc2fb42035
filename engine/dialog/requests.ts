/**
 * Several requests in one sentence: "send thirty to Mateo and then tell me my balance". A sentence is divided only
 * where both sides are understood by themselves, and never within a value.
 */
import type { Move, RouteDecision, Router, Understanding } from '../contracts.js';
import { flowByExample } from './flow-by-example.js';
import { readingsFor, startOf } from './intent-moves.js';
import { examplesOf } from './intents.js';
import type { Moment } from './moment.js';
import { keptMark } from './answer.js';
import { isLooselyKept } from './kept-words.js';
import { askHere, decided, examplesFor, isBareHere, opensWithSlip, plainOf } from './moment.js';
import type { Assigned } from './readings.js';
import { assignReadings, lastWord } from './readings.js';
import { urgentNames } from './repair.js';
import { requestOf } from './route-request.js';
import type { RuleName } from './rules.js';
import type { Fill } from './state.js';
import { builtIns, same } from './talk.js';
import { flowBehind, isAwaited } from './transitions.js';

/** A stretch of the sentence, and what it was understood as: a request for a flow, something for here, or nothing. */
interface Clause {
  start: number;
  end: number;
  flow?: string;
  /** A yes, a no, a cancel, or values for what was asked. */
  isHere?: boolean;
  decision?: RouteDecision;
  /** Another request of the flow of the clause before it: the words that it shares with that one, "pay". */
  shared?: string;
}

/** More of them are no requests but a story. */
const mostClauses = 5;
const mostLetters = 400;

/** What one clause alone was taken for, in a sentence whose other clauses ask for nothing. */
export interface OnlyRequest {
  only: Extract<RouteDecision, { kind: 'accept' | 'confirm' }>;
}

/**
 * The moves of a sentence with several requests; null where it holds only one, or that one where a clause of its own
 * says it. A router is asked at most once a clause.
 * @param here the values in the whole sentence
 * @param readAlone how the part before the first request is understood
 */
export async function understandSeveral(
  moment: Moment,
  here: Assigned,
  router: Router,
  signal: AbortSignal,
  readAlone: (part: Moment) => Promise<Understanding>,
): Promise<Understanding | OnlyRequest | null> {
  if (moment.text.length > mostLetters) return null;
  const clauses = clausesOf(moment, here);
  if (clauses.length < 2 || clauses.length > mostClauses) return null;
  for (const clause of clauses) hearByRule(moment, clause);
  const open = clauses.filter((one) => !one.isHere && one.flow === undefined && maySay(moment, one));
  const known = clauses.filter((one) => one.isHere ?? one.flow !== undefined).length;
  if (known + open.length < 2) return null;
  for (const clause of open) await hearByRouter(moment, clause, router, signal);
  const llmCalls = open.reduce((sum, one) => sum + (one.decision?.llmCalls ?? 0), 0);
  const { front, requests, foreign } = group(moment, clauses);
  const parts = requests.length + (front ? 1 : 0);
  if (requests.length === 1 && parts === 1 && foreign.length === 0 && requests[0]!.decision?.kind === 'accept')
    return { only: requests[0]!.decision };
  const [torn, ...others] = requests.length === 0 ? clauses.flatMap(({ decision }) => decision ?? []).filter(({ kind }) => kind === 'confirm') : []; // prettier-ignore
  if (torn?.kind === 'confirm' && others.length === 0 && !front) return { only: torn };
  if (requests.length === 0 || parts + foreign.length < 2) return null;
  if (requests.some((one) => dividesValue(moment, one))) return null;
  const first = front ? await readAlone(partOf(moment, front)) : decided(moment.text, [], 'several-requests');
  if (front && (first.clarify !== undefined || first.moves.length === 0)) return null;
  const { moves, clarify } = movesOf(moment, requests, first.moves);
  return {
    ...first,
    text: moment.text,
    rule: 'several-requests' satisfies RuleName,
    ...(front ? {} : factsOf(requests[0]!)),
    moves: [...first.moves, ...moves, ...foreign.slice(0, 1).map(notPossible)],
    ...(clarify && { clarify }),
    llmCalls: first.llmCalls + llmCalls,
  };
}

function notPossible(): Move {
  return { kind: 'repair', name: 'out_of_scope' };
}

function factsOf({ decision }: Clause): Pick<Understanding, 'route' | 'probability' | 'candidates'> {
  if (!decision) return { route: 'rule', probability: 1, candidates: [] };
  return {
    route: decision.by === 'llm' ? 'llm' : 'local',
    probability: decision.probability,
    candidates: decision.candidates,
  };
}

/** The first request starts, unless what came before it moves the talk; the others wait. */
function movesOf(
  moment: Moment,
  requests: readonly Clause[],
  before: readonly Move[],
): Pick<Understanding, 'moves' | 'clarify'> {
  const isMoved = before.some((move) => move.kind !== 'fill');
  let clarify: Understanding['clarify'];
  const moves = requests.flatMap((one, index): Move[] => {
    const flow = one.flow!;
    if (one.shared !== undefined)
      return [{ kind: 'queue', flow, fills: valuesOf(moment, one, flow, one.shared), another: true }];
    const found = startOf(partOf(moment, one), { fills: [], used: [] }, flow, one.decision ?? byRule);
    const [start, ...rest] = found.moves;
    if (index === 0 && !isMoved) {
      ({ clarify } = found);
      return [start!, ...rest];
    }
    const unsure = found.clarify?.kind === 'value' && {
      unsure: { slot: found.clarify.slot, values: found.clarify.values },
    };
    return [{ kind: 'queue', flow, fills: rest.filter((move): move is Fill => move.kind === 'fill'), ...unsure }];
  });
  return { moves, ...(clarify && { clarify }) };
}

const byRule: RouteDecision = { kind: 'none', by: 'local', probability: 1, candidates: [], llmCalls: 0 };

/** Stretches between the borders that stand in no value. */
function clausesOf({ talk, text }: Moment, here: Assigned): Clause[] {
  const { between } = builtIns(talk).hearing.clauses;
  const clauses: Clause[] = [];
  let start = 0;
  const add = (end: number): void => {
    if (/[\p{L}\d]/u.test(text.slice(start, end))) clauses.push({ start, end });
  };
  for (const { index, 0: words } of text.matchAll(between)) {
    const end = index + words.length;
    if (here.used.some((one) => one.type !== 'text' && one.start < end && one.end > index)) continue;
    add(index);
    start = end;
  }
  add(text.length);
  return clauses;
}

function partOf(moment: Moment, { start, end }: Clause): Moment {
  return { ...moment, text: moment.text.slice(start, end).trim() };
}

/** What needs no router: a yes, a no, a way out, the very words of a flow, nothing but values. */
function hearByRule(moment: Moment, clause: Clause): void {
  const { legal } = moment;
  const part = partOf(moment, clause);
  const said = plainOf(part);
  const intent = legal.find((one) => examplesFor(moment, one).has(said));
  const meant = intent ?? flowByExample(part)?.intent;
  if (meant !== undefined) return take(moment, clause, meant);
  if (!moment.frame) return;
  const values = assignReadings(part.talk, askHere(part));
  if (values.fills.length > 0 && isBareHere(part, values)) clause.isHere = true;
}

const answers: readonly string[] = [...urgentNames, 'yes', 'no', 'done'];

/** Notes what a clause means; an intent that can be neither served later nor taken before is none. */
function take(moment: Moment, clause: Clause, intent: string): void {
  const { talk, frame } = moment;
  const flow = isAwaited(talk, { kind: 'intent', intent })
    ? flowBehind(talk, intent)
    : talk.agent.flows.has(intent)
      ? intent
      : undefined;
  if (answers.includes(intent) || (flow !== undefined && flow === frame?.flow)) clause.isHere = true;
  else if (flow !== undefined) clause.flow = flow;
}

/** Whether a clause says enough to be a request: two words beside small ones, or one that requests are made of. */
function maySay(moment: Moment, clause: Clause): boolean {
  const { text } = partOf(moment, clause);
  const { wrapping, hearing } = builtIns(moment.talk);
  if (hearing.clauses.opensRequest.test(text)) return true;
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\d']+/u)
    .filter((word) => word !== '' && !wrapping.has(word));
  return words.length > 1 || words.some((word) => isOfRequests(moment, word));
}

function isOfRequests({ talk, legal }: Moment, word: string): boolean {
  return legal.some(
    (intent) =>
      talk.agent.flows.has(intent) &&
      examplesOf(talk.agent, intent).some((example) =>
        example
          .toLowerCase()
          .split(/[^\p{L}\d']+/u)
          .includes(word),
      ),
  );
}

async function hearByRouter(moment: Moment, clause: Clause, router: Router, signal: AbortSignal): Promise<void> {
  const part = partOf(moment, clause);
  const request = requestOf(part, assignReadings(part.talk, askHere(part)));
  // A model is asked about the whole sentence or not at all.
  clause.decision = await router.route({ ...request, options: { ...request.options, llm: 'never' } }, signal);
  if (clause.decision.kind === 'accept') take(moment, clause, clause.decision.intent);
}

interface Groups {
  /** What comes before the first request and is meant for here. */
  front?: Clause;
  requests: Clause[];
  /** Orders that nobody here can serve. */
  foreign: Clause[];
}

/** Clauses that were not understood belong to the request before them, at the beginning to the one after. */
function group(moment: Moment, clauses: readonly Clause[]): Groups {
  const groups: Groups = { requests: [], foreign: [] };
  let open: Clause | undefined;
  let from: number | undefined;
  for (const [index, clause] of clauses.entries()) {
    const start = from ?? clause.start;
    // Only the second of two was understood: the first is of the same kind.
    const first =
      from !== undefined && clause.flow !== undefined
        ? { start: from, end: clauses[index - 1]!.end, flow: clause.flow }
        : undefined;
    if (first && !open && anotherOf(moment, first, clause)) groups.requests.push((open = first));
    const another = open && !denies(moment, clauses[index - 1]) ? anotherOf(moment, open, clause) : undefined;
    if (another) groups.requests.push((open = another));
    else if (clause.flow !== undefined && open?.flow !== clause.flow) {
      const known = groups.requests.find((one) => one.flow === clause.flow && one.shared === undefined);
      if (known) continue;
      open = { ...clause, start };
      groups.requests.push(open);
    } else if (clause.isHere && !open) {
      open = groups.front = { ...clause, start };
    } else if (isForeign(moment, clause)) {
      groups.foreign.push(clause);
      continue;
    } else if (open) {
      open.end = clause.end;
    } else {
      from = start;
      continue;
    }
    from = undefined;
  }
  return groups;
}

/** "Pay ten to Cian, and twenty to Orla": the same slots with other values are a second request, and no correction. */
function anotherOf(moment: Moment, before: Clause, clause: Clause): Clause | undefined {
  const flow = before.flow ?? moment.frame?.flow;
  const isOther = clause.flow !== undefined && clause.flow !== flow;
  const { text } = partOf(moment, clause);
  if (flow === undefined || isOther || builtIns(moment.talk).correcting.test(text) || opensWithSlip(moment.talk, text))
    return undefined;
  const known = valuesOf(moment, before, flow, before.shared ?? '');
  const first = partOf(moment, before).text;
  const shared = before.shared ?? first.slice(0, Math.min(...known.map((one) => placeOf(first, one)))).trim();
  const values = valuesOf(moment, clause, flow, shared);
  const isSame = (one: Fill, other: Fill): boolean => one.slot === other.slot;
  const common = values.filter((one) => known.some((other) => isSame(one, other)));
  const differs = common.some((one) => !known.some((other) => isSame(one, other) && same(one.value, other.value)));
  return differs && common.length > 1 ? { ...clause, flow, shared } : undefined;
}

/** Where a value begins; words that are only looked through begin nowhere. */
function placeOf(text: string, fill: Fill): number {
  return isLoose(fill) ? text.length : text.indexOf(fill.text);
}

/** "Ten to Cian, no, twenty to Orla". */
function denies(moment: Moment, clause: Clause | undefined): boolean {
  return clause !== undefined && builtIns(moment.talk).hearing.no.test(partOf(moment, clause).text);
}

/** What a clause gives to the flow, after the words that it shares with the one before. */
function valuesOf(moment: Moment, clause: Clause, flow: string, shared: string): Fill[] {
  const part = partOf(moment, clause);
  const { fills } = readingsFor({ ...part, text: `${shared} ${part.text}`.trim() }, flow);
  return fills.filter((fill) => !isLoose(fill) || isPlaced(moment, flow, fill));
}

function isLoose({ value }: Fill): boolean {
  return typeof value === 'string' && value.startsWith(keptMark) && isLooselyKept(value.slice(keptMark.length));
}

/** Something stands where an example has the value: "to Cian" for "send [twenty](amount) to [Orla](payee)". */
function isPlaced({ talk }: Moment, flow: string, { slot, value }: Fill): boolean {
  const words =
    String(value)
      .toLowerCase()
      .match(/[\p{L}']+|\|/gu) ?? [];
  const { wrapping } = builtIns(talk);
  const heads = talk.agent.flows
    .get(flow)!
    .examples.flatMap(({ text, values }) =>
      values.flatMap((one) => (one.slot === slot ? lastWord(text.slice(0, one.start)) : [])),
    );
  return words.some((word, at) => heads.includes(word) && /\p{L}/u.test(words[at + 1] ?? '') && !wrapping.has(words[at + 1]!)); // prettier-ignore
}

function isForeign(moment: Moment, clause: Clause): boolean {
  const { decision } = clause;
  if (clause.isHere || clause.flow !== undefined || decision?.kind !== 'none' || decision.probability >= 0.5)
    return false;
  const { text } = partOf(moment, clause);
  const { opensRequest, pointsBack } = builtIns(moment.talk).hearing.clauses;
  return opensRequest.test(text) && !pointsBack.test(text);
}

/** Whether a value of the flow, read in the whole sentence, goes over a border of its clause. */
function dividesValue(moment: Moment, { flow, start, end }: Clause): boolean {
  return readingsFor(moment, flow!).used.some(
    (one) => one.type !== 'text' && ((one.start < start && one.end > start) || (one.start < end && one.end > end)),
  );
}
