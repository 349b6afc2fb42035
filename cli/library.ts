/** Parley as a library: `import { loadFlow, openDialog, createServer } from 'parley'`. */
import { randomUUID } from 'node:crypto';
import type { Dialog } from '../engine/contracts.js';
import type { StartOptions } from '../engine/dialog/seam.js';
import type { Agent } from '../engine/language/flow.js';
import type { DialogStore } from '../engine/stores/dialog-store.js';
import { wrapDialog } from '../runtime/wrap-dialog.js';
import type { AssembleOptions } from './assemble.js';

export { loadFlow } from '../engine/language/load.js';
export { FlowProblems, type Problem } from '../engine/language/problems.js';
export { memoryStore } from '../engine/stores/memory-store.js';
export { sqliteStore } from '../engine/stores/sqlite-store.js';
export { postgresStore } from '../engine/stores/postgres-store.js';
export { redisStore } from '../engine/stores/redis-store.js';
export { storeAt } from '../engine/stores/store-at.js';
export { compileGraph, type AgentGraph, type CompileGraphOptions } from './compile-graph.js';
export type { Agent, DialogStore };
export type {
  Dialog,
  Heard,
  Input,
  Json,
  Listening,
  Out,
  ToolResult,
  TurnTrace,
  Understanding,
} from '../engine/contracts.js';

export interface OpenOptions {
  /** With a `store` that knows it, the dialog goes on where it was. Default: a new one. */
  id?: string;
  start?: Omit<StartOptions, 'dialogId'>;
  /** Default: memory, gone with the process. */
  store?: DialogStore;
  /** Default `auto`: a tool whose environment is missing is its mock, when it has one. */
  tools?: AssembleOptions['tools'];
  log?: (line: string) => void;
}

/**
 * Opens a conversation of a loaded agent, by text: the router is trained from its examples, its tools run.
 * Closing the dialog closes what was opened with it.
 */
export async function openDialog(agent: Agent, options: OpenOptions = {}): Promise<Dialog> {
  const { assemble } = await import('./assemble.js');
  const ready = await assemble(agent.path, { store: options.store, tools: options.tools, log: options.log });
  const dialog = await ready.open({ id: options.id ?? randomUUID(), start: options.start });
  return wrapDialog(dialog, {
    close: async (reason) => {
      await dialog.close(reason);
      await ready.close();
    },
  });
}

export interface CreateServerOptions {
  /** Folders or files, one agent each; the first answers calls that name none. */
  agents: readonly string[];
  /** Default 4680; 0 takes a free one. */
  port?: number;
  /** Default 127.0.0.1; anywhere else callers need a token. */
  host?: string;
  publicUrl?: string;
  /** Where dialogs are kept. Default `.parley`. */
  home?: string;
  /** Takes one line for each thing worth saying. Default: dropped. */
  log?: (line: string) => void;
}

export interface ParleyServer {
  url: string;
  /** A token for `/call?token=`. */
  issueToken(seconds?: number): Promise<string>;
  /** Resolves when speech models are loaded: earlier calls are refused. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** A server that answers calls: what `flow serve` starts. */
export async function createServer(options: CreateServerOptions): Promise<ParleyServer> {
  const [{ serveAgents }, { createLog, silentLog }, { homeFolder }] = await Promise.all([
    import('./serve-agents.js'),
    import('../runtime/observe/log.js'),
    import('./home.js'),
  ]);
  const { log } = options;
  const started = await serveAgents({
    paths: options.agents,
    port: options.port ?? 4680,
    host: options.host,
    publicUrl: options.publicUrl,
    home: options.home ?? homeFolder(),
    say: log ?? (() => undefined),
    log: log ? createLog({ style: 'pretty', write: (line) => log(line.trimEnd()) }) : silentLog,
  });
  return {
    url: started.server.url,
    issueToken: (seconds) => started.server.issueToken(seconds),
    ready: started.ready,
    close: async () => void (await started.close()),
  };
}
