import type { RouteRequest, TrainingIntent } from '../../engine/contracts.js';
import { createRouter } from '../../intents/router.js';

/** One printed figure. `ratio` is to whatever the figure is measured against. */
export interface Row {
  name: string;
  value: number;
  unit: string;
  ratio?: number;
}

const never = new AbortController().signal;
const verbs = ['check', 'cancel', 'change', 'book', 'find'];
const things = ['order', 'table', 'flight', 'card'];
const frames = [
  'I want to V my T',
  'V a T',
  'can you V the T',
  'please V my T for me',
  'V T',
  'how do I V a T',
  'I need to V the T today',
  'help me V a T',
  'is it possible to V my T',
  "let's V the T",
];
const turns = [
  'could you check my order please',
  'I would like to book a table for two',
  'my flight has to be changed',
  'bananas',
  'can somebody find the card I had',
  'yes and cancel it',
];
const rounds = 400;

/** Decision time of the default router on one core, its training time for twenty intents of ten examples, and its memory. */
export async function benchRouter(): Promise<Row[]> {
  const intents: TrainingIntent[] = verbs.flatMap((verb) =>
    things.map((thing) => ({
      id: `${verb}_${thing}`,
      examples: frames.map((frame) => ({ text: frame.replace('V', verb).replace('T', thing), values: [] })),
      not: [],
    })),
  );
  globalThis.gc?.();
  const before = process.memoryUsage();
  await createRouter(intents, { embedder: 'static' }); // The first run also warms the compiler.
  const router = await createRouter(intents, { embedder: 'static' });
  globalThis.gc?.();
  const after = process.memoryUsage();

  const legal = intents.map(({ id }) => id);
  const request: Omit<RouteRequest, 'text'> = {
    legal,
    values: [],
    position: 'bench',
    language: 'en',
    options: {},
    context: { lastWords: '', slots: [] },
  };
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const text of turns) {
      const startedAtMs = performance.now();
      await router.route({ ...request, text }, never);
      times.push(performance.now() - startedAtMs);
    }
  }
  times.sort((a, b) => a - b);
  const quantile = (share: number): number => Math.round(times[Math.floor(share * (times.length - 1))]! * 1000);
  const used = (usage: NodeJS.MemoryUsage): number => usage.heapUsed + usage.external;
  return [
    { name: 'router decision p50 (20 intents, static)', value: quantile(0.5), unit: 'us' },
    { name: 'router decision p99 (20 intents, static)', value: quantile(0.99), unit: 'us' },
    { name: 'router training 20 x 10', value: Math.round(router.report().trainMs), unit: 'ms' },
    {
      name: 'router memory (heap and buffers)',
      value: Math.round((used(after) - used(before)) / 1e5) / 10,
      unit: 'MB',
    },
  ];
}
