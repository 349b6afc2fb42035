import { mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CallShelf, sweep, sweepHourly } from '../../cli/call-shelf.js';
import { VirtualClock } from '../../engine/clock.js';
import type { CallRecord } from '../../runtime/call/call.js';
import { flow } from './flow-command.js';

const dayMs = 86_400_000;
const today = Date.UTC(2026, 2, 31, 10);

const record = (id: string, daysAgo: number, more: Partial<CallRecord> = {}): CallRecord => ({
  id,
  transport: 'websocket',
  about: { agent: 'clinic', hash: 'abc' },
  started: new Date(today - daysAgo * dayMs).toISOString(),
  durationMs: 12_400,
  ended: 'completed',
  turns: [
    { who: 'agent', text: 'Which day suits you?', startMs: 100, endMs: 1500 },
    { who: 'caller', text: '•••', startMs: 2000, endMs: 3000, by: 'keys' },
    {
      who: 'agent',
      text: 'Thank you.',
      startMs: 3600,
      endMs: 4000,
      stages: { speechEnd: 3000, final: 3100, decision: 3200, firstSent: 3500, firstHeard: 3600 },
    },
  ],
  states: [{ flow: 'book', state: 'day', atMs: 1600 }],
  interruptions: [],
  tools: [{ callId: 't', name: 'find_slots', outcome: 'ok', atMs: 3300 }],
  counters: {},
  usage: [{ who: 'deepgram', what: 'stt_seconds', amount: 12.4 }],
  ...more,
});

async function shelved(...records: CallRecord[]): Promise<{ home: string; shelf: CallShelf; files: () => string[] }> {
  const home = mkdtempSync(join(tmpdir(), 'parley-calls-'));
  const shelf = new CallShelf(home);
  for (const one of records) await shelf.put(one);
  return { home, shelf, files: () => readdirSync(join(home, 'records')).sort() };
}

describe('calls that are kept', () => {
  it('are one file each that only its owner reads, with the sound beside it', async () => {
    const audio = { sampleRateHz: 8000 as const, caller: new Int16Array(160), agent: new Int16Array(80) };
    const { home, files } = await shelved(record('one', 0, { audio }));
    expect(files()).toEqual(['2026-03-31T10-00-00-000Z-one.json', '2026-03-31T10-00-00-000Z-one.wav']);
    for (const file of files()) expect(statSync(join(home, 'records', file)).mode & 0o777).toBe(0o600);
    const kept = JSON.parse(readFileSync(join(home, 'records', files()[0]!), 'utf8')) as Record<string, unknown>;
    expect(kept).not.toHaveProperty('audio');
    expect(kept.recording).toBe(files()[1]);
  });

  it('keep what was said where there is no room for how it sounded, say so, and leave no half of a file', async () => {
    const { home, files, shelf } = await shelved(record('other', 1));
    // A recording cannot be put there.
    mkdirSync(join(home, 'records', '2026-03-31T10-00-00-000Z-one.wav'));
    const audio = { sampleRateHz: 8000 as const, caller: new Int16Array(160), agent: new Int16Array(80) };
    await expect(shelf.put(record('one', 0, { audio }))).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/);
    const [kept] = await shelf.list();
    expect(kept!.call).toMatchObject({ id: 'one', turns: record('one', 0).turns });
    expect(kept!.call).not.toHaveProperty('recording');
    expect(files().filter((file) => file.endsWith('.half'))).toEqual([]);
  });

  it('never leave their folder, whatever an id looks like', async () => {
    const { files, shelf } = await shelved(record('../../escape', 0));
    expect(files()).toHaveLength(1);
    expect((await shelf.list())[0]!.call!.id).toBe('../../escape');
  });

  it('go when their time is over, their dialogs with them; younger ones, running ones and those of dialogs that are open stay', async () => {
    const { shelf } = await shelved(
      record('old', 40),
      record('young', 2),
      record('returning', 40),
      record('returning', 1),
      record('running', 40),
      record('held', 40),
    );
    const forgotten: string[] = [];
    const problems: string[] = [];
    const gone = await sweep({
      shelf,
      clock: new VirtualClock(today),
      keepMs: 30 * dayMs,
      forget: (id) => (id === 'held' ? Promise.reject(new Error('held is open')) : void forgotten.push(id)) ?? Promise.resolve(),
      isRunning: (id) => id === 'running',
      onProblem: (problem) => void problems.push(problem),
    }); // prettier-ignore
    expect(gone).toBe(2);
    expect(forgotten).toEqual(['old']);
    expect(problems).toEqual(['held is open']);
    expect((await shelf.list()).map(({ call }) => call!.id).sort()).toEqual(['held', 'returning', 'running', 'young']);
  });

  it('are looked at again every hour', async () => {
    const { shelf } = await shelved(record('old', 30));
    const clock = new VirtualClock(today - 30 * 60_000);
    const stop = sweepHourly({
      shelf,
      clock,
      keepMs: 30 * dayMs,
      forget: () => Promise.resolve(),
      isRunning: () => false,
      onProblem: (problem) => expect.unreachable(problem),
    });
    const left = async (): Promise<number> => (await shelf.list()).length;
    expect(await left()).toBe(1);
    for (let hour = 0; hour < 3 && (await left()) > 0; hour++) {
      // The disk has its own time.
      while (clock.nextAtMs === undefined) await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(60 * 60_000);
    }
    expect(await left()).toBe(0);
    await stop();
  });
});

describe('flow calls', () => {
  it('lists, filters, shows and deletes', async () => {
    const { home, files } = await shelved(
      record('aaaa1111-first', 3),
      record('bbbb2222-second', 2, { ended: 'caller_hung_up', about: { agent: 'bank' } }),
    );
    const run = (...args: string[]) => flow(['calls', ...args], { env: { PARLEY_HOME: home, PARLEY_STORE: 'memory' } });
    const list = await run();
    expect(list.code).toBe(0);
    expect(list.stdout.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual(['bbbb2222', 'aaaa1111', '']);
    expect((await run('--agent', 'clinic')).stdout).not.toContain('bbbb2222');
    const json = JSON.parse((await run('--ended', 'caller_hung_up', '--json')).stdout) as unknown[];
    expect(json).toMatchObject([{ id: 'bbbb2222-second', agent: 'bank', turns: 3 }]);
    const shown = await run('aaaa');
    expect(shown.stdout).toContain('00:03  Agent   Thank you.  [600 ms]');
    expect(shown.stdout).toContain('00:03          tool find_slots: ok');
    expect(shown.stdout).toContain('Cost not known: PARLEY_PRICES has no price of deepgram.');
    const prices = join(home, 'prices.json');
    writeFileSync(prices, '{"deepgram":{"stt_seconds":0.001}}');
    const priced = await flow(['calls', 'aaaa'], { env: { PARLEY_HOME: home, PARLEY_PRICES: prices } });
    expect(priced.stdout).toContain('Cost $0.0124');
    expect(JSON.parse((await run('aaaa', '--json')).stdout)).toMatchObject({ id: 'aaaa1111-first' });
    expect((await run('cccc')).code).toBe(1);
    expect((await run('--delete')).code).toBe(2);
    expect((await run('--delete', '--older-than', 'soon')).code).toBe(2);
    expect((await run('aaaa', '--delete')).stdout).toBe('Deleted aaaa1111-first.\n');
    expect(files()).toEqual([expect.stringContaining('bbbb2222')]);
    writeFileSync(join(home, 'records', '2020-01-01T00-00-00-000Z-broken.json'), '{');
    expect((await run('--delete', '--older-than', '365d')).stdout).toBe('Deleted one call.\n');
    expect(files()).toEqual([expect.stringContaining('bbbb2222')]);
  });
});
