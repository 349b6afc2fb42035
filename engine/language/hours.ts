/** Opening hours of a desk as they are written: `mon-fri 08:00-20:00, sat 10:00-13:00`. */

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * One entry. Days count from Sunday, 0; `last` may lie before `first`: over the end of a week. Times as `08:00`; where
 * `closes` is the earlier one it is on the next day.
 */
export interface OpenHours {
  first: number;
  last: number;
  opens: string;
  closes: string;
}

/** An entry of the hours, or undefined for one that cannot be read. Without days it is every day's. */
export function readHours(entry: string): OpenHours | undefined {
  const match =
    /^\s*(?:([a-z]{3})[a-z]*(?:\s*-\s*([a-z]{3})[a-z]*)?\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*$/.exec(
      entry.toLowerCase(),
    );
  if (!match) return undefined;
  const [, from, until, opens, closes] = match;
  const first = from === undefined ? 0 : days.indexOf(from);
  const last = from === undefined ? 6 : until === undefined ? first : days.indexOf(until);
  if (first < 0 || last < 0) return undefined;
  return { first, last, opens: opens!.padStart(5, '0'), closes: closes!.padStart(5, '0') };
}

/** Why an entry is never open, or cannot be read; undefined when nothing is wrong with it. */
export function faultOfHours(entry: string): string | undefined {
  const hours = readHours(entry);
  if (!hours) return `"${entry.trim()}" cannot be read as opening hours.`;
  const isTime = (time: string): boolean => time <= '24:00' && time.slice(3) < '60';
  if (!isTime(hours.opens) || !isTime(hours.closes)) return `"${entry.trim()}" has a time that no clock shows.`;
  return hours.opens === hours.closes ? `"${entry.trim()}" is no time at all.` : undefined;
}
