import { choice } from './choice.js';
import { digits } from './digits.js';
import { integer } from './integer.js';
import type { SlotType, SlotTypeName } from './slot-type.js';
import { text } from './text.js';
import { yesNo } from './yes-no.js';

export { soundAlikes } from './choice.js';

/** The types that have a parser: one file and one line here each. */
const types: Readonly<Partial<Record<SlotTypeName, SlotType>>> = {
  text,
  integer,
  digits,
  choice,
  yes_no: yesNo,
};

/** Whether the type can be read from speech; `flow check` reports the others (`type-not-ready`). */
export function isReady(name: SlotTypeName): boolean {
  return Object.hasOwn(types, name);
}

/**
 * The parser of a type. A type that is not ready reads as `text`, so that an agent which slipped past
 * `flow check` still talks.
 */
export function slotType(name: SlotTypeName): SlotType {
  return types[name] ?? text;
}
