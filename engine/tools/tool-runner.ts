import { RealClock } from '../clock.js';
import type { Clock, ToolCall, ToolResult, ToolRunner } from '../contracts.js';
import { localTimeIn } from '../compile/moment.js';
import type { Agent, Tool } from '../language/flow.js';
import type { MockRule, Mocks } from '../language/script.js';
import { loadTool } from './code-tool.js';
import { findTool } from './find-tool.js';
import { sendHttp } from './http-tool.js';
import { MockShelf, mockLine } from './mock-tool.js';
import { momentsOut } from './moments-out.js';
import { outcomeOf } from './outcome.js';
import { environmentOf } from './tool-environment.js';
import { fitFields, type WritingContext } from './written-values.js';

export interface ToolRunnerOptions {
  /** Time-outs, backoff and mocks' delays run on it. Default: the machine's. */
  clock?: Clock;
  /** What `env.X` reads. Default: the process's environment. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Stand-ins by tool name; `flow.tool` where two flows have a tool of one name. */
  mocks?: Mocks;
  /**
   * `real`: every tool itself. `mock`: only stand-ins; a tool without one comes to `error`. `auto`: itself, unless
   * the environment lacks a name that it needs and there is a stand-in.
   */
  mode: 'real' | 'mock' | 'auto';
  fetch?: typeof fetch;
  /** 0 to 1, for the chance in the waits between tries. Default: `Math.random`. */
  random?: () => number;
  /** Told of every try, with the checked input. */
  onAttempt?: (call: ToolCall) => void;
}

/** What came back, before it is checked. */
export type RawResult =
  /** `failed`: the tool itself says so; a named outcome may still fit what it gave. */
  | { kind: 'value'; value: unknown; status?: number; failed?: string }
  /** Decided already: a mock's or a failure's outcome. */
  | { kind: 'outcome'; outcome: string; value?: unknown; problem?: string; retryable?: boolean };

/** One try at a tool. Rejects only with the signal's reason. */
export type Attempt = (signal: AbortSignal) => Promise<RawResult>;

/** An agent's tools, of the version that it was loaded as. */
export interface AgentTools extends ToolRunner {
  /**
   * Loads the code of the tools that will be run, so that a later edit of a file does not reach into this version.
   * @returns what cannot be loaded, one line each
   */
  load(): Promise<string[]>;
}

/**
 * Waits before the second, third, … try of a read: half of it is chance, so that calls that failed together do not
 * come back together.
 */
const backoffMs = (tries: number, random: () => number): number =>
  Math.min(200 * 2 ** (tries - 1), 2000) * (0.5 + random() / 2);

class TimeUp extends Error {}

/**
 * Runs an agent's tools: over HTTP, in this process, or by stand-ins. Input and output are checked against the
 * declared types, the time-out covers all tries, only reads are tried again. Whatever a back end does, the answer
 * is a {@link ToolResult} with a one-line problem that has no values in it.
 */
export function createToolRunner(agent: Agent, options: ToolRunnerOptions): AgentTools {
  const clock = options.clock ?? new RealClock();
  const env = options.env ?? process.env;
  const mocks = new MockShelf(options.mocks ?? new Map());
  const localTime = localTimeIn(agent.timezone);
  const code = new Map<string, ReturnType<typeof loadTool>>();
  /** Holds connections to MCP servers open. */
  const user = {};
  let hasMcp = false;

  function loadedCode(tool: Tool, { file, export: name }: NonNullable<Tool['code']>): ReturnType<typeof loadTool> {
    const key = `${file}#${name}`;
    const loaded =
      code.get(key) ??
      (tool.isRetriever === true
        ? import('./retriever-tool.js').then(({ loadRetriever }) => loadRetriever({ file, export: name }))
        : loadTool({ file, export: name }));
    code.set(key, loaded);
    return loaded;
  }

  // A retriever reads its documents when it is made: not within the two seconds that a caller waits for it.
  for (const tool of options.mode === 'mock' ? [] : agent.tools.values())
    if (tool.isRetriever === true && tool.code) void loadedCode(tool, tool.code);

  const missingFor = (tool: Tool): string[] =>
    [...environmentOf(tool)].filter((name) => env[name] === undefined || env[name] === '');
  const isMocked = (tool: Tool, call: Pick<ToolCall, 'tool' | 'flow'>): boolean =>
    options.mode === 'mock' || (options.mode === 'auto' && missingFor(tool).length > 0 && mocks.has(call));

  /** How this call is answered, or why it cannot be. */
  function attemptFor(tool: Tool, given: ToolCall): Attempt | { problem: string } {
    const missing = missingFor(tool);
    if (isMocked(tool, given)) {
      const first = mocks.take(given);
      const lacking = `no stand-in fits; add to mocks.yaml or the script: ${mockLine(tool)}`;
      if (!first) return { problem: lacking };
      // A stand-in stands for the back end: each try takes the next rule, and an error may be tried again as one from there.
      let rule: MockRule | undefined = first;
      return async (signal) => {
        const taken = rule ?? mocks.take(given);
        rule = undefined;
        if (!taken) return { kind: 'outcome', outcome: 'error', problem: lacking };
        const { outcome, gives, delayMs } = taken;
        if (delayMs > 0) await clock.sleep(delayMs, signal);
        return outcome !== undefined && outcome !== 'ok'
          ? { kind: 'outcome', outcome, retryable: outcome === 'error', ...(gives !== undefined && { value: gives }) }
          : { kind: 'value', value: gives ?? {}, ...(outcome === undefined && { status: 200 }) };
      };
    }
    const call = { ...given, input: momentsOut(given.input, tool.input, agent.timezone) };
    if (tool.http) {
      if (missing.length > 0) return { problem: `${missing.join(', ')} is not set in the environment` };
      return (signal) => sendHttp(tool, call, env, options.fetch ?? fetch, signal);
    }
    if (tool.code) {
      const key = `${tool.code.file}#${tool.code.export}`;
      const loaded = loadedCode(tool, tool.code);
      return async (signal) => {
        const run = await loaded;
        if ('problem' in run) {
          code.delete(key);
          return { kind: 'outcome', outcome: 'error', problem: run.problem };
        }
        return run.call(call.input, { signal, env });
      };
    }
    if (tool.mcp) {
      if (missing.length > 0) return { problem: `${missing.join(', ')} is not set in the environment` };
      return async (signal) => {
        const { callMcp } = await import('./mcp-tool.js');
        hasMcp = true;
        return callMcp(tool, call, { env, clock, user }, signal);
      };
    }
    return { problem: `has neither http, code nor mcp` };
  }

  return {
    async load() {
      const tools = [agent, ...agent.flows.values()].flatMap((owner) => [...owner.tools.values()]);
      const loaded = await Promise.all(
        tools.flatMap((tool) => {
          const call = { tool: tool.name, ...(tool.flow !== undefined && { flow: tool.flow }) };
          return tool.code && !isMocked(tool, call) ? [loadedCode(tool, tool.code)] : [];
        }),
      );
      return [...new Set(loaded.flatMap((one) => ('problem' in one ? [one.problem] : [])))];
    },
    async run(given, signal) {
      const tool = findTool(agent, given);
      if (!tool) return failed(`there is no such tool`);
      try {
        const { language, timezone } = agent;
        const context: WritingContext = { language, timezone, now: localTime(clock.date()).slice(0, 16) };
        const input = fitFields(given.input, tool.input, 'input', context);
        if ('problem' in input) return failed(input.problem);
        const call = { ...given, input: input.value };
        if (signal.aborted) return { outcome: 'cancelled' };
        const attempt = attemptFor(tool, call);
        if (typeof attempt !== 'function') return failed(attempt.problem);
        let attempts = 0;
        const told: Attempt = (stop) => {
          attempts++;
          options.onAttempt?.(call);
          return attempt(stop);
        };
        const result = await within(clock, tool, signal, (stop) =>
          tryOut(clock, tool, call, told, context, stop, options.random ?? Math.random),
        );
        return attempts === 1 ? result : { ...result, attempts };
      } catch (error) {
        return failed(`${error instanceof Error ? error.name : 'failed'} while it was prepared`);
      }
    },
    async close() {
      if (hasMcp) await (await import('./mcp-connections.js')).releaseMcp(user);
    },
  };
}

/** Tries, and for reads tries again while that may help. */
async function tryOut(
  clock: Clock,
  tool: Tool,
  call: ToolCall,
  attempt: Attempt,
  context: WritingContext,
  signal: AbortSignal,
  random: () => number,
): Promise<ToolResult> {
  for (let tries = 1; ; tries++) {
    const raw = await attempt(signal);
    const again = raw.kind === 'outcome' && raw.retryable === true && tool.effect === 'read' && tries <= tool.retries;
    if (!again) return outcomeOf(tool, call, raw, context);
    await clock.sleep(backoffMs(tries, random), signal);
  }
}

/** Ends the work at the tool's time-out or the caller's wish, also when it does not listen to its signal. */
async function within(
  clock: Clock,
  tool: Tool,
  signal: AbortSignal,
  work: (stop: AbortSignal) => Promise<ToolResult>,
): Promise<ToolResult> {
  const stop = new AbortController();
  const cancel = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', cancel, { once: true });
  const disarm = clock.at(clock.now() + tool.timeoutMs, () => stop.abort(new TimeUp()));
  const stopped = new Promise<ToolResult>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(stoppedResult(tool, stop.signal.reason)), { once: true });
  });
  const working = work(stop.signal).catch((error: unknown) =>
    stop.signal.aborted
      ? stoppedResult(tool, stop.signal.reason)
      : failed(`${error instanceof Error ? error.name : 'failed'}`),
  );
  try {
    return await Promise.race([working, stopped]);
  } finally {
    disarm();
    signal.removeEventListener('abort', cancel);
  }
}

function stoppedResult(tool: Tool, reason: unknown): ToolResult {
  if (!(reason instanceof TimeUp)) return { outcome: 'cancelled' };
  return { outcome: 'timeout', problem: `no answer within ${String(tool.timeoutMs)} ms` };
}

function failed(problem: string): ToolResult {
  return { outcome: 'error', problem };
}
