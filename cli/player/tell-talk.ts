/** What `flow talk` writes: lines for a person, or one line of JSON a turn for a program. */
import type { Out, TurnTrace } from '../../engine/contracts.js';
import type { Colours } from '../terminal.js';
import type { Typed } from './text-caller.js';
import { traceLines } from './trace-lines.js';

/** Takes what happens in a conversation, in its order. */
export interface TalkTeller {
  /** What was typed, where the terminal does not show it itself. */
  typed(line: string): void;
  gave(out: Out): void;
  filler(text: string): void;
  /** Everything that follows from an input is there. */
  turnOver(input: Typed, position: string | null): void;
  /** What is neither side's: a wrong command, the end. */
  note(text: string): void;
  /** Shows or hides what goes on inside. */
  toggleTrace(): void;
}

export interface TellOptions {
  trace: boolean;
  /** Personal values are shown as they are. */
  showPii: boolean;
}

type Write = (line: string) => void;

/** Lines for a person. What was typed by a pipe is told with its turn: only that knows what of it is personal. */
export function tellPeople(write: Write, paint: Colours, options: TellOptions): TalkTeller {
  let traced = options.trace;
  let typed: string | undefined;
  let held: string[] = [];
  const flush = (line = typed): void => {
    if (line !== undefined) write(`${paint.green('you')}    ${line}`);
    for (const one of held) write(one);
    typed = undefined;
    held = [];
  };
  let first: TurnTrace | undefined;
  return {
    typed(line) {
      typed = line;
      first = undefined;
    },
    gave(out) {
      if (out.kind === 'trace') first ??= traceOf(out, options.showPii);
      held.push(...linesOf(out, traced, options.showPii, paint));
      if (typed === undefined) flush();
    },
    filler(text) {
      held.push(`${paint.cyan('agent')}  ${paint.dim(text)}`);
      if (typed === undefined) flush();
    },
    turnOver({ kind }) {
      const given = kind === 'keys' ? `/keys ${first?.keys ?? hiddenInput}` : (first?.text ?? hiddenInput);
      flush(typed === undefined || options.showPii || kind === 'no_input' ? typed : given);
    },
    note(text) {
      flush();
      write(paint.dim(text));
    },
    toggleTrace() {
      traced = !traced;
      this.note(traced ? 'what goes on inside is shown' : 'what goes on inside is hidden');
    },
  };
}

/** An answer to a question for a secret. */
const hiddenInput = '[hidden]';

function linesOf(out: Out, traced: boolean, showPii: boolean, paint: Colours): string[] {
  switch (out.kind) {
    case 'words': {
      const text = wordsOf(out, showPii);
      return [`${paint.cyan('agent')}  ${text}${traced ? paint.dim(`  (${out.id})`) : ''}`];
    }
    case 'transfer':
      return [paint.yellow(`→ the call is handed to ${out.to} (${out.mode})`)];
    case 'end':
      return [paint.dim(out.hangUp ? '(the agent hangs up)' : '(the conversation is over)')];
    case 'tool':
      return traced && out.phase === 'started' ? [paint.dim(`  ${out.name} is called`)] : [];
    case 'trace':
      return traced ? traceLines(traceOf(out, showPii)).map((line) => paint.dim(`  ${line}`)) : [];
    case 'listen':
    case 'wait':
      return [];
  }
}

/** One turn of `flow talk --json`: what came in, and all that follows up to where the agent waits for the caller. */
export interface TalkLine {
  /** From 1; the first is what the agent says of itself. */
  turn: number;
  /** `text` and `keys` as the trace has them: not where a secret was asked for. */
  input: { kind: string; text?: string; keys?: string };
  words: { id: string; text: string }[];
  transfer?: { to: string; mode: string };
  /** Where the agent listens now: `flow/state`, `listen`, null when the call is over. */
  position: string | null;
  ended: boolean;
  /** One for each time that the dialog had its turn: a write that waits for words makes two. */
  traces: TurnTrace[];
}

/** One line of JSON a turn; what is for people goes to `writeNote`. */
export function tellPrograms(write: Write, writeNote: Write, { showPii }: TellOptions): TalkTeller {
  let turn = 0;
  const fresh = (): Pick<TalkLine, 'words' | 'transfer' | 'ended' | 'traces'> => ({
    words: [],
    ended: false,
    traces: [],
  });
  let line = fresh();
  return {
    typed: () => undefined,
    gave(out) {
      if (out.kind === 'words') line.words.push({ id: out.id, text: wordsOf(out, showPii) });
      if (out.kind === 'transfer') line.transfer = { to: out.to, mode: out.mode };
      if (out.kind === 'trace') line.traces.push(traceOf(out, showPii));
      if (out.kind === 'end') line.ended = true;
    },
    filler: (text) => void line.words.push({ id: 'filler', text }),
    turnOver({ kind }, position) {
      const [first] = line.traces;
      const given = { ...(first?.text !== undefined && { text: first.text }), ...(first?.keys !== undefined && { keys: first.keys }) }; // prettier-ignore
      const { words, transfer, ended, traces } = line;
      const told: TalkLine = {
        turn: ++turn, input: { kind, ...given }, words, ...(transfer && { transfer }),
        position: ended ? null : position, ended, traces,
      }; // prettier-ignore
      write(JSON.stringify(told));
      line = fresh();
    },
    note: writeNote,
    toggleTrace: () => writeNote('With --json every line has its traces.'),
  };
}

function wordsOf(out: Extract<Out, { kind: 'words' }>, showPii: boolean): string {
  return showPii ? out.text : (out.masked ?? out.text);
}

function traceOf(out: Extract<Out, { kind: 'trace' }>, showPii: boolean): TurnTrace {
  return showPii ? out.trace : (out.masked ?? out.trace);
}
