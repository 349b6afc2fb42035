/**
 * The agents of a server, each in the version that answers new calls and in those that calls still run on. A call keeps
 * its version: the flows, router, tools and words it began with. The last call of an old one lets go of it.
 */
import { basename } from 'node:path';
import type { Dialog, Json } from '../engine/contracts.js';
import { messageOf } from '../engine/errors.js';
import type { Agent } from '../engine/language/flow.js';
import { FlowProblems, type Problem } from '../engine/language/problems.js';
import type { Log } from '../runtime/observe/log.js';
import type { Assembled } from './assemble.js';
import type { Speech } from './speech.js';
import { wrapDialog } from '../runtime/wrap-dialog.js';

export interface AgentVersionsOptions {
  /** In the order of their paths. */
  agents: readonly Assembled[];
  paths: readonly string[];
  /** Reads an agent anew: its router is trained and its code loaded when this resolves. */
  assemble: (path: string, before: Assembled) => Promise<Assembled>;
  speech: Pick<Speech, 'add' | 'remove'>;
  log: Log;
  /** Why an edit was not taken, for whoever made it. */
  onProblems?: (problems: readonly Problem[]) => void;
}

/** What came of reading one agent anew. */
export interface Reloaded {
  path: string;
  /** `kept`: the edit has mistakes, and the version before goes on. */
  outcome: 'new' | 'same' | 'kept';
  agent: string;
}

interface Version {
  path: string;
  ready: Assembled;
  /** Open dialogs, and those that are being opened. */
  dialogs: number;
  isOld: boolean;
}

export class AgentVersions {
  readonly #options: Omit<AgentVersionsOptions, 'agents'>;
  readonly #now: Version[];
  readonly #old = new Set<Version>();
  readonly #ofDialog = new WeakMap<Dialog, Version>();
  readonly #closing = new Set<Promise<void>>();
  #reloading: Promise<unknown> = Promise.resolve();
  /** Paths whose turn has not come: a change that comes meanwhile is one with them. */
  readonly #waiting = new Set<string>();
  #closed = false;

  constructor({ agents, ...options }: AgentVersionsOptions) {
    this.#options = options;
    this.#now = agents.map((ready, index) => version(options.paths[index]!, ready));
  }

  /** Those that answer new calls. */
  get agents(): readonly Assembled[] {
    return this.#now.map(({ ready }) => ready);
  }

  answeringTo(name: string | undefined): Assembled | undefined {
    return name === undefined ? this.#now[0]?.ready : this.agents.find(({ agent }) => agent.name === name);
  }

  /**
   * Opens a dialog on the version that answers now. Whatever `wrap` makes of it is the dialog that
   * {@link agentOf} knows.
   */
  async open(ready: Assembled, options: Parameters<Assembled['open']>[0], wrap: (dialog: Dialog) => Dialog) {
    const its = this.#now.find((one) => one.ready === ready);
    if (!its) throw new Error(`${ready.agent.name}: this version answers no new calls`);
    its.dialogs += 1;
    let open = true;
    const letGo = (): void => {
      if (open) its.dialogs -= 1;
      open = false;
      this.#retire(its);
    };
    try {
      const dialog = wrap(lastly(await ready.open(options), letGo));
      this.#ofDialog.set(dialog, its);
      return dialog;
    } catch (error) {
      letGo();
      throw error;
    }
  }

  /** The version that a dialog runs on. */
  agentOf(dialog: Dialog): Agent | undefined {
    return this.#ofDialog.get(dialog)?.ready.agent;
  }

  /** For `/health`: which versions answer, and which are kept by calls. */
  report(): Json {
    return [...this.#now, ...this.#old].map(({ ready: { agent }, dialogs, isOld }) => ({
      ...about(agent),
      dialogs,
      ...(isOld && { old: true }),
    }));
  }

  /**
   * Reads agents anew, one after the other, and lets those without mistakes answer new calls. Until then, and for
   * good where there are mistakes, the version before answers. Never rejects.
   * @param paths default: all
   */
  reload(paths: readonly string[] = this.#options.paths): Promise<Reloaded[]> {
    const mine = paths.filter((path) => !this.#waiting.has(path));
    for (const path of mine) this.#waiting.add(path);
    const done = this.#reloading.then(async () => {
      const all: Reloaded[] = [];
      for (const path of mine) {
        this.#waiting.delete(path);
        if (!this.#closed) all.push(await this.#reloadOne(path));
      }
      return all;
    });
    this.#reloading = done;
    return done;
  }

  /** The process ends: calls have been drained. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#reloading;
    await Promise.all(this.#closing);
    for (const { ready } of [...this.#now, ...this.#old]) await ready.close();
  }

  async #reloadOne(path: string): Promise<Reloaded> {
    const { log, onProblems, assemble, speech } = this.#options;
    const index = this.#now.findIndex((one) => one.path === path);
    const before = this.#now[index]!;
    const { agent: old } = before.ready;
    const kept = (problem: string): Reloaded => {
      log.error('agent not reloaded', { ...about(old), problem });
      return { path, outcome: 'kept', agent: old.name };
    };
    let next: Assembled;
    try {
      next = await assemble(path, before.ready);
    } catch (error) {
      if (!(error instanceof FlowProblems)) return kept(messageOf(error));
      onProblems?.(error.problems);
      const wrong = error.problems.filter(({ severity }) => severity === 'error');
      const [first] = wrong;
      return kept(
        `${String(wrong.length)} ${wrong.length === 1 ? 'mistake' : 'mistakes'}${first ? `, first ${first.code} at ${basename(first.file)}:${String(first.line)}` : ''}`,
      );
    }
    const { agent } = next;
    const twin = this.#now.find((one) => one !== before && one.ready.agent.name === agent.name);
    const trouble = twin ? `two agents would be called ${agent.name}` : next.codeProblems[0];
    if (trouble !== undefined || this.#closed) {
      await next.close();
      return kept(trouble ?? 'the server ends');
    }
    try {
      await speech.add(agent);
    } catch (error) {
      speech.remove(agent);
      await next.close();
      return kept(messageOf(error));
    }
    this.#now[index] = version(path, next);
    before.isOld = true;
    this.#old.add(before);
    if (agent.version !== undefined && old.version !== undefined && agent.version < old.version)
      log.warn('agent has a lower version than before', { ...about(agent), before: old.version });
    log.info('agent reloaded', { ...about(agent), before: old.version ?? old.hash, running: before.dialogs });
    this.#retire(before);
    return { path, outcome: agent.hash === old.hash ? 'same' : 'new', agent: agent.name };
  }

  /** Lets go of an old version that has no dialog any more. */
  #retire(its: Version): void {
    if (!its.isOld || its.dialogs > 0 || this.#closed || !this.#old.delete(its)) return;
    const { agent } = its.ready;
    const { log, speech } = this.#options;
    const closing = its.ready
      .close()
      .catch((error: unknown) => log.warn('agent', { problem: messageOf(error) }))
      .finally(() => {
        speech.remove(agent);
        this.#closing.delete(closing);
        log.info('agent version ended', about(agent));
      });
    this.#closing.add(closing);
  }
}

/** Which agent in which version, for a line of the log. */
export function about({ name, version: number, hash }: Agent): { agent: string; version?: number; hash: string } {
  return { agent: name, ...(number !== undefined && { version: number }), hash };
}

function version(path: string, ready: Assembled): Version {
  return { path, ready, dialogs: 0, isOld: false };
}

/** The dialog, with something to do once it is closed. */
function lastly(dialog: Dialog, then: () => void): Dialog {
  return wrapDialog(dialog, {
    close: async (reason) => {
      try {
        await dialog.close(reason);
      } finally {
        then();
      }
    },
  });
}
