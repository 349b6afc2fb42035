import { AsyncResource } from 'node:async_hooks';
import type { Heard, ToolCall, ToolResult } from '../contracts.js';
import { findTool } from '../tools/find-tool.js';
import type { Tool } from '../language/flow.js';
import type { WriteLedger } from '../stores/write-ledger.js';
import type { KeptCall, TurnHost } from './turn-host.js';

/**
 * Tools run outside LangGraph's asynchronous context: a connection kept open from inside it would hold the whole
 * turn's configuration for as long as the connection lives.
 */
const outside = new AsyncResource('parley-tools');

/** Runs something that asks the world, outside of the graph's context. */
export function runOutside<Result>(run: () => Result): Result {
  return outside.runInAsyncScope(run);
}

/**
 * Runs the tool a turn wants. What an interruption does is the tool's `on_interrupt`: `finish` lets it run on and
 * comes back `pending`, `cancel` stops it, `block` waits. After a hang-up only `finish` runs on. Reads that run at the
 * same time stay together: one that blocks is waited for, and they are cancelled only when all say so.
 */
export async function performTool(host: TurnHost, kept: KeptCall): Promise<ToolResult | 'pending'> {
  const onInterrupt = mannerOf(host, kept);
  const { signal } = host;
  const heard = (): boolean => isHeard(signal.reason);
  if (signal.aborted && !(heard() && onInterrupt !== 'cancel')) {
    // Never begun, so nothing to undo; but a write from before a crash is still looked up.
    return (await sentBefore(host, kept.call)) ?? { outcome: 'cancelled' };
  }
  const stop = new AbortController();
  const running = startTool(host, kept, stop.signal);
  return new Promise((resolve) => {
    const interrupted = (): void => {
      if (onInterrupt === 'finish') {
        host.settleLater(kept.call.callId, running);
        resolve('pending');
      } else if (onInterrupt === 'cancel' || !heard()) {
        stop.abort(signal.reason);
      }
    };
    if (signal.aborted) interrupted();
    else signal.addEventListener('abort', interrupted, { once: true });
    void running.then((result) => {
      signal.removeEventListener('abort', interrupted);
      resolve(result);
    });
  });
}

function mannerOf(host: TurnHost, kept: KeptCall): Tool['onInterrupt'] {
  const manners = [kept, ...(kept.beside ?? [])].map(({ call }) => findTool(host.agent, call)?.onInterrupt ?? 'finish');
  if (manners.includes('block')) return 'block';
  return manners.every((manner) => manner === 'cancel') ? 'cancel' : 'finish';
}

/**
 * Writes under way in this process. A caller who hung up and calls again finds the dialog while its write still runs
 * on: that one is waited for, not taken for lost.
 */
const underWay = new WeakMap<WriteLedger, Map<string, Promise<ToolResult>>>();

/**
 * Starts a tool, a write at most once: its intent is on the disk before it is sent. Never rejects.
 * Also for tools that were running when a process died.
 */
export function startTool(host: TurnHost, kept: KeptCall, signal: AbortSignal): Promise<ToolResult> {
  if (kept.beside) return sendTogether(host, kept, kept.beside, signal);
  if (kept.call.effect !== 'write') return send(host, kept, signal);
  const { callId } = kept.call;
  let running = underWay.get(host.ledger);
  if (!running) underWay.set(host.ledger, (running = new Map()));
  const known = running.get(callId);
  if (known) return known;
  const sent = send(host, kept, signal).finally(() => running.delete(callId));
  running.set(callId, sent);
  return sent;
}

async function sendTogether(
  host: TurnHost,
  first: KeptCall,
  beside: KeptCall[],
  signal: AbortSignal,
): Promise<ToolResult> {
  const [result, ...others] = await Promise.all([first, ...beside].map((one) => send(host, one, signal)));
  return { ...result!, beside: others };
}

async function send(host: TurnHost, kept: KeptCall, signal: AbortSignal): Promise<ToolResult> {
  const name = kept.call.tool;
  try {
    const known = await sentBefore(host, kept.call);
    if (known) return known;
    const call = host.recall(kept);
    if (!call) return { outcome: 'error', problem: 'not called, because a secret it needs was lost with the process' };
    if (call.effect === 'write') await host.ledger.intend({ dialogId: host.dialogId, callId: call.callId, tool: name });
    const sinceMs = host.clock.now();
    const result = await runOutside(() => host.tools.run(call, signal));
    const ms = host.clock.now() - sinceMs;
    if (call.effect === 'write') await settle(host, call.callId, result);
    return { ...result, ms };
  } catch (error) {
    return { outcome: 'error', problem: (error as Error).message };
  }
}

/** What a write already came to. A write whose answer was lost is sent again only under its idempotency key. */
async function sentBefore(host: TurnHost, call: ToolCall): Promise<ToolResult | undefined> {
  if (call.effect !== 'write') return undefined;
  const entry = await host.ledger.find(host.dialogId, call.callId);
  if (!entry) return undefined;
  if (entry.result) return entry.result;
  if (call.idempotencyKey !== undefined) return undefined;
  const result = { outcome: 'unknown', problem: 'was sent before a restart and never answered; it is not sent again' };
  await settle(host, call.callId, result);
  return result;
}

async function settle(host: TurnHost, callId: string, result: ToolResult): Promise<void> {
  try {
    await host.ledger.settle(host.dialogId, callId, result);
  } catch (error) {
    // The intent stays open: after a restart the write counts as unknown, which is true.
    host.problem(`dialog ${host.dialogId}: a settlement was not stored (${(error as Error).message})`);
  }
}

/** A caller's interruption, as against a hang-up. */
export function isHeard(reason: unknown): reason is Heard {
  return typeof reason === 'object' && reason !== null && Array.isArray((reason as Heard).parts);
}
