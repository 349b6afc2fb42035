import type { Input, ModelUsage } from '../../engine/contracts.js';
import { VirtualClock } from '../../engine/clock.js';
import type { TextToSpeech, TurnModel } from '../../runtime/contracts.js';
import type { Call, CallRecord } from '../../runtime/call/call.js';
import { startCall } from '../../runtime/call/call.js';
import type { CallEvent, Effect } from '../../runtime/call/events.js';
import type { Manners } from '../../runtime/call/state.js';
import type { LogFields } from '../../runtime/observe/log.js';
import { logOver } from '../../runtime/observe/log.js';
import { ScriptedDialog } from './dialog.js';
import type { Given } from './dialog.js';
import { ScriptedEar } from './ear.js';
import { FakeLine } from './line.js';
import type { FakeLineOptions } from './line.js';
import { ScriptedVoice } from './voice.js';
import type { ScriptedVoiceOptions } from './voice.js';

export interface World {
  clock: VirtualClock;
  line: FakeLine;
  ear: ScriptedEar;
  voice: ScriptedVoice;
  dialog: ScriptedDialog;
  call: Call;
  logged: { level: string; event: string; fields: LogFields }[];
  steps: { event: CallEvent; effects: Effect[]; nowMs: number }[];
  /** Moves time on. */
  until(ms: number): Promise<void>;
  ended(): Promise<CallRecord>;
}

/** A whole call on a virtual clock: everything scripted but the call itself. */
export function callWorld(options: {
  answer: (input: Input, turn: number) => Given[];
  line?: FakeLineOptions;
  voice?: ScriptedVoiceOptions;
  fallbackVoice?: (clock: VirtualClock) => TextToSpeech;
  turnModel?: (clock: VirtualClock) => TurnModel;
  rehearses?: Parameters<ScriptedDialog['rehearses']>[0];
  /** What the dialog's models had to do by then. */
  models?: (atMs: number) => ModelUsage[];
  manners?: Partial<Manners>;
  maxCallMs?: number;
  events?: (line: string) => void;
  record?: boolean;
}): World {
  const clock = new VirtualClock();
  const line = new FakeLine(clock, options.line);
  const ear = new ScriptedEar(clock);
  const voice = new ScriptedVoice(clock, options.voice);
  const dialog = new ScriptedDialog(clock, options.answer);
  if (options.models) dialog.modelUsage = () => options.models!(clock.now());
  if (options.rehearses) dialog.rehearses(options.rehearses);
  const logged: World['logged'] = [];
  const steps: World['steps'] = [];
  const call = startCall({
    id: 'call',
    line,
    ear,
    voice,
    ...(options.fallbackVoice ? { fallbackVoice: options.fallbackVoice(clock) } : {}),
    ...(options.turnModel ? { turnModel: options.turnModel(clock) } : {}),
    dialog,
    clock,
    log: logOver((level, event, fields) => void logged.push({ level, event, fields }), {}),
    language: 'en',
    ...(options.maxCallMs === undefined ? {} : { limits: { maxCallMs: options.maxCallMs } }),
    ...(options.manners ? { manners: options.manners } : {}),
    record: options.record ?? false,
    ...(options.events ? { events: options.events } : {}),
    watch: (event, effects, nowMs) => void steps.push({ event, effects, nowMs }),
  });
  return {
    clock,
    line,
    ear,
    voice,
    dialog,
    call,
    logged,
    steps,
    until: (ms) => clock.advanceTo(ms),
    async ended() {
      let record: CallRecord | undefined;
      void call.done.then((done) => (record = done));
      for (let i = 0; i < 200 && !record; i++) await clock.advance(1000);
      if (!record) throw new Error(`the call did not end within 200 s; it is ${call.phase}`);
      return record;
    },
  };
}
