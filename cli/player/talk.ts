/** `flow talk`: a conversation in the terminal. */
import { createInterface } from 'node:readline';
import { RealClock } from '../../engine/clock.js';
import type { Out, TurnTrace } from '../../engine/contracts.js';
import { UsageError } from '../../engine/errors.js';
import { assemble } from '../assemble.js';
import { storeAt } from '../../engine/stores/store-at.js';
import { findAgent } from '../find-agents.js';
import { homeFolder, storeAddress } from '../home.js';
import { coloursFor, progressOn, type Colours } from '../terminal.js';
import { TextCaller } from './text-caller.js';

export interface TalkOptions {
  trace?: boolean | undefined;
  realTools?: boolean | undefined;
  flow?: string | undefined;
  /** The dialog's name: kept in the store, and gone on with. */
  id?: string | undefined;
}

/** Talks until the agent hangs up, `/quit`, or the end of what is piped in. */
export async function talk(path: string, options: TalkOptions): Promise<void> {
  const folder = findAgent(path);
  const paint = coloursFor(process.stdout);
  const write = (line: string): void => void process.stdout.write(`${line}\n`);
  const progress = progressOn(process.stderr);
  progress.show('learning the examples…');
  const clock = new RealClock();
  const store = options.id === undefined ? undefined : await storeAt(storeAddress(homeFolder()));
  const ready = await assemble(folder, {
    clock,
    store,
    tools: options.realTools ? 'real' : 'auto',
    log: (line) => {
      progress.clear();
      process.stderr.write(`${coloursFor(process.stderr).dim(line)}\n`);
    },
  });
  progress.clear();
  let traced = options.trace === true;
  try {
    const { flows, name } = ready.agent;
    if (options.flow !== undefined && !flows.has(options.flow)) {
      throw new UsageError(`${name} has no flow "${options.flow}". Its flows: ${[...flows.keys()].join(', ')}.`);
    }
    const dialog = await ready.open({
      id: options.id ?? `talk-${process.pid}-${Date.now()}`,
      // Whoever types is here: a process that had the conversation is of no use to them.
      takeOver: options.id !== undefined,
      ...(options.flow === undefined ? {} : { start: { flow: options.flow } }),
    });
    /** What the agent makes of a call that was hung up is heard by nobody. */
    let heard = true;
    const caller = new TextCaller({
      dialog,
      clock,
      onOut: (out) => {
        if (!heard) return;
        for (const line of tell(out, traced, paint)) write(line);
      },
      onFiller: (text) => write(`${paint.cyan('agent')}  ${paint.dim(text)}`),
    });
    await caller.give({ kind: 'open' });
    const lines = createInterface({ input: process.stdin, terminal: false });
    /** With a name of its own, a conversation whose input ends is only left. */
    let hangsUp = options.id === undefined;
    const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
    const prompt = (): void => {
      if (terminal && !caller.ended) process.stdout.write(paint.green('you  > '));
    };
    if (!caller.ended) {
      prompt();
      for await (const line of lines) {
        const typed = line.trim();
        if (!terminal && typed !== '') write(`${paint.green('you')}    ${typed}`);
        if (typed === '/quit') {
          hangsUp = true;
          break;
        }
        if (typed === '/trace') {
          traced = !traced;
          write(paint.dim(traced ? 'what goes on inside is shown' : 'what goes on inside is hidden'));
        } else if (typed === '/silence') await caller.give({ kind: 'no_input' });
        else if (/^\/keys\s/.test(typed)) {
          const digits = typed.slice('/keys'.length).replace(/\s/g, '');
          if (/^[0-9*#]+$/.test(digits)) await caller.press(digits);
          else write(paint.yellow('Keys are 0 to 9, * and #: /keys 1234#'));
        } else if (typed.startsWith('/')) write(paint.yellow('There are /keys 1234#, /silence, /trace and /quit.'));
        else if (typed !== '') await caller.give({ kind: 'utterance', text: typed, confidence: 1 });
        if (caller.ended) break;
        prompt();
      }
    }
    lines.close();
    if (!caller.ended && hangsUp) {
      heard = false;
      await caller.give({ kind: 'hang_up' });
      write(paint.dim('(you hang up)'));
    }
    await caller.close('the conversation is over');
  } finally {
    await ready.close();
    await store?.close();
  }
}

function tell(out: Out, traced: boolean, paint: Colours): string[] {
  switch (out.kind) {
    case 'words':
      return [`${paint.cyan('agent')}  ${out.text}${traced ? paint.dim(`  (${out.id})`) : ''}`];
    case 'transfer':
      return [paint.yellow(`→ the call is handed to ${out.to} (${out.mode})`)];
    case 'end':
      return [paint.dim(out.hangUp ? '(the agent hangs up)' : '(the conversation is over)')];
    case 'tool':
      return traced
        ? [paint.dim(`  tool  ${out.name} ${out.phase === 'started' ? 'starts' : `is ${out.outcome ?? 'done'}`}`)]
        : [];
    case 'trace':
      return traced ? traceLines(out.trace).map((line) => paint.dim(`  ${line}`)) : [];
    case 'listen':
    case 'wait':
      return [];
  }
}

/** What was decided in a turn: how it was understood, what was weighed, what moved, where it stands. */
export function traceLines(trace: TurnTrace): string[] {
  const lines: string[] = [];
  if (trace.intent !== undefined || trace.route !== undefined) {
    const score = trace.score === undefined ? '' : ` ${trace.score.toFixed(2)}`;
    lines.push(`intent ${trace.intent ?? 'none'}, by ${trace.route ?? 'nothing'}${score}`);
  }
  if (trace.candidates.length > 0) {
    lines.push(
      `router ${trace.candidates
        .slice(0, 5)
        .map(({ intent, score }) => `${intent} ${score.toFixed(2)}`)
        .join(', ')}`,
    );
  }
  for (const move of trace.moves)
    if (move.kind === 'fill')
      lines.push(`${move.correction ? 'change' : 'fill'} ${move.slot} = ${JSON.stringify(move.value)}`);
  for (const { from, by, to, file, line } of trace.taken ?? [])
    lines.push(`took   ${by} of ${from}${to === null ? '' : ` → ${to}`}  ${file}:${String(line)}`);
  for (const [name, before] of Object.entries(trace.slotsBefore ?? {}))
    lines.push(`slot   ${name}: ${JSON.stringify(before)} → ${JSON.stringify(trace.slots[name] ?? null)}`);
  for (const tool of trace.tools) lines.push(`tool ${tool.name} ${JSON.stringify(tool.input)} → ${tool.outcome}`);
  lines.push(
    `at ${trace.flow === null ? 'end' : `${trace.flow}/${trace.state}`}${trace.stack.length > 0 ? `, beneath it ${trace.stack.join(', ')}` : ''}`,
  );
  for (const note of trace.notes) lines.push(`note ${note}`);
  const { timings } = trace;
  if (timings) {
    const parts = (['understand', 'step', 'tools', 'model', 'total'] as const).map((part) => [part, timings[`${part}Ms`]] as const); // prettier-ignore
    lines.push(`time   ${parts.filter(([, ms]) => ms >= 0.05).map(([part, ms]) => `${part} ${ms.toFixed(1)} ms`).join(', ')}`); // prettier-ignore
  }
  return lines;
}
