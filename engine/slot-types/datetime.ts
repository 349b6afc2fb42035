import type { Reading } from './slot-type.js';
import { addDays, isDay } from './calendar.js';
import { date, dateSpoken, sayDate } from './date.js';
import { defineType, inOrder, reading, words } from './define.js';
import { fromNow } from './read-time.js';
import { sayTime, time, timeSpoken } from './time.js';
import { inZone } from './zone.js';

const iso = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A day and a time in one sentence, written `2026-03-04T19:00` in the agent's zone; what a tool gives with an offset
 * is brought there. "Friday at seven" leaves two.
 */
export const datetime = defineType({
  name: 'datetime',
  read(tokens, context, text) {
    // A range of days and times would be read as one of days by the one and of hours by the other.
    const open = { ...context, range: undefined };
    const ahead = tokens.flatMap((_, index) => {
      const soon = fromNow(tokens, index, context);
      return soon ? [reading(text, tokens, index, soon.next, `${addDays(context.now.slice(0, 10), soon.days)}T${soon.time}`)] : []; // prettier-ignore
    });
    if (ahead.length > 0) return ahead;
    const day = date.find(text, { ...open, asked: false })[0];
    const hour = time.find(text, open)[0];
    if (day === undefined || hour === undefined) return [];
    const days = [day.value, ...(day.others ?? [])];
    const times = [hour.value, ...(hour.others ?? [])];
    const all = days.flatMap((one) => times.map((other) => `${String(one)}T${String(other)}`));
    const [from, to] = [Math.min(day.start, hour.start), Math.max(day.end, hour.end)];
    const first = tokens.findIndex((token) => token.start >= from);
    const last = tokens.findLastIndex((token) => token.end <= to);
    const confidence = Math.min(day.confidence, hour.confidence);
    const found: Reading[] = [reading(text, tokens, first, last + 1, all[0]!, confidence, all.slice(1))];
    return found;
  },
  parse(written, { timezone }) {
    const match = typeof written === 'string' ? iso.exec(written.trim()) : null;
    if (match === null || !isDay(match[1]!))
      return { problem: 'A day and time are expected here, such as 2026-03-04T19:00.' };
    const local = timezone === undefined ? undefined : inZone(match[0], timezone);
    return { value: local?.slice(0, 16) ?? `${match[1]}T${match[2]}:${match[3]}${match[4] ?? ''}` };
  },
  say(value, context) {
    const match = iso.exec(String(value));
    return match === null ? String(value) : `${sayDate(match[1]!, context)} at ${sayTime(`${match[2]}:${match[3]}`)}`;
  },
  spoken: () => inOrder(dateSpoken, words('at'), timeSpoken),
});
