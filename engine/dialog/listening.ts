/** How to listen next: all that a call needs to know of the place where the talk stands. */
import type { Listening, Spoken } from '../contracts.js';
import type { ChoiceOption, Slot } from '../language/flow.js';
import type { SlotTypeName } from '../slot-types/slot-type.js';
import { slotType } from '../slot-types/index.js';
import { examplesOf, legalIntents } from './intents.js';
import type { Items } from './items.js';
import { contextOfField, head, heardFor, innerItems, itemScope, itemsIn, pendingItem } from './items.js';
import { askedForKeys } from './keys.js';
import { contextOf, findSlot, optionsOf } from './slots.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, stateOf, topFrame } from './talk.js';
import { levels } from './transitions.js';
import { nearest } from './words.js';

/** How long a pause ends a turn, milliseconds: the three that a designer names. */
const endpointing = {
  fast: { minMs: 200, maxMs: 1000 },
  normal: { minMs: 300, maxMs: 2500 },
  patient: { minMs: 900, maxMs: 4000 },
} as const;

/** People pause between digits and letters, and not around a yes. */
const paceOfType: Partial<Record<SlotTypeName, keyof typeof endpointing>> = {
  yes_no: 'fast', choice: 'fast', digits: 'patient', code: 'patient', phone: 'patient', email: 'patient', spelled: 'patient', address: 'patient',
}; // prettier-ignore

const defaults = { noInputMs: 6000, maxSpeechMs: 60_000, firstKeyMs: 6000, betweenKeysMs: 2000 };

/** More hints than this help no recogniser. */
const mostHints = 100;

/** The value a `listen` out carries. */
export function makeListening(talk: Talk): Listening {
  const { s, agent } = talk;
  const frame = topFrame(s);
  const slot = askedSlot(talk, frame);
  const moves = legalIntents(talk).map((intent) => ({ intent, examples: examplesOf(agent, intent) }));
  const keyed = askedForKeys(talk);
  const spokenType = slot && (fieldAsked(talk, frame, slot) ?? slot).type;
  const pace =
    endpointing[
      (spokenType && frame?.question?.kind === 'slot' ? paceOfType[spokenType] : paceOfQuestion(frame)) ?? 'normal'
    ];
  const noInputMs = nearest(talk, frame, 'noInputAfterMs') ?? keyed?.dtmf?.firstMs ?? defaults.noInputMs;
  const keys = keysHere(talk, keyed);
  return {
    position: frame ? `${frame.flow}/${frame.state}` : 'listen',
    moves,
    ...(slot && {
      slot: {
        name: slot.name,
        type: slot.type,
        spoken: spokenHere(talk, frame, slot),
        called: [...slot.called],
      },
    }),
    ...(keys && { keys }),
    bargeIn: nearest(talk, frame, 'bargeIn') ?? 'speech',
    endpointing: nearest(talk, frame, 'endpointing') ?? { ...pace },
    noInputMs: s.holdMs ?? noInputMs,
    maxSpeechMs: nearest(talk, frame, 'maxSpeechMs') ?? defaults.maxSpeechMs,
    language: agent.language,
    hints: hintsOf(talk, frame, moves),
    softWords: [...builtIns(talk).softWords],
    stopWords: [...builtIns(talk).stopWords],
    secret: slot?.sensitive === 'secret',
  };
}

function askedSlot(talk: Talk, frame: Frame | undefined): Slot | undefined {
  if (!frame?.question || frame.phase !== 'waiting') return undefined;
  return frame.question.kind === 'slot' ? findSlot(talk.agent, frame.flow, frame.question.slot) : undefined;
}

/** The options of a choice, or of every field of an item that does not depend on the others. */
function optionsHere(talk: Talk, frame: Frame | undefined, slot: Slot): Pick<ChoiceOption, 'id' | 'also'>[] {
  if (slot.type === 'choice') return [...(optionsOf(talk, frame, slot) ?? [])];
  const items = itemsIn(talk, frame, slot);
  return items ? optionsIn(items) : [];
}

function optionsIn(items: Items): Pick<ChoiceOption, 'id' | 'also'>[] {
  return [...items.fields.values()].flatMap((field) => {
    const inner = innerItems(items, {}, field);
    if (inner) return optionsIn(inner);
    return field.type === 'choice' ? (contextOfField(items, field, itemScope(items, {}), true).options ?? []) : [];
  });
}

/** The field that an item lacks. Items themselves are named at the caller's own pace, several in a sentence. */
function fieldAsked(talk: Talk, frame: Frame | undefined, slot: Slot): Slot | undefined {
  const items = itemsIn(talk, frame, slot);
  return items && pendingItem(items)?.field;
}

/** What the answer sounds like: of a list the items that it is asked for, or the field that one of them lacks. */
function spokenHere(talk: Talk, frame: Frame | undefined, slot: Slot): Spoken {
  const items = itemsIn(talk, frame, slot);
  const pending = items && pendingItem(items);
  const first = items && head(items);
  const asked = pending?.missing ?? (items && first && { items, item: {}, field: first });
  if (!asked) return slotType(slot.type).spoken(contextOf(talk, frame, slot, true));
  const heard = heardFor(asked);
  return slotType(heard.field.type).spoken(
    contextOfField(heard.items, heard.field, itemScope(heard.items, heard.item), true),
  );
}

/** A yes or a no is expected: as fast as for a yes_no slot. */
function paceOfQuestion(frame: Frame | undefined): keyof typeof endpointing | undefined {
  const kind = frame?.question?.kind;
  return kind === 'confirm' || kind === 'slot_confirm' || kind === 'resume' ? 'fast' : undefined;
}

function keysHere(talk: Talk, slot: Slot | undefined): Listening['keys'] {
  const menu = [
    ...new Set(
      levels(talk, { kind: 'key', key: '' }).flatMap((level) => level.transitions.flatMap((one) => one.key ?? [])),
    ),
  ];
  if (!slot && menu.length === 0) return undefined;
  const dtmf = slot?.dtmf;
  const longest = Math.max(1, ...menu.map((key) => key.length));
  return {
    min: dtmf?.min ?? 1,
    max: dtmf?.max ?? (slot ? 32 : longest),
    ...(dtmf?.end !== undefined && { end: dtmf.end }),
    firstMs: dtmf?.firstMs ?? defaults.firstKeyMs,
    betweenMs: dtmf?.betweenMs ?? defaults.betweenKeysMs,
    menu,
  };
}

/** Words a recogniser should expect: names of options, how slots are called. */
function hintsOf(talk: Talk, frame: Frame | undefined, moves: Listening['moves']): string[] {
  const hints = new Set<string>();
  const names = frame ? (stateOf(talk, frame).collect?.slots ?? []) : [];
  for (const name of names) {
    const slot = findSlot(talk.agent, frame?.flow, name);
    if (!slot) continue;
    slot.called.forEach((word) => hints.add(word));
    for (const option of optionsHere(talk, frame, slot))
      [option.id, ...option.also].forEach((word) => hints.add(word.replace(/_/g, ' ')));
  }
  for (const { intent } of moves)
    if (talk.agent.flows.has(intent)) hints.add(talk.agent.flows.get(intent)!.title ?? intent.replace(/_/g, ' '));
  for (const word of talk.agent.lexicon?.keys() ?? []) hints.add(word);
  return [...hints].slice(0, mostHints);
}
