/** Opening hours of a desk: `mon-fri 08:00-20:00, sat 10:00-13:00`. */

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/**
 * Whether a desk is open. `now` is local time, `2026-03-02T10:00`; no hours means always, and hours that
 * cannot be read too: a person is not kept from a caller by a slip of the pen.
 */
export function isOpen(hours: string | undefined, now: string): boolean {
  if (hours === undefined || hours.trim() === '') return true;
  const day = new Date(`${now.slice(0, 10)}T00:00:00Z`).getUTCDay();
  const time = now.slice(11, 16);
  let read = false;
  for (const entry of hours.toLowerCase().split(',')) {
    const match =
      /^\s*(?:([a-z]{3})[a-z]*(?:\s*-\s*([a-z]{3})[a-z]*)?\s+)?(\d{1,2}:\d{2})\s*-\s*(\d{1,2}:\d{2})\s*$/.exec(entry);
    if (!match) continue;
    read = true;
    const first = match[1] === undefined ? 0 : days.indexOf(match[1]);
    const last = match[1] === undefined ? 6 : match[2] === undefined ? first : days.indexOf(match[2]);
    if (first < 0 || last < 0) continue;
    const isDay = first <= last ? day >= first && day <= last : day >= first || day <= last;
    const opens = match[3]!.padStart(5, '0');
    const closes = match[4]!.padStart(5, '0');
    if (isDay && time >= opens && time < closes) return true;
  }
  return !read;
}
