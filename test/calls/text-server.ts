// A process that holds conversations in text over a store, for a parent that types into them and kills it. Arguments: an
// agent's folder, and what `PARLEY_STORE` would name.
import { RealClock } from '../../engine/clock.js';
import { settleTracing } from '../../engine/compile/tracing.js';
import type { Dialog, Input, Router, TransferOutcome } from '../../engine/contracts.js';
import { loadAgent } from '../../engine/language/load.js';
import { createToolRunner } from '../../engine/tools/tool-runner.js';
import { firstThatAnswers, modelsFor } from '../../cli/language-models.js';

/** To the child. */
export type Typed = { id: string } & (
  { open: true } | { say: string } | { hangUp: true } | { transferred: TransferOutcome }
);
/** From the child. */
export type Told = { ready: true } | ({ id: string } & (
  { words: string } | { transfer: string } | { listening: true } | { ended: true } | { problem: string }
)); // prettier-ignore

const [path, address] = process.argv.slice(2) as [string, string];
settleTracing({});
const [{ openDialog }, { storeAt }] = await Promise.all([
  import('../../engine/compile/open-dialog.js'),
  import('../../engine/stores/store-at.js'),
]);
const clock = new RealClock();
const { agent, problems } = await loadAgent(path);
if (!agent) throw new Error(problems.map(({ message }) => message).join(' '));
const store = await storeAt(address);
const tools = createToolRunner(agent, { clock, env: process.env, mode: 'real' });
const model = firstThatAnswers(await modelsFor(agent, process.env, clock, () => {}));
/** What is typed is the name of an intent, or a value. */
const router: Router = {
  route: ({ text, legal }) =>
    Promise.resolve(
      legal.includes(text)
        ? { kind: 'accept', intent: text, by: 'rule', probability: 1, candidates: [], llmCalls: 0 }
        : { kind: 'none', by: 'local', probability: 0, candidates: [], llmCalls: 0 },
    ),
};
const signal = new AbortController().signal;
const tell = (told: Told): void => void process.send!(told);

class Talk {
  readonly #id: string;
  readonly #dialog: Promise<Dialog>;
  #before: Promise<void> = Promise.resolve();

  constructor(id: string) {
    this.#id = id;
    this.#dialog = openDialog(agent!, {
      id, router, tools, store, clock, driver: 'resident', takeOver: true, ...(model && { model }),
      onProblem: (problem) => tell({ id, problem }),
    }); // prettier-ignore
    void this.#settle();
  }

  give(input: Partial<Input> & Pick<Input, 'kind'>): void {
    this.#before = this.#before.then(() => this.#turn(input as Input));
  }

  async #turn(first: Input): Promise<void> {
    const id = this.#id;
    const dialog = await this.#dialog;
    for (let input: Input | undefined = first; input;) {
      const given: Input = { ...input, atMs: clock.now() };
      input = undefined;
      for await (const out of dialog.turn(given, { signal })) {
        if (out.kind === 'words') tell({ id, words: out.text });
        else if (out.kind === 'transfer') tell({ id, transfer: out.to });
        else if (out.kind === 'end') tell({ id, ended: true });
        else if (out.kind === 'wait' && out.for === 'played') input = { kind: 'played', atMs: 0 };
      }
    }
    // Idle means that what is written behind the turn is written.
    await store.flush();
    tell({ id, listening: true });
  }

  async #settle(): Promise<void> {
    for await (const settled of (await this.#dialog).settlements(signal)) this.give(settled);
  }
}

const talks = new Map<string, Talk>();
process.on('message', (typed: Typed) => {
  let talk = talks.get(typed.id);
  if (!talk) talks.set(typed.id, (talk = new Talk(typed.id)));
  if ('open' in typed) talk.give({ kind: 'open' });
  else if ('say' in typed) talk.give({ kind: 'utterance', text: typed.say } as Input);
  else if ('transferred' in typed) talk.give({ kind: 'transfer', outcome: typed.transferred } as Input);
  else talk.give({ kind: 'hang_up' });
});
tell({ ready: true });
