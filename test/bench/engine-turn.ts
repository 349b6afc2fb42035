/** A pure turn by both drivers beside the same turn written by hand, on one conversation, interleaved in one process. */
import { RealClock } from '../../engine/clock.js';
import { openDialog } from '../../engine/compile/open-dialog.js';
import type { Dialog, Router } from '../../engine/contracts.js';
import type { Agent } from '../../engine/language/flow.js';
import { memoryStore } from '../../engine/stores/memory-store.js';
import { byHand, byHandBegin, byHandFromWords, script } from './booking.js';
import { allocatedAsync, quantile } from './turn.js';

export interface DriverFigures {
  /** From the input to the last words, milliseconds. */
  wordsP50: number;
  /** From the input to the committed checkpoint. */
  p50: number;
  p99: number;
  /** Processor time of all threads: what other work on the machine does not stretch. */
  cpuP99: number;
  kb: number;
}

const clock = new RealClock();
const quiet = new AbortController().signal;
const intents = new Map(script.flatMap(({ text, intent }) => (intent === undefined ? [] : [[text, intent] as const])));

/** A router that costs nothing, so that the turn is what is measured; the router has a bench of its own. */
export const tableRouter: Router = {
  route: ({ text, legal }) => {
    const intent = legal.find((one) => one === intents.get(text) || one.endsWith(`.${intents.get(text) ?? '?'}`));
    return Promise.resolve(
      intent === undefined
        ? { kind: 'none', by: 'local', probability: 0, candidates: [], llmCalls: 0 }
        : { kind: 'accept', intent, by: 'rule', probability: 1, candidates: [], llmCalls: 0 },
    );
  },
};

const scriptsADialog = 3;
const warmRounds = 12;
const roundsABlock = 16;
const blocks = 4;

interface Times {
  words: number[];
  committed: number[];
  cpu: number[];
}

/**
 * Both drivers and the hand-written turn go through the script in turn, many times. A figure is the median of four blocks; p99 is
 * the best block's, because on a shared machine most of the others' tails are somebody else's work.
 * @throws Error when the engine says anything else than the hand-written turn
 */
export async function measureBooking(
  agent: Agent,
): Promise<{ referenceMs: number; bareMs: number; resident: DriverFigures; invoke: DriverFigures }> {
  const store = memoryStore();
  let dialogs = 0;
  const open = (driver: 'resident' | 'turn'): Promise<Dialog> =>
    openDialog(agent, { id: `booking-${String(dialogs++)}`, router: tableRouter, tools: { run: () => Promise.reject(new Error('no tools')) }, store, clock, env: {}, driver }); // prettier-ignore
  const round = async (driver: 'resident' | 'turn', times: Times): Promise<void> => {
    const dialog = await open(driver);
    await turn(dialog, undefined);
    let hand = byHandBegin();
    for (let n = 0; n < scriptsADialog * script.length; n++) {
      const said = script[n % script.length]!;
      const byHandMade = byHandFromWords(hand, said.text);
      hand = byHandMade.state;
      const expected = byHandMade.out.join(' ');
      const { words, wordsMs, committedMs, cpuMs } = await turn(dialog, said.text);
      if (words !== expected) throw new Error(`after "${said.text}": "${words}" in place of "${expected}"`);
      times.words.push(wordsMs);
      times.committed.push(committedMs);
      times.cpu.push(cpuMs);
      // Between turns a caller speaks: what is put off comes to its turn.
      if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await dialog.close('bench');
    await store.delete(dialog.id);
  };
  const none = (): Times => ({ words: [], committed: [], cpu: [] });
  for (let warm = 0; warm < warmRounds; warm++) { await round('resident', none()); await round('turn', none()); timeByHand(60); } // prettier-ignore
  const all = { whole: [] as number[], bare: [] as number[], resident: [] as Times[], invoke: [] as Times[] };
  for (let block = 0; block < blocks; block++) {
    const [resident, invoke] = [none(), none()];
    const reference: { whole: number; bare: number }[] = [];
    for (let n = 0; n < roundsABlock; n++) {
      await round('resident', resident);
      // Short batches: a long one is interrupted by other work more often than a turn of the engine, and would flatter it.
      for (let batch = 0; batch < 20; batch++) reference.push(timeByHand(3));
      await round('turn', invoke);
    }
    all.whole.push(
      quantile(
        reference.map(({ whole }) => whole),
        0.5,
      ),
    );
    all.bare.push(
      quantile(
        reference.map(({ bare }) => bare),
        0.5,
      ),
    );
    all.resident.push(resident);
    all.invoke.push(invoke);
  }
  const kb = async (driver: 'resident' | 'turn'): Promise<number> => {
    const dialog = await open(driver);
    await turn(dialog, undefined);
    const each = await allocatedAsync(async () => {
      for (const { text } of script) await turn(dialog, text);
    });
    await dialog.close('bench');
    return each / script.length;
  };
  const figures = async (times: Times[], driver: 'resident' | 'turn'): Promise<DriverFigures> => ({
    wordsP50: quantile(times.map(({ words }) => quantile(words, 0.5)), 0.5),
    p50: quantile(times.map(({ committed }) => quantile(committed, 0.5)), 0.5),
    cpuP99: Math.min(...times.map(({ cpu }) => quantile(cpu, 0.99))),
    p99: Math.min(...times.map(({ committed }) => quantile(committed, 0.99))),
    kb: await kb(driver),
  }); // prettier-ignore
  return {
    referenceMs: quantile(all.whole, 0.5),
    bareMs: quantile(all.bare, 0.5),
    resident: await figures(all.resident, 'resident'),
    invoke: await figures(all.invoke, 'turn'),
  };
}

/** Milliseconds of a turn by hand, and of its switch alone: one is shorter than the clock can tell, so dialogs are timed. */
function timeByHand(dialogs: number): { whole: number; bare: number } {
  const turns = dialogs * scriptsADialog * script.length;
  let characters = 0;
  let begun = performance.now();
  for (let n = 0; n < dialogs; n++) {
    let state = byHandBegin();
    for (let at = 0; at < scriptsADialog * script.length; at++) {
      const made = byHandFromWords(state, script[at % script.length]!.text);
      state = made.state;
      characters += made.out.at(-1)!.length;
    }
  }
  const whole = (performance.now() - begun) / turns;
  begun = performance.now();
  for (let n = 0; n < dialogs; n++) {
    const state = byHandBegin();
    for (let at = 0; at < scriptsADialog * script.length; at++)
      characters += byHand(state, script[at % script.length]!).at(-1)!.length;
  }
  const bare = (performance.now() - begun) / turns;
  if (characters === 0) throw new Error('nothing was said');
  return { whole, bare };
}

async function turn(dialog: Dialog, text: string | undefined) {
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  const input = text === undefined ? ({ kind: 'open' } as const) : ({ kind: 'utterance', text } as const);
  const said: string[] = [];
  let wordsAt = begun;
  for await (const out of dialog.turn({ ...input, atMs: clock.now() }, { signal: quiet })) {
    if (out.kind !== 'words') continue;
    said.push(out.text);
    wordsAt = performance.now();
  }
  const committedMs = performance.now() - begun;
  const cpu = process.cpuUsage(cpuBefore);
  return { words: said.join(' '), wordsMs: wordsAt - begun, committedMs, cpuMs: (cpu.user + cpu.system) / 1000 };
}
