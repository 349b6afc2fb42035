/** A server with agents behind it: what `flow serve`, `flow call` and the library start. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { RealClock } from '../engine/clock.js';
import type { Clock, Dialog } from '../engine/contracts.js';
import { UsageError } from '../engine/errors.js';
import { packageRoot } from '../engine/package-root.js';
import type { Agent } from '../engine/language/flow.js';
import { callerMemory } from '../engine/stores/caller-memory.js';
import { callersAt } from '../engine/stores/callers-at.js';
import { findUnfinished } from '../engine/compile/unfinished.js';
import { defaultLeaseMs } from '../engine/stores/lease-keeper.js';
import { storeAt } from '../engine/stores/store-at.js';
import type { CallRecord } from '../runtime/call/call.js';
import type { Log } from '../runtime/observe/log.js';
import { createServer, type CallRequest, type Page, type Server, type ServerLimits } from '../runtime/server/server.js';
import type { WorkerSide } from '../runtime/server/workers/worker-side.js';
import { otlpExporter, otlpOptionsIn } from '../runtime/observe/otlp-exporter.js';
import { about, AgentVersions, type Reloaded } from './agent-versions.js';
import { assemble, type Assembled, type AssembleOptions, type Environment } from './assemble.js';
import { eventFiles } from './event-files.js';
import { drawSvg } from './graph/svg.js';
import { RouterWatch } from './learn/watch-router.js';
import { durationSetting, shareSetting } from './settings.js';
import { openSpeech, type Speech } from './speech.js';
import { routerFolder, storeAddress } from './home.js';
import { TrainingThread } from './training-thread.js';
import { carriersIn } from './carriers.js';
import { webRtcIn } from './webrtc-settings.js';
import { CallSessions } from './call-sessions.js';
import { soundOf } from './call-sound.js';
import { CallShelf, forgetDialog, sweepHourly } from './call-shelf.js';
import { OwnWords } from './own-words.js';
import { pricesIn } from './prices.js';
import { filesOutside, watchFiles } from './watch-files.js';

export interface ServeAgentsOptions {
  /** Folders or files, one agent each. The first one answers a call that names none. */
  paths: readonly string[];
  port: number;
  host?: string;
  publicUrl?: string;
  limits?: Partial<ServerLimits>;
  /** Take calls as Twilio without a signature. */
  insecure?: boolean;
  /** Keep the event log of each call in `home/events`, for `flow replay`. */
  keepEvents?: boolean;
  log: Log;
  /** Lines for whoever started the server. */
  say: (line: string) => void;
  onProblems?: AssembleOptions['onProblems'];
  env?: Environment;
  clock?: Clock;
  /** Where recordings are kept, and dialogs unless `PARLEY_STORE` says otherwise: a folder. */
  home: string;
  /** Read an agent anew when its files have changed and are at rest. */
  watch?: boolean;
  tools?: AssembleOptions['tools'];
  mocks?: AssembleOptions['mocks'];
  /** Keep a record of each call so long, and then its dialog no longer either. Without it records are not written. */
  keepMs?: number;
  /** With `keepMs`: keep both sides' sound too. */
  record?: boolean;
  metricsPort?: number;
  /** This process is one of several behind one port. */
  worker?: WorkerSide;
  /** Every dialog of a call passes through here before the call gets it. */
  wrapDialog?: (dialog: Dialog, request: CallRequest) => Dialog;
  onRecord?: (record: CallRecord, request: CallRequest) => void;
}

export interface AgentServer {
  server: Server;
  /** Those that answer new calls. */
  readonly agents: readonly Assembled[];
  /**
   * Reads the agents anew; new calls get what is without mistakes, running ones keep what they began with.
   * @param paths default: all
   */
  reload(paths?: readonly string[]): Promise<Reloaded[]>;
  speech: Speech;
  /** Resolves when models are loaded and a call can be answered. */
  ready: Promise<void>;
  /** @param withinMs running calls get so long to end */
  close(withinMs?: number): Promise<{ /** Calls that did not come to their end. */ cut: number }>;
}

/**
 * Loads the agents, opens the door, and warms the speech up beside it.
 * @throws FlowProblems for flows with mistakes, UsageError for doors that would stand open or a taken port
 */
export async function serveAgents(options: ServeAgentsOptions): Promise<AgentServer> {
  const { log, say, clock = new RealClock(), env = process.env } = options;
  const watch = new RouterWatch({
    home: options.home,
    clock,
    log,
    keepMs: durationSetting(env, 'PARLEY_KEEP_FALLBACKS', 30 * 24 * 3_600_000),
    auditShare: shareSetting(env, 'PARLEY_AUDIT', 0),
  });
  const leaseMs = durationSetting(env, 'PARLEY_LEASE', defaultLeaseMs);
  if (leaseMs < 300) throw new UsageError('PARLEY_LEASE takes 300ms at least');
  const otlp = otlpOptionsIn(env);
  const store = await storeAt(storeAddress(options.home, env), {
    leaseMs,
    onProblem: (problem) => log.error('store', { problem }),
  });
  // A database that is not there is found now, not by the first caller.
  await store.ledger();
  const callers = await callersAt(storeAddress(options.home, env), join(options.home, 'callers.sqlite'), clock);
  const memory = callerMemory(callers, {
    clock,
    ...(env.PARLEY_MEMORY_KEY !== undefined && { key: env.PARLEY_MEMORY_KEY }),
  });
  const ownWords = new OwnWords(log);
  const sessions = new CallSessions(env, clock, ownWords);
  const parts = { clock, store, memory, env, onModel: watch.asked, ownWords };
  const { agents, speech, warm } = await readyTogether(options, parts).catch(async (error: unknown) => {
    await memory.close();
    await store.close();
    throw error;
  });
  const training = new TrainingThread();
  const versions = new AgentVersions({
    agents,
    paths: options.paths,
    speech,
    log,
    onProblems: (problems) => options.onProblems?.(problems, new Map()),
    assemble: (path, before) =>
      assemble(path, {
        ...assembling(options, parts),
        log: (problem) => log.warn('agent', { problem }),
        // Calls go on meanwhile. At the first start nobody waits, and a thread would only cost its own start.
        trainElsewhere: training.train,
        before,
      }),
  });
  for (const { codeProblems } of agents) for (const problem of codeProblems) say(problem);
  const letGo = async (): Promise<void> => {
    // A thread that is ended while it loads a model takes the process along.
    await warm.catch(() => undefined);
    speech.close();
    await watch.close();
    await versions.close();
    training.close();
    await memory.close();
    await store.close();
  };
  const names = agents.map(({ agent }) => agent.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    await letGo();
    throw new UsageError(`two agents are called ${twice}; give one another name`);
  }

  const { keepMs } = options;
  const spans = otlp && otlpExporter({ ...otlp, clock, log });
  const shelf = new CallShelf(options.home);
  const putting = new Set<Promise<void>>();
  const resumeWithinMs = durationSetting(env, 'PARLEY_RESUME_WITHIN', 30 * 60_000);
  let isReady = false;
  // On this machine Twilio's wire can be tried without a token; elsewhere somebody has to vouch for who calls.
  const isOpen = options.insecure === true || options.host === undefined;
  const carriers = carriersIn(env, { insecure: options.insecure, isOpen });
  if (!carriers.twilio)
    say('Twilio: off. Set TWILIO_AUTH_TOKEN, or --insecure if something in front of this server checks.');
  const server = await createServer({
    port: options.port,
    host: options.host,
    publicUrl: options.publicUrl,
    limits: options.limits,
    tokenSecret: env.PARLEY_TOKEN_SECRET,
    resumeSecret: env.PARLEY_TOKEN_SECRET ?? (await resumeSecretIn(options.home)),
    ...carriers,
    webrtc: webRtcIn(env, options.worker),
    // Elsewhere than on this machine nobody comes in without the key.
    chat: env.PARLEY_CHAT_KEY || options.host === undefined ? { key: env.PARLEY_CHAT_KEY || undefined } : undefined,
    staticPages: pages(),
    page: (path) => madePage(path, versions.agents),
    health: () => ({ agents: versions.report() }),
    isReady: () => isReady,
    ...(options.keepEvents && { keepEvents: eventFiles(join(options.home, 'events'), log) }),
    onRecord: (record, request) => {
      options.onRecord?.(record, request);
      if (keepMs === undefined) return;
      const kept = shelf.put(record).catch((error: unknown) => {
        log.error('record not kept', { call: record.id, problem: codeOf(error) });
      });
      putting.add(kept);
      void kept.then(() => putting.delete(kept));
    },
    record: keepMs !== undefined && options.record === true,
    metricsPort: options.metricsPort,
    countMore: (metrics) => {
      watch.count(metrics);
      ownWords.count(metrics);
    },
    worker: options.worker,
    ...(spans && { spans }),
    prices: await pricesIn(env),
    clock,
    log,
    keepLostMs: durationSetting(env, 'PARLEY_KEEP_LOST', 30_000),
    agents: () => versions.agents.map(({ agent: { name, language } }) => ({ name, language })),
    findUnfinished: async ({ agent, caller }) => {
      const answering = versions.answeringTo(agent);
      if (!answering || resumeWithinMs === 0) return undefined;
      const isHere = (id: string): boolean => server.calls.has(id);
      return findUnfinished(answering.agent, { store, caller, withinMs: resumeWithinMs, isHere, leaseMs });
    },
    openCall: async (request) => {
      const answering = versions.answeringTo(request.agent);
      if (!answering && !request.dialog) {
        const names = versions.agents.map(({ agent }) => agent.name).join(', ');
        throw new UsageError(`no agent is called ${request.agent ?? ''}; there are ${names}`);
      }
      const dialog =
        request.dialog ??
        (await versions.open(
          answering!,
          {
            id: request.id,
            driver: 'resident',
            // Its caller is here: whichever process had the dialog is gone, or does not know it yet.
            takeOver: request.resumes === true || request.returning === true,
            ...(request.returning && { returning: true }),
            ...(resumeWithinMs > 0 && request.caller !== undefined && { caller: request.caller }),
            start: {
              call: { id: request.id, from: request.from, to: request.to, direction: request.direction ?? 'inbound' },
            },
            ownModel: sessions.modelsOf(request.id),
            onProblem: (problem) => log.warn('dialog', { call: request.id, problem }),
          },
          (opened) => {
            const watched = watch.watch(opened, answering!);
            return options.wrapDialog?.(watched, request) ?? watched;
          },
        ));
      // Whoever comes back to a dialog that was kept open is on its version still.
      const agent = versions.agentOf(dialog)!;
      if (request.text) return { dialog, language: agent.language, about: about(agent) };
      const callLog = request.log.child({ call: request.id });
      const sound = await soundOf(agent, { speech, sessions, clock, dialog: dialog.id, log: callLog });
      return { dialog, ...sound, language: agent.language, about: about(agent) };
    },
  }).catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  const ready = warm.then(() => {
    isReady = true;
  });
  // Whoever waits for it is told; with nobody waiting a rejection would end the process.
  ready.catch(() => undefined);
  const stopSweeping =
    keepMs === undefined
      ? undefined
      : sweepHourly({
          shelf,
          clock,
          keepMs,
          forget: (id) => forgetDialog(store, id),
          isRunning: (id) => server.calls.has(id),
          onProblem: (problem) => log.warn('not swept', { problem }),
        });
  const stopWatching = options.watch === true ? watchVersions(versions, options.paths, { clock, say }) : undefined;
  return {
    server,
    get agents() {
      return versions.agents;
    },
    reload: (paths) => versions.reload(paths),
    speech,
    ready,
    close: async (withinMs = 0) => {
      stopWatching?.();
      const cut = await server.drain(withinMs);
      await server.close();
      await stopSweeping?.();
      await spans?.close();
      await Promise.all(putting);
      await ready.catch(() => undefined);
      await letGo();
      return { cut };
    },
  };
}

/** Of a file: why it could not be written, without what it says. */
function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : 'unknown');
}

/** What all agents of a server share. */
type SharedParts = Required<Pick<AssembleOptions, 'clock' | 'store' | 'memory' | 'env'>> &
  Pick<AssembleOptions, 'onModel' | 'ownWords'>;

/** What an agent is put together with, at the start and again. */
function assembling({ tools, mocks, onProblems, home }: ServeAgentsOptions, parts: SharedParts): AssembleOptions {
  return { ...parts, tools, mocks, onProblems, loadCode: true, warmModels: true, cacheFolder: routerFolder(home) };
}

/** Each agent's folder, and the files outside of it that it names. */
function watchVersions(
  versions: AgentVersions,
  paths: readonly string[],
  { clock, say }: { clock: Clock; say: (line: string) => void },
): () => void {
  const rootsOf = (path: string): string[] => [
    resolve(path),
    ...filesOutside(versions.agents.find(({ agent }) => agent.path === resolve(path))?.agent),
  ];
  const isIn = (file: string, path: string): boolean =>
    rootsOf(path).some((root) => file === root || file.startsWith(`${root}${sep}`));
  return watchFiles({
    clock,
    roots: () => [...new Set(paths.flatMap(rootsOf))],
    onProblem: (problem) => say(`Watching: ${problem}`),
    onChange: (files) => {
      const changed = paths.filter((path) => files.some((file) => isIn(file, path)));
      if (changed.length > 0) void versions.reload(changed);
    },
  });
}

/** Reads all agents, then trains their routers here while the speech warms up in its threads. */
async function readyTogether(
  options: ServeAgentsOptions,
  parts: SharedParts,
): Promise<{ agents: Assembled[]; speech: Speech; warm: Promise<void> }> {
  const { paths, say, log, worker } = options;
  /** While starting, lines are for who started the server; in a call they are for its log. */
  let tell = say;
  const loaded: Agent[] = [];
  let waiting = paths.length;
  let start!: (speech: Promise<Speech>) => void;
  const opening = new Promise<Speech>((resolve) => (start = resolve));
  const warming = opening.then((speech) => speech.warm());
  // Whoever started the server hears of it by `ready`.
  warming.catch(() => undefined);
  if (waiting === 0) start(openSpeech(loaded, parts, { say, log, worker, ownWords: parts.ownWords }));
  const reading = paths.map((path, index) =>
    assemble(path, {
      ...assembling(options, parts),
      log: (line) => tell(line),
      onLoaded: (agent) => {
        loaded[index] = agent;
        if (--waiting === 0) start(openSpeech(loaded, parts, { say, log, worker, ownWords: parts.ownWords }));
        return opening;
      },
    }),
  );
  try {
    const agents = await Promise.all(reading);
    tell = (problem) => log.warn('agent', { problem });
    return { agents, speech: await opening, warm: warming };
  } catch (error) {
    // While one agent is not read yet, none has opened anything.
    if (waiting === 0) {
      const done = await Promise.allSettled<Assembled | Speech>([...reading, opening]);
      await warming.catch(() => undefined);
      for (const one of done) if (one.status === 'fulfilled') await one.value.close();
    }
    throw error;
  }
}

/** Servers over one home folder let each other's callers go on: they share a secret there, readable by its owner only. */
async function resumeSecretIn(home: string): Promise<string> {
  const file = join(home, 'resume-secret');
  await mkdir(home, { recursive: true, mode: 0o700 });
  // Whoever comes first makes it; whoever comes second reads it.
  await writeFile(file, randomBytes(32).toString('hex'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  return readFile(file, 'utf8');
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** The page to talk from: what the build put beside the command. */
function pages(): Record<string, { type: string; file: string }> {
  const folder = join(packageRoot, '.dist', 'studio');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name === 'index.html' ? '/' : `/${name}`,
      { type: types[extname(name)] ?? 'application/octet-stream', file: join(folder, name) },
    ]),
  );
}

function madePage(path: string, agents: readonly Assembled[]): Page | undefined {
  if (path === '/agents.json') {
    const list = agents.map(({ agent }) => ({ name: agent.name, flows: [...agent.flows.keys()] }));
    return { type: 'application/json', body: JSON.stringify(list) };
  }
  const graph = /^\/graph\/([^/]+)\/([^/]+)\.svg$/.exec(path);
  const agent = agents.find(({ agent: one }) => one.name === graph?.[1])?.agent;
  const flow = graph?.[2];
  if (!agent || flow === undefined || !agent.flows.has(flow)) return undefined;
  return { type: 'image/svg+xml', body: drawSvg(agent, flow) };
}
