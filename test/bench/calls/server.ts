/**
 * The server of the load bench, a process of its own, started by `calls.ts`. Real: the door, the codec, the call, the
 * detector, the classifier, the dialog and its store. Scripted: recogniser, voice and model, which are somebody else's
 * machines. It prints its address, and answers `measure` with what it counted since the last time.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { RealClock } from '../../../engine/clock.js';
import { openDialog } from '../../../engine/compile/open-dialog.js';
import { trainingSets } from '../../../engine/dialog/intents.js';
import { loadFlow } from '../../../engine/language/load.js';
import { sqliteStore } from '../../../engine/stores/sqlite-store.js';
import { createToolRunner } from '../../../engine/tools/tool-runner.js';
import { createRouters } from '../../../intents/routers.js';
import { rms } from '../../../runtime/audio/level.js';
import type { CallRecord } from '../../../runtime/call/call.js';
import { lineRateHz, type Ear } from '../../../runtime/contracts.js';
import { createEar } from '../../../runtime/ear.js';
import { silentLog } from '../../../runtime/observe/log.js';
import { createServer } from '../../../runtime/server/server.js';
import { TwilioLine } from '../../../runtime/transports/twilio.js';
import { createVad } from '../../../runtime/vad/index.js';
import { agentYaml, conversation } from './script.js';
import { scriptedModel, scriptedStt, scriptedTts } from './scripted.js';

/** What the parent asks for, and gets. */
export interface Measured {
  /** From decision to the first frame on the wire, less what voice and model took, ms. */
  ownMs: number[];
  /** From the detector's word that the caller speaks to `clear` on the wire, ms. */
  silenceMs: number[];
  loopLagP99Ms: number;
  cpuMs: number;
  wallMs: number;
  rssMb: number;
  heapMb: number;
  calls: number;
  counters: Record<string, number>;
}

/** How long each utterance is, and where the voice's recording is: 16 bit at 8 kHz. */
const [lengths, recorded] = process.argv.slice(2);
const lengthsMs = JSON.parse(lengths!) as number[];
const sound = readFileSync(recorded!);
const clock = new RealClock();
const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
const path = join(folder, 'load.yaml');
writeFileSync(path, agentYaml);
const agent = await loadFlow(path);
const store = sqliteStore({ file: join(folder, 'dialogs.sqlite') });
const model = scriptedModel(clock, 7);
const router = await createRouters(trainingSets(agent), {
  model,
  maxWrong: agent.router.maxWrong,
  clock,
  log: () => {},
  // Callers of the bench all say the same: each turn is to cost what a new one does.
  modelAnswers: 0,
});
const tools = createToolRunner(agent, { clock, env: {}, mode: 'auto' });
const vad = createVad('silero', (line) => console.error(line));
await vad.warm();
const voiceSamples = new Int16Array(sound.buffer, sound.byteOffset, sound.length / 2);
const voice = scriptedTts(clock, voiceSamples, 11);
/** 10 dB below the agent's voice: callers are as loud as it is, what the bench lets echo is 20 dB softer. */
const faintRms = rms(voiceSamples) / 10 ** 0.5;
const log = silentLog;
const lag = monitorEventLoopDelay({ resolution: 5 });
lag.enable();

let own: number[] = [];
let silences: number[] = [];
let counters: Record<string, number> = {};
let cpu = process.cpuUsage();
let since = performance.now();
/** Calls in which the caller began to speak over the agent, and nothing has been cleared since. */
const onsets = new Map<string, number>();

/** When all that was sent will have been played. */
const playEnds = new Map<string, number>();
const { clear, send } = TwilioLine.prototype;
TwilioLine.prototype.send = function noted(this: TwilioLine, samples: Int16Array): void {
  const now = performance.now();
  playEnds.set(this.id, Math.max(now, playEnds.get(this.id) ?? 0) + (samples.length * 1000) / lineRateHz);
  send.call(this, samples);
};
TwilioLine.prototype.clear = function timed(this: TwilioLine): void {
  clear.call(this);
  playEnds.delete(this.id);
  const onset = onsets.get(this.id);
  if (onset !== undefined) silences.push(performance.now() - onset);
  onsets.delete(this.id);
};

/** Notes when the call is told that somebody speaks. */
function timedEar(ear: Ear, id: string): Ear {
  return {
    name: ear.name,
    async *events() {
      for await (const event of ear.events()) {
        // Whatever else stops the agent is not decided by the onset.
        onsets.delete(id);
        if (event.kind === 'speech_started' && (playEnds.get(id) ?? 0) > performance.now())
          onsets.set(id, performance.now());
        yield event;
      }
    },
    hear: (samples, atMs) => ear.hear(samples, atMs),
    tune: (listening) => ear.tune(listening),
    endTurn: () => ear.endTurn(),
    close: () => ear.close(),
  };
}

let seed = 1;
const server = await createServer({
  port: 0,
  twilio: { insecure: true },
  limits: { calls: 5000, callsPerMinutePerAddress: 1e6, secondsPerCall: 7200 },
  clock,
  log,
  openCall: async ({ id, from, to }) => {
    seed++;
    const stt = scriptedStt(clock, lengthsMs, faintRms, seed);
    const dialog = await openDialog(agent, {
      id, router, tools, store, clock, model, env: {}, driver: 'resident',
      start: { call: { id, from, to, direction: 'inbound' } },
    }); // prettier-ignore
    const ear = createEar({ vad: vad.open(), stt, clock, language: 'en', log });
    return { dialog, ear: timedEar(ear, id), voice, language: 'en' };
  },
  onRecord: (record) => note(record),
});

function note(record: CallRecord): void {
  for (const [name, count] of Object.entries(record.counters)) counters[name] = (counters[name] ?? 0) + count;
  let asked: string | undefined;
  for (const { who, text, stages } of record.turns) {
    if (who === 'caller') asked = text;
    else if (stages && asked !== undefined) {
      const kind = conversation.find((one) => one.text === asked)?.kind;
      const { decision, ttsRequest, firstByte, firstSent } = stages;
      if (
        kind === 'local' &&
        decision !== undefined &&
        ttsRequest !== undefined &&
        firstByte !== undefined &&
        firstSent !== undefined
      )
        // Of a sentence that was made ahead of the decision only what comes after it counts.
        own.push(firstSent - decision - Math.max(0, firstByte - Math.max(ttsRequest, decision)));
    }
  }
}

process.on('message', (message: { kind: 'measure'; collect?: boolean } | { kind: 'stop' }) => {
  if (message.kind === 'stop') {
    void server.close().then(() => process.exit(0));
    return;
  }
  if (message.collect) globalThis.gc?.();
  const used = process.cpuUsage(cpu);
  const { rss, heapUsed } = process.memoryUsage();
  const measured: Measured = {
    ownMs: own,
    silenceMs: silences,
    loopLagP99Ms: lag.percentile(99) / 1e6 - 5,
    cpuMs: (used.user + used.system) / 1000,
    wallMs: performance.now() - since,
    rssMb: rss / 2 ** 20,
    heapMb: heapUsed / 2 ** 20,
    calls: server.calls.size,
    counters,
  };
  process.send!(measured);
  own = [];
  silences = [];
  counters = {};
  lag.reset();
  cpu = process.cpuUsage();
  since = performance.now();
});
console.log(`${server.url.replace('http', 'ws')}/twilio/media`);
