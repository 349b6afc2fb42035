/**
 * What the router will do with an agent, and what would make it better: for `flow router report` and a line of `flow check`.
 * Kept in a file by hash of all that it depends on, so that a check of an agent that has not changed trains nothing.
 */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingExample, TrainingIntent } from '../../engine/contracts.js';
import type { Agent, Place } from '../../engine/language/flow.js';
import { wilsonInterval } from '../../intents/loop/interval.js';
import type { RouterReport } from '../../intents/router.js';
import { count } from '../terminal.js';

export interface RouterInsight {
  embedder?: string;
  /** The designer's own examples and intents. */
  examples: number;
  intents: number;
  maxWrong: number;
  threshold: number;
  calibratedBy: RouterReport['calibratedBy'];
  /** Of turns like the examples, one in ten foreign, all intents legal; absent while there are too few examples to tell. */
  expected?: RouterReport['expected'];
  /** What small agents of public sets decided at the same promise; absent beside `expected`. */
  usual?: number;
  /** Intents of which one would be taken for the other, most often first, each with the examples that show it. */
  confused: { intent: string; takenFor: string; examples: { text: string; intent: string; place?: string }[] }[];
  thin: { intent: string; examples: number }[];
  /** The intent to which one more example would do most. */
  helpsMost?: { intent: string; why: string; /** An example that stands alone: one more near it. */ like?: string };
}

/** Changes of the router's make that change the answer: an old file must not stand for it. */
const make = 4;
/** So much of an example is shown, in characters. */
const longestShown = 90;

/**
 * Undefined for an agent without examples of its own.
 * @param sources the agent's files, to say where an example stands
 * @param folder where answers are kept
 */
export async function routerInsight(
  agent: Agent,
  sources: ReadonlyMap<string, string>,
  folder: string,
  log: (line: string) => void = () => {},
): Promise<RouterInsight | undefined> {
  const [{ trainingSet }, { placeOfExample }, { createRouter }, { defaultEmbedderKey }] = await Promise.all([
    import('../../engine/dialog/intents.js'),
    import('../../engine/language/build-flow.js'),
    import('../../intents/router.js'),
    import('../../intents/embedder/open-embedder.js'),
  ]);
  const training = trainingSet(agent);
  const own = training.filter(({ builtIn, examples }) => !builtIn && examples.length > 0);
  if (own.length === 0) return undefined;
  const { maxWrong } = agent.router;
  const basis = JSON.stringify([make, training, agent.language, maxWrong, defaultEmbedderKey()]);
  const file = join(folder, `insight-${createHash('sha256').update(basis).digest('hex').slice(0, 24)}.json`);
  const kept = readKept(file);
  if (kept) return placed(kept, training, placeOfExample, sources);
  let isAsWished = true;
  const tell = (line: string): void => {
    isAsWished = false;
    log(line);
  };
  const router = await createRouter(training, { maxWrong, language: agent.language, log: tell, cacheFolder: folder });
  try {
    const insight = insightOf(router.report(), own.length);
    // What is amiss (a damaged model) is to be said again the next time.
    if (isAsWished) keep(folder, file, insight);
    return placed(insight, training, placeOfExample, sources);
  } finally {
    await router.close();
  }
}

function insightOf(report: RouterReport, intents: number): RouterInsight {
  const pairs = new Map<string, RouterInsight['confused'][number]>();
  const seen = new Set<string>();
  for (const { text, intent, takenFor } of report.confusions) {
    if (seen.size === seen.add(`${intent}\n${text.toLowerCase()}`).size) continue;
    const key = [intent, takenFor].sort().join('\n');
    const pair = pairs.get(key) ?? { intent, takenFor, examples: [] };
    pair.examples.push({ text, intent });
    pairs.set(key, pair);
  }
  const confused = [...pairs.values()].sort((a, b) => b.examples.length - a.examples.length);
  return {
    embedder: report.embedder?.name,
    examples: report.examples,
    intents,
    maxWrong: report.maxWrong,
    threshold: report.threshold,
    calibratedBy: report.calibratedBy,
    expected: report.expected,
    usual: report.usual,
    confused,
    thin: report.thin,
    helpsMost: helpsMost(report),
  };
}

/** An intent that nobody finds again without its own example gains most by one; then the one with the fewest. */
function helpsMost({ confusions, thin }: RouterReport): RouterInsight['helpsMost'] {
  const missed = new Map<string, number>();
  for (const { intent } of confusions) missed.set(intent, (missed.get(intent) ?? 0) + 1);
  const few = new Map(thin.map(({ intent, examples }) => [intent, examples]));
  const [worst] = [...missed].sort(
    ([a, x], [b, y]) => y / (few.get(b) ?? 5) - x / (few.get(a) ?? 5) || a.localeCompare(b),
  );
  if (worst) {
    const [intent, times] = worst;
    const like = confusions.find((one) => one.intent === intent)?.text;
    const why = `${count(times, 'example')} of it would be taken for something else`;
    return { intent, why, ...(like !== undefined && { like }) };
  }
  return thin[0] && { intent: thin[0].intent, why: `it has ${count(thin[0].examples, 'example')}` };
}

/** The same, with the file and line of each example that can be found. */
function placed(
  insight: RouterInsight,
  training: readonly TrainingIntent[],
  placeOf: (example: TrainingExample) => Place | undefined,
  sources: ReadonlyMap<string, string>,
): RouterInsight {
  const known = new Map<string, string>();
  for (const { id, examples } of training) {
    for (const example of examples) {
      const place = placeOf(example);
      const key = `${id}\n${example.text}`;
      if (place && !known.has(key)) known.set(key, `${place.file}:${place.line}`);
    }
  }
  const lines = [...sources].flatMap(([file, text]) =>
    text.split('\n').map((line, i) => ({ place: `${file}:${i + 1}`, text: line.toLowerCase() })),
  );
  return {
    ...insight,
    confused: insight.confused.map((pair) => ({
      ...pair,
      examples: pair.examples.map((example) => {
        const { text, intent } = example;
        // What stands in other places than an intent's examples (questions of its knowledge) is looked for.
        const place =
          known.get(`${intent}\n${text}`) ?? lines.find((line) => line.text.includes(text.toLowerCase()))?.place;
        return { ...example, ...(place !== undefined && { place }) };
      }),
    })),
  };
}

function readKept(file: string): RouterInsight | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RouterInsight;
  } catch {
    return undefined;
  }
}

function keep(folder: string, file: string, insight: RouterInsight): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(draft, JSON.stringify(insight), { mode: 0o600 });
    renameSync(draft, file);
  } catch {
    // Without it the next check is slower, and nothing else.
  }
}

/** An example in one line, whatever is in it. */
function shortly(text: string): string {
  const plain = [...text.replace(/[\p{Cc}\s]+/gu, ' ')];
  return plain.length <= longestShown ? plain.join('') : `${plain.slice(0, longestShown).join('')}…`;
}

const whole = (share: number): string => `${Math.round(share * 100)} %`;
const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** What is to be expected, as a half sentence, with the interval that so many examples allow (95 %). */
function expectation({ expected, examples, maxWrong, usual }: RouterInsight): string {
  const others = usual === undefined ? '' : `; other small agents decide about ${whole(usual)} on this machine with it`;
  if (!expected)
    return `too little to foretell from ${count(examples, 'example')}; a shipped threshold serves for ${percent(maxWrong)} wrong${others}`;
  const { accepted, wrong, wrongAtMost } = expected;
  const { low, high } = wilsonInterval(accepted * examples, examples);
  return `${whole(accepted)} (${whole(low)} to ${whole(high)}) of turns like the examples decided on this machine, ${percent(wrong)} of them wrong (at most ${percent(wrongAtMost)})`;
}

/** One line for `flow check`. */
export function tellInsightShortly(insight: RouterInsight, path: string): string {
  const { confused, thin } = insight;
  const notes = [
    confused.length > 0 ? `${count(confused.length, 'pair')} of intents easily confused` : '',
    thin.length > 0 ? `${count(thin.length, 'intent')} with fewer than five examples` : '',
  ].filter((note) => note !== '');
  const more = notes.length === 0 ? '' : `; ${notes.join(', ')}: flow router report ${path}`;
  return `Router: ${expectation(insight)}${more}`;
}

/** All of it, for `flow router report`. */
export function tellInsight(insight: RouterInsight, name: string): string {
  const { intents, examples, embedder, threshold, calibratedBy, confused, thin } = insight;
  const lines = [
    `${name}: ${count(intents, 'intent')}, ${count(examples, 'example')}, read with ${embedder ?? 'n-grams alone'}`,
    `  ${expectation(insight)}`,
    ...(insight.expected
      ? ['  reckoned: half of the turns misheard as on a telephone, one in ten meant for nobody here']
      : []),
    `  threshold ${threshold.toFixed(2)}, ${calibratedBy === 'examples' ? 'from these examples' : 'the shipped one (from 60 examples on, the agent’s own)'}`,
  ];
  if (confused.length > 0)
    lines.push('', '  Easily confused: an example that would be taken for the other intent, had it not been given');
  for (const { intent, takenFor, examples: shown } of confused.slice(0, 10)) {
    lines.push(`    ${intent} and ${takenFor}`);
    for (const { text, place } of shown.slice(0, 3))
      lines.push(`      "${shortly(text)}"${place === undefined ? '' : `  ${place}`}`);
  }
  if (confused.length > 10) lines.push(`    and ${count(confused.length - 10, 'more pair')}`);
  if (thin.length > 0)
    lines.push('', `  Few examples: ${thin.map(({ intent, examples: n }) => `${intent} (${n})`).join(', ')}`);
  if (insight.helpsMost) {
    const { intent, why, like } = insight.helpsMost;
    const hint = like === undefined ? '' : `\n    Say "${shortly(like)}" once more in other words.`;
    lines.push('', `  One more example would help most for ${intent}: ${why}.${hint}`);
  }
  return lines.join('\n');
}
