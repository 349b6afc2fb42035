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
import { embeddedTts } from '../../runtime/tts/embedded/embedded-tts.js';
import { homeFolder } from '../home.js';
import { loadOne } from '../load-one.js';
import { startDate } from '../player/start-date.js';
import { serveAgents, type AgentServer } from '../serve-agents.js';
import { coloursFor } from '../terminal.js';
import { CallJudge } from './judge.js';
import { placedAsJson, placeScript, type PlacedCall } from './place.js';

export interface CallCommandOptions {
  url?: string;
  test?: string;
  voice: string;
  out?: string;
  json?: boolean;
  realTools?: boolean;
}

export async function callCommand(path: string, options: CallCommandOptions): Promise<void> {
  const { agent, tests } = await loadOne(path);
  const script = chooseScript(tests, options.test, agent);
  const judge = new CallJudge(agent.language);
  const { clock: startsAt } = script.start;
  const clock = startsAt === undefined ? new RealClock() : new ClockFrom(startDate(startsAt, agent.timezone));
  const home = homeFolder();
  const out = process.stdout;
  const note = options.json ? process.stderr : out;
  const voice = embeddedTts({ voice: options.voice });
  let own: AgentServer | undefined;
  if (options.url === undefined) {
    own = await serveAgents({
      paths: [agent.path],
      port: 0,
      log: silentLog,
      say: (line) => void note.write(`${line}\n`),
      home,
      clock,
      ...(options.realTools ? {} : { tools: 'mock', mocks: script.mocks }),
      wrapDialog: (dialog) => judge.watch(dialog),
    });
    await own.ready;
  }
  try {
    const placed = await placeScript({
      url: options.url ?? `${own!.server.url.replace('http', 'ws')}/call`,
      script,
      judge,
      personal: personalOf(agent, clock),
      agentName: agent.name,
      language: agent.language,
      voice,
      voiceName: options.voice,
      clock,
      folder: options.out ?? join(home, 'calls'),
      print: (line) => void note.write(`${line}\n`),
      paint: coloursFor(note),
    });
    if (options.json) out.write(`${JSON.stringify(placedAsJson(placed))}\n`);
    else for (const line of verdict(placed)) out.write(`${line}\n`);
    if (!placed.ok) process.exitCode = 1;
  } finally {
    voice.close?.();
    await own?.close();
  }
}

/** What is personal to callers of this agent. */
export function personalOf(agent: Agent, clock: Clock): PersonalValues | undefined {
  return PersonalValues.of(agent, () => localTimeIn(agent.timezone)(clock.date()));
}

/** What is said of a call when it is over. */
export function verdict(placed: PlacedCall): string[] {
  return [
    '',
    ...(placed.ok
      ? ['The call went as its script says.']
      : ['The call did not go as its script says:', ...placed.troubles.map((trouble) => `  ${trouble}`)]),
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
