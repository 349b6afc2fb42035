import { count } from '../terminal.js';
import type { Evaluation } from '../../intents/evaluation/evaluate.js';

/** An evaluation's figures for a person. */
export function tellEvaluation({ figures, report, turns, foreignTaken }: Evaluation, maxWrong: number): string {
  const { accuracy, auroc, w97, coverage, ece, latency_ms: latency, train_ms: trainMs } = figures;
  const foreign =
    turns.foreign > 0
      ? 'one turn in ten counted as foreign, whatever their share in the file'
      : 'no foreign turns in the file: in-scope turns alone';
  const threshold = {
    examples: 'chosen from the examples',
    prior: 'the shipped one: too few examples to choose from',
    none: 'none',
  }[report.calibratedBy];
  const lines: [string, string][] = [
    [
      'trained on',
      `${count(report.rows, 'row')} of ${count(report.intents, 'intent')} in ${(trainMs / 1000).toFixed(1)} s, with ${report.embedder?.name ?? 'n-grams alone'}`,
    ],
    ['asked', `${count(turns.inScope, 'turn')} in scope, ${turns.foreign} foreign`],
  ];
  const ofForeign: [string, string][] = turns.foreign > 0 ? [['foreign turns accepted', percent(foreignTaken)]] : [];
  const ofInScope: [string, string][] = [
    ['accuracy', `${percent(accuracy)} of the turns in scope, whatever the threshold`],
    ...(auroc === null ? [] : [['in scope or foreign', `AUROC ${percent(auroc)}`] as [string, string]]),
    [`local with ≤ ${percent(maxWrong)} wrong`, `${percent(w97.oracle)} at the best threshold (${foreign})`],
    [
      '  by its own threshold',
      `${percent(w97.self)} with ${percent(w97.self_error)} wrong; the threshold ${report.threshold.toFixed(2)} is ${threshold}`,
    ],
    [
      'coverage at 90/95/97/99 %',
      `${[90, 95, 97, 99].map((at) => percent(coverage[at as 90])).join(', ')} of the turns in scope, no foreign ones`,
    ],
  ];
  lines.push(
    ...(turns.inScope > 0 ? ofInScope : []),
    ...ofForeign,
    ['calibration error', percent(ece)],
    [
      'a decision takes',
      `${latency.p50.toFixed(2)} ms in the middle, ${latency.p99.toFixed(2)} ms in one of a hundred`,
    ],
  );
  const widest = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(widest)}  ${value}`).join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
