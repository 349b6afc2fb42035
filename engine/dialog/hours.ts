import { readHours } from '../language/hours.js';

/**
 * Whether a desk is open. `now` is local time, `2026-03-02T10:00`; no hours means always, and hours that
 * cannot be read too: a person is not kept from a caller by a slip of the pen, which the checker tells of.
 */
export function isOpen(hours: string | undefined, now: string): boolean {
  if (hours === undefined || hours.trim() === '') return true;
  const day = new Date(`${now.slice(0, 10)}T00:00:00Z`).getUTCDay();
  const time = now.slice(11, 16);
  const entries = hours.split(',').flatMap((entry) => readHours(entry) ?? []);
  if (entries.length === 0) return true;
  return entries.some(({ first, last, opens, closes }) => {
    const isDay = (one: number): boolean => (first <= last ? one >= first && one <= last : one >= first || one <= last);
    if (opens < closes) return isDay(day) && time >= opens && time < closes;
    // Over midnight: what began the day before ends in the morning.
    return (isDay(day) && time >= opens) || (isDay((day + 6) % 7) && time < closes);
  });
}
