import { describe, expect, it } from 'vitest';
import { basisOf, matterOf, train, type ClassifierState } from '../../intents/classifier/training.js';
import { openStaticModel } from '../../intents/embedder/static-model.js';
import { createRouter } from '../../intents/router.js';
import { TrainingThread } from '../../cli/training-thread.js';
import { packRows } from '../intents/training/rows.js';

const intents = packRows(12, 15);
const embedder = openStaticModel();
const matter = (of = intents) => matterOf(basisOf(of, 'en', embedder)!, embedder);

/** How often the event loop came round while something was done: what it had to leave waiting it cannot hide. */
async function turnsOfTheLoop(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const count = (): void => {
    turns += 1;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  await work();
  done = true;
  return turns;
}

const withoutTime = ({ trainMs, ...state }: ClassifierState): Omit<ClassifierState, 'trainMs'> => {
  expect(trainMs).toBeGreaterThan(0);
  return state;
};

describe('training in a thread', () => {
  it('leaves the event loop to calls, and learns what training here would have learned', async () => {
    const thread = new TrainingThread();
    const given = await matter();
    let [here, there]: (ClassifierState | undefined)[] = [];
    const blocked = await turnsOfTheLoop(async () => (here = await train(given)));
    const free = await turnsOfTheLoop(async () => (there = await thread.train(given)));
    expect(withoutTime(there!)).toEqual(withoutTime(here!));
    expect(blocked).toBeLessThan(20);
    expect(free).toBeGreaterThan(50 * blocked);
    // The matter was not given away: who asked could still have trained it.
    expect(given.vectors!.table.length).toBeGreaterThan(0);
  });

  it('trains one agent after the other, and starts a new thread after it has ended', async () => {
    const thread = new TrainingThread();
    const given = await matter(packRows(4, 5));
    const [one, two] = await Promise.all([thread.train(given), thread.train(given)]);
    expect(withoutTime(one)).toEqual(withoutTime(two));
    expect(withoutTime(await thread.train(given))).toEqual(withoutTime(one));
  });

  it('is done without where no thread can start: the router is trained here, and it is said', async () => {
    const said: string[] = [];
    const router = await createRouter(packRows(4, 5), {
      embedder,
      log: (line) => said.push(line),
      trainElsewhere: () => Promise.reject(new Error('its worker is not built')),
    });
    expect(said).toEqual(['router: its worker is not built; training in the main thread']);
    expect(router.report().rows).toBeGreaterThan(20);
  });
});
