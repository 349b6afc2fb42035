/** The restaurant's book, in memory: four tables an evening and time. */
interface Booking {
  people: number;
  day: string;
  time: string;
  guest: string;
}

const tablesEachTime = 4;
const book: Booking[] = [];

function isFree(day: string, time: string): boolean {
  return book.filter((booking) => booking.day === day && booking.time === time).length < tablesEachTime;
}

/** Is there a table, and if not, at which of the next half hours? Eight o'clock is always taken. */
export function findTable({ day, time }: { people: number; day: string; time: string }): {
  free: boolean;
  other_time: string | null;
} {
  const taken = (at: string): boolean => at === '20:00' || !isFree(day, at);
  if (!taken(time)) return { free: true, other_time: null };
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  for (let later = hour * 60 + minute + 30; later <= 21 * 60 + 30; later += 30) {
    const at = `${String(Math.floor(later / 60)).padStart(2, '0')}:${String(later % 60).padStart(2, '0')}`;
    if (!taken(at)) return { free: false, other_time: at };
  }
  return { free: false, other_time: null };
}

export function reserve(booking: Booking): { reference: string } {
  book.push(booking);
  return { reference: `L${100 + book.length}` };
}
