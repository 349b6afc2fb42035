/** What a call may be about, for the race explorer: short, and each with something that can go wrong. */
import type { Input, Out } from '../../../engine/contracts.js';
import type { CallEvent } from '../../../runtime/call/events.js';
import { listen, words } from '../../fakes/dialog.js';
import type { Given, Scenario } from './world.js';

const long = 'We are open every day from nine in the morning until ten in the evening.';
const short = 'All right then.';

/** The caller says a text: onset, an interim, the end of speech and the final, as an ear gives them. */
export function says(text: string, fromMs: number, toMs: number, finalMs = 150): [number, CallEvent][] {
  const ear = (event: Extract<CallEvent, { kind: 'ear' }>['event']): CallEvent => ({ kind: 'ear', event });
  const half = Math.round((fromMs + toMs) / 2);
  return [
    [fromMs + 100, ear({ kind: 'speech_started', atMs: fromMs })],
    [half + 60, ear({ kind: 'interim', text: text.split(' ').slice(0, 2).join(' '), atMs: half })],
    [toMs + 96, ear({ kind: 'speech_ended', atMs: toMs })],
    [toMs + finalMs, ear({ kind: 'final', text, startMs: fromMs, endMs: toMs })],
  ];
}

export function coughs(fromMs: number, toMs: number): [number, CallEvent][] {
  return [
    [fromMs + 100, { kind: 'ear', event: { kind: 'speech_started', atMs: fromMs } }],
    [toMs + 96, { kind: 'ear', event: { kind: 'speech_ended', atMs: toMs } }],
  ];
}

const press = (digits: string, fromMs: number): [number, CallEvent][] =>
  [...digits].map((digit, i) => [fromMs + i * 150, { kind: 'key', digit }]);

type Tool = Extract<Out, { kind: 'tool' }>;
function tool(ms: number, more: Partial<Tool> = {}): Given[] {
  const of = { kind: 'tool' as const, callId: 'c1', name: 'find_order', onInterrupt: 'finish' as const, ...more };
  return [
    { ...of, phase: 'started', filler: { afterMs: 900, texts: ['One moment.', 'Still looking.'] } },
    { waitMs: ms },
    { ...of, phase: 'settled', outcome: 'ok' },
  ];
}

/** Greets, answers each utterance, asks again when nothing comes. */
const talks =
  (greeting: Given[], reply: Given[] = [words('reply', short), listen()]) =>
  (input: Input): Given[] =>
    input.kind === 'open' || input.kind === 'played'
      ? greeting
      : input.kind === 'no_input' || input.kind === 'not_heard' || input.kind === 'event'
        ? [words(`again`, 'Are you still there?'), listen()]
        : input.kind === 'tool'
          ? [words('late', 'It has come.'), listen()]
          : input.kind === 'transfer'
            ? [words('busy', 'Nobody is free.'), listen()]
            : reply;

const keysWanted = listen({ keys: { min: 4, max: 6, firstMs: 6000, betweenMs: 2000, menu: ['0'] } });
const hello = [words('hello', 'Hello, how can I help you?'), listen()];
const hours = [words('hours', long), listen()];

export const scenarios: Scenario[] = [
  { name: 'a question and an answer', answer: talks(hello), caller: says('a table for two', 2500, 3500), endMs: 6500 },
  { name: 'a barge-in', answer: talks(hours), caller: says('what about sunday', 1500, 2500), endMs: 5500 },
  { name: 'a cough over long words', answer: talks(hours), caller: coughs(1500, 1800), endMs: 6500 },
  { name: 'mhm over long words', answer: talks(hours), caller: says('mhm', 1500, 1750), endMs: 6500 },
  {
    name: 'protected words before a question',
    answer: talks([words('legal', 'This call is recorded.', { bargeIn: 'off', mustHear: true }), ...hours]),
    caller: says('tell me about sunday', 600, 1600),
    endMs: 7000,
  },
  {
    name: 'words that must be heard, cut by the caller',
    answer: talks([words('legal', long, { mustHear: true }), listen()]),
    caller: says('yes yes go on', 1200, 2000),
    endMs: 9000,
  },
  {
    name: 'a slow tool with fillers',
    answer: talks(hello, [words('ack', 'I will look.'), ...tool(5000), words('tell', 'It is packed.'), listen()]),
    caller: says('where is my order', 2500, 3400),
    endMs: 11_000,
  },
  {
    name: 'a tool that is cancelled by the caller',
    answer: talks(hello, [...tool(3000, { onInterrupt: 'cancel' }), words('tell', 'It is packed.'), listen()]),
    caller: [...says('where is my order', 2500, 3400), ...says('never mind that', 5000, 5800)],
    endMs: 9000,
  },
  {
    name: 'a tool that holds barge-in back',
    answer: talks(hello, [...tool(2500, { onInterrupt: 'block' }), words('tell', 'It is packed.'), listen()]),
    caller: [...says('book it now', 2500, 3400), ...says('no wait please', 4500, 5300)],
    endMs: 9000,
  },
  {
    name: 'keys',
    answer: talks([words('ask', 'Your number, please?'), keysWanted]),
    caller: press('4471#', 1000),
    endMs: 4500,
  },
  {
    name: 'keys and speech together',
    answer: talks([words('ask', 'Your number, please?'), keysWanted]),
    caller: [...press('447100', 2600), ...says('four four seven', 2500, 3600)].sort((a, b) => a[0] - b[0]),
    endMs: 6000,
  },
  {
    name: 'a farewell that must be heard before the line is cut',
    answer: (input) =>
      input.kind === 'played'
        ? [{ kind: 'end', hangUp: true }]
        : [words('bye', 'Thank you. Goodbye.'), { kind: 'wait', for: 'played' }],
    caller: [],
    endMs: 2500,
  },
  {
    name: 'a hand-over that nobody takes',
    answer: (input) =>
      input.kind === 'open'
        ? [words('wait', 'I will put you through.'), { kind: 'wait', for: 'played' }]
        : input.kind === 'played'
          ? [
              { kind: 'transfer', to: 'desk', mode: 'cold', packet: null },
              { kind: 'wait', for: 'transfer' },
            ]
          : [words('busy', 'Nobody is free.'), listen()],
    caller: [],
    endMs: 8000,
  },
  {
    name: 'a line that loses its marks',
    answer: talks(hours),
    caller: says('what about sunday', 3000, 3900),
    line: { losesMarks: true },
    endMs: 8000,
  },
  {
    name: 'a line with delay',
    answer: talks(hours),
    caller: says('what about sunday', 1500, 2500),
    line: { delayMs: 180 },
    endMs: 6500,
  },
  {
    name: 'a line without marks',
    answer: talks(hours),
    caller: says('what about sunday', 1500, 2500),
    line: { marks: false },
    endMs: 6000,
  },
  {
    name: 'a voice that dies in mid-sentence',
    answer: talks(hours),
    caller: says('what about sunday', 2500, 3400),
    voice: { dies: true },
    endMs: 7000,
  },
  {
    name: 'a voice that is silent',
    answer: talks(hours),
    caller: says('what about sunday', 2500, 3400),
    voice: { silent: true },
    endMs: 8000,
  },
  {
    name: 'a voice that does not stop',
    answer: talks(hours),
    caller: says('what about sunday', 1500, 2500),
    voice: { deaf: true, firstByteMs: 400 },
    endMs: 6000,
  },
  {
    name: 'a dialog that thinks',
    answer: talks(hello, [{ waitMs: 1500 }, words('reply', short), words('more', 'Anything else?'), listen()]),
    caller: [...says('a table for two', 2500, 3500), ...says('on friday evening', 4600, 5400)],
    endMs: 9000,
  },
  {
    name: 'a dialog that fails',
    answer: (input) => (input.kind === 'open' ? hello : [words('reply', short), { throws: 'boom' }]),
    caller: says('a table for two', 2500, 3500),
    endMs: 6500,
  },
  {
    name: 'two sentences, the first interrupted',
    answer: talks([words('one', long), words('two', 'On Sundays we are closed.', { bargeIn: 'off' }), listen()]),
    caller: says('tell me about sunday', 1500, 2500),
    endMs: 8000,
  },
  {
    name: 'work ahead of the commit',
    answer: talks(hello, [{ waitMs: 100 }, words('reply', short), listen()]),
    caller: [...says('a table', 2500, 3100, 50), ...says('for two', 3300, 3900, 50)],
    rehearses: true,
    endMs: 6000,
  },
  {
    name: 'a sentence in two turns',
    answer: talks(hello, [words('reply', short), listen()]),
    caller: [...says('a table', 2500, 3100, 50), ...says('for two', 3600, 4200, 50)],
    rehearses: true,
    voice: { firstByteMs: 500 },
    endMs: 7000,
  },
  {
    name: 'words that only other words stop',
    answer: talks([words('hours', long, { bargeIn: 'match' }), listen()]),
    caller: says('tell me about sunday', 1500, 2500),
    endMs: 6500,
  },
  { name: 'silence', answer: talks([words('hello', 'Hello?'), listen({ noInputMs: 3000 })]), caller: [], endMs: 9000 },
  {
    name: 'a call that is too long',
    answer: talks(hours),
    caller: says('what about sunday', 1500, 2500),
    manners: { maxCallMs: 6000, warnBeforeMs: 2500 },
    endMs: 8000,
  },
  {
    name: 'a hang-up while a tool must finish',
    answer: talks(hello, [...tool(4000), words('tell', 'It is booked.'), listen()]),
    caller: [...says('book it now', 2500, 3400), [5000, { kind: 'line_gone', reason: 'caller_hung_up' }]],
    endMs: 9000,
  },
];
