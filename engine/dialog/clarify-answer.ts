/** The answer to "did you mean". */
import type { Move, RouteDecision, Router, Understanding } from '../contracts.js';
import { slotType } from '../slot-types/index.js';
import { readingsFor, startOf } from './intent-moves.js';
import { titleOfIntent } from './intents.js';
import type { Moment } from './moment.js';
import { decided, nothing, plainOf } from './moment.js';
import { repairNames } from './repair.js';
import { requestOf } from './route-request.js';
import { isBare } from './readings.js';
import { contextOf, findSlot, sayValue } from './slots.js';
import type { Clarify } from './state.js';
import { builtIns } from './talk.js';
import { isAwaited } from './transitions.js';

export async function answerToClarify(
  moment: Moment,
  asked: Clarify,
  router: Router,
  signal: AbortSignal,
): Promise<Understanding | null> {
  return asked.kind === 'value' ? answerValue(moment, asked) : answerIntent(moment, asked, router, signal);
}

function answerValue(moment: Moment, asked: Extract<Clarify, { kind: 'value' }>): Understanding | null {
  const { talk, frame, text, heard } = moment;
  const { hearing } = builtIns(talk);
  const slot = findSlot(talk.agent, frame?.flow, asked.slot);
  if (!slot) return null;
  const fill = (index: number): Understanding =>
    decided(
      text,
      [
        {
          kind: 'fill',
          slot: slot.name,
          value: asked.values[index]!,
          text,
          confidence: Math.max(heard, 0.8),
          correction: false,
        },
      ],
      'clarify-value',
    );
  if (asked.values.length === 1 && hearing.yes.test(text)) return fill(0);
  if (hearing.neither.test(text)) return nothing(text, 'clarify-neither');
  const options = asked.values.map((value, index) => ({
    id: `${unsaid}${index}`,
    also: [...new Set([sayValue(talk, frame, slot, value), String(value)])],
  }));
  const readings = slotType('choice').find(text, {
    language: talk.agent.language,
    now: talk.world.now.slice(0, 16),
    asked: true,
    options,
  });
  const [best] = readings;
  if (
    !best ||
    best.confidence < 0.6 ||
    readings.some((one) => one.confidence === best.confidence && one.value !== best.value)
  )
    return null;
  // "Tomas" is also the beginning of what "Tomasz" sounds like: the whole name wins.
  const exact = options.filter((option) => option.also.some((name) => name.toLowerCase() === plainOf(moment)));
  if (exact.length === 1) return fill(indexOf(exact[0]!.id));
  return (best.others ?? []).length > 0 ? null : fill(indexOf(String(best.value)));
}

/** No caller says this: a bare number as the id would be heard in "the first one". */
const unsaid = 'qzx';

function indexOf(id: string): number {
  return Number(id.slice(unsaid.length));
}

async function answerIntent(
  moment: Moment,
  asked: Extract<Clarify, { kind: 'intent' }>,
  router: Router,
  signal: AbortSignal,
): Promise<Understanding | null> {
  const { talk, text } = moment;
  const { hearing } = builtIns(talk);
  const chosen = (intent: string): Understanding =>
    decided(text, movesOfIntent(moment, intent, asked), 'clarify-intent');
  if (asked.intents.length === 1 && hearing.yes.test(text)) return chosen(asked.intents[0]!);
  const options = asked.intents.map((intent) => ({ id: intent, also: [titleOfIntent(talk.agent, intent)] }));
  const [best] = slotType('choice').find(text, {
    language: talk.agent.language,
    now: talk.world.now.slice(0, 16),
    asked: true,
    options,
  });
  if (best && best.confidence >= 0.6 && (best.others ?? []).length === 0 && typeof best.value === 'string')
    return chosen(best.value);
  if (asked.intents.length === 1 && asked.offer && hearing.no.test(text))
    return decided(text, [{ kind: 'transition', intent: 'no' }], 'clarify-no');
  if (hearing.neither.test(text)) return nothing(text, 'clarify-neither');
  const withValue = valueForOffered(moment, asked);
  if (withValue) return withValue;
  const [one, other] = asked.intents;
  if (one !== undefined && other !== undefined && talk.agent.flows.has(other) && hearing.both.test(text))
    return decided(
      text,
      [...movesOfIntent(moment, one, { ...asked, values: [] }), { kind: 'queue', flow: other, fills: [] }],
      'clarify-both',
    );
  const decision = await router.route(
    { ...requestOf(moment, { fills: [], used: [] }), legal: [...asked.intents, 'yes', 'no'] },
    signal,
  );
  return decision.kind === 'accept' && asked.intents.includes(decision.intent)
    ? { ...chosen(decision.intent), llmCalls: decision.llmCalls }
    : null;
}

/** "Did you mean your balance?" - "savings": who goes on with a value of that flow alone has said yes. */
function valueForOffered(moment: Moment, asked: Extract<Clarify, { kind: 'intent' }>): Understanding | null {
  const { talk, text, askedSlot } = moment;
  const flows = asked.intents.filter((intent) => talk.agent.flows.has(intent) && !isAwaited(talk, { kind: 'intent', intent })); // prettier-ignore
  const fits = flows.flatMap((flow) => {
    const { slots } = talk.agent.flows.get(flow)!;
    const read = readingsFor(moment, flow);
    const isOwn = read.used.length > 0 && read.used.every(({ slot }) => slots.has(slot));
    return isOwn && isBare(talk, text, read, []) ? [{ flow, fills: read.fills }] : [];
  });
  if (fits.length !== 1) return null;
  if (askedSlot && slotType(askedSlot.type).find(text, contextOf(talk, moment.frame, askedSlot, true)).length > 0) return null; // prettier-ignore
  const { flow, fills } = fits[0]!;
  const moves = movesOfIntent(moment, flow, asked).filter((move) => !fills.some((fill) => move.kind === 'fill' && move.slot === fill.slot)); // prettier-ignore
  return decided(text, [...moves, ...fills], 'clarify-by-value');
}

const byCaller: RouteDecision = { kind: 'none', by: 'local', probability: 1, candidates: [], llmCalls: 0 };

/** The moves of what was meant, with the values of the sentence that was not clear. */
function movesOfIntent(moment: Moment, intent: string, asked: Extract<Clarify, { kind: 'intent' }>): Move[] {
  const { talk } = moment;
  const { values, text } = asked;
  const isTransition = isAwaited(talk, { kind: 'intent', intent });
  if (!isTransition && talk.agent.flows.has(intent))
    return text === undefined
      ? [{ kind: 'start', flow: intent }, ...values]
      : startOf({ ...moment, text }, { fills: [...values], used: [] }, intent, byCaller).moves;
  if (!isTransition && repairNames.includes(intent)) return [{ kind: 'repair', name: intent }];
  return [...values, { kind: 'transition', intent }];
}
