/**
 * `npm run bench:calls [-- --json] [--levels 10,40,80] [--seconds 40] [--leak 1000]`: one server process under
 * more and more callers on Twilio's wire, with real detection of speech and scripted recogniser, voice and model
 * (`scripted.ts` says how fast they are). Figures only. The callers run in this process, on the other core.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../engine/package-root.js';
import { encodeMuLaw } from '../../../runtime/audio/g711.js';
import { resample } from '../../../runtime/audio/resample.js';
import { lineRateHz, type TextToSpeech } from '../../../runtime/contracts.js';
import { embeddedTts } from '../../../runtime/tts/embedded/embedded-tts.js';
import { quantile } from '../turn.js';
import type { Clip } from './callers.js';
import { Callers, type Sightings } from './callers.js';
import { conversation, recording } from './script.js';
import type { Measured } from './server.js';

interface Level {
  calls: number;
  server: Measured;
  seen: Sightings;
  mbPerCall: number;
  coresUsed: number;
  holds: boolean;
}

const json = process.argv.includes('--json');
const option = (name: string, otherwise: string): string => {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? otherwise : process.argv[at + 1]!;
};
const levels = option('levels', '10,20,40,60,80,120,160,200,250').split(',').map(Number);
const seconds = Number(option('seconds', '40'));
const leakCalls = Number(option('leak', '0'));
/** A level holds when what a caller notices is right: own share, sound without holes, nobody lost or unanswered. */
const mostOwnP99Ms = 20;
const mostHolesPerMinute = 0.5;
const say = (line: string): void => {
  if (!json) console.log(line);
};
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const { clips, noises, recorded } = await record();
const server = fork(join(packageRoot, '.dist/bench-calls-server.js'), [JSON.stringify(clips.map(({ lengthMs }) => lengthMs)), recorded], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  execArgv: ['--expose-gc', '--max-semi-space-size=64', '--initial-old-space-size=512'],
}); // prettier-ignore
const url = String(((await once(server.stdout!, 'data')) as [Buffer])[0]).trim();
say(
  `One server process, callers in another; ${String(cpus().length)} cores of ${cpus()[0]?.model ?? 'an unknown processor'}.\n`,
);
say(
  '  calls   gap local p50/p95   gap model p50/p95   barge-in p90/p95   own p99   lag p99   holes/min   MB/call   cores',
);

let number = 0;
await level(2, 6);
const idle = await measure(server, true);
const done: Level[] = [];
for (const calls of levels) {
  const one = await level(calls, seconds);
  done.push(one);
  say(lineOf(one));
  if (!one.holds && one.calls > levels[0]!) break;
}
const disturbed = { noise: await falseHolds('noise'), echo: await falseHolds('echo') };
const leak = leakCalls > 0 ? await leakOf(leakCalls) : undefined;
server.send({ kind: 'stop' });

const full = done.filter(({ holds }) => holds).at(-1) ?? done[0]!;
/** Gaps are told of all levels that hold together: few turns of a level are a model's. */
const held = done.some(({ holds }) => holds) ? done.filter(({ holds }) => holds) : [done[0]!];
const all = (list: (of: Sightings) => number[]): number[] => held.flatMap(({ seen }) => list(seen));
const gapsLocal = all(({ gaps }) => gaps.local);
const gapsModel = all(({ gaps }) => gaps.llm);
const bargeIns = all((seen) => seen.bargeIns);
const figures: Record<string, number | undefined> = {
  calls_sustained: full.holds ? full.calls : 0,
  calls_per_core: full.holds ? full.calls / Math.max(1, full.coresUsed) : 0,
  cores_used: full.coresUsed,
  mb_per_call: full.mbPerCall,
  own_share_p99_ms: quantile(full.server.ownMs, 0.99),
  silence_after_decision_p99_ms: quantile(full.server.silenceMs, 0.99),
  loop_lag_p99_ms: full.server.loopLagP99Ms,
  holes_per_call_minute: holesPerMinute(full),
  turn_gap_local_p50_ms: quantile(gapsLocal, 0.5),
  turn_gap_local_p95_ms: quantile(gapsLocal, 0.95),
  turn_gap_llm_p50_ms: quantile(gapsModel, 0.5),
  turn_gap_llm_p95_ms: quantile(gapsModel, 0.95),
  turns_local: gapsLocal.length,
  turns_llm: gapsModel.length,
  speculation_adopted_share: adoptedShare(held),
  barge_in_p90_ms: quantile(bargeIns, 0.9),
  barge_in_p95_ms: quantile(bargeIns, 0.95),
  false_holds_per_agent_minute_noise: disturbed.noise,
  false_holds_per_agent_minute_echo: disturbed.echo,
  ...(leak === undefined ? {} : { leak_kb_per_call: leak }),
};
if (json) {
  const rounded = Object.entries(figures).map(([name, value]) => [name, value === undefined ? null : round(value)]);
  console.log(JSON.stringify(Object.fromEntries(rounded)));
} else {
  say('');
  for (const [name, value] of Object.entries(figures))
    say(`${name.padEnd(38)} ${value === undefined ? '-' : String(round(value))}`);
}
process.exit(0);

/** So many callers for so long, after they have all dialled in, ten a second. */
async function level(calls: number, forSeconds: number): Promise<Level> {
  const callers = new Callers(url, clips, noises);
  for (let i = 0; i < calls; i++) {
    callers.add(++number);
    if (i % 10 === 9) await wait(1000);
  }
  await wait(1500);
  await measure(server);
  await wait(forSeconds * 1000);
  const busy = await measure(server);
  await callers.hangUp();
  const after = await measure(server);
  const measured: Measured = {
    ...busy,
    // Turns are told when a call is over.
    ownMs: after.ownMs,
    counters: after.counters,
    silenceMs: [...busy.silenceMs, ...after.silenceMs],
  };
  const one: Level = {
    calls, server: measured, seen: callers.seen, coresUsed: busy.cpuMs / busy.wallMs,
    mbPerCall: idle === undefined ? NaN : (busy.rssMb - idle.rssMb) / calls, holds: false,
  }; // prettier-ignore
  one.holds =
    quantile(measured.ownMs, 0.99) <= mostOwnP99Ms &&
    holesPerMinute(one) <= mostHolesPerMinute &&
    one.seen.lost === 0 &&
    one.seen.unanswered <= calls * 0.02;
  return one;
}

function holesPerMinute({ calls, seen }: Level): number {
  return seen.holes.length / ((calls * seconds) / 60);
}

function adoptedShare(of: Level[]): number | undefined {
  const sum = (name: string): number => of.reduce((total, { server }) => total + (server.counters[name] ?? 0), 0);
  const adopted = sum('speculations_adopted');
  const begun = adopted + sum('speculations_wasted');
  return begun === 0 ? undefined : adopted / begun;
}

/** Ten callers who say nothing while the agent speaks, on a line that makes a sound of its own. */
async function falseHolds(kind: 'noise' | 'echo'): Promise<number> {
  const callers = new Callers(url, clips, noises);
  for (let i = 0; i < 10; i++) callers.add(++number, kind);
  await wait(20_000);
  await callers.hangUp();
  return callers.seen.falseHolds / (callers.seen.agentSeconds / 60);
}

/** Heap that a call leaves behind, from the second half of so many short calls. */
async function leakOf(calls: number): Promise<number> {
  const round = async (count: number): Promise<number> => {
    for (let left = count; left > 0; left -= 25) {
      const callers = new Callers(url, clips, noises);
      for (let i = 0; i < Math.min(25, left); i++) callers.add(++number);
      await wait(4000);
      await callers.hangUp();
    }
    return (await measure(server, true)).heapMb;
  };
  const half = await round(Math.floor(calls / 2));
  return ((await round(Math.ceil(calls / 2))) - half) / Math.ceil(calls / 2) * 1024; // prettier-ignore
}

async function measure(child: ChildProcess, collect = false): Promise<Measured> {
  child.send({ kind: 'measure', collect });
  return ((await once(child, 'message')) as [Measured])[0];
}

function lineOf({ calls, server: measured, seen, mbPerCall, coresUsed, holds, ...rest }: Level): string {
  const pair = (list: number[], a: number, b: number): string => `${String(Math.round(quantile(list, a)))} / ${String(Math.round(quantile(list, b)))}`; // prettier-ignore
  return [
    String(calls).padStart(7),
    pair(seen.gaps.local, 0.5, 0.95).padStart(19),
    pair(seen.gaps.llm, 0.5, 0.95).padStart(19),
    pair(seen.bargeIns, 0.9, 0.95).padStart(18),
    (quantile(measured.ownMs, 0.99) ?? NaN).toFixed(1).padStart(9),
    measured.loopLagP99Ms.toFixed(1).padStart(9),
    holesPerMinute({ calls, server: measured, seen, mbPerCall, coresUsed, holds, ...rest })
      .toFixed(2)
      .padStart(11),
    mbPerCall.toFixed(1).padStart(9),
    coresUsed.toFixed(2).padStart(7),
    holds ? '' : `  does not hold (${String(seen.unanswered)} unanswered, ${String(seen.lost)} lost)`,
  ].join(' ');
}

/** The script spoken by the embedded voice, from the first sound to the last; and noise of a street, 35 dB down. */
async function record(): Promise<{ clips: Clip[]; noises: string[]; recorded: string }> {
  const caller = embeddedTts({ voice: 'rms' });
  const spoken: Clip[] = [];
  for (const { text } of conversation) {
    const sound = await speak(caller, text);
    spoken.push({ frames: framesOf(sound), lengthMs: sound.length / 8 });
  }
  caller.close?.();
  const agent = embeddedTts({ voice: 'slt' });
  const path = join(mkdtempSync(join(tmpdir(), 'parley-bench-')), 'voice.pcm');
  const sound = await speak(agent, recording);
  writeFileSync(path, new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength));
  agent.close?.();
  let state = 1;
  let low = 0;
  const noise = Int16Array.from({ length: lineRateHz * 2 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    low += 0.2 * (state / 2 ** 32 - 0.5 - low);
    return low * 4000;
  });
  return { clips: spoken, noises: framesOf(noise), recorded: path };
}

/** From the first sound to the last, so that times at the telephone are times of speech. */
async function speak(voice: TextToSpeech, text: string): Promise<Int16Array> {
  const pieces: number[] = [];
  for await (const piece of voice.speak({ text, language: 'en' }, new AbortController().signal)) {
    if (piece.kind === 'audio') pieces.push(...resample(piece.samples, piece.sampleRateHz, lineRateHz));
  }
  const loud = (sample: number): boolean => Math.abs(sample) > 300;
  return Int16Array.from(pieces.slice(pieces.findIndex(loud), pieces.findLastIndex(loud) + 1));
}

function framesOf(samples: Int16Array): string[] {
  return Array.from({ length: Math.ceil(samples.length / 160) }, (_, i) => {
    const frame = new Int16Array(160);
    frame.set(samples.subarray(i * 160, (i + 1) * 160));
    return Buffer.from(encodeMuLaw(frame)).toString('base64');
  });
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
