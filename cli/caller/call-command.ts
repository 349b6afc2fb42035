/** `flow call`: one spoken call by script, to our own server or to another. */
import { join } from 'node:path';
import { RealClock } from '../../engine/clock.js';
import { localTimeIn } from '../../engine/compile/moment.js';
import type { Clock } from '../../engine/contracts.js';
import { PersonalValues } from '../../engine/dialog/personal-values.js';
import { UsageError } from '../../engine/errors.js';
import type { Agent } from '../../engine/language/flow.js';
import type { TestScript } from '../../engine/language/script.js';
import type { SlotTypeName } from '../../engine/slot-types/slot-type.js';
import { silentLog } from '../../runtime/observe/log.js';
import type { SpeechToText } from '../../runtime/contracts.js';
import { embeddedStt } from '../../runtime/stt/embedded/embedded-stt.js';
import { createStt } from '../../runtime/stt/index.js';
import { cachedTts } from '../../runtime/tts/cached.js';
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { homeFolder } from '../home.js';
import { modelsFor } from '../language-models.js';
import { loadOne } from '../load-one.js';
import { startDate } from '../player/start-date.js';
import { serveAgents, type AgentServer } from '../serve-agents.js';
import { speaksEnglish } from '../speech.js';
import { coloursFor } from '../terminal.js';
import { tellHeard } from './agent-heard.js';
import { CallJudge } from './judge.js';
import { tellLatency } from './latency.js';
import type { Persona } from './persona.js';
import { placeMany, tellMany } from './many-calls.js';
import { placeScript, type PlacedCall } from './place.js';
import { troublesOf, type LineOptions } from './poor-line.js';

export interface CallCommandOptions extends LineOptions {
  url?: string;
  test?: string;
  voice: string;
  out?: string;
  json?: boolean;
  realTools?: boolean;
  calls?: string;
  persona?: string;
  ear?: string;
}

export async function callCommand(path: string, options: CallCommandOptions): Promise<void> {
  const { agent, tests } = await loadOne(path);
  if (options.persona !== undefined && options.test !== undefined)
    throw new UsageError('--persona speaks its own words: leave --test away.');
  const spoken = options.persona === undefined ? chooseScript(tests, options.test, agent) : undefined;
  const script = spoken ?? { name: 'a persona', file: agent.path, turns: [] };
  const troubles = troublesOf(options);
  const count = callsOf(options.calls);
  const judge = new CallJudge(agent.language);
  const startsAt = spoken?.start.clock;
  const clock = startsAt === undefined ? new RealClock() : new ClockFrom(startDate(startsAt, agent.timezone));
  const home = homeFolder();
  const out = process.stdout;
  const note = options.json ? process.stderr : out;
  const print = (line: string): void => void note.write(`${line}\n`);
  const persona = options.persona === undefined ? undefined : await personaOf(options.persona, agent, clock, print);
  // Of many callers all say the same.
  const voice = cachedTts(embeddedTts({ voice: options.voice }), { mayKeep: () => count > 1 });
  const ear = await earFor(options.ear, agent);
  let own: AgentServer | undefined;
  if (options.url === undefined) {
    own = await serveAgents({
      paths: [agent.path],
      port: 0,
      log: silentLog,
      say: print,
      home,
      clock,
      ...(options.realTools ? {} : { tools: 'mock', ...(spoken && { mocks: spoken.mocks }) }),
      ...(count === 1
        ? { wrapDialog: (dialog) => judge.watch(dialog) }
        : { limits: { calls: count, callsPerMinutePerAddress: count } }),
    });
    await own.ready;
  }
  const shared = {
    url: options.url ?? `${own!.server.url.replace('http', 'ws')}/call`,
    script,
    persona,
    personal: personalOf(agent, clock),
    agentName: agent.name,
    language: agent.language,
    voice,
    voiceName: options.voice,
    clock,
    folder: options.out ?? join(home, 'calls'),
    paint: coloursFor(note),
  };
  try {
    const placed =
      count === 1
        ? await placeScript({ ...shared, troubles, judge, print, ear, mustUnderstand: own !== undefined && !troubles })
        : await placeMany(
            count,
            (number) =>
              placeScript({
                ...shared,
                number,
                troubles: troubles && { ...troubles, seed: troubles.seed + number },
                judge: new CallJudge(agent.language),
                print: () => undefined,
              }),
            { clock, print },
          );
    if (options.json) out.write(`${JSON.stringify(placed)}\n`);
    else
      for (const line of 'calls' in placed ? tellMany(placed) : verdict(placed, persona && 'to its end'))
        out.write(`${line}\n`);
    if (!placed.ok) process.exitCode = 1;
  } finally {
    voice.close?.();
    ear?.close?.();
    await own?.close();
  }
}

/**
 * Who hears what the agent says, when the call is over.
 *
 * @throws UsageError where there is no such recogniser, or its key is not set
 */
async function earFor(name: string | undefined, agent: Agent): Promise<SpeechToText | undefined> {
  if (name === 'off') return undefined;
  // The embedded one knows English only; more words of it are one thread's work.
  if (name === undefined || name === 'embedded') return speaksEnglish(agent) ? embeddedStt({ workers: 1 }) : undefined;
  return createStt(name, process.env);
}

/** @throws UsageError where no model is set that could speak for it */
async function personaOf(who: string, agent: Agent, clock: Clock, log: (line: string) => void): Promise<Persona> {
  const [model] = await modelsFor(agent, process.env, clock, log);
  if (!model)
    throw new UsageError(
      '--persona needs a language model: set OPENAI_API_KEY or OPENAI_BASE_URL, and PARLEY_LLM for its name.',
    );
  return { who, model };
}

/** More would be the caller's own processor that is measured. */
const mostCalls = 200;

function callsOf(text = '1'): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > mostCalls)
    throw new UsageError(`--calls takes a whole number from 1 to ${String(mostCalls)}, not "${text}".`);
  return count;
}

/** What is personal to callers of this agent. */
export function personalOf(agent: Agent, clock: Clock): PersonalValues | undefined {
  return PersonalValues.of(agent, () => localTimeIn(agent.timezone)(clock.date()));
}

/** What is said of a call when it is over. */
export function verdict(placed: PlacedCall, how = 'as its script says'): string[] {
  return [
    '',
    ...(placed.ok
      ? [`The call went ${how}.`]
      : [`The call did not go ${how}:`, ...placed.troubles.map((trouble) => `  ${trouble}`)]),
    ...tellLatency(placed.latency),
    ...(placed.heard ? tellHeard(placed.heard) : []),
    `Recording  ${placed.files.audio}`,
    `Page       ${placed.files.page}`,
  ];
}

/** The machine's time, on the day that a script names. */
class ClockFrom extends RealClock {
  readonly #offsetMs: number;

  constructor(date: number) {
    super();
    this.#offsetMs = date - Date.now();
  }

  override date(): number {
    return super.date() + this.#offsetMs;
  }
}

/** Whether a caller on a line can play it: scripts that start in the middle cannot be spoken. */
function canBeSpoken(script: TestScript): boolean {
  const { flow, state, slots } = script.start;
  const speaks = script.turns.some(
    ({ say, dtmf, audio }) => say !== undefined || dtmf !== undefined || audio !== undefined,
  );
  return flow === undefined && state === undefined && slots === undefined && speaks;
}

/** Types whose values the embedded recogniser cannot know: it hears only what a grammar can list. */
const openTypes: readonly SlotTypeName[] = ['text', 'name', 'email', 'address', 'city', 'spelled'];

function needsOpenEar(script: TestScript, agent: Agent): boolean {
  const open = [agent, ...agent.flows.values()].flatMap(({ slots }) =>
    [...slots.values()].filter(({ type }) => openTypes.includes(type)).map(({ name }) => name),
  );
  return script.turns.some(({ say, expect }) => {
    const slots = expect.slots?.value;
    const filled = slots !== null && typeof slots === 'object' ? Object.entries(slots) : [];
    return say !== undefined && filled.some(([name, value]) => value !== null && open.includes(name));
  });
}

/**
 * The script whose name contains `name`; without one the first that can be spoken, rather one that the embedded
 * recogniser can follow.
 */
export function chooseScript(tests: readonly TestScript[], name: string | undefined, agent: Agent): TestScript {
  const speakable = tests.filter(canBeSpoken);
  const found =
    name === undefined
      ? (speakable.find((script) => !needsOpenEar(script, agent)) ?? speakable[0])
      : tests.find((test) => test.name.includes(name));
  if (found) return found;
  const names = tests.map((test) => `  ${test.name}`).join('\n');
  throw new UsageError(
    name === undefined
      ? `${agent.path} has no script that can be spoken. Write one, as in flows/README.md, "Scripted conversations".`
      : `${agent.path} has no script whose name contains "${name}". It has:\n${names}`,
  );
}
