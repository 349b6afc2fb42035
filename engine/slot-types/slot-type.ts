import type { Json, Spoken } from '../contracts.js';
import type { ChecksumName } from './checksum.js';

/** Every type of `flows/README.md`. Those without a parser yet are a problem at check time (`type-not-ready`). */
export const slotTypeNames = [
  'text',
  'number',
  'integer',
  'ordinal',
  'money',
  'date',
  'time',
  'datetime',
  'date_range',
  'duration',
  'yes_no',
  'choice',
  'list',
  'record',
  'name',
  'phone',
  'email',
  'address',
  'city',
  'postcode',
  'code',
  'digits',
  'spelled',
] as const;

export type SlotTypeName = (typeof slotTypeNames)[number];

/** What a parser may know of the slot and the moment. */
export interface SlotContext {
  /** BCP 47. The region decides the order of dates and the currency. */
  language: string;
  /** Now, in the agent's zone: `2026-03-02T10:00` (no offset). `today` is its first ten characters. */
  now: string;
  /** The agent's zone, to which written moments with an offset are brought. Without it the offset stays. */
  timezone?: string;
  /** True when this slot was just asked for: a bare answer is then meant for it. */
  asked: boolean;
  /** True when a request is looked through for an option that was not known then: also by its day and its time. */
  sought?: true;
  called?: readonly string[];
  /** Whole-value regular expression, RE2 syntax (`code`, `digits`). */
  pattern?: string;
  /** Check digits (`code`, `digits`): of several ways to write what was said, the one that they fit is meant. */
  checksum?: ChecksumName;
  range?: { min?: string; max?: string };
  options?: readonly { id: string; also: readonly string[]; data?: Readonly<Record<string, Json>> }[];
  /** The option that was chosen before: what "the other one" and "not that one" are beside. */
  current?: Json;
  /** What "the same week" and "a day later" count from (`relative_to:`): a day, a datetime or a date_range. */
  relativeTo?: Json;
  /** How a value is said when the designer wrote `spoken:`. */
  spokenAs?: (value: Json) => string;
}

/** One reading of a stretch of what was said. `start` and `end` are UTF-16 offsets in the given text. */
export interface Reading {
  /** The written value (flows/README.md, "Written values"). */
  value: Json;
  text: string;
  start: number;
  end: number;
  /** 0 to 1: how surely this stretch has this value (not how surely it was heard). */
  confidence: number;
  /** Other readings of the same stretch that are as good ("at four": 04:00 and 16:00). Ask, do not guess. */
  others?: Json[];
  /** Only one day of a date_range was named: right for a period, half an answer for a stay. */
  single?: true;
}

/** One slot type: read what people say, say a value back, and what it sounds like. */
export interface SlotType {
  readonly name: SlotTypeName;
  /**
   * Every reading in the text, surest first, ties from the left. Empty when there is none.
   * Never throws, whatever the text.
   */
  find(text: string, context: SlotContext): Reading[];
  /** A value as written in YAML, mocks or tool JSON, made canonical; or what is wrong with it. */
  parse(written: Json, context: SlotContext): { value: Json } | { problem: string };
  /** The value as people say it: `2026-03-04` → "Wednesday the fourth of March". */
  say(value: Json, context: SlotContext): string;
  /** What this type sounds like, for recognisers. */
  spoken(context: SlotContext): Spoken;
}
