/** A server with agents behind it: what `flow serve`, `flow call` and the library start. */
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { RealClock } from '../engine/clock.js';
import type { Clock, Dialog } from '../engine/contracts.js';
import { UsageError } from '../engine/errors.js';
import { packageRoot } from '../engine/package-root.js';
import type { Agent } from '../engine/language/flow.js';
import { callerMemory, type CallerMemory } from '../engine/stores/caller-memory.js';
import { callersAt } from '../engine/stores/callers-at.js';
import type { DialogStore } from '../engine/stores/dialog-store.js';
import { findUnfinished } from '../engine/compile/unfinished.js';
import { storeAt } from '../engine/stores/store-at.js';
import type { CallRecord } from '../runtime/call/call.js';
import type { VoiceActivityDetector } from '../runtime/contracts.js';
import { createEar } from '../runtime/ear.js';
import type { Log } from '../runtime/observe/log.js';
import { createServer, type CallRequest, type Page, type Server, type ServerLimits } from '../runtime/server/server.js';
import { assemble, type Assembled, type AssembleOptions, type Environment } from './assemble.js';
import { drawSvg } from './graph/svg.js';
import { durationSetting } from './settings.js';
import { openSpeech, type Speech } from './speech.js';
import { storeAddress } from './home.js';

export interface ServeAgentsOptions {
  /** Folders or files, one agent each. The first one answers a call that names none. */
  paths: readonly string[];
  port: number;
  host?: string;
  publicUrl?: string;
  limits?: Partial<ServerLimits>;
  /** Take calls as Twilio without a signature. */
  insecure?: boolean;
  log: Log;
  /** Lines for whoever started the server. */
  say: (line: string) => void;
  onProblems?: AssembleOptions['onProblems'];
  env?: Environment;
  clock?: Clock;
  /** Where recordings are kept, and dialogs unless `PARLEY_STORE` says otherwise: a folder. */
  home: string;
  tools?: AssembleOptions['tools'];
  mocks?: AssembleOptions['mocks'];
  /** Every dialog of a call passes through here before the call gets it. */
  wrapDialog?: (dialog: Dialog, request: CallRequest) => Dialog;
  onRecord?: (record: CallRecord, request: CallRequest) => void;
}

export interface AgentServer {
  server: Server;
  agents: readonly Assembled[];
  speech: Speech;
  /** Resolves when models are loaded and a call can be answered. */
  ready: Promise<void>;
  /** @param withinMs running calls get so long to end */
  close(withinMs?: number): Promise<void>;
}

/**
 * Loads the agents, opens the door, and warms the speech up beside it.
 * @throws FlowProblems for flows with mistakes, UsageError for doors that would stand open or a taken port
 */
export async function serveAgents(options: ServeAgentsOptions): Promise<AgentServer> {
  const { log, say, clock = new RealClock(), env = process.env } = options;
  const store = await storeAt(storeAddress(options.home, env), {
    onProblem: (problem) => log.error('store', { problem }),
  });
  // A database that is not there is found now, not by the first caller.
  await store.ledger();
  const callers = await callersAt(storeAddress(options.home, env), join(options.home, 'callers.sqlite'), clock);
  const memory = callerMemory(callers, {
    clock,
    ...(env.PARLEY_MEMORY_KEY !== undefined && { key: env.PARLEY_MEMORY_KEY }),
  });
  const { agents, speech, warm } = await readyTogether(options, { clock, store, memory, env }).catch(
    async (error: unknown) => {
      await memory.close();
      await store.close();
      throw error;
    },
  );
  const letGo = async (): Promise<void> => {
    speech.close();
    for (const agent of agents) await agent.close();
    await memory.close();
    await store.close();
  };
  const names = agents.map(({ agent }) => agent.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    await letGo();
    throw new UsageError(`two agents are called ${twice}; give one another name`);
  }

  const answeringTo = (name: string | undefined): Assembled | undefined =>
    name === undefined ? agents[0] : agents.find(({ agent }) => agent.name === name);
  const resumeWithinMs = durationSetting(env, 'PARLEY_RESUME_WITHIN', 30 * 60_000);
  let isReady = false;
  // On this machine Twilio's wire can be tried without a token; elsewhere somebody has to vouch for who calls.
  const twilio = env.TWILIO_AUTH_TOKEN !== undefined || options.insecure === true || options.host === undefined;
  if (!twilio) say('Twilio: off. Set TWILIO_AUTH_TOKEN, or --insecure if something in front of this server checks.');
  const server = await createServer({
    port: options.port,
    host: options.host,
    publicUrl: options.publicUrl,
    limits: options.limits,
    tokenSecret: env.PARLEY_TOKEN_SECRET,
    resumeSecret: env.PARLEY_TOKEN_SECRET ?? (await resumeSecretIn(options.home)),
    twilio: twilio
      ? { authToken: env.TWILIO_AUTH_TOKEN, accountSid: env.TWILIO_ACCOUNT_SID, insecure: options.insecure }
      : undefined,
    staticPages: pages(),
    page: (path) => madePage(path, agents),
    isReady: () => isReady,
    onRecord: options.onRecord,
    clock,
    log,
    keepLostMs: durationSetting(env, 'PARLEY_KEEP_LOST', 30_000),
    findUnfinished: async ({ agent, caller }) => {
      const answering = answeringTo(agent);
      if (!answering || resumeWithinMs === 0) return undefined;
      const isHere = (id: string): boolean => server.calls.has(id);
      return findUnfinished(answering.agent, { store, caller, withinMs: resumeWithinMs, isHere });
    },
    openCall: async (request) => {
      const answering = answeringTo(request.agent);
      if (!answering) throw new UsageError(`no agent is called ${request.agent ?? ''}; there are ${names.join(', ')}`);
      const { agent } = answering;
      const { stt, tts } = speech.of(agent);
      const opened = request.dialog
        ? undefined
        : await answering.open({
            id: request.id,
            driver: 'resident',
            // Its caller is here: whichever process had the dialog is gone, or does not know it yet.
            takeOver: request.resumes === true || request.returning === true,
            ...(request.returning && { returning: true }),
            ...(resumeWithinMs > 0 && request.caller !== undefined && { caller: request.caller }),
            start: { call: { id: request.id, from: request.from, to: request.to, direction: 'inbound' } },
            onProblem: (problem) => log.warn('dialog', { call: request.id, problem }),
          });
      const vad: VoiceActivityDetector = speech.openVad();
      return {
        dialog: request.dialog ?? options.wrapDialog?.(opened!, request) ?? opened!,
        ear: createEar({ vad, stt, clock, language: agent.language, log: request.log }),
        voice: tts,
        fallbackVoice: speech.fallbackVoice,
        language: agent.language,
      };
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
  return {
    server,
    agents,
    speech,
    ready,
    close: async (withinMs = 0) => {
      await server.drain(withinMs);
      await server.close();
      await ready.catch(() => undefined);
      await letGo();
    },
  };
}

/** Reads all agents, then trains their routers here while the speech warms up in its threads. */
async function readyTogether(
  options: ServeAgentsOptions,
  parts: { clock: Clock; store: DialogStore; memory: CallerMemory; env: Environment },
): Promise<{ agents: Assembled[]; speech: Speech; warm: Promise<void> }> {
  const { paths, say, onProblems, tools, mocks, log } = options;
  /** While starting, lines are for who started the server; in a call they are for its log. */
  let tell = say;
  const loaded: Agent[] = [];
  let waiting = paths.length;
  let start!: (speech: Promise<Speech>) => void;
  const opening = new Promise<Speech>((resolve) => (start = resolve));
  const warming = opening.then((speech) => speech.warm());
  // Whoever started the server hears of it by `ready`.
  warming.catch(() => undefined);
  if (waiting === 0) start(openSpeech(loaded, parts.env, say));
  const assembling = paths.map((path, index) =>
    assemble(path, {
      ...parts,
      tools,
      mocks,
      log: (line) => tell(line),
      onProblems,
      onLoaded: (agent) => {
        loaded[index] = agent;
        if (--waiting === 0) start(openSpeech(loaded, parts.env, say));
        return opening;
      },
    }),
  );
  try {
    const agents = await Promise.all(assembling);
    tell = (problem) => log.warn('agent', { problem });
    return { agents, speech: await opening, warm: warming };
  } catch (error) {
    // While one agent is not read yet, none has opened anything.
    if (waiting === 0) {
      const done = await Promise.allSettled<Assembled | Speech>([...assembling, opening]);
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
