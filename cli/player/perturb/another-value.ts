/** How a caller changes their mind: the words for another value than the one given. English only. */
import type { Json } from '../../../engine/contracts.js';
import type { Slot } from '../../../engine/language/flow.js';

const months = [
  'January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December',
]; // prettier-ignore

/** "make that five": undefined where no other value of the type can be told for sure. */
export function anotherValue(slot: Slot, value: Json): string | undefined {
  switch (slot.type) {
    case 'integer':
    case 'number': {
      const next = Number(value) + 1;
      const max = Number(slot.range?.max ?? Infinity);
      return Number.isFinite(next) ? `no, make that ${next > max ? next - 2 : next}` : undefined;
    }
    case 'choice': {
      const options = Array.isArray(slot.options) ? (slot.options as readonly { id: string; also: readonly string[] }[]) : [];
      const other = options.find(({ id }) => id !== value && id !== (value as { id?: Json } | null)?.id);
      return other && `no, ${other.id.replace(/[_-]/g, ' ')}`;
    } // prettier-ignore
    case 'date': {
      const date = new Date(`${String(value)}T00:00:00Z`);
      if (Number.isNaN(date.getTime())) return undefined;
      date.setUTCDate(date.getUTCDate() + 1);
      return `no, make that ${months[date.getUTCMonth()]!} ${date.getUTCDate()}`;
    }
    case 'time': {
      const [hour, minute] = String(value).split(':').map(Number);
      if (hour === undefined || minute === undefined || hour < 1 || hour > 22 || hour === 11) return undefined;
      const next = hour + 1;
      return `no, make that ${next > 12 ? next - 12 : next}${minute === 0 ? '' : `:${String(minute).padStart(2, '0')}`} ${next < 12 ? 'am' : 'pm'}`;
    }
    default:
      return undefined;
  }
}
