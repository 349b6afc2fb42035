/** `flow serve`, and with `--demo` the first thing a newcomer sees: a server that places a spoken call to itself. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { RealClock } from '../engine/clock.js';
import type { Dialog } from '../engine/contracts.js';
import { UsageError } from '../engine/errors.js';
import { formatProblem } from '../engine/language/problems.js';
import { packageRoot } from '../engine/package-root.js';
import { createLog, type Log } from '../runtime/observe/log.js';
import { embeddedTts } from '../runtime/tts/embedded/embedded-tts.js';
import { chooseScript, personalOf, verdict } from './caller/call-command.js';
import { CallJudge } from './caller/judge.js';
import { placeScript, type PlacedCall } from './caller/place.js';
import { findAgents } from './find-agents.js';
import { homeFolder } from './home.js';
import { WorkerSide } from '../runtime/server/workers/worker-side.js';
import { serveAgents, type AgentServer } from './serve-agents.js';
import { serveWorkers, workerCount } from './serve-workers.js';
import { durationOption, durationSetting, sizeSetting } from './settings.js';
import { coloursFor } from './terminal.js';

export interface ServeOptions {
  port: string;
  host?: string;
  publicUrl?: string;
  demo?: boolean;
  once?: boolean;
  open: boolean;
  insecure?: boolean;
  keepEvents?: boolean;
  maxCalls: string;
  callsPerMinute: string;
  maxSeconds: string;
  jsonLog?: boolean;
  realTools?: boolean;
  watch?: boolean;
  keep?: string;
  record?: boolean;
  metricsPort?: string;
  workers?: string;
}

/** Calls that still run when the server is told to end get so long. */
const drainMs = 30_000;
const demoAgent = 'acme-support';

export async function serve(paths: readonly string[], options: ServeOptions): Promise<void> {
  if (options.once && !options.demo)
    throw new UsageError('--once belongs to --demo: it exits after the demonstration call.');
  if (options.record && options.keep === undefined)
    throw new UsageError('--record needs --keep, which says how long: --keep 30d.');
  if (options.workers !== undefined && options.demo)
    throw new UsageError('--demo shows one call in one process: leave --workers away.');
  const worker = WorkerSide.ofEnvironment(process.env);
  const clock = new RealClock();
  const home = homeFolder();
  // A log that programs read is all there is on stdout.
  const forPeople = options.jsonLog ? process.stderr : process.stdout;
  const paint = coloursFor(forPeople);
  // What all of them would say is said once.
  const print = (line: string): void => {
    if (worker === undefined || worker.number === 1) forPeople.write(`${line}\n`);
  };
  const examples = join(packageRoot, 'flows');
  const folders = (paths.length > 0 ? paths : [examples]).flatMap(findAgents);
  let watchDemo: ((dialog: Dialog) => Dialog) | undefined;

  const ownLog = createLog(
    options.jsonLog ? { style: 'json', write: (line) => void process.stdout.write(line) } : { style: 'pretty' },
  );
  const log = worker ? ownLog.child({ worker: worker.number }) : ownLog;
  if (options.workers !== undefined && !worker) {
    const { host, publicUrl, metricsPort } = options;
    return serveWorkers({
      count: workerCount(options.workers),
      port: number(options.port, '--port'),
      ...(host !== undefined && { host }),
      ...(publicUrl !== undefined && { publicUrl }),
      ...(metricsPort !== undefined && { metricsPort: number(metricsPort, '--metrics-port') }),
      log,
      print,
      drainMs,
    });
  }
  const started = await serveAgents({
    paths: folders,
    port: number(options.port, '--port'),
    host: options.host,
    publicUrl: options.publicUrl,
    insecure: options.insecure,
    keepEvents: options.keepEvents,
    limits: {
      calls: number(options.maxCalls, '--max-calls'),
      callsPerMinutePerAddress: number(options.callsPerMinute, '--calls-per-minute'),
      secondsPerCall: number(options.maxSeconds, '--max-seconds'),
      ...loadLimits(options.workers === undefined ? 1 : workerCount(options.workers)),
    },
    ...(options.keep !== undefined && { keepMs: durationOption(options.keep, '--keep') }),
    record: options.record,
    ...(worker && { worker }),
    ...(options.metricsPort !== undefined && !worker && { metricsPort: number(options.metricsPort, '--metrics-port') }),
    log,
    say: print,
    onProblems: (problems) => {
      for (const problem of problems) print(formatProblem(problem, { colour: paint.isColorSupported }));
    },
    home,
    clock,
    tools: options.realTools ? 'real' : 'auto',
    watch: options.watch,
    wrapDialog: (dialog) => watchDemo?.(dialog) ?? dialog,
  });
  const end = worker ? endOnWord(started, worker) : endOnSignals(started);
  if (!worker) reloadOnHangUp(started, end);
  liveOn(log);
  try {
    await welcome();
  } catch (error) {
    // A server that failed to come up must not stay half open.
    await started.close();
    throw error;
  }

  async function welcome(): Promise<void> {
    await started.ready;
    if (worker) return worker.ready(started.agents.map(({ agent }) => agent.name));
    print(`Agents: ${started.agents.map(({ agent }) => agent.name).join(', ')}`);
    if (options.watch)
      print('Watching their files: new calls get what you save, running calls keep what they began with.');
    print(`Talk to them at ${paint.bold(started.server.url)}`);
    if (options.host !== undefined)
      print(
        `Callers need a token there: ${started.server.url}/?token=${await started.server.issueToken(3600)} (good for an hour)`,
      );

    if (options.demo) {
      const judge = new CallJudge('en');
      watchDemo = (dialog) => judge.watch(dialog);
      const placed = await demonstrate(started, judge, { home, clock, print, paint });
      watchDemo = undefined;
      for (const line of verdict(placed)) print(line);
      if (options.once) {
        await end(placed.ok ? 0 : 1);
        return;
      }
      print(`\nThe server goes on. Talk to it at ${paint.bold(started.server.url)}, end it with Ctrl-C.`);
    }
    if (options.open && process.stdout.isTTY) openOnDesktop(started.server.url);
  }
}

/** From when on this process takes no further call. Where it is given little memory, most of that. */
function loadLimits(processes: number): { loopLagMs: number; memoryBytes?: number } {
  const lagMs = durationSetting(process.env, 'PARLEY_MAX_LAG', 50);
  const given = process.constrainedMemory();
  const memoryBytes = sizeSetting(
    process.env,
    'PARLEY_MAX_MEMORY',
    given > 0 && given < totalmem() ? Math.floor((given * 0.85) / processes) : undefined,
  );
  return { loopLagMs: lagMs === 0 ? Infinity : lagMs, ...(memoryBytes !== undefined && { memoryBytes }) };
}

async function demonstrate(
  started: AgentServer,
  judge: CallJudge,
  {
    home,
    clock,
    print,
    paint,
  }: { home: string; clock: RealClock; print: (line: string) => void; paint: ReturnType<typeof coloursFor> },
): Promise<PlacedCall> {
  const shown = started.agents.find(({ agent }) => agent.name === demoAgent) ?? started.agents[0]!;
  const script = chooseScript(
    shown.tests,
    shown.agent.name === demoAgent ? 'the demonstration call' : undefined,
    shown.agent,
  );
  const voiceName = 'rms';
  const voice = embeddedTts({ voice: voiceName });
  print(`\nA synthetic caller rings ${shown.agent.name}: real audio over a real WebSocket. Seconds on the left.\n`);
  try {
    const token = await started.server.issueToken();
    return await placeScript({
      url: `${started.server.url.replace('http', 'ws')}/call?agent=${encodeURIComponent(shown.agent.name)}&token=${token}`,
      script,
      judge,
      agentName: shown.agent.name,
      personal: personalOf(shown.agent, clock),
      language: shown.agent.language,
      voice,
      voiceName,
      clock,
      folder: join(home, 'calls'),
      print,
      paint,
    });
  } finally {
    voice.close?.();
  }
}

/**
 * A designer's code may leave a promise behind that rejects, or a timer that throws: no reason to hang up on every
 * caller. The log says where; an error's own words may hold what a caller said.
 */
function liveOn(log: Log): void {
  const tell = (error: unknown): void => {
    // Nobody reads our output any more: to write that down would only fail again.
    if ((error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return;
    const place = error instanceof Error ? /^\s+at .*$/m.exec(error.stack ?? '')?.[0].trim() : undefined;
    log.error('thrown where nobody waits for it', {
      problem: `${error instanceof Error ? error.name : typeof error} ${place ?? ''}`.trim(),
    });
  };
  process.on('unhandledRejection', tell);
  process.on('uncaughtException', tell);
}

/** A worker ends when whoever listens for it says so; signals are for that process, also those that all are sent. */
function endOnWord(started: AgentServer, worker: WorkerSide): (code: number, withinMs?: number) => Promise<void> {
  const end = async (code: number, withinMs = 0): Promise<void> => {
    const { cut } = await started.close(withinMs);
    process.exit(cut > 0 ? 1 : code);
  };
  let ending = false;
  worker.onEnd((withinMs) => {
    if (!ending) void end(0, withinMs);
    ending = true;
  });
  worker.onReload(() => void started.reload());
  return end;
}

/** Lets running calls end on SIGTERM and SIGINT; a second signal ends at once. Exits 1 when a call was cut off. */
function endOnSignals(started: AgentServer): (code: number, withinMs?: number) => Promise<void> {
  let ending = false;
  const end = async (code: number, withinMs = 0): Promise<void> => {
    const { cut } = await started.close(withinMs);
    process.exit(cut > 0 ? 1 : code);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (ending) process.exit(1);
      ending = true;
      void end(0, signal === 'SIGTERM' ? drainMs : 0);
    });
  }
  return end;
}

/**
 * SIGHUP reads all agents anew: new calls get the new version. It is also what a terminal sends that was closed, and then
 * nobody is left to end the server.
 */
function reloadOnHangUp(started: AgentServer, end: (code: number, withinMs?: number) => Promise<void>): void {
  const hadTerminal = process.stdin.isTTY || process.stdout.isTTY;
  process.on('SIGHUP', () => {
    if (hadTerminal && !hasTerminal()) void end(0, drainMs);
    else void started.reload();
  });
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}

function openOnDesktop(url: string): void {
  const { platform, env } = process;
  const [command, ...args] =
    platform === 'darwin'
      ? ['open', url]
      : platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : env.DISPLAY || env.WAYLAND_DISPLAY
          ? ['xdg-open', url]
          : [];
  if (command === undefined) return;
  // A desktop without an opener is no reason to end.
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

function number(text: string, option: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new UsageError(`${option} takes a whole number, not "${text}".`);
  if (option.endsWith('port') && value > 65_535)
    throw new UsageError(`${option} takes a port, 0 (any that is free) to 65535, not ${text}.`);
  return value;
}
