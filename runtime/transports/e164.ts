/** A number as all carriers but Plivo and Vonage write it: those leave out the plus. What is no number stays as it is. */
export function e164(number: string): string {
  return /^[1-9]\d{6,14}$/.test(number) ? `+${number}` : number;
}

/** The same number without the plus. */
export function withoutPlus(number: string): string {
  return number.replace(/^\+(?=\d)/, '');
}
