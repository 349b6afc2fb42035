/** The built server from outside: start-up, memory idle and in a call, and the demonstration call's gaps. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.js';
import type { Row } from './bench.js';

export async function benchServer(): Promise<Row[]> {
  const rows: Row[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const startedAt = performance.now();
  const server = spawn(
    process.execPath,
    [
      '--max-semi-space-size=64',
      join(packageRoot, '.dist/flow.js'),
      'serve',
      'flows/acme-support',
      '--port',
      '0',
      '--no-open',
    ],
    { cwd: packageRoot, env: { ...process.env, PARLEY_HOME: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const address = await new Promise<string>((resolve, reject) => {
      let text = '';
      server.stdout.on('data', (piece: Buffer) => {
        text += piece.toString();
        const found = /http:\/\/127\.0\.0\.1:\d+/.exec(text);
        if (found) resolve(found[0]);
      });
      server.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}`)));
    });
    while (!(await fetch(`${address}/ready`).catch(() => undefined))?.ok)
      await new Promise((resolve) => setTimeout(resolve, 20));
    rows.push({ name: 'server start to first answerable call', value: performance.now() - startedAt, unit: 'ms' });
    rows.push({ name: 'RSS, idle', value: residentMb(server.pid!), unit: 'MB' });
    const call = spawn(
      process.execPath,
      [
        join(packageRoot, '.dist/flow.js'),
        'call',
        'flows/acme-support',
        '--url',
        `${address.replace('http', 'ws')}/call?agent=acme-support`,
        '--test',
        'demonstration',
        '--json',
      ],
      { cwd: packageRoot, env: { ...process.env, PARLEY_HOME: folder }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let peak = 0;
    const watch = setInterval(() => (peak = Math.max(peak, residentMb(server.pid!))), 250);
    let output = '';
    call.stdout.on('data', (piece: Buffer) => (output += piece.toString()));
    await new Promise((resolve) => call.once('exit', resolve));
    clearInterval(watch);
    rows.push({ name: 'RSS, highest during one call', value: peak, unit: 'MB' });
    const result = JSON.parse(output.trim().split('\n').at(-1) ?? '{}') as {
      turns?: { gapMs?: number; interruption?: { silentAfterMs: number } }[];
    };
    const gaps = (result.turns ?? [])
      .flatMap((turn) => (turn.gapMs === undefined ? [] : [turn.gapMs]))
      .sort((a, b) => a - b);
    if (gaps.length > 0) {
      rows.push({ name: "caller's last word to first audio, median", value: gaps[gaps.length >> 1]!, unit: 'ms' });
      rows.push({ name: "caller's last word to first audio, slowest", value: gaps.at(-1)!, unit: 'ms' });
    }
    const cut = (result.turns ?? []).find((turn) => turn.interruption)?.interruption;
    if (cut) rows.push({ name: 'interruption onset to silence', value: cut.silentAfterMs, unit: 'ms' });
  } finally {
    server.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
  return rows;
}

function residentMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return kb === undefined ? NaN : Number(kb) / 1024;
}
