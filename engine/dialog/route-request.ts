/** What the router is asked. */
import type { FoundValue, RouteRequest } from '../contracts.js';
import { slotType } from '../slot-types/index.js';
import { shownToModel } from './for-model.js';
import { isGenerating } from './generate.js';
import type { Moment } from './moment.js';
import type { Assigned } from './readings.js';
import { contextOf, optionsOf, slotsInScope } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { nearest } from './words.js';

export function requestOf(moment: Moment, here: Assigned): RouteRequest {
  const { talk, frame, text, legal } = moment;
  const { agent, s } = talk;
  const values = valuesIn(moment, here);
  const shown = shownToModel(talk, 'caller', text);
  return {
    text,
    legal: [...legal],
    values,
    position: frame ? `${frame.flow}/${frame.state}` : 'listen',
    language: agent.language,
    // What is said for a secret goes to no model; what is said to one is not first shown to another.
    options: {
      ...agent.router,
      ...routerHere(talk, frame),
      ...((moment.askedSlot?.sensitive === 'secret' || isGenerating(frame)) && { llm: 'never' as const }),
    },
    ...(isPersonal(moment, values) && { private: true as const }),
    context: {
      lastWords: shownToModel(talk, 'agent', s.last.map((one) => one.text).join(' ')),
      ...(shown !== text && { text: shown }),
      slots: slotsForModel(moment),
    },
  };
}

/** A `sensitive` slot is asked for, or something in the text can be read as one of those that may be filled here. */
function isPersonal({ talk, frame, askedSlot, legal }: Moment, values: readonly FoundValue[]): boolean {
  if (askedSlot?.sensitive !== undefined) return true;
  const names = new Set(values.map(({ slot }) => slot));
  const flows = [...(frame ? [frame.flow] : []), ...legal.filter((intent) => talk.agent.flows.has(intent))];
  return flows.some((flow) =>
    slotsInScope(talk.agent, flow).some(({ name, sensitive }) => sensitive !== undefined && names.has(name)),
  );
}

function routerHere(talk: Talk, frame: Frame | undefined): RouteRequest['options'] {
  return nearest(talk, frame, 'router') ?? {};
}

/** What may be filled, for the model; secret and personal slots are not there. */
function slotsForModel(moment: Moment): RouteRequest['context']['slots'] {
  const { talk, frame } = moment;
  const flows = frame ? [frame.flow] : moment.legal.filter((intent) => talk.agent.flows.has(intent));
  const seen = new Set<string>();
  return flows
    .flatMap((flow) => slotsInScope(talk.agent, flow))
    .filter(
      (slot) =>
        slot.sensitive === undefined &&
        slot.value === undefined &&
        !slot.askFirst &&
        !seen.has(slot.name) &&
        seen.add(slot.name),
    )
    .map((slot) => {
      const words = [...(slot.description === undefined ? [] : [slot.description]), ...slot.called];
      const options = slot.type === 'choice' ? (optionsOf(talk, frame, slot) ?? []).map((one) => one.id) : undefined;
      return {
        name: slot.name,
        type: slot.type,
        ...(words.length > 0 && { description: words.join(', ') }),
        ...(options && { options }),
      };
    });
}

/** Values in the text by type, for the router's placeholders: those assigned here, then those of flows that may start. */
function valuesIn(moment: Moment, here: Assigned): FoundValue[] {
  const { talk, text, legal } = moment;
  const found: (FoundValue & { confidence: number })[] = [];
  const isFree = (start: number, end: number): boolean => !found.some((one) => start < one.end && end > one.start);
  const slots = legal.flatMap((intent) => [...(talk.agent.flows.get(intent)?.slots.values() ?? [])]);
  for (const { start, end, type, slot } of here.used)
    if (type !== 'text' && isFree(start, end)) found.push({ start, end, type, slot, confidence: 1 });
  const readings = [...slots, ...talk.agent.slots.values()]
    .filter((slot) => slot.type !== 'text' && slot.type !== 'yes_no')
    .flatMap((slot) =>
      slotType(slot.type)
        .find(text, contextOf(talk, undefined, slot, false))
        .map((reading) => ({ slot, reading })),
    )
    .filter(({ reading }) => reading.confidence >= 0.6)
    .sort((a, b) => b.reading.end - b.reading.start - (a.reading.end - a.reading.start));
  for (const { slot, reading } of readings) {
    if (isFree(reading.start, reading.end))
      found.push({
        start: reading.start,
        end: reading.end,
        type: slot.type,
        slot: slot.name,
        confidence: reading.confidence,
      });
  }
  return found
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, type, slot }) => ({ start, end, type, ...(slot !== undefined && { slot }) }));
}
