/** One spoken call by script: places it, tells the terminal how it goes, judges it, and leaves the WAV and the page. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../engine/contracts.js';
import type { PersonalValues } from '../../engine/dialog/personal-values.js';
import type { TestScript } from '../../engine/language/script.js';
import { writeWav } from '../../runtime/audio/wav.js';
import { secretText } from '../../runtime/call/notes.js';
import type { SpeechToText, TextToSpeech } from '../../runtime/contracts.js';
import { lineRateHz } from '../../runtime/contracts.js';
import { callPage, type CallStory } from '../report/call-page.js';
import type { Colours } from '../terminal.js';
import { hearAgent, percent, type AgentHeard } from './agent-heard.js';
import { placeCall, type CallerTurn, type CallOptions } from './caller.js';
import type { CallJudge } from './judge.js';
import { latencyOf, type Latency } from './latency.js';
import { placePersona, type Persona } from './persona.js';
import type { PhoneMessage } from './phone.js';
import type { LineTroubles } from './poor-line.js';

export interface PlacedCall {
  ok: boolean;
  troubles: string[];
  turns: CallerTurn[];
  latency: Latency;
  /** What a recogniser understood of the agent; absent where none was asked. */
  heard?: AgentHeard;
  lengthMs: number;
  files: { audio: string; page: string };
}

export interface PlaceOptions {
  url: string;
  script: Pick<TestScript, 'name' | 'file' | 'turns'>;
  /** Who calls in place of the script: its turns are what comes of it. */
  persona?: Persona | undefined;
  judge: CallJudge;
  /** What is personal to the script's caller: not shown. Absent: nothing is. */
  personal?: PersonalValues | undefined;
  agentName: string;
  language: string;
  voice: TextToSpeech;
  voiceName: string;
  clock: Clock;
  /** What becomes of the sound on its way. */
  troubles?: LineTroubles | undefined;
  /** Hears the agent's side when the call is over. Absent: nobody does. */
  ear?: SpeechToText | undefined;
  /** What the ear does not understand is a trouble, and not only told. */
  mustUnderstand?: boolean;
  /** Of several calls at once: which. */
  number?: number;
  /** Where the recording and the page go; made when absent. */
  folder: string;
  /** Takes each line of the call as it happens. */
  print: (line: string) => void;
  paint: Colours;
}

/**
 * @throws OutsideError when nobody answers
 */
export async function placeScript(options: PlaceOptions): Promise<PlacedCall> {
  const { script, judge, paint } = options;
  const startedAt = new Date(options.clock.date());
  const story: Pick<CallStory, 'words' | 'states' | 'timings' | 'interruptions'> = {
    words: [],
    states: [],
    timings: [],
    interruptions: [],
  };
  const timings: { atMs: number; stages: Record<string, number> }[] = [];
  /** What the server understood the caller to say, by turn, as it shows it. */
  const heard: string[][] = [];
  const print = (atMs: number, who: 'agent' | 'caller' | '', text: string): void =>
    options.print(
      `${paint.dim((atMs / 1000).toFixed(2).padStart(7))}  ${(who === 'agent' ? paint.blue : paint.green)(who.padEnd(7))} ${text}`,
    );

  const calling: CallOptions = {
    url: options.url,
    voice: options.voice,
    voiceName: options.voiceName,
    language: options.language,
    clock: options.clock,
    troubles: options.troubles,
    onTurn: (turn) => {
      judge.begin(turn.index);
      heard.push([]);
    },
    onMessage: (message, atMs) => {
      judge.message(message);
      tell(message, atMs);
    },
  };
  const result = options.persona
    ? await placePersona(options.persona, calling)
    : await placeCall({ ...calling, turns: script.turns, file: script.file });
  const shown = shownWords(options);
  for (const turn of result.turns)
    if (turn.said !== undefined) turn.said = shown.said(turn.said, heard[turn.index] ?? []);
  story.words.push(
    ...result.turns.flatMap((turn) =>
      turn.said === undefined
        ? []
        : [{ who: 'caller' as const, text: turn.said, startMs: turn.saidFromMs!, endMs: turn.saidToMs! }],
    ),
  );
  story.words.sort((one, other) => one.startMs - other.startMs);
  for (const turn of result.turns) {
    if (turn.interruption) story.interruptions.push(turn.interruption);
    // A timing comes when its answer was heard, or was cut.
    const answer = timings.find(({ atMs }) => turn.answeredMs !== undefined && atMs >= turn.answeredMs);
    if (answer) story.timings.push({ turn: turn.index + 1, gapMs: turn.gapMs, stages: answer.stages });
  }
  const understood =
    options.ear &&
    (await hearAgent(
      result.recording.agent,
      story.words.filter(({ who }) => who === 'agent'),
      { ear: options.ear, language: options.language },
    ));
  const heardByEar = understood && {
    ...understood,
    missed: understood.missed.map((one) => ({ ...one, text: shown.text(one.text) })),
  };
  const missed = options.mustUnderstand ? (heardByEar?.missed ?? []) : [];
  const troubles = [
    ...result.troubles,
    ...missed.map(({ text, share }) => `of "${text}" the caller understood ${percent(share)}`),
    ...(await judge.failures(script.turns)).map(
      ({ turn, failure }) =>
        `turn ${turn}, ${failure.key}: ${shown.text(failure.message)} (${script.file}:${failure.line})`,
    ),
  ];
  const files = leave(options, startedAt, { ...story, troubles }, result.recording);
  return {
    ok: troubles.length === 0,
    troubles,
    turns: result.turns,
    latency: latencyOf(result.turns),
    ...(heardByEar && { heard: heardByEar }),
    lengthMs: (result.recording.caller.length / lineRateHz) * 1000,
    files,
  };

  function entered(name: string, atMs: number): void {
    if (story.states.at(-1)?.name === name) return;
    story.states.push({ atMs, name });
    print(atMs, '', paint.dim(`· ${name}`));
  }

  function tell(message: PhoneMessage, atMs: number): void {
    if (message.type === 'transcript' && message.final === true) {
      const text = String(message.text);
      if (message.who === 'agent') {
        // Words of a state are marked with it: states that only speak are seen too.
        const place = /^[^/.]+\/[^.]+/.exec(String(message.id ?? ''))?.[0];
        if (place !== undefined) entered(place, atMs);
        story.words.push({ who: 'agent', text, startMs: atMs, endMs: atMs });
        print(atMs, 'agent', text);
      } else {
        heard.at(-1)?.push(text);
        print(atMs, 'caller', text);
      }
    } else if (message.type === 'state') {
      entered(message.flow === null ? 'listen' : `${String(message.flow)}/${String(message.state)}`, atMs);
    } else if (message.type === 'timing') {
      const stages = message.stages as Record<string, number>;
      timings.push({ atMs, stages: Object.fromEntries(inOrder(stages)) });
      print(
        atMs,
        '',
        paint.dim(
          `  ${inOrder(stages)
            .map(([stage, ms]) => `${stage} ${Math.round(ms)}`)
            .join(' · ')} ms`,
        ),
      );
    } else if (message.type === 'interrupted') {
      const last = story.words.findLast(({ who }) => who === 'agent');
      if (last) last.cut = true;
      print(atMs, '', paint.yellow('— the caller interrupts, the agent stops —'));
    }
  }
}

/** Words without what is secret or personal in them: known by what the dialog took for it, or the server hides. */
function shownWords({ judge, personal }: PlaceOptions): {
  text: (text: string) => string;
  said: (text: string, heard: readonly string[]) => string;
} {
  for (const trace of judge.traces) personal?.learnTrace(trace);
  return {
    text: (text) => personal?.hideText(text) ?? text,
    said: (text, heard) => {
      if (heard.some((one) => one === secretText || /^\[[^\]]+\]$/.test(one))) return heard.join(' ');
      return personal?.hideText(text, true) ?? text;
    },
  };
}

/** The stages of a turn as they came; each is milliseconds from the caller's last sound. */
function inOrder(stages: Record<string, number>): [string, number][] {
  return Object.entries(stages).sort(([, one], [, other]) => one - other);
}

function leave(
  options: PlaceOptions,
  startedAt: Date,
  story: Pick<CallStory, 'words' | 'states' | 'timings' | 'interruptions' | 'troubles'>,
  recording: { caller: Int16Array; agent: Int16Array },
): PlacedCall['files'] {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const which = options.number === undefined ? '' : `-${String(options.number)}`;
  const name = `${startedAt.toISOString().replace(/[:.]/g, '-').slice(0, 19)}-${options.agentName}${which}`;
  const audio = join(options.folder, `${name}.wav`);
  const page = join(options.folder, `${name}.html`);
  writeFileSync(audio, writeWav([recording.caller, recording.agent], lineRateHz), { mode: 0o600 });
  writeFileSync(
    page,
    callPage({
      ...story,
      ...recording,
      title: `${options.agentName}: ${options.script.name}`,
      startedAt,
      sampleRateHz: lineRateHz,
      audioFile: `${name}.wav`,
    }),
    { mode: 0o600 },
  );
  return { audio, page };
}
