/** The museum's tickets, in this process: Christmas Eve is always sold out. */
let sold = 0;

interface Order {
  count: number;
  day: string;
}

export function reserve({ count, day }: Order): { available: boolean; code: string | null; total: string | null } {
  if (day.endsWith('-12-24')) return { available: false, code: null, total: null };
  sold += 1;
  return { available: true, code: `M${String(400 + sold)}`, total: `${String(count * 9)} EUR` };
}
