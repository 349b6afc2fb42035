import { address } from './address.js';
import { choice } from './choice.js';
import { city } from './city.js';
import { code } from './code.js';
import { date } from './date.js';
import { datetime } from './datetime.js';
import { dateRange } from './date-range.js';
import { digits } from './digits.js';
import { duration } from './duration.js';
import { email } from './email.js';
import { integer } from './integer.js';
import { list, record } from './list.js';
import { money } from './money.js';
import { name } from './name.js';
import { number } from './number.js';
import { ordinal } from './ordinal.js';
import { phone } from './phone.js';
import { postcode } from './postcode.js';
import type { SlotType, SlotTypeName } from './slot-type.js';
import { time } from './time.js';
import { spelled } from './spelled.js';
import { text } from './text.js';
import { yesNo } from './yes-no.js';

export { soundAlikes } from './choice.js';

/** The types that have a parser: one file and one line here each. */
const types: Readonly<Record<SlotTypeName, SlotType>> = {
  text,
  integer,
  number,
  money,
  digits,
  code,
  choice,
  date,
  time,
  name,
  yes_no: yesNo,
  city,
  phone,
  email,
  date_range: dateRange,
  duration,
  datetime,
  ordinal,
  spelled,
  postcode,
  list,
  record,
  address,
};

/** Whether the type can be read from speech; `flow check` reports the others (`type-not-ready`). */
export function isReady(type: SlotTypeName): boolean {
  return Object.hasOwn(types, type);
}

/**
 * The parser of a type. A type that is not ready reads as `text`, so that an agent which slipped past
 * `flow check` still talks.
 */
export function slotType(type: SlotTypeName): SlotType {
  return types[type] ?? text;
}
