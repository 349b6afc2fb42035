/**
 * The figures of the router on public sets, test rows, three seeds and the published draw; writes the table between the
 * markers of intents/README.md. Wants PARLEY_SHARED with data/intents and, for the sentence encoder, models.
 * Arguments: `--quick` (the published draws of ten examples only, nothing is written), `--only static|MiniLM`.
 * Nothing may be chosen by these figures: see test/bench/intent-data.ts for the rows that are there for choosing.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.js';
import type { Embedder } from '../../intents/embedder/embedder.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';
import { findTransformersModel, openTransformersModel } from '../../intents/embedder/transformers.js';
import { evaluateRouter, intentsOf, type Evaluation } from '../../intents/evaluation/evaluate.js';
import type { LabelledTurn } from '../../intents/evaluation/labelled-data.js';
import { createRouter } from '../../intents/router.js';
import {
  labelled,
  readNoise,
  readSet,
  sharedFolder,
  trainingRows,
  type IntentSet,
  type SetName,
} from './intent-data.js';
import { rememberedEmbedder } from './remembered-embedder.js';

/** One figure of one draw, in per cent. */
type Figures = Record<string, number>;

interface Case {
  set: SetName;
  shots: 'full' | '10' | '5' | '3';
  near?: boolean;
}

const cases: Case[] = [
  { set: 'clinc150', shots: '10' },
  { set: 'banking77', shots: '10' },
  { set: 'banking77', shots: '10', near: true },
  { set: 'clinc150', shots: '3' },
  { set: 'banking77', shots: '5' },
  { set: 'banking77', shots: '3' },
  { set: 'banking77', shots: 'full' },
  { set: 'banking77', shots: 'full', near: true },
  { set: 'clinc150', shots: 'full' },
];
const seeds = ['seed1', 'seed2', 'seed3'];
const legalCount = 5;

async function figuresOf({ set: name, shots, near }: Case, draw: string, embedder: Embedder): Promise<Figures> {
  const set = readSet(name);
  const data = labelled(set, trainingRows(set, shots, draw), { part: 'test', near });
  const intents = [...new Set(data.train.map(({ intent }) => intent))];
  const startedAtMs = performance.now();
  const router = await createRouter(intentsOf(data.train), { embedder });
  const trainMs = performance.now() - startedAtMs;
  const ask = (
    test: readonly LabelledTurn[],
    legalFor?: (turn: LabelledTurn, i: number) => string[],
  ): Promise<Evaluation> => evaluateRouter(router, test, { trainMs, intents, legalFor });
  const percent = (share: number): number => 100 * share;

  const { figures } = await ask(data.test);
  const result: Figures = {
    accuracy: percent(figures.accuracy),
    oracle: percent(figures.w97.oracle),
    self: percent(figures.w97.self),
    selfError: percent(figures.w97.self_error),
    ece: percent(figures.ece),
    trainMs,
    p50: figures.latency_ms.p50,
    p99: figures.latency_ms.p99,
  };
  if (figures.auroc !== null) result.auroc = percent(figures.auroc);
  if (!near && name === 'clinc150' && shots !== 'full') {
    const inScope = data.test.filter(({ intent }) => intent !== null);
    const narrow = (await ask(inScope, legalAmong(intents))).figures;
    result.legal97 = percent(narrow.coverage[97]);
    result.legal99 = percent(narrow.coverage[99]);
    result.legalSelf = percent(narrow.w97.self);
    result.legalError = percent(narrow.w97.self_error);
  }
  if (!near && shots === '10') {
    const noise = readNoise(name);
    for (const level of ['wer10', 'wer20']) {
      const heard = (await ask(noisy(set, noise[level]!))).figures;
      result[`${level}Accuracy`] = percent(heard.accuracy);
      result[`${level}Self`] = percent(heard.w97.self);
      result[`${level}Error`] = percent(heard.w97.self_error);
    }
  }
  return result;
}

/** The right intent and four others, by a small generator: the same ones every time. */
function legalAmong(intents: string[]): (turn: LabelledTurn, i: number) => string[] {
  return ({ intent }, i) => {
    let state = i * 2654435761 + 1;
    const legal = new Set([intent!]);
    while (legal.size < Math.min(legalCount, intents.length)) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      legal.add(intents[Math.floor((state / 2 ** 32) * intents.length)]!);
    }
    // In an order that does not tell which is the right one.
    return [...legal].sort();
  };
}

function noisy(set: IntentSet, { test, oos }: { test: string[]; oos: string[] }): LabelledTurn[] {
  return [
    ...test.map((text, i) => ({ text, intent: set.intents[set.test[i]![0]]! })),
    ...oos.map((text) => ({ text, intent: null })),
  ];
}

/** The mean of draws, with the lowest and the highest where they differ. */
function cell(draws: Figures[], name: string, digits = 1): string {
  const values = draws.flatMap((figures) => figures[name] ?? []);
  if (values.length === 0) return '–';
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.length === 1 || high - low < 0.05
    ? mean.toFixed(digits)
    : `${mean.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

interface Row {
  figure: string;
  goal: string;
  tell: (of: Results, kind: string) => string;
}

type Results = Map<string, { published: Figures[]; seeds: Figures[] }>;

const keyOf = (kind: string, { set, shots, near }: Case): string => `${kind} ${set} ${shots} ${near ? 'near' : ''}`;

/** A figure of one case: the published draw, then the mean of the seeds. A full set has one draw only. */
function tell(of: Case, name: string, more?: (draws: Figures[]) => string): Row['tell'] {
  return (results, kind) => {
    const found = results.get(keyOf(kind, of));
    if (!found) return 'not run';
    const one = (draws: Figures[]): string => (draws.length === 0 ? '' : cell(draws, name) + (more?.(draws) ?? ''));
    return [one(found.published), one(found.seeds)].filter((part) => part !== '').join('; ');
  };
}

const withError =
  (name: string) =>
  (draws: Figures[]): string =>
    ` at ${cell(draws, name)} wrong`;
const clinc = (shots: Case['shots']): Case => ({ set: 'clinc150', shots });
const banking = (shots: Case['shots'], near?: boolean): Case => ({ set: 'banking77', shots, near });

const table: Row[] = [
  { figure: 'accuracy CLINC150, full', goal: '96.5', tell: tell(clinc('full'), 'accuracy') },
  { figure: 'accuracy CLINC150, 10', goal: '92 (static 87.5)', tell: tell(clinc('10'), 'accuracy') },
  { figure: 'accuracy CLINC150, 3', goal: '86', tell: tell(clinc('3'), 'accuracy') },
  { figure: 'accuracy BANKING77, full', goal: '94', tell: tell(banking('full'), 'accuracy') },
  { figure: 'accuracy BANKING77, 10', goal: '87.5 (static 83)', tell: tell(banking('10'), 'accuracy') },
  { figure: 'accuracy BANKING77, 5', goal: '83', tell: tell(banking('5'), 'accuracy') },
  { figure: 'accuracy BANKING77, 3', goal: '77', tell: tell(banking('3'), 'accuracy') },
  { figure: 'W97 CLINC150 full, oracle', goal: '95', tell: tell(clinc('full'), 'oracle') },
  { figure: 'the same, self', goal: '92 at ≤ 3', tell: tell(clinc('full'), 'self', withError('selfError')) },
  { figure: 'W97 CLINC150 10, oracle', goal: '81', tell: tell(clinc('10'), 'oracle') },
  { figure: 'the same, self', goal: '76 at ≤ 3', tell: tell(clinc('10'), 'self', withError('selfError')) },
  { figure: 'W97 near-foreign BANKING77 full, oracle', goal: '87', tell: tell(banking('full', true), 'oracle') },
  { figure: 'the same, self', goal: '86 at ≤ 3.3', tell: tell(banking('full', true), 'self', withError('selfError')) },
  { figure: 'W97 near-foreign BANKING77 10, oracle', goal: '60', tell: tell(banking('10', true), 'oracle') },
  { figure: 'the same, self', goal: '57 at ≤ 3.4', tell: tell(banking('10', true), 'self', withError('selfError')) },
  { figure: 'far-foreign AUROC CLINC150 full', goal: '98.3', tell: tell(clinc('full'), 'auroc') },
  { figure: 'far-foreign AUROC CLINC150 10', goal: '97', tell: tell(clinc('10'), 'auroc') },
  { figure: 'near-foreign AUROC BANKING77 10', goal: '–', tell: tell(banking('10', true), 'auroc') },
  { figure: '5 of 150 legal, coverage at 97 %, 3', goal: '93', tell: tell(clinc('3'), 'legal97') },
  { figure: '5 of 150 legal, coverage at 97 %, 10', goal: '100', tell: tell(clinc('10'), 'legal97') },
  { figure: 'the same at 99 %', goal: '95', tell: tell(clinc('10'), 'legal99') },
  { figure: 'the same, self', goal: '–', tell: tell(clinc('10'), 'legalSelf', withError('legalError')) },
  { figure: 'calibration error CLINC150 10', goal: '–', tell: tell(clinc('10'), 'ece') },
  { figure: 'accuracy at WER 10, CLINC150 10', goal: '3.5 lost', tell: tell(clinc('10'), 'wer10Accuracy') },
  { figure: 'accuracy at WER 20, CLINC150 10', goal: '8 lost', tell: tell(clinc('10'), 'wer20Accuracy') },
  {
    figure: 'self at WER 10, CLINC150 10',
    goal: '≤ 3 wrong',
    tell: tell(clinc('10'), 'wer10Self', withError('wer10Error')),
  },
  {
    figure: 'self at WER 20, CLINC150 10',
    goal: '≤ 3 wrong',
    tell: tell(clinc('10'), 'wer20Self', withError('wer20Error')),
  },
  { figure: 'accuracy at WER 10, BANKING77 10', goal: '–', tell: tell(banking('10'), 'wer10Accuracy') },
];

export function tableOf(results: Results, kinds: string[]): string {
  const rows = table.map(({ figure, goal, tell }) => [figure, goal, ...kinds.map((kind) => tell(results, kind))]);
  return [['figure, %', 'goal', ...kinds], ['---', '---', ...kinds.map(() => '---')], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');
}

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const only = process.argv[process.argv.indexOf('--only') + 1];
  const chosen = process.argv.includes('--only') ? only! : undefined;
  const folder = process.env.PARLEY_BENCH ?? join(tmpdir(), 'parley-bench');
  mkdirSync(folder, { recursive: true });
  const embedders: [string, () => Promise<Embedder>][] = [['static', () => Promise.resolve(openStaticModel())]];
  const encoder = findTransformersModel({ folder: join(sharedFolder(), 'models') });
  if (encoder) embedders.push(['MiniLM', () => openTransformersModel(encoder)]);

  // What is done is kept, so that a run that was cut goes on where it was; a change of the code wants another folder.
  const fileOf = (kind: string): string => join(folder, `router-goals-${kind}.json`);
  const results: Results = new Map(embedders.flatMap(([kind]) => readKept(fileOf(kind))));
  const kinds = embedders.map(([kind]) => kind).filter((kind) => chosen === undefined || kind === chosen);
  for (const [kind, open] of embedders.filter(([kind]) => kinds.includes(kind))) {
    const embedder = rememberedEmbedder(await open(), folder);
    for (const one of quick ? cases.slice(0, 3) : cases) {
      const key = keyOf(kind, one);
      if (results.has(key)) continue;
      const draws = quick
        ? ['published']
        : one.shots === 'full'
          ? ['full']
          : one.shots === '3'
            ? seeds
            : ['published', ...seeds];
      const found: { published: Figures[]; seeds: Figures[] } = { published: [], seeds: [] };
      for (const draw of draws) {
        const figures = await figuresOf(one, draw, embedder);
        found[seeds.includes(draw) ? 'seeds' : 'published'].push(figures);
        process.stderr.write(
          `${key} ${draw} ${JSON.stringify(figures, (_, x: unknown) => (typeof x === 'number' ? Math.round(x * 100) / 100 : x))}\n`,
        );
      }
      results.set(key, found);
      if (!quick) writeFileSync(fileOf(kind), JSON.stringify([...results].filter(([key]) => key.startsWith(kind))));
    }
    embedder.flush();
  }
  const text = tableOf(results, kinds);
  process.stdout.write(`${text}\n`);
  if (quick || chosen !== undefined) return;
  const readme = join(packageRoot, 'intents', 'README.md');
  const [begin, end] = ['<!-- bench:router begin -->', '<!-- bench:router end -->'];
  const page = readFileSync(readme, 'utf8');
  if (!page.includes(begin) || !page.includes(end))
    throw new Error(`intents/README.md has lost its markers ${begin} and ${end}`);
  writeFileSync(
    readme,
    `${page.slice(0, page.indexOf(begin) + begin.length)}\n${text}\n${page.slice(page.indexOf(end))}`,
  );
}

function readKept(file: string): [string, { published: Figures[]; seeds: Figures[] }][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, { published: Figures[]; seeds: Figures[] }][];
  } catch {
    return [];
  }
}

await main();
