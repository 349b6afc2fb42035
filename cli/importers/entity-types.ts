/** What vendors call their types of values, as our slot types. What is not here has none that fits. */
const types: Readonly<Record<string, string>> = {
  date: 'date',
  'date-time': 'datetime',
  datetime: 'datetime',
  'date-period': 'date_range',
  daterange: 'date_range',
  time: 'time',
  duration: 'duration',
  number: 'number',
  cardinal: 'integer',
  'number-integer': 'integer',
  integer: 'integer',
  quantity: 'number',
  ordinal: 'ordinal',
  'unit-currency': 'money',
  currency: 'money',
  'amount-of-money': 'money',
  money: 'money',
  'phone-number': 'phone',
  phonenumber: 'phone',
  phone: 'phone',
  email: 'email',
  emailaddress: 'email',
  'email-address': 'email',
  address: 'address',
  streetaddress: 'address',
  'street-address': 'address',
  'geo-city': 'city',
  'geo-city-gb': 'city',
  'geo-city-us': 'city',
  city: 'city',
  'zip-code': 'postcode',
  postcode: 'postcode',
  'given-name': 'name',
  'last-name': 'name',
  person: 'name',
  personname: 'name',
  firstname: 'name',
  lastname: 'name',
  name: 'name',
  confirmation: 'yes_no',
};

/** `@sys.date`, `AMAZON.Date`, `DateTime`, `General.Event`: the slot type of ours that it comes to, if any. */
export function slotTypeOf(vendorType: string | undefined): string | undefined {
  const name = vendorType?.replace(/^@?sys[._]|^projects\/.*\/(?=[^/]+$)|^AMAZON\./, '').replace(/^(@?sys)[._]/, '');
  if (name === undefined) return undefined;
  const key = name.toLowerCase();
  return Object.hasOwn(types, key) ? types[key] : undefined;
}

/** What stands for a value where an export marks only its place. */
export const spokenSamples: Readonly<Record<string, string>> = {
  date: 'tomorrow',
  datetime: 'tomorrow at five',
  date_range: 'next week',
  time: "five o'clock",
  duration: 'two weeks',
  number: 'three',
  integer: 'three',
  ordinal: 'the second',
  money: 'twenty euro',
  phone: '087 123 4567',
  email: 'maria at example dot com',
  address: '12 Main Street',
  city: 'Dublin',
  postcode: 'D02 AF30',
  name: 'Maria',
};
