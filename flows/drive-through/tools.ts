/** The menu board and the till, in memory. */
interface Item {
  id: string;
  name: string;
  also: string[];
  kind: 'milky' | 'drink' | 'food';
  sizes: string[];
  prices: Record<string, string>;
  available: boolean;
}

const sizes = ['small', 'medium', 'large'];

function drink(id: string, also: string[], cents: number, kind: 'milky' | 'drink'): Item {
  const prices = Object.fromEntries(sizes.map((size, at) => [size, `${((cents + 50 * at) / 100).toFixed(2)} USD`]));
  return { id, name: id.replaceAll('_', ' '), also, kind, sizes, prices, available: true };
}

function food(id: string, also: string[], cents: number, available = true): Item {
  const prices = { one: `${(cents / 100).toFixed(2)} USD` };
  return { id, name: id.replaceAll('_', ' '), also, kind: 'food', sizes: [], prices, available };
}

const items = [
  drink('latte', ['cafe latte'], 400, 'milky'),
  drink('cappuccino', [], 400, 'milky'),
  drink('filter_coffee', ['coffee', 'black coffee', 'drip coffee'], 250, 'drink'),
  drink('iced_tea', ['ice tea'], 300, 'drink'),
  food('blueberry_muffin', ['muffin'], 325),
  food('bagel', ['plain bagel'], 275),
  food('egg_roll', ['breakfast roll', 'egg sandwich'], 550),
  food('banana_bread', ['slice of banana bread'], 350, false),
];

export function menu(): { items: Item[] } {
  return { items };
}

/** The till takes everything. */
export function sendOrder(): Record<string, never> {
  return {};
}
