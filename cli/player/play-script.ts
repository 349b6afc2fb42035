/**
 * Plays one scripted conversation on a virtual clock: the real call, dialog and router around a line, an ear and a
 * voice that carry words and times instead of sound.
 */
import { openDialog } from '../../engine/compile/open-dialog.js';
import type { LanguageModel, Out } from '../../engine/contracts.js';
import type { TestScript, TestTurn } from '../../engine/language/script.js';
import { startCall, type Call } from '../../runtime/call/call.js';
import type { Manners } from '../../runtime/call/state.js';
import { lineRateHz, type EarEvent } from '../../runtime/contracts.js';
import { silentLog } from '../../runtime/observe/log.js';
import { Cassette, cassetteFile, cassetteModel } from './cassette.js';
import { checkExpectation } from './expectations.js';
import { failureHider } from './hide-failure.js';
import { findMeanings } from './meanings.js';
import { mockTools } from './mock-tools.js';
import type { Moment } from './moments.js';
import type { PlayableAgent } from './playable-agent.js';
import { PlayerClock } from './player-clock.js';
import type { TestFailure, TestResult } from './report.js';
import { ScriptedEar } from './scripted-ear.js';
import { Stage } from './stage.js';
import type { TurnRecord } from './turn-record.js';
import { startDate } from './start-date.js';
import { VirtualLine } from './virtual-line.js';
import { VirtualVoice } from './virtual-voice.js';
import { WatchedDialog } from './watched-dialog.js';

/** How long a caller takes to answer when the script does not say. */
const reactionMs = 300;
/** After the caller's last word: by then the call has taken it as a turn, or never will. */
const commitWithinMs = 4500;
const betweenKeysMs = 100;
/** A timer that the silence was meant for may be set a frame after the last word was played. */
const silenceSlackMs = 40;
/** After a hang-up tools may run on. */
const hangUpWithinMs = 60_000;
/** Frames go out five at a time: what is heard is the same, and time has fewer stops. */
const manners: Partial<Manners> = { pumpMs: 100 };

export interface PlayOptions {
  /** Tools are run themselves, in place of their mocks. */
  realTools: boolean;
  /** Picks the variants of words. */
  seed: number;
  /** Sound is heard by the recogniser that `voice:` names, in place of the embedded one. */
  realEar?: boolean;
  /** Failures show the values of `sensitive:` slots. */
  showPii?: boolean | undefined;
  /** Asks this model in turns marked `needs: llm`, and puts its answers on the cassette; without it the cassette answers. */
  record?: LanguageModel | undefined;
  /** Real time after which a dialog that does not answer is taken for hung. Default 20 s. */
  patienceMs?: number;
  /** How the dialog is driven. Default `resident`, as a call is. */
  driver?: 'resident' | 'turn' | 'expanded';
  /** Everything the dialog gives, script by script. */
  onOut?: (script: TestScript, out: Out) => void;
  /** Each turn once it is over. */
  onTurn?: (record: TurnRecord) => void;
  /**
   * A variant of a script: it may need a mock that is not there, break in where nothing is said any more, and go on
   * after the call is over. Its turns are told by `onTurn` and judged by nobody here.
   */
  disturbed?: boolean;
}

/** What the script came to. Never throws for what the script, the agent or a tool does. */
export async function playScript(
  script: TestScript,
  playable: PlayableAgent,
  options: PlayOptions,
): Promise<TestResult> {
  const startedMs = performance.now();
  const trainedMs = playable.trainMs;
  const { name, file, line } = script;
  const failures: TestFailure[] = [];
  let turns = 0;
  try {
    turns = await perform(script, playable, options, failures);
  } catch (error) {
    failures.push({ turn: 0, message: (error as Error).message, expected: 'a conversation', actual: 'an error', line });
  }
  // The first script of an agent does not pay for what all of them need.
  const ms = performance.now() - startedMs - (playable.trainMs - trainedMs);
  return { name, file, line, ok: failures.length === 0, turns, ms, failures };
}

async function perform(
  script: TestScript,
  playable: PlayableAgent,
  options: PlayOptions,
  failures: TestFailure[],
): Promise<number> {
  const { agent } = playable;
  const { start, turns } = script;
  const clock = new PlayerClock(startDate(start.clock, agent.timezone), options.patienceMs);
  const line = new VirtualLine(clock, 'test', start.call?.from, start.call?.to);
  const voice = new VirtualVoice();
  const ear = new ScriptedEar(clock);
  const stage = new Stage(clock, line, agent.language, () => call.phase);
  voice.onSentence = (text, number) => stage.spoke(text, number);
  const tools = mockTools(agent, playable.mocks, script.mocks, {
    clock: clock.forDialog,
    realTools: options.realTools,
    onCall: (tool) => stage.called(tool),
    onSettled: (tool) => stage.tell('tool', `${tool.name} is ${tool.outcome ?? 'done'}`),
    onProblem: (problem) => {
      if (!options.disturbed) stage.record.problems.push(problem);
    },
    onNote: (text) => stage.tell('tool', text),
  });
  line.onTransfer = () => {
    const { outcome, delayMs } = tools.transfer();
    clock.at(clock.now() + delayMs, () => line.give({ kind: 'transfer', outcome }));
  };
  // A script without a turn for a model has none: fixed lines are said in its place.
  const cassette = turns.some(({ needsLlm }) => needsLlm) ? new Cassette(cassetteFile(script.file)) : undefined;
  let current: TestTurn | undefined = turns[0] && isOpening(turns[0]) ? turns[0] : undefined;
  const model =
    cassette &&
    cassetteModel({
      cassette,
      ...(options.record && { live: options.record }),
      mayAsk: () => current?.needsLlm === true,
      hold: clock.hold,
      onProblem: (message) => stage.record.problems.push({ message }),
    });
  const dialog = await openDialog(agent, {
    ...(model && { model }),
    id: 'test',
    start: {
      ...(start.flow === undefined ? {} : { flow: start.flow }),
      ...(start.state === undefined ? {} : { state: start.state }),
      ...(start.slots === undefined ? {} : { slots: start.slots }),
      ...((start.call ?? start.answeredBy) && {
        call: { ...(start.answeredBy && { direction: 'outbound' }), ...start.call },
      }),
      memory: start.memory ?? {},
    },
    router: playable.router,
    tools: tools.runner,
    clock: clock.forDialog,
    env: options.realTools ? process.env : {},
    seed: options.seed,
    driver: options.driver ?? 'resident',
    onProblem: (text) => stage.tell('engine', text),
  });
  const watched = new WatchedDialog(dialog, clock, {
    turnStarted: (input) => stage.turnStarted(input),
    gave: (out) => {
      options.onOut?.(script, out);
      stage.gave(out);
    },
    turnEnded: (problem) => stage.turnEnded(problem),
  });
  const { language } = agent;
  const call = startCall({
    id: 'test', line, ear, voice, dialog: watched, clock, log: silentLog, language,
    manners: { ...manners, detectsMachine: start.answeredBy !== undefined },
  }); // prettier-ignore
  // As the carrier tells it: of a machine, that its greeting is over.
  if (start.answeredBy) line.give({ kind: 'answered_by', who: start.answeredBy === 'machine' ? 'machine_over' : 'person' }); // prettier-ignore

  const hidden = failureHider(script, agent, options.showPii === true);
  const check = async (turn: TestTurn, number: number): Promise<void> => {
    stage.finishTurn();
    const { record } = stage;
    options.onTurn?.(record);
    if (options.disturbed) return;
    await findMeanings(turn.expect, record.words, model).catch((error: Error) => {
      // The model of a cassette has said what it lacks.
      if (record.problems.length === 0) record.problems.push({ message: error.message });
    });
    for (const { message, expected = 'no trouble', actual = null } of record.problems) {
      failures.push(hidden({ turn: number, message, expected, actual, line: turn.line, record }));
    }
    for (const { key, message, ...failure } of checkExpectation(turn.expect, record)) {
      failures.push(hidden({ turn: number, message: `${key}: ${message}`, ...failure, record }));
    }
  };
  /** To the end of the agent's turn, or to where the next act breaks into it. */
  const onwards = async (next: TestTurn | undefined, quiet: boolean): Promise<Moment | undefined> => {
    if (next?.at && !stage.isOver) return stage.untilMoment(next.at);
    if (!quiet) await stage.untilQuiet();
    return undefined;
  };

  let played = 0;
  try {
    const opening = turns[0] !== undefined && isOpening(turns[0]);
    let moment: Moment | undefined;
    if (!opening) moment = await onwards(turns[0], false);
    for (const [index, turn] of turns.entries()) {
      let quiet = false;
      current = turn;
      if (index > 0 || !opening) {
        stage.nextTurn();
        if (stage.isOver && actOf(turn) !== 'nothing') {
          if (options.disturbed) return played;
          failures.push({
            turn: index + 1,
            message: 'the call is over before this turn',
            expected: 'a call',
            actual: 'ended',
            line: turn.line,
          });
          return played;
        }
        if (moment && 'problem' in moment && !options.disturbed)
          stage.record.problems.push({ message: moment.problem });
        const atMs = moment && 'atMs' in moment ? moment.atMs : undefined;
        const { hearing } = playable;
        const hears: Hears = { hearing, spec: (options.realEar && agent.voice.stt) || 'embedded', file: script.file };
        quiet = await acts[actOf(turn)]({ turn, next: turns[index + 1], atMs, clock, line, ear, stage, call, hears });
      }
      moment = await onwards(turns[index + 1], quiet);
      await check(turn, index + 1);
      played++;
      // What comes after a turn that went wrong tells nothing more.
      if (failures.length > 0) break;
    }
  } finally {
    await leave(stage, line, clock).catch(() => undefined);
    cassette?.save();
    line.close();
    ear.close();
    // A dialog that hangs hangs in its closing too; the script has failed by then, and the next one shall be played.
    await Promise.race([
      dialog.close('the script is over'),
      new Promise((resolve) => setTimeout(resolve, 2000).unref()),
    ]);
  }
  return played;
}

/** Hangs up, and lets time go on until the call is over. */
async function leave(stage: Stage, line: VirtualLine, clock: PlayerClock): Promise<void> {
  if (stage.isOver) return;
  // What follows is nobody's turn any more.
  stage.nextTurn();
  line.give({ kind: 'hang_up', reason: 'the script is over' });
  await stage.until(() => stage.isOver, clock.now() + hangUpWithinMs);
}

interface Scene {
  turn: TestTurn;
  next: TestTurn | undefined;
  /** When an `at` falls. */
  atMs: number | undefined;
  clock: PlayerClock;
  line: VirtualLine;
  ear: ScriptedEar;
  stage: Stage;
  call: Call;
  hears: Hears;
}

/** Who makes words of a sound: the spec of a recogniser; `file` is the script's. */
interface Hears {
  hearing: PlayableAgent['hearing'];
  spec: string;
  file: string;
}

type Act = 'say' | 'audio' | 'dtmf' | 'silence' | 'hang_up' | 'event' | 'nothing';

function actOf(turn: TestTurn): Act {
  if (turn.say !== undefined) return 'say';
  if (turn.audio !== undefined) return 'audio';
  if (turn.dtmf !== undefined) return 'dtmf';
  if (turn.silenceMs !== undefined) return 'silence';
  if (turn.hangUp) return 'hang_up';
  return turn.event ? 'event' : 'nothing';
}

function isOpening(turn: TestTurn): boolean {
  return actOf(turn) === 'nothing' && !turn.at;
}

/** What the recogniser makes of a turn's sound, while the call listens as it does now. */
async function hear(
  audio: NonNullable<TestTurn['audio']>,
  { listening }: ScriptedEar,
  { hearing, spec, file }: Hears,
): Promise<{ sound: Int16Array; events: EarEvent[] }> {
  const [{ soundOf }, ears] = await Promise.all([import('../turn-sound.js'), hearing()]);
  if (!listening) throw new Error('the agent does not listen yet');
  const sound = await soundOf(audio, file, ears.speaker(listening.language));
  return { sound, events: await ears.hear(sound, listening, spec) };
}

/** What the caller does. True when nothing follows from it, so that the turn is over at once. */
const acts: Record<Act, (scene: Scene) => Promise<boolean>> = {
  async say({ turn, atMs, clock, ear, stage }) {
    const before = stage.taken;
    const startMs = atMs ?? clock.now() + reactionMs;
    const { endMs, finalMs } = ear.say(turn.say!, startMs, { confidence: turn.confidence, takesMs: turn.takesMs });
    stage.acts(startMs, endMs);
    stage.tell('caller', turn.say!, startMs);
    await stage.untilTaken(before, finalMs + commitWithinMs);
    return false;
  },
  async audio({ turn, atMs, clock, ear, stage, hears }) {
    const before = stage.taken;
    const { sound, events } = await clock.hold(hear(turn.audio!, ear, hears));
    const startMs = atMs ?? clock.now() + reactionMs;
    const { endMs, finalMs } = ear.sound(events, startMs, (sound.length * 1000) / lineRateHz);
    stage.acts(startMs, endMs);
    const words = events.flatMap((event) => (event.kind === 'final' && event.text !== '' ? [event.text] : []));
    stage.tell('caller', words.length > 0 ? words.join(' ') : 'a sound without words for us', startMs);
    const failed = events.find((event) => event.kind === 'failed');
    if (failed) stage.record.problems.push({ message: `the sound could not be heard: ${failed.problem}` });
    await stage.untilTaken(before, finalMs + commitWithinMs);
    return false;
  },
  async dtmf({ turn, next, atMs, clock, line, stage }) {
    const before = stage.taken;
    const startMs = atMs ?? clock.now();
    const keys = [...turn.dtmf!];
    stage.tell('caller', `keys ${turn.dtmf!}`);
    for (const [index, digit] of keys.entries()) {
      await clock.advanceTo(startMs + index * betweenKeysMs);
      line.give({ kind: 'key', digit });
      await clock.settle();
    }
    stage.acts(startMs, clock.now());
    if (await stage.untilTaken(before, clock.now())) return false;
    // Not complete: the pause that ends the entry is a part of it, unless the script goes on with more keys or a pause.
    const pauseMs = stage.keysPauseMs;
    const isEntry = pauseMs !== undefined && next?.dtmf === undefined && next?.silenceMs === undefined && !next?.at;
    return !(isEntry && (await stage.untilTaken(before, clock.now() + pauseMs + silenceSlackMs)));
  },
  async silence({ turn, stage }) {
    const before = stage.taken;
    stage.tell('caller', `silence of ${turn.silenceMs! / 1000} s`);
    return !(await stage.untilTaken(before, stage.silentSinceMs + turn.silenceMs! + silenceSlackMs));
  },
  async hang_up({ atMs, clock, line, stage }) {
    if (atMs !== undefined) await clock.advanceTo(atMs);
    stage.tell('caller', 'hangs up');
    line.give({ kind: 'hang_up', reason: 'the caller hung up' });
    await stage.until(() => stage.isOver, clock.now() + hangUpWithinMs);
    return true;
  },
  async event({ turn, atMs, clock, call, stage }) {
    const before = stage.taken;
    if (atMs !== undefined) await clock.advanceTo(atMs);
    stage.tell('caller', `event ${turn.event!.name}`);
    call.event(turn.event!.name, turn.event!.data);
    await stage.untilTaken(before, clock.now() + commitWithinMs);
    return false;
  },
  nothing: () => Promise.resolve(false),
};
