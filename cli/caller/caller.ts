/**
 * The synthetic caller: speaks the turns of a script (the form of `flow test`) with a real voice over a real line,
 * waits its turn by ear, and interrupts where the script says `at`.
 */
import type { Clock } from '../../engine/contracts.js';
import type { TestTurn } from '../../engine/language/script.js';
import { join } from '../../runtime/audio/level.js';
import type { TextToSpeech } from '../../runtime/contracts.js';
import { nameOfSound, soundOf, utter, type Speaker } from '../turn-sound.js';
import { Phone, type PhoneMessage } from './phone.js';
import { PoorLine, type LineTroubles } from './poor-line.js';

/** What happened in one turn of the script. Times are milliseconds since the call was answered. */
export interface CallerTurn {
  index: number;
  said?: string;
  saidFromMs?: number;
  saidToMs?: number;
  /** When the agent's answer became audible, and how long that took from the caller's last word. */
  answeredMs?: number;
  gapMs?: number;
  /** Set when the caller spoke over the agent: when, and how long until the agent was silent. */
  interruption?: { onsetMs: number; silentAfterMs: number };
}

export interface CallerResult {
  turns: CallerTurn[];
  endedBecause: string;
  /** Why the call did not go as a call goes; empty when it did. */
  troubles: string[];
  recording: { caller: Int16Array; agent: Int16Array };
}

/** The caller takes its turn after this much silence from the agent. */
export const politeMs = 900;
/** A caller gives up on an agent that says nothing for this long. */
export const patienceMs = 12_000;
/** About how long the embedded voice takes for a word: only to aim an interruption. */
const wordMs = 330;

/** What any caller needs for a call. */
export interface CallOptions {
  url: string;
  voice: TextToSpeech;
  voiceName?: string;
  language: string;
  clock: Clock;
  /** What becomes of the sound on its way. */
  troubles?: LineTroubles | undefined;
  onMessage?: (message: PhoneMessage, atMs: number) => void;
  /** Told as each turn of the caller begins. */
  onTurn?: (turn: CallerTurn) => void;
}

/**
 * Places one call and plays the script.
 * @param options.file the script's: the paths of its sounds count from there
 */
export async function placeCall(
  options: CallOptions & { turns: readonly TestTurn[]; file: string },
): Promise<CallerResult> {
  const troubles: string[] = [];
  const spoken = await Promise.all(options.turns.map((turn) => soundOfTurn(turn, options)));
  const { troubles: poor } = options;
  const phone: Phone = await Phone.dial(options.url, {
    clock: options.clock,
    line: poor && new PoorLine(poor, join(spoken.flatMap((sound) => sound ?? []))),
    onMessage: (message) => options.onMessage?.(message, phone?.nowMs ?? 0),
  });
  const turns: CallerTurn[] = [];
  try {
    for (const [index, turn] of options.turns.entries()) {
      if (phone.ended !== undefined) {
        troubles.push(`turn ${index + 1}: the call was over before it (${phone.ended})`);
        break;
      }
      const record: CallerTurn = { index };
      turns.push(record);
      if (turn.at !== undefined) await waitForMoment(phone, turn.at, troubles, index);
      // A script that begins with the caller's words begins after the agent's greeting all the same.
      else if (index === 0 && spoken[0]) await greeting(phone);
      options.onTurn?.(record);
      const audio = spoken[index];
      const before = phone.nowMs;
      if (audio !== undefined) {
        record.said = turn.say ?? nameOfSound(turn.audio!);
        record.saidFromMs = phone.nowMs;
        const overlapped = turn.at !== undefined && phone.agentSilentMs < 200;
        const done = phone.say(audio);
        if (overlapped) record.interruption = await watchSilence(phone);
        await done;
        record.saidToMs = phone.nowMs;
      } else if (turn.dtmf !== undefined) {
        for (const digit of turn.dtmf) {
          phone.key(digit);
          await pause(phone, 120);
        }
        record.saidToMs = phone.nowMs;
      } else if (turn.hangUp) {
        phone.hangUp();
        break;
      }
      const patience = patienceMs + (turn.silenceMs ?? 0);
      const from = record.interruption ? record.interruption.onsetMs + record.interruption.silentAfterMs : before;
      const answered = await phone.until(() => phone.agentAudibleMs > from && phone.agentStartedMs > from, patience);
      if (!answered) {
        if (phone.ended === undefined)
          troubles.push(`turn ${index + 1}: the agent said nothing for ${patience / 1000} s`);
        else if (!expectsEnd(turn)) troubles.push(`turn ${index + 1}: nothing was answered (${phone.ended})`);
        continue;
      }
      record.answeredMs = phone.agentStartedMs;
      if (record.saidToMs !== undefined) record.gapMs = phone.agentStartedMs - record.saidToMs;
      const next = options.turns[index + 1];
      if (next?.at === undefined) await phone.until(() => phone.agentSilentMs >= politeMs);
    }
    const last = options.turns.at(-1);
    if (phone.ended === undefined && expectsEnd(last)) {
      if (!(await phone.until(() => phone.ended !== undefined, patienceMs)))
        troubles.push('the agent did not end the call');
    }
  } finally {
    if (phone.ended === undefined) phone.hangUp();
  }
  return { turns, endedBecause: phone.ended ?? 'we hung up', troubles, recording: phone.recording() };
}

/** What goes into the microphone in a turn: its words spoken, or its sound; undefined where the caller says nothing. */
async function soundOfTurn(
  { say, audio }: TestTurn,
  options: Speaker & { file: string },
): Promise<Int16Array | undefined> {
  if (say !== undefined) return utter(say, options);
  return audio === undefined ? undefined : soundOf(audio, options.file, options);
}

/** The agent has greeted and is silent, or says nothing at all. */
export async function greeting(phone: Phone): Promise<void> {
  await phone.until(() => phone.agentSilentMs >= politeMs, patienceMs);
}

function expectsEnd(turn: TestTurn | undefined): boolean {
  return turn?.expect.ended?.value === true;
}

async function waitForMoment(
  phone: Phone,
  at: NonNullable<TestTurn['at']>,
  troubles: string[],
  index: number,
): Promise<void> {
  const offsetMs = at.kind === 'ms' ? at.ms : at.kind === 'word' ? at.n * wordMs : 1000;
  const reached = await phone.until(
    () => phone.agentSilentMs < 100 && phone.nowMs - phone.agentStartedMs >= offsetMs,
    patienceMs,
  );
  if (!reached) troubles.push(`turn ${index + 1}: the agent did not speak long enough to be interrupted`);
}

async function watchSilence(phone: Phone): Promise<{ onsetMs: number; silentAfterMs: number }> {
  const onsetMs = phone.nowMs;
  // 200 ms without a sound is silence, not a gap between two words.
  await phone.until(() => phone.agentSilentMs >= 200, 5000);
  return { onsetMs, silentAfterMs: Math.max(0, phone.agentAudibleMs - onsetMs) };
}

async function pause(phone: Phone, ms: number): Promise<void> {
  const until = phone.nowMs + ms;
  await phone.until(() => phone.nowMs >= until);
}
