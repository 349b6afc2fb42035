/** Which agents a path on the command line means. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../engine/errors.js';

/**
 * A file or a folder with an `agent.yaml` is itself; another folder means every agent in and under it.
 * Throws a UsageError when there is nothing at the path.
 */
export function findAgents(path: string): string[] {
  if (!existsSync(path))
    throw new UsageError(`There is nothing at ${path}. Name a folder with an agent.yaml, or a file with a flow.`);
  if (!statSync(path).isDirectory()) return [path];
  const found = agentsUnder(path, 0);
  // A folder with nothing in it goes to the loader, which says what is missing there.
  return found.length > 0 ? found : [path];
}

/** The one agent at a path. Throws a UsageError when there is none or more than one. */
export function findAgent(path: string): string {
  const agents = findAgents(path);
  if (agents.length === 1) return agents[0]!;
  throw new UsageError(`There are several agents in ${path}. Name one of them: ${agents.join(', ')}.`);
}

function agentsUnder(folder: string, depth: number): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
  if (entries.some(({ name }) => name === 'agent.yaml')) return [folder];
  if (depth > 8) return [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : agentsUnder(path, depth + 1);
    }
    return /\.ya?ml$/.test(entry.name) && /^flow:/m.test(readFileSync(path, 'utf8')) ? [path] : [];
  });
}
