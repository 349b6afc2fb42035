/** `flow test --watch`: plays again what an edit touched, until the designer has had enough. */
import { resolve, sep } from 'node:path';
import type { Clock } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import { filesOutside, watchFiles } from '../watch-files.js';

/** One agent that is to be played again, and of its scripts only those in these files; all without. */
export interface TouchedAgent {
  path: string;
  scripts?: ReadonlySet<string>;
}

export interface WatchTestsOptions {
  /** Folders and files of agents, as `findAgents` gives them. */
  paths: readonly string[];
  clock: Clock;
  /** Ends the watch: after the script that is being played. */
  signal: AbortSignal;
  /** Plays; stops after a script once its signal is aborted. What it loaded tells which files outside are watched. */
  play: (touched: readonly TouchedAgent[], signal: AbortSignal) => Promise<readonly Agent[]>;
  /** Files have changed, and these agents are played next. */
  onChange: (files: readonly string[]) => void;
  /** Everything is played, and files are watched. */
  onRest: () => void;
  onProblem: (line: string) => void;
}

/** Only scripts, and the answers recorded for them: no flow's behaviour hangs on such a file. */
const ofScripts = /\.test(\.ya?ml|\.cassette\.json)$/;

/** Plays everything once, then what changes. Resolves when the signal is aborted and nothing is played any more. */
export async function watchTests(options: WatchTestsOptions): Promise<void> {
  const { paths, clock, signal } = options;
  const agents = new Map<string, Agent>();
  const pending = new Map<string, ReadonlySet<string> | undefined>(paths.map((path) => [path, undefined]));
  let playing: AbortController | undefined;
  let wake: () => void = () => undefined;

  const rootsOf = (path: string): string[] => [resolve(path), ...filesOutside(agents.get(resolve(path)))];
  const touch = ({ path, scripts }: TouchedAgent): void => {
    const before = pending.get(path);
    const all = !scripts || (pending.has(path) && !before);
    pending.set(path, all ? undefined : new Set([...(before ?? []), ...scripts]));
  };
  const stopWatching = watchFiles({
    clock,
    roots: () => [...new Set(paths.flatMap(rootsOf))],
    onProblem: options.onProblem,
    onChange: (files) => {
      for (const path of paths) {
        const own = files.filter((file) => rootsOf(path).some((root) => isIn(file, root)));
        if (own.length === 0) continue;
        const scripts = own.every((file) => ofScripts.test(file)) && new Set(own.map(scriptsOf));
        touch({ path, ...(scripts && { scripts }) });
      }
      if (pending.size === 0) return;
      options.onChange(files);
      // What was being played is of the text before.
      playing?.abort();
      wake();
    },
  });
  // A watch of files keeps no process alive, and neither does a promise.
  const alive = setInterval(() => undefined, 2 ** 30);
  const stop = (): void => {
    playing?.abort();
    wake();
  };
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const touched = [...pending].map(([path, scripts]): TouchedAgent => ({ path, ...(scripts && { scripts }) }));
      pending.clear();
      playing = new AbortController();
      for (const agent of await options.play(touched, playing.signal)) agents.set(agent.path, agent);
      // Half played is not played.
      if (playing.signal.aborted) touched.forEach(touch);
      playing = undefined;
      if (pending.size > 0 || aborted(signal)) continue;
      options.onRest();
      await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(alive);
    stopWatching();
  }
}

/** Its file of scripts, for an edited cassette too. */
function scriptsOf(file: string): string {
  return file.replace(/\.cassette\.json$/, '.yaml');
}

function isIn(file: string, root: string): boolean {
  return file === root || file.startsWith(`${root}${sep}`);
}

/** As it is now: a look at the field alone is taken for what it was at the last look. */
function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
