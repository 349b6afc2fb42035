/**
 * Moments and time zones. Inside the engine a datetime is the local time of the agent's zone, `2026-03-04T19:00`:
 * what comes from outside with an offset is brought there, and what goes out to a back end gets its offset.
 */

const written = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(?::(\d{2}))?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})$/;
const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * A moment with an offset as local time of the zone; one without is local already and comes back as it is.
 * @param moment ISO 8601, as `2026-07-04T18:00:00Z`
 * @param timezone as in `Europe/Dublin`
 * @returns `2026-07-04T19:00`; undefined when there is no such moment
 */
export function inZone(moment: string, timezone: string): string | undefined {
  const match = written.exec(moment);
  if (match === null) return moment;
  const offset = match[3]!;
  const iso = offset === 'Z' || offset.includes(':') ? moment : `${moment.slice(0, -2)}:${moment.slice(-2)}`;
  const atMs = Date.parse(iso);
  return Number.isNaN(atMs) ? undefined : localAt(atMs, timezone).slice(0, 16);
}

/**
 * Local time of the zone with its offset, as RFC 3339 wants it: `2026-07-04T19:00` → `2026-07-04T19:00:00+01:00`.
 * An hour that comes twice (clocks go back) is the first of the two; one that never comes has the offset before it.
 */
export function withOffset(local: string, timezone: string): string {
  const asUtcMs = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtcMs)) return local;
  // The offset half a day before and after tell both sides of a change; the one that leads back here is meant.
  const offsets = [-1, 1].map((side) => offsetMsAt(asUtcMs + side * 43_200_000, timezone));
  const offset = offsets.find((one) => offsetMsAt(asUtcMs - one, timezone) === one) ?? offsets[0]!;
  const minutes = Math.abs(Math.round(offset / 60_000));
  const two = (number: number): string => String(number).padStart(2, '0');
  const seconds = local.length === 16 ? ':00' : '';
  return `${local}${seconds}${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function offsetMsAt(atMs: number, timezone: string): number {
  return Date.parse(`${localAt(atMs, timezone)}Z`) - Math.floor(atMs / 1000) * 1000;
}

function localAt(atMs: number, timezone: string): string {
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
    formats.set(timezone, format);
  }
  return format.format(atMs).replace(' ', 'T');
}
