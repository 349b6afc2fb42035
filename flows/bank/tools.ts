/** The bank's books, in memory: two accounts and two payees of one customer. */
interface Money {
  value: number;
  currency: string;
}

const books = { current: 640, savings: 5200 };
const goodPins = new Map([['204170', '4471']]);
let entries = 0;

const euros = (value: number): string => `${value.toFixed(2)} EUR`;

/** Amounts come as written values, `30 EUR`. */
function valueOf(amount: string | Money): number {
  return typeof amount === 'string' ? Number.parseFloat(amount) : amount.value;
}

export function checkPin(input: { customer: string; pin: string }): { good: boolean } {
  return { good: goodPins.get(input.customer) === input.pin };
}

export function readBalance(input: { account: 'current' | 'savings' }): { balance: string } {
  return { balance: euros(books[input.account]) };
}

export function payees(): { people: { id: string; name: string }[] } {
  return {
    people: [
      { id: 'orla', name: 'Orla' },
      { id: 'cian', name: 'Cian' },
    ],
  };
}

export function checkFunds(input: { amount: string }): { enough: boolean; balance: string } {
  return { enough: valueOf(input.amount) <= books.current, balance: euros(books.current) };
}

export function pay(input: { amount: string }): { reference: string } {
  books.current -= valueOf(input.amount);
  return { reference: `P${100 + ++entries}` };
}

export function setUp(): { reference: string } {
  return { reference: `R${100 + ++entries}` };
}

/** Nothing to give back: that it did not fail is the answer. */
export function block(): Record<string, never> {
  return {};
}
