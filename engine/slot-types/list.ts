import type { Json } from '../contracts.js';
import type { SlotContext, SlotType, SlotTypeName } from './slot-type.js';
import { oneOf } from './define.js';

/**
 * Several values, or one of several fields. What one says of them depends on the other fields and on what was said
 * before, so the dialog reads them field by field with the types of the fields (`engine/dialog/read-items.ts`):
 * here nothing is found. Written, a list is a list and a record is a record; their fields are read by their slots.
 */
function held(name: SlotTypeName, isOne: (written: Json) => boolean): SlotType {
  return {
    name,
    find: () => [],
    parse: (written) => (isOne(written) ? { value: written } : { problem: `This is no ${name}.` }),
    say(value, context: SlotContext) {
      if (value === null || value === undefined) return '';
      return context.spokenAs?.(value) ?? plainly(value);
    },
    spoken: () => oneOf([]),
  };
}

export const list = held('list', Array.isArray);
export const record = held(
  'record',
  (written) => typeof written === 'object' && written !== null && !Array.isArray(written),
);

/** The words of all that is in it, where nobody says how it is spoken. */
function plainly(value: Json): string {
  if (value === null || typeof value === 'boolean') return '';
  if (typeof value !== 'object') return String(value).replace(/_/g, ' ');
  const words = (Array.isArray(value) ? value : Object.values(value)).map((one) => plainly(one ?? null));
  const said = words.filter((word) => word !== '');
  if (!Array.isArray(value)) return said.join(' ');
  return said.length < 2 ? (said[0] ?? '') : `${said.slice(0, -1).join(', ')} and ${said.at(-1)!}`;
}
