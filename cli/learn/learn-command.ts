import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { UsageError } from '../../engine/errors.js';
import { trainingSets } from '../../engine/dialog/intents.js';
import type { Agent } from '../../engine/language/flow.js';
import { loadAgent } from '../../engine/language/load.js';
import { FlowProblems } from '../../engine/language/problems.js';
import { wilsonInterval } from '../../intents/loop/interval.js';
import { findAgent } from '../find-agents.js';
import { homeFolder } from '../home.js';
import { count } from '../terminal.js';
import { readFallbacks, type Fallback } from './fallbacks.js';
import { patchesFor, unifiedDiff, type PlacedProposal } from './patch.js';
import { learn, type Learned } from './propose.js';

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
  const learned = await learnInAll(agent, lines, Number(most));
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
  for (const { text, intent, language } of unplaced)
    tell(
      `  no list of examples for ${intent}${language === undefined ? '' : ` in ${language}`}; add it yourself: ${text}`,
    );
  if (audits.length > 0)
    tell(`  of ${count(audits.length, 'local decision')} shown to the model it disagrees with ${percent(audit.share)} (${percent(audit.low)} to ${percent(audit.high)})`); // prettier-ignore
  if (apply && patches.length > 0) tell(`  written: ${patches.map(({ file }) => relative(process.cwd(), file)).join(', ')}`); // prettier-ignore
}

/** Each language by its own turns and its own examples; the sums of all. */
async function learnInAll(
  agent: Agent,
  lines: readonly Fallback[],
  most: number,
): Promise<Learned & { proposals: PlacedProposal[] }> {
  const { maxWrong } = agent.router;
  const all: Learned & { proposals: PlacedProposal[] } = {
    proposals: [],
    gain: { turns: 0, before: 0, after: 0 },
    foreign: { turns: 0, before: 0, after: 0 },
    regressions: [],
  };
  const isOwn = (language: string): boolean => language === agent.language;
  for (const [language, training] of trainingSets(agent)) {
    const spoken = lines.filter((line) => (line.language ?? agent.language) === language);
    if (spoken.length === 0 && !isOwn(language)) continue;
    const learned = await learn(training, spoken, { language, most, ...(maxWrong !== undefined && { maxWrong }) });
    all.proposals.push(...learned.proposals.map((one) => (isOwn(language) ? one : { ...one, language })));
    all.regressions.push(...learned.regressions);
    for (const count of ['turns', 'before', 'after'] as const) {
      all.gain[count] += learned.gain[count];
      all.foreign[count] += learned.foreign[count];
    }
  }
  return all;
}
