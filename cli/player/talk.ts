/** `flow talk`: a conversation in the terminal. */
import { createInterface } from 'node:readline';
import { RealClock } from '../../engine/clock.js';
import { UsageError } from '../../engine/errors.js';
import { memoryStore } from '../../engine/stores/memory-store.js';
import { storeAt } from '../../engine/stores/store-at.js';
import { assemble, type Assembled } from '../assemble.js';
import { findAgent } from '../find-agents.js';
import { homeFolder, routerFolder, storeAddress } from '../home.js';
import { coloursFor, progressOn } from '../terminal.js';
import { filesOutside, watchFiles } from '../watch-files.js';
import { tellPeople, tellPrograms } from './tell-talk.js';
import { TextCaller, type Typed } from './text-caller.js';

export interface TalkOptions {
  trace?: boolean | undefined;
  /** One line of JSON a turn, and nothing else on the standard output. */
  json?: boolean | undefined;
  /** Personal values are shown as they are. */
  showPii?: boolean | undefined;
  realTools?: boolean | undefined;
  flow?: string | undefined;
  /** The dialog's name: kept in the store, and gone on with. */
  id?: string | undefined;
  /** Read the agent anew between turns when its files change. */
  watch?: boolean | undefined;
}

/** Talks until the agent hangs up, `/quit`, or the end of what is piped in. */
export async function talk(path: string, options: TalkOptions): Promise<void> {
  const folder = findAgent(path);
  const paint = coloursFor(process.stdout);
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const writeNote = (line: string): void => void process.stderr.write(`${line}\n`);
  const telling = { trace: options.trace === true, showPii: options.showPii === true };
  const teller = options.json ? tellPrograms(write, writeNote, telling) : tellPeople(write, paint, telling);
  const progress = progressOn(process.stderr);
  progress.show('learning the examples…');
  const clock = new RealClock();
  const store =
    options.id !== undefined ? await storeAt(storeAddress(homeFolder())) : options.watch ? memoryStore() : undefined;
  const read = (before?: Assembled): Promise<Assembled> =>
    assemble(folder, {
      clock,
      store,
      tools: options.realTools ? 'real' : 'auto',
      loadCode: options.watch === true,
      cacheFolder: routerFolder(),
      ...(before && { before }),
      log: (line) => {
        progress.clear();
        process.stderr.write(`${coloursFor(process.stderr).dim(line)}\n`);
      },
    });
  let ready = await read();
  progress.clear();
  try {
    const { flows, name } = ready.agent;
    if (options.flow !== undefined && !flows.has(options.flow)) {
      throw new UsageError(`${name} has no flow "${options.flow}". Its flows: ${[...flows.keys()].join(', ')}.`);
    }
    const id = options.id ?? `talk-${process.pid}-${Date.now()}`;
    /** What the agent makes of a call that was hung up is heard by nobody. */
    let heard = true;
    const begin = async (): Promise<TextCaller> => {
      const dialog = await ready.open({
        id,
        // Whoever types is here: a process that had the conversation is of no use to them.
        takeOver: options.id !== undefined,
        ...(options.flow === undefined ? {} : { start: { flow: options.flow } }),
      });
      return new TextCaller({
        dialog,
        clock,
        onOut: (out) => {
          if (heard) teller.gave(out);
        },
        onFiller: (text) => teller.filler(text),
      });
    };
    let caller = await begin();
    const give = async (input: Typed): Promise<void> => {
      await caller.give(input);
      teller.turnOver(input, caller.listening?.position ?? null);
    };
    await give({ kind: 'open' });
    const lines = createInterface({ input: process.stdin, terminal: false });
    /** With a name of its own, a conversation whose input ends is only left. */
    let hangsUp = options.id === undefined;
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !options.json;
    const prompt = (): void => {
      if (terminal && !caller.ended) process.stdout.write(paint.green('you  > '));
    };
    /** Turns and edits come one after the other. */
    let busy: Promise<void> = Promise.resolve();
    const inTurn = (work: () => Promise<void>): Promise<void> => (busy = busy.then(work));
    /** The same conversation goes on: whoever edits the words of the eighth question does not want to answer seven again. */
    const readAnew = async (): Promise<void> => {
      if (caller.ended) return;
      let next: Assembled;
      try {
        next = await read(ready);
        if (next.codeProblems.length > 0) {
          await next.close();
          throw new Error(next.codeProblems.join('\n'));
        }
      } catch (error) {
        teller.note(`\n${(error as Error).message}`);
        teller.note('(the edit has mistakes; the talk goes on as before)');
        return prompt();
      }
      await caller.close('a new version');
      const before = ready;
      ready = next;
      caller = await begin();
      await before.close();
      const { version } = ready.agent;
      teller.note(`\n(read anew${version === undefined ? '' : `, version ${String(version)}`})`);
      await give({ kind: 'open' });
      prompt();
    };
    const stopWatching = options.watch
      ? watchFiles({
          roots: () => [ready.agent.path, ...filesOutside(ready.agent)],
          clock,
          onChange: () => void inTurn(readAnew),
          onProblem: (problem) => teller.note(problem),
        })
      : undefined;
    if (!caller.ended) {
      prompt();
      for await (const line of lines) {
        const typed = line.trim();
        if (!terminal && typed !== '') teller.typed(typed);
        if (typed === '/quit') {
          hangsUp = true;
          break;
        }
        await inTurn(async () => {
          if (caller.ended) return;
          if (typed === '/trace') teller.toggleTrace();
          else if (typed === '/silence') await give({ kind: 'no_input' });
          else if (/^\/keys\s/.test(typed)) {
            const digits = typed.slice('/keys'.length).replace(/\s/g, '');
            if (/^[0-9*#]+$/.test(digits)) await give(caller.keysOf(digits));
            else teller.note('Keys are 0 to 9, * and #: /keys 1234#');
          } else if (typed.startsWith('/')) teller.note('There are /keys 1234#, /silence, /trace and /quit.');
          else if (typed !== '') await give({ kind: 'utterance', text: typed, confidence: 1 });
        });
        if (caller.ended) break;
        prompt();
      }
    }
    lines.close();
    stopWatching?.();
    await busy;
    if (!caller.ended && hangsUp) {
      heard = false;
      await caller.give({ kind: 'hang_up' });
      teller.note('(you hang up)');
    }
    await caller.close('the conversation is over');
  } finally {
    await ready.close();
    await store?.close();
  }
}
