import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import type { Agent } from '../../../engine/language/flow.js';
import { loadAgent } from '../../../engine/language/load.js';
import type { Loaded, LoadOptions } from '../../../engine/language/load.js';
import { formatProblem } from '../../../engine/language/problems.js';
import type { Problem } from '../../../engine/language/problems.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Writes files into a folder of their own and returns its path. */
export function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-language-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Loads one file's text. */
export function load(text: string, options?: LoadOptions): Promise<Loaded> {
  return loadAgent(join(folderOf({ 'a.flow.yaml': text }), 'a.flow.yaml'), options);
}

/** The agent of a text that has no errors. */
export async function agentOf(text: string): Promise<Agent> {
  const { agent, problems } = await load(text);
  if (!agent) throw new Error(problems.map((problem) => formatProblem(problem)).join('\n'));
  return agent;
}

/** `code line:column`, without the note on corrections, which many agents have. */
export function brief(problems: readonly Problem[]): string[] {
  return problems
    .filter(({ message }) => !message.startsWith('Corrections are heard'))
    .map(({ code, line, column }) => `${code} ${line}:${column}`);
}
