/**
 * Personal values, hidden where a dialog is printed or kept: in traces, transcripts and reports. A value of a
 * `sensitive:` slot becomes the slot's name, `[phone]`, wherever it is known to stand: as a value, in the caller's
 * words for it, and in what the agent says of it.
 */
import type { FillMove, Json, Move, TurnTrace } from '../contracts.js';
import type { Agent, Slot } from '../language/flow.js';
import type { SlotContext } from '../slot-types/slot-type.js';
import { slotType } from '../slot-types/index.js';
import type { DialogState } from './seam.js';
import { inside } from './state.js';

/** Types whose values look like nothing else: hidden in a caller's words also before they are a slot's value. */
const telling: ReadonlySet<Slot['type']> = new Set(['phone', 'email']);
/** Types that fit any words, or only words that everybody says: their values are found by what they are. */
const shapeless: ReadonlySet<Slot['type']> = new Set(['text', 'name', 'yes_no', 'choice', 'list', 'record', 'spelled']);
/** Values that are kept in mind in one dialog; the oldest go first. */
const mostValues = 200;
/** So many digits at the end of a longer number are still the number: "ending in four four seven one". */
const fewestDigits = 4;

interface Known {
  label: string;
  /** Finds what is said or written for the value. */
  pattern?: RegExp;
  /** The digits in it, where it is a number of some length. */
  digits?: string;
  type: Slot['type'];
  value: string;
}

export class PersonalValues {
  readonly #slots: ReadonlyMap<string, Slot>;
  readonly #known = new Map<string, Known>();
  readonly #context: () => SlotContext;

  /**
   * Undefined for an agent that has no sensitive slots.
   * @param now in the agent's zone, for values that are said by the calendar
   */
  static of(agent: Agent, now: () => string): PersonalValues | undefined {
    const slots = sensitiveSlots(agent);
    return slots.size === 0 ? undefined : new PersonalValues(slots, agent.language, now);
  }

  private constructor(slots: ReadonlyMap<string, Slot>, language: string, now: () => string) {
    this.#slots = slots;
    this.#context = () => ({ language, now: now().slice(0, 16), asked: false });
  }

  /** Takes note of the values in a state: also those that only its words show from now on. */
  learnState(state: DialogState): void {
    const { frames, shared, past, secret, memory } = inside(state);
    this.#learnAll(shared ?? {});
    for (const values of Object.values(past ?? {})) this.#learnAll(values);
    if (memory) this.#learnAll({ ...memory.kept, ...memory.waiting } as Record<string, Json>);
    for (const frame of frames ?? []) {
      this.#learnAll(frame.slots);
      for (const [name, { values }] of Object.entries(frame.parts)) this.#learn(name, values);
      for (const fill of frame.given) this.#learnFill(fill);
      for (const [name, values] of Object.entries(frame.near)) for (const value of values) this.#learn(name, value);
    }
    for (const [key, value] of Object.entries(secret ?? {})) this.#learn(key.slice(key.indexOf('.') + 1), value);
  }

  /** Takes note of the values that a whole trace shows. */
  learnTrace({ slots, slotsBefore, memory, moves, out }: TurnTrace): void {
    for (const values of [slots, slotsBefore, memory, out])
      if (values && typeof values === 'object' && !Array.isArray(values)) this.#learnAll(values);
    for (const fill of fillsOf(moves)) this.#learnFill(fill);
  }

  /** The name that stands for what answers the question for `slot`, where that is personal. */
  labelOf(slot: string | undefined): string | undefined {
    const known = slot === undefined ? undefined : this.#slots.get(slot);
    return known && `[${known.name}]`;
  }

  /** Text without the values that are known. `isCaller`: also what in a caller's words is surely one. */
  hideText(text: string, isCaller = false): string {
    if (text === '') return text;
    let hidden = text;
    for (const { pattern, label } of this.#known.values()) if (pattern) hidden = hidden.replace(pattern, label);
    hidden = hidden.replace(/\+?\d(?:[\s.,()/-]{0,3}\d){3,}/g, (run) => this.#labelOfDigits(run) ?? run);
    return isCaller ? this.#hideByReading(hidden) : hidden;
  }

  hideJson(value: Json): Json {
    if (typeof value === 'string') return this.hideText(value);
    if (typeof value === 'number') return this.hideText(String(value)) === String(value) ? value : this.hideText(String(value)); // prettier-ignore
    if (value === null || typeof value === 'boolean') return value;
    return Array.isArray(value) ? value.map((item) => this.hideJson(item)) : this.#hideNamed(value);
  }

  /**
   * The trace as it may be printed.
   * @param asked the slot that was asked for when the input came: words for it that nobody understood are hidden whole
   */
  hideTrace(trace: TurnTrace, asked?: string): TurnTrace {
    this.learnTrace(trace);
    const whole = this.labelOf(asked);
    const { text, keys, slotsBefore, memory, clarify, words, out } = trace;
    return {
      ...trace,
      ...(text !== undefined && {
        text: whole !== undefined && trace.moves.length === 0 ? whole : this.#hideSpoken(text, trace.moves),
      }),
      ...(keys !== undefined && { keys: whole ?? this.hideText(keys) }),
      moves: trace.moves.map((move) => this.#hideMove(move)),
      slots: this.#hideNamed(trace.slots),
      ...(slotsBefore && { slotsBefore: this.#hideNamed(slotsBefore) }),
      ...(memory && { memory: this.#hideNamed(memory) }),
      ...(clarify && { clarify: clarify.map((one) => this.hideText(one)) }),
      ...(words && { words: words.map((one) => ({ ...one, text: this.hideText(one.text) })) }),
      ...(out !== undefined && { out: this.hideJson(out) }),
      tools: trace.tools.map((tool) => ({
        ...tool,
        input: this.hideJson(tool.input),
        ...(tool.result !== undefined && { result: this.hideJson(tool.result) }),
      })),
      ...(trace.transfer && { transfer: { ...trace.transfer, to: this.hideText(trace.transfer.to) } }),
      notes: trace.notes.map((one) => this.hideText(one)),
    };
  }

  #hideSpoken(text: string, moves: readonly Move[]): string {
    let hidden = text;
    for (const fill of fillsOf(moves)) {
      const label = this.labelOf(fill.slot);
      if (label !== undefined && fill.text !== '') hidden = hidden.replaceAll(fill.text, label);
    }
    return this.hideText(hidden, true);
  }

  #hideMove(move: Move): Move {
    if (move.kind === 'queue') {
      const { unsure, ...rest } = move;
      const isPlain = unsure && this.labelOf(unsure.slot) === undefined;
      return { ...rest, fills: move.fills.map((fill) => this.#hideFill(fill)), ...(isPlain && { unsure }) };
    }
    return move.kind === 'fill' ? this.#hideFill(move) : move;
  }

  #hideFill(fill: FillMove): FillMove {
    const label = this.labelOf(fill.slot);
    if (label !== undefined) return { ...fill, value: label, text: label };
    return { ...fill, value: this.hideJson(fill.value), text: this.hideText(fill.text) };
  }

  /** A record by the names of its fields, which are those of slots; an empty one is not personal. */
  #hideNamed(values: Record<string, Json>): Record<string, Json> {
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [
        name,
        value === null ? null : (this.labelOf(name) ?? this.hideJson(value)),
      ]),
    );
  }

  #labelOfDigits(run: string): string | undefined {
    const digits = run.replace(/\D/g, '').replace(/^0+/, '');
    if (digits.length < fewestDigits) return undefined;
    for (const known of this.#known.values()) if (known.digits?.endsWith(digits)) return known.label;
    return undefined;
  }

  /** What the parser of a sensitive slot reads as the value that is known, or as one that can be nothing else. */
  #hideByReading(text: string): string {
    const context = this.#context();
    let hidden = text;
    for (const slot of new Set(this.#slots.values())) {
      if (shapeless.has(slot.type)) continue;
      const values = [...this.#known.values()].filter(({ label }) => label === `[${slot.name}]`);
      if (values.length === 0 && !telling.has(slot.type)) continue;
      const readings = slotType(slot.type)
        .find(hidden, { ...context, ...(slot.pattern !== undefined && { pattern: slot.pattern }) })
        .filter((one) => telling.has(slot.type) || values.some(({ value }) => value === JSON.stringify(one.value)))
        .sort((one, other) => other.start - one.start);
      for (const { start, end } of readings) hidden = `${hidden.slice(0, start)}[${slot.name}]${hidden.slice(end)}`;
    }
    return hidden;
  }

  #learnAll(values: Readonly<Record<string, Json>>): void {
    for (const [name, value] of Object.entries(values)) this.#learn(name, value);
  }

  #learnFill(fill: FillMove): void {
    this.#learn(fill.slot, fill.value);
  }

  #learn(name: string, value: Json): void {
    const slot = this.#slots.get(name);
    if (!slot || value === null) return;
    const written = JSON.stringify(value);
    const key = `${slot.name} ${written}`;
    if (this.#known.has(key)) return;
    const digits = digitsOf(value);
    this.#known.set(key, {
      label: `[${slot.name}]`,
      type: slot.type,
      value: written,
      ...(digits !== undefined && { digits }),
      ...patternOf(formsOf(slot, value, this.#context())),
    });
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= mostValues) break;
      this.#known.delete(oldest);
    }
  }
}

/** By name, and by `flow.name`. A name that is personal in one flow is so in all: traces show it without the flow. */
function sensitiveSlots(agent: Agent): ReadonlyMap<string, Slot> {
  let known = ofAgents.get(agent);
  if (!known) {
    const slots = new Map<string, Slot>();
    const add = (slot: Slot, flow?: string): void => {
      if (slot.sensitive === undefined) return;
      slots.set(slot.name, slot);
      if (flow !== undefined) slots.set(`${flow}.${slot.name}`, slot);
    };
    for (const slot of agent.slots.values()) add(slot);
    for (const flow of agent.flows.values()) for (const slot of flow.slots.values()) add(slot, flow.name);
    ofAgents.set(agent, (known = slots));
  }
  return known;
}

const ofAgents = new WeakMap<Agent, ReadonlyMap<string, Slot>>();

function fillsOf(moves: readonly Move[]): FillMove[] {
  return moves.flatMap((move) => (move.kind === 'fill' ? [move] : move.kind === 'queue' ? move.fills : []));
}

/** What may be written or said for a value: itself, its parts, as its type says it, spelled out, digit by digit. */
function formsOf(slot: Slot, value: Json, context: SlotContext): string[] {
  if (typeof value === 'boolean') return [];
  const leaves = leavesOf(value);
  const words = slot.type === 'name' ? leaves.flatMap((leaf) => leaf.split(/\s+/)) : [];
  const say = (type: Slot['type'], said: Json): string => {
    try {
      return slotType(type).say(said, context);
    } catch {
      return '';
    }
  };
  return [
    ...leaves,
    ...words,
    ...(slot.type === 'list' || slot.type === 'record' ? [] : [say(slot.type, value)]),
    ...leaves.flatMap((leaf) => [say('spelled', leaf), ...(/\d/.test(leaf) ? [say('digits', leaf)] : [])]),
  ];
}

function leavesOf(value: Json): string[] {
  if (typeof value === 'string' || typeof value === 'number') return [String(value)];
  return value === null || typeof value === 'boolean' ? [] : Object.values(value).flatMap(leavesOf);
}

/** Digits of a value that is a number of some length: a telephone's, an account's. */
function digitsOf(value: Json): string | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const digits = text.replace(/\D/g, '');
  return digits.length >= fewestDigits && /^[+\d\s().-]+$/.test(text) ? digits : undefined;
}

/** One pattern for all forms, the longest first; whole words only, whatever stands between them. */
function patternOf(forms: readonly string[]): { pattern?: RegExp } {
  const wanted = [...new Set(forms.map((form) => form.match(/[\p{L}\p{N}]+/gu)?.join(' ') ?? ''))].filter(
    (form) => form.replace(/ /g, '').length > 1,
  );
  if (wanted.length === 0) return {};
  wanted.sort((one, other) => other.length - one.length);
  const pattern = wanted.map((form) => form.replace(/ /g, '[^\\p{L}\\p{N}]{1,3}')).join('|');
  return { pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${pattern})(?![\\p{L}\\p{N}])`, 'giu') };
}
