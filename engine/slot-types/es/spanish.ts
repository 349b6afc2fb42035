import type { SlotType, SlotTypeName } from '../slot-type.js';
import { choice } from './choice.js';
import { digits, integer, number, ordinal } from './counting.js';
import { date } from './date.js';
import { money } from './money.js';
import { code, email, name, phone, spelled } from './people.js';
import { time } from './time.js';
import { yesNo } from './yes-no.js';

/** The types that are heard and said in Spanish. */
export const spanishTypes: Readonly<Partial<Record<SlotTypeName, SlotType>>> = {
  integer, number, ordinal, digits, money, date, time, choice, name, phone, email, code, spelled, yes_no: yesNo,
}; // prettier-ignore
