/** Slots: where their values lie, what they are now, and whether a value may be taken. */
import type { Json } from '../contracts.js';
import type { Agent, ChoiceOption, Scope, Slot, Template, Value, Words } from '../language/flow.js';
import type { SlotContext } from '../slot-types/slot-type.js';
import { isChecked } from '../slot-types/checksum.js';
import { slotType } from '../slot-types/index.js';
import { secondsOf } from '../slot-types/relative.js';
import { splitName } from '../slot-types/name.js';
import { joinWords } from '../language/filters.js';
import { editsOf, sayEdit } from './item-edits.js';
import { canonicalItems, itemsIn, itemsOfWritten, sayItem, wantsItems, wholeValue } from './items.js';
import { makeScope } from './scope.js';
import type { Frame } from './state.js';
import type { Talk } from './talk.js';
import { builtIns, note, topFrame } from './talk.js';

/** The slot that a flow means by a name: its own, else one of the agent's. */
export function findSlot(agent: Agent, flow: string | undefined, name: string): Slot | undefined {
  return (flow === undefined ? undefined : agent.flows.get(flow)?.slots.get(name)) ?? agent.slots.get(name);
}

/** Every slot that is in scope of a flow (or of the open floor), the flow's own first. */
export function slotsInScope(agent: Agent, flow: string | undefined): Slot[] {
  const own = flow === undefined ? [] : [...(agent.flows.get(flow)?.slots.values() ?? [])];
  const names = new Set(own.map((slot) => slot.name));
  return [...own, ...[...agent.slots.values()].filter((slot) => !names.has(slot.name))];
}

/** The value that was given, without defaults and computed ones. */
export function stored(talk: Talk, frame: Frame | undefined, slot: Slot): Json {
  const { s } = talk;
  if (slot.sensitive === 'secret') return s.secret[secretKey(frame, slot)] ?? null;
  return (slot.flow === undefined ? s.shared[slot.name] : frame?.slots[slot.name]) ?? null;
}

/** The value as expressions see it: computed ones are always current, an empty one is its default. */
export function valueOf(talk: Talk, frame: Frame | undefined, slot: Slot): Json {
  if (slot.value !== undefined) return evaluate(talk, frame, slot.value);
  const items = itemsIn(talk, frame, slot);
  if (items) return wholeValue(items);
  const given = stored(talk, frame, slot);
  if (given !== null || slot.default === undefined) return given;
  return canonical(talk, frame, slot, evaluate(talk, frame, slot.default));
}

export function store(talk: Talk, frame: Frame | undefined, slot: Slot, value: Json): void {
  const { s } = talk;
  if (slot.sensitive === 'secret') {
    const key = secretKey(frame, slot);
    if (value === null) delete s.secret[key];
    else s.secret[key] = value;
  } else if (slot.flow === undefined) {
    s.shared[slot.name] = value;
  } else if (frame) {
    frame.slots[slot.name] = value;
  }
  if (!s.turnSlots?.includes(slot.name)) s.turnSlots?.push(slot.name);
}

export function clearSlot(talk: Talk, frame: Frame | undefined, slot: Slot): void {
  store(talk, frame, slot, null);
  if (frame) {
    frame.left = frame.left.filter((name) => name !== slot.name);
    frame.toConfirm = frame.toConfirm.filter((name) => name !== slot.name);
    frame.toEcho = frame.toEcho.filter((name) => name !== slot.name);
    delete frame.kept[slot.name];
    delete frame.parts[slot.name];
  }
}

function secretKey(frame: Frame | undefined, slot: Slot): string {
  return slot.flow === undefined ? `.${slot.name}` : `${frame?.n ?? 0}.${slot.name}`;
}

/** A value of YAML: a literal, an expression's typed value, or rendered text. */
export function evaluate(talk: Talk, frame: Frame | undefined, value: Value): Json {
  if (value.kind === 'literal') return value.value;
  const scope = makeScope(talk, frame);
  if (value.kind === 'template') return value.template.render(scope);
  const { value: result, problem } = value.expression.evaluate(scope);
  if (problem !== undefined) note(talk, `${value.expression.source}: ${problem}`);
  return result;
}

/** A written value in its one form; a value that the type cannot read stays as it is. */
export function canonical(talk: Talk, frame: Frame | undefined, slot: Slot, written: Json): Json {
  const items = itemsIn(talk, frame, slot);
  if (items) return canonicalItems(items, written);
  if (written === null || typeof written === 'object') return recordId(slot, written);
  if (slot.type === 'name' && slot.parts && typeof written === 'string') return { ...splitName(written) };
  const parsed = slotType(slot.type).parse(written, contextOf(talk, frame, slot, false));
  return 'value' in parsed ? parsed.value : written;
}

/** A record among the options of a choice is written by its id. */
function recordId(slot: Slot, written: Json): Json {
  if (slot.type !== 'choice' || written === null || Array.isArray(written) || typeof written !== 'object')
    return written;
  return written['id'] ?? written;
}

/** What a slot's parser may know of the moment. `scope`: the names its expressions see, those of its flow unless given. */
export function contextOf(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  asked: boolean,
  scope: Scope = makeScope(talk, frame),
): SlotContext {
  const { agent, world } = talk;
  const { language, timezone } = agent;
  const context: SlotContext = { language, timezone, now: world.now.slice(0, 16), asked, called: slot.called };
  if (slot.pattern !== undefined) context.pattern = slot.pattern;
  if (slot.checksum !== undefined) context.checksum = slot.checksum;
  if (slot.range !== undefined) context.range = slot.range;
  const relativeTo = relativeToOf(talk, frame, slot, scope);
  if (relativeTo !== null) context.relativeTo = relativeTo;
  if (slot.type === 'choice') {
    const options = optionsOf(talk, frame, slot, scope);
    context.options = options ?? [];
    context.current = stored(talk, frame, slot);
    context.spokenAs = (value) => spokenOption(talk, slot, options ?? [], value);
  } else if (slot.spoken !== undefined) {
    const { spoken } = slot;
    context.spokenAs = (value) => spoken.render(recordScope(value, scope));
  }
  return context;
}

/** What relative words count from now; null while that is not known, or where nothing is named. */
export function relativeToOf(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  scope: Scope = makeScope(talk, frame),
): Json {
  const { relativeTo } = slot;
  if (relativeTo === undefined) return null;
  // Empty is no trouble here: it is known later.
  return relativeTo.kind === 'expression'
    ? relativeTo.expression.evaluate(scope).value
    : evaluate(talk, frame, relativeTo);
}

/** The options of a choice now, or null while they are not known. */
export function optionsOf(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  scope: Scope = makeScope(talk, frame),
): readonly ChoiceOption[] | null {
  const { options } = slot;
  if (options === undefined) return [];
  if (isList(options)) return options;
  const { value, problem } = options.evaluate(scope);
  if (problem !== undefined || !Array.isArray(value)) return null;
  return value.flatMap((one) => {
    const option = toOption(one);
    return option ? [option] : [];
  });
}

function isList(options: NonNullable<Slot['options']>): options is readonly ChoiceOption[] {
  return Array.isArray(options);
}

/** A record is heard by any of its text fields. */
function toOption(one: Json): ChoiceOption | null {
  if (typeof one === 'string' || typeof one === 'number')
    return { id: String(one), also: [], data: { id: String(one) } };
  if (one === null || typeof one !== 'object' || Array.isArray(one)) return null;
  const id = one['id'] ?? one['name'];
  if (typeof id !== 'string' && typeof id !== 'number') return null;
  const also = Object.entries(one).flatMap(([field, value]) => {
    if (field === 'id' && one['name'] !== undefined) return [];
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  });
  return { id: String(id), also: also.filter((word) => word !== String(id)), data: { ...one, id: String(id) } };
}

function spokenOption(talk: Talk, slot: Slot, options: readonly ChoiceOption[], value: Json): string {
  const option = options.find((one) => one.id === String(value));
  const template = slot.spoken ?? toolSpoken(talk, slot);
  if (option && template) return template.render(recordScope(option.data, () => undefined)).trim();
  if (option?.said !== undefined) return option.said;
  const name = option?.data['name'];
  return typeof name === 'string' ? name : String(value).replaceAll('_', ' ');
}

/** `spoken:` of the tool output that gives the options. */
function toolSpoken(talk: Talk, slot: Slot): Template | undefined {
  if (slot.options === undefined || isList(slot.options)) return undefined;
  const [, tool, field] = /^\s*([\p{L}_]\w*)\.([\p{L}_]\w*)\s*$/u.exec(slot.options.source) ?? [];
  if (tool === undefined || field === undefined) return undefined;
  const type = (talk.agent.flows.get(slot.flow ?? '')?.tools.get(tool) ?? talk.agent.tools.get(tool))?.output.get(
    field,
  );
  return type?.kind === 'list' ? (type.spoken ?? (type.of.kind === 'record' ? type.of.spoken : undefined)) : undefined;
}

function recordScope(value: Json, outer: (name: string) => Json | undefined): (name: string) => Json | undefined {
  const fields = value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
  return (name) => (Object.hasOwn(fields, name) ? fields[name] : name === 'it' ? value : outer(name));
}

/** A value as people say it. */
export function sayValue(talk: Talk, frame: Frame | undefined, slot: Slot, value: Json): string {
  const items = itemsIn(talk, frame, slot);
  if (!items) return slotType(slot.type).say(value, contextOf(talk, frame, slot, false));
  const edits = editsOf(value);
  const said = edits
    ? edits.map((edit) => sayEdit(items, edit))
    : itemsOfWritten(items, value).map((item) => sayItem(items, item));
  return joinWords(said, 'and', talk.agent.language);
}

/** Why the value that a slot holds now may not stay, if it may not. */
export function refusal(talk: Talk, frame: Frame | undefined, slot: Slot): { say?: Words; text?: string } | null {
  const value = stored(talk, frame, slot);
  return value === null ? null : refusalOf(talk, frame, slot, value, makeScope(talk, frame));
}

/** Why this value may not stay, to those who see the names of `scope`. */
export function refusalOf(
  talk: Talk,
  frame: Frame | undefined,
  slot: Slot,
  value: Json,
  scope: Scope,
): { say?: Words; text?: string } | null {
  for (const line of slot.reject) {
    const { value: holds, problem } = line.if.evaluate(scope);
    if (problem !== undefined) note(talk, `reject of ${slot.name}: ${problem}`);
    if (holds === true) return line.say ? { say: line.say } : {};
  }
  if (slot.checksum && !isChecked(slot.checksum, String(value))) return { text: builtIns(talk).phrasing.misread };
  return rangeRefusal(talk, frame, slot, value);
}

function rangeRefusal(talk: Talk, frame: Frame | undefined, slot: Slot, value: Json): { text: string } | null {
  if (!slot.range) return null;
  const bound = (written: string | undefined): Json =>
    written === undefined
      ? null
      : canonical(talk, frame, slot, written === 'today' ? talk.world.now.slice(0, 10) : written);
  const min = bound(slot.range.min);
  // A day as the last one of days and times is in it to its end.
  const isDay = slot.type === 'datetime' && /^\d{4}-\d\d-\d\d$/.test(String(bound(slot.range.max)));
  const max = isDay ? `${String(bound(slot.range.max))}T23:59` : bound(slot.range.max);
  if ((min === null || !isBefore(value, min)) && (max === null || !isBefore(max, value))) return null;
  const said = (limit: Json): string => {
    const day = slot.type === 'datetime' ? /^(\d{4}-\d\d-\d\d)(?:T23:59)?$/.exec(String(limit))?.[1] : undefined;
    return day === undefined ? sayValue(talk, frame, slot, limit) : slotType('date').say(day, contextOf(talk, frame, slot, false)); // prettier-ignore
  };
  const { phrasing } = builtIns(talk);
  // "It has to be between the first of January 1900 and Monday" is not how people say that a day is still to come.
  if (slot.range.max === 'today' && max !== null && isBefore(max, value)) return { text: phrasing.future };
  if (slot.range.max === 'today' && min !== null) return { text: phrasing.atLeast(said(min)) };
  if (slot.range.min === 'today' && min !== null && isBefore(value, min)) return { text: phrasing.past };
  if (slot.range.min === 'today' && max !== null) return { text: phrasing.atMost(said(max)) };
  if (min !== null && max !== null) return { text: phrasing.between(said(min), said(max)) };
  return { text: min !== null ? phrasing.atLeast(said(min)) : phrasing.atMost(said(max)) };
}

/** Whether a value is outside of the slot's range. */
export function isOutside(talk: Talk, frame: Frame | undefined, slot: Slot, value: Json): boolean {
  return rangeRefusal(talk, frame, slot, value) !== null;
}

/** Numbers by size, amounts by their number, lengths of time by their seconds, dates and times as written. */
function isBefore(a: Json, b: Json): boolean {
  const [length, other] = [secondsOf(a), secondsOf(b)];
  if (!Number.isNaN(length) && !Number.isNaN(other)) return length < other;
  const number = (value: Json): number => (typeof value === 'number' ? value : Number.parseFloat(String(value)));
  const isAmount = (value: Json): boolean =>
    typeof value === 'number' || /^-?\d+(\.\d+)?( [A-Z]{3})?$/.test(String(value));
  return isAmount(a) && isAmount(b) ? number(a) < number(b) : String(a) < String(b);
}

/** Whether a slot must still be asked for where it is collected by name. */
export function isMissing(talk: Talk, frame: Frame, slot: Slot): boolean {
  const items = itemsIn(talk, frame, slot);
  if (slot.value !== undefined || (items && !wantsItems(items))) return false;
  if (!items && (stored(talk, frame, slot) !== null || frame.left.includes(slot.name))) return false;
  if (slot.askIf === undefined) return true;
  const { value, problem } = slot.askIf.evaluate(makeScope(talk, frame));
  if (problem !== undefined) note(talk, `if of ${slot.name}: ${problem}`);
  return value === true;
}

/** What an unfilled slot may be left as: its default, or empty when it is optional. */
export function mayBeLeft(slot: Slot): boolean {
  return slot.optional || slot.default !== undefined;
}

/** Slots of the flow that runs, looked up by name. */
export function slotHere(talk: Talk, name: string): { slot: Slot; frame: Frame | undefined } | undefined {
  const frame = topFrame(talk.s);
  const slot = findSlot(talk.agent, frame?.flow, name);
  return slot ? { slot, frame } : undefined;
}
