/** `flow calls`: the calls that `flow serve --keep` has kept. */
import { RealClock } from '../engine/clock.js';
import { UsageError } from '../engine/errors.js';
import { storeAt } from '../engine/stores/store-at.js';
import { costOf, type Prices } from '../runtime/observe/cost.js';
import { stageLengths } from '../runtime/observe/stages.js';
import { CallShelf, forgetDialog, sweep, type KeptCall, type ShelfEntry } from './call-shelf.js';
import { homeFolder, storeAddress } from './home.js';
import { pricesIn } from './prices.js';
import { durationOption } from './settings.js';

export interface CallsOptions {
  agent?: string;
  ended?: string;
  since?: string;
  last: string;
  delete?: boolean;
  olderThan?: string;
  json?: boolean;
}

type Readable = ShelfEntry & { call: KeptCall };

export async function calls(name: string | undefined, options: CallsOptions): Promise<void> {
  if (options.olderThan !== undefined && (!options.delete || name !== undefined))
    throw new UsageError('--older-than belongs to --delete, without a call: flow calls --delete --older-than 30d');
  if (options.delete && name === undefined && options.olderThan === undefined)
    throw new UsageError('--delete takes a call, or --older-than: flow calls --delete --older-than 30d');
  const shelf = new CallShelf(homeFolder());
  if (options.olderThan !== undefined) return deleteOld(shelf, durationOption(options.olderThan, '--older-than'));
  const all = await shelf.list();
  if (name === undefined) return list(all, options);
  const found = all.filter((entry) => entry.name === name || entry.call?.id.startsWith(name));
  if (found.length === 0) return fail(`There is no call "${name}" here; flow calls lists them.`);
  if (options.delete) return deleteOne(shelf, found, name);
  const prices = await pricesIn(process.env);
  const readable = found.filter((entry): entry is Readable => entry.call !== undefined);
  if (readable.length === 0) return fail(`${found[0]!.name} cannot be read.`);
  if (options.json) return print(JSON.stringify(readable[0]!.call));
  print(readable.reverse().map(({ call }) => story(call, prices)).join('\n\n')); // prettier-ignore
}

function list(all: readonly ShelfEntry[], options: CallsOptions): void {
  const most = Number(options.last);
  if (!Number.isInteger(most) || most < 1) throw new UsageError(`--last takes a whole number, not "${options.last}"`);
  const fromMs = options.since === undefined ? 0 : Date.now() - durationOption(options.since, '--since');
  const fits = all
    .filter((entry): entry is Readable => entry.call !== undefined)
    .filter(({ endedMs }) => endedMs >= fromMs)
    .filter(({ call }) => options.agent === undefined || call.about?.agent === options.agent)
    .filter(({ call }) => options.ended === undefined || call.ended === options.ended);
  const shown = fits.slice(0, most);
  if (options.json)
    return print(
      JSON.stringify(
        shown.map(({ name, call: { id, about, transport, started, durationMs, ended, turns } }) => ({ name, id, agent: about?.agent, transport, started, durationMs, ended, turns: turns.length })), // prettier-ignore
      ),
    );
  if (shown.length === 0)
    return print(all.length === 0 ? 'No calls are kept here. flow serve --keep 30d keeps them.' : 'No such calls.');
  const rows = shown.map(({ call }) => [
    call.id.slice(0, 8),
    call.started.slice(0, 19).replace('T', ' '),
    String(call.about?.agent ?? '-'),
    call.transport,
    `${String(Math.round(call.durationMs / 1000))} s`,
    `${String(call.turns.length)} turns`,
    call.ended,
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) print(row.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd()); // prettier-ignore
  if (fits.length > most) print(`and ${String(fits.length - most)} more: --last ${String(fits.length)}`);
}

/** What was said, where the dialog went, how long the caller waited, and what it cost. */
function story(call: KeptCall, prices: Prices): string {
  const { usage = [], errors = {} } = call;
  const said = call.turns.map((turn) => ({
    atMs: turn.startMs,
    line: `${turn.who === 'caller' ? 'Caller' : 'Agent '}  ${turn.text}${turn.by === 'keys' ? ' (keys)' : ''}${turn.interrupted ? ` (interrupted${turn.unheard ? `; not heard: ${turn.unheard}` : ''})` : ''}${gap(turn.stages)}`,
  }));
  const moved = call.states.map(({ atMs, flow, state }) => ({ atMs, line: `        → ${flow ?? ''}/${state}` }));
  const tools = call.tools.map(({ atMs, name, outcome }) => ({ atMs, line: `        tool ${name}: ${outcome}` }));
  const { costs, unpriced } = costOf(usage, prices);
  const usd = costs.reduce((sum, one) => sum + one.usd, 0);
  return [
    `Call ${call.id}: ${String(call.about?.agent ?? 'unknown agent')} by ${call.transport}, ${call.started}, ${(call.durationMs / 1000).toFixed(1)} s, ${call.ended}`,
    '',
    ...[...said, ...moved, ...tools].sort((a, b) => a.atMs - b.atMs).map(({ atMs, line }) => `${time(atMs)}  ${line}`),
    '',
    ...usage.map(({ who, what, amount, wasted }) => `${who}: ${String(amount)} ${what.replaceAll('_', ' ')}${wasted === undefined ? '' : `, ${String(wasted)} of them for nothing`}`),
    ...(costs.length > 0 && unpriced.length === 0 ? [`Cost $${usd.toFixed(4)}`] : []),
    ...(unpriced.length > 0 ? [`Cost not known: PARLEY_PRICES has no price of ${unpriced.join(', ')}.`] : []),
    ...Object.entries(errors).map(([provider, count]) => `${provider} failed ${String(count)} times`),
    ...(call.recording === undefined ? [] : [`Recording ${call.recording}`]),
  ].join('\n').trimEnd(); // prettier-ignore
}

function gap(stages: KeptCall['turns'][number]['stages']): string {
  const found = stages && stageLengths(stages).find(({ stage }) => stage === 'gap');
  return found ? `  [${String(found.ms)} ms]` : '';
}

function time(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
}

/** With the store of dialogs, as the server has it. */
async function withForget<T>(work: (forget: (id: string) => Promise<void>) => Promise<T>): Promise<T> {
  const store = await storeAt(storeAddress(homeFolder()), {});
  try {
    return await work((id) => forgetDialog(store, id));
  } finally {
    await store.close();
  }
}

async function deleteOld(shelf: CallShelf, keepMs: number): Promise<void> {
  const problems: string[] = [];
  const gone = await withForget((forget) =>
    sweep({
      shelf,
      clock: new RealClock(),
      keepMs,
      forget,
      isRunning: () => false,
      onProblem: (problem) => void problems.push(problem),
    }),
  );
  print(`Deleted ${gone === 1 ? 'one call' : `${String(gone)} calls`}.`);
  if (problems.length > 0) fail(problems.join('\n'));
}

/** All calls of one dialog; never those of two. */
async function deleteOne(shelf: CallShelf, found: readonly ShelfEntry[], name: string): Promise<void> {
  const ids = new Set(found.map(({ call }) => call?.id));
  if (ids.size > 1) return fail(`"${name}" is the beginning of ${String(ids.size)} calls; give more of it.`);
  const [id] = ids;
  if (id !== undefined) await withForget((forget) => forget(id));
  for (const entry of found) await shelf.delete(entry.name);
  print(`Deleted ${id ?? name}.`);
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(problem: string): void {
  process.stderr.write(`${problem}\n`);
  process.exitCode = 1;
}
