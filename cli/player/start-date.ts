/** Calendar time at the start of a script. A Monday morning unless the script says otherwise. */
const usual = '2026-03-02T10:00';

/** `2026-03-01T10:00` on the clocks of a zone, as milliseconds since 1970 UTC. */
export function startDate(clock: string | undefined, timezone: string): number {
  const local = Date.parse(`${clock ?? usual}Z`);
  // What clocks there show at a moment, taken back from what they shall show; twice, for the hours around a change.
  let date = local;
  for (let round = 0; round < 2; round++) date = local - (shownAt(date, timezone) - date);
  return date;
}

function shownAt(date: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  }).formatToParts(date);
  const get = (type: string): number => Number(parts.find((part) => part.type === type)!.value);
  return Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
}
