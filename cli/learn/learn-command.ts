import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { UsageError } from '../../engine/errors.js';
import { trainingSet } from '../../engine/dialog/intents.js';
import { loadAgent } from '../../engine/language/load.js';
import { FlowProblems } from '../../engine/language/problems.js';
import { wilsonInterval } from '../../intents/loop/interval.js';
import { findAgent } from '../find-agents.js';
import { homeFolder } from '../home.js';
import { count } from '../terminal.js';
import { readFallbacks } from './fallbacks.js';
import { patchesFor, unifiedDiff } from './patch.js';
import { learn } from './propose.js';

export interface LearnOptions {
  apply?: boolean;
  json?: boolean;
  most: string;
}

/** The patch to standard output, what it would change to standard error. @throws FlowProblems for an agent with mistakes */
export async function runLearn(path: string, { apply, json, most }: LearnOptions): Promise<void> {
  if (!/^[1-9]\d?$/.test(most)) throw new UsageError(`--most takes a number from 1 to 99, not "${most}".`);
  const { agent, problems, sources } = await loadAgent(findAgent(path));
  if (!agent) throw new FlowProblems(problems);
  const { lines, unread } = await readFallbacks(homeFolder(), agent.name);
  const { maxWrong } = agent.router;
  const learned = await learn(trainingSet(agent), lines, {
    language: agent.language,
    most: Number(most),
    ...(maxWrong !== undefined && { maxWrong }),
  });
  const { patches, unplaced } = patchesFor(sources, learned.proposals);
  const diff = patches.map((one) => unifiedDiff(one, relative(process.cwd(), one.file))).join('');
  if (apply) for (const { file, after } of patches) writeFileSync(file, after);
  const audits = lines.filter(({ kind }) => kind === 'audit');
  const against = audits.filter(({ intent, local }) => intent !== local).length;
  const audit = { turns: audits.length, against, ...wilsonInterval(against, audits.length) };
  if (json) {
    process.stdout.write(`${JSON.stringify({ agent: agent.name, ...learned, unplaced, audit, applied: apply === true, diff })}\n`); // prettier-ignore
    return;
  }
  process.stdout.write(diff);
  const tell = (line: string): boolean => process.stderr.write(`${line}\n`);
  const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
  const { proposals, gain, foreign, regressions } = learned;
  tell(`${agent.name}: ${count(lines.length, 'turn')} kept, ${count(proposals.length, 'example')} proposed`);
  if (unread > 0) tell(`  ${count(unread, 'line')} of the file cannot be read`);
  if (gain.turns > 0)
    tell(`  of ${count(gain.turns, 'wording')} that a model decided, ${gain.before} would be decided here without these, ${gain.after} with them (each judged by examples without itself)`); // prettier-ignore
  if (foreign.turns > 0)
    tell(`  of ${count(foreign.turns, 'wording')} that the model called none of these, ${foreign.before} would be taken for something without, ${foreign.after} with them`); // prettier-ignore
  for (const { text, intent, takenFor } of regressions)
    tell(`  worse: "${text}" of ${intent} would be taken for ${takenFor}, had it not been given`);
  for (const { text, intent } of unplaced) tell(`  no list of lines for ${intent}; add it yourself: ${text}`);
  if (audits.length > 0)
    tell(`  of ${count(audits.length, 'local decision')} shown to the model it disagrees with ${percent(audit.share)} (${percent(audit.low)} to ${percent(audit.high)})`); // prettier-ignore
  if (apply && patches.length > 0) tell(`  written: ${patches.map(({ file }) => relative(process.cwd(), file)).join(', ')}`); // prettier-ignore
}
