import type { SlotType, SlotTypeName } from '../slot-type.js';
import { choice } from './choice.js';
import { digits, integer, number, ordinal } from './counting.js';
import { date } from './date.js';
import { money } from './money.js';
import { dateRange, datetime } from './moments.js';
import { duration } from './duration.js';
import { code, email, name, phone, postcode, spelled } from './people.js';
import { time } from './time.js';
import { yesNo } from './yes-no.js';

/** The types that are heard and said in Spanish. */
export const spanishTypes: Readonly<Partial<Record<SlotTypeName, SlotType>>> = {
  integer, number, ordinal, digits, money, date, time, choice, name, phone, email, code, spelled, postcode, duration, datetime, date_range: dateRange, yes_no: yesNo,
}; // prettier-ignore
