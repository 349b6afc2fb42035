/** Tells when an agent's files have changed and are at rest: after a save by rename, a few files at once, a slow copy. */
import { readdirSync, statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Clock } from '../engine/contracts.js';
import type { Agent } from '../engine/language/flow.js';

export interface WatchFilesOptions {
  /** Folders with all that is in them, and single files; asked again at each change. */
  roots: () => readonly string[];
  clock: Clock;
  /** Nothing may have changed for so long. Default 150 ms: an editor that saves many files writes one every few. */
  restMs?: number;
  /** The files that changed, came or went. */
  onChange: (files: string[]) => void;
  /** Where the machine gives no notice of changes. */
  onProblem: (line: string) => void;
}

const defaultRestMs = 150;
/** Where the machine gives no notice, files are looked at. */
const lookMs = 1000;
const deepest = 8;
/** What an agent may be made of; an editor's own files beside them are nothing to us. */
const ofAgents = /\.(ya?ml|md|[cm]?[jt]s|json)$/;

/** @returns ends the watch */
export function watchFiles(options: WatchFilesOptions): () => void {
  const { clock, restMs = defaultRestMs } = options;
  const watchers = new Map<string, FSWatcher>();
  let settled = filesIn(options.roots());
  /** As they were when last looked at, while they are not at rest. */
  let moving: Map<string, string> | undefined;
  let disarm: (() => void) | undefined;
  let polls = false;
  let closed = false;

  const arm = (ms: number): void => {
    disarm?.();
    disarm = clock.at(clock.now() + ms, look);
  };
  const look = (): void => {
    disarm = undefined;
    if (closed) return;
    const now = filesIn(options.roots());
    watchFolders(now);
    const isAtRest = moving !== undefined && differences(moving, now).length === 0;
    moving = now;
    if (!isAtRest) return arm(restMs);
    moving = undefined;
    const changed = differences(settled, now);
    settled = now;
    if (polls) arm(lookMs);
    if (changed.length > 0) options.onChange(changed);
  };
  const watchFolders = (files: ReadonlyMap<string, string>): void => {
    const wanted = new Set([...files.keys()].map((file) => dirname(file)));
    for (const root of options.roots()) wanted.add(isFolder(root) ? root : dirname(root));
    for (const [folder, watcher] of watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of wanted) if (!watchers.has(folder)) watchFolder(folder);
  };
  const watchFolder = (folder: string): void => {
    try {
      // A folder's watch outlives a file that is replaced in it; that of a file would not.
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || ofAgents.test(name) || !name.includes('.')) arm(restMs);
      });
      watcher.on('error', () => {
        watcher.close();
        watchers.delete(folder);
      });
      watchers.set(folder, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || polls) return;
      polls = true;
      options.onProblem(
        `the machine gives no notice of changes (${(error as NodeJS.ErrnoException).code ?? 'failed'}), so files are looked at each second`,
      );
      arm(lookMs);
    }
  };

  watchFolders(settled);
  return () => {
    closed = true;
    disarm?.();
    for (const watcher of watchers.values()) watcher.close();
  };
}

/** Code and documents that an agent names and that do not lie in its folder. */
export function filesOutside(agent: Agent | undefined): string[] {
  if (!agent) return [];
  const named = [
    ...[agent, ...agent.flows.values()].flatMap(({ tools }) =>
      [...tools.values()].flatMap(({ code }) => code?.file ?? []),
    ),
    ...[...(agent.knowledge?.values() ?? [])].flatMap(({ files }) => files),
  ];
  return named.filter((file) => !file.startsWith(`${agent.path}${sep}`));
}

/** File → what changes with every change of it. */
function filesIn(roots: readonly string[]): Map<string, string> {
  const files = new Map<string, string>();
  const look = (path: string): void => {
    try {
      const { mtimeMs, size, ino } = statSync(path);
      files.set(path, `${String(mtimeMs)} ${String(size)} ${String(ino)}`);
    } catch {
      return; // Gone between being listed and being looked at: a change of its own.
    }
  };
  const walk = (folder: string, depth: number): void => {
    let entries;
    try {
      entries = readdirSync(folder, { withFileTypes: true });
    } catch {
      return;
    }
    for (const entry of entries) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (depth < deepest) walk(path, depth + 1);
      } else if (ofAgents.test(entry.name)) look(path);
    }
  };
  for (const root of roots) {
    if (isFolder(root)) walk(root, 0);
    else if (!basename(root).startsWith('.')) look(root);
  }
  return files;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function differences(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): string[] {
  const changed = [...now].filter(([file, state]) => before.get(file) !== state).map(([file]) => file);
  return [...changed, ...[...before.keys()].filter((file) => !now.has(file))];
}
