/**
 * What happened to a call, one JSON line for each event with its effects: the same events at the same times give the
 * same effects, so a call can be run again, step by step, wherever it went wrong. What was secret is not in it: its
 * words have others of the same length in their place, the same ones everywhere, so that nothing is decided otherwise.
 */
import type { Json, Listening } from '../../engine/contracts.js';
import { reduce } from './reducer.js';
import { newCall, type CallEvent, type CallState, type Effect } from './state.js';
import { openEndWords } from './turn-end.js';
import { defaultPublicWords, wordsOf } from './words.js';

type Born = Parameters<typeof newCall>[0];

interface Header {
  parley: 'call events';
  format: 1;
  atMs: number;
  call: Born;
}
interface Line {
  at: number;
  event: CallEvent;
  effects: Effect[];
}

/** Gives `write` a line for the call and one for each event. */
export function keepEvents(
  born: Born,
  startMs: number,
  write: (line: string) => void,
): (event: CallEvent, effects: Effect[], nowMs: number) => void {
  const redactor = new Redactor();
  write(JSON.stringify({ parley: 'call events', format: 1, atMs: startMs, call: born } satisfies Header));
  return (event, effects, nowMs) => {
    redactor.learn(event);
    write(JSON.stringify(redactor.clean({ at: nowMs, event, effects })));
    for (const effect of effects) if (effect.kind === 'tune') redactor.listen(effect.listening);
  };
}

export type Replayed =
  | { kind: 'same'; events: number; effects: number; ms: number; ended: string | undefined }
  | { kind: 'different'; line: number; atMs: number; event: string; logged: string[]; now: string[] }
  | { kind: 'unreadable'; line: number; problem: string };

/** Runs a log again, from `lines` as {@link keepEvents} wrote them; the last may be cut off. */
export function replayEvents(lines: readonly string[]): Replayed {
  let state: CallState | undefined;
  let startMs = 0;
  let events = 0;
  let effects = 0;
  let lastMs = 0;
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    let read: Header | Line;
    try {
      read = JSON.parse(text) as Header | Line;
    } catch {
      // The process died while it wrote.
      if (index === lines.length - 1 && state) break;
      return { kind: 'unreadable', line: index + 1, problem: 'this line is no JSON' };
    }
    if (!state) {
      if (!('parley' in read) || read.format !== 1)
        return {
          kind: 'unreadable',
          line: index + 1,
          problem: 'this is no log of a call; `flow serve --keep-events` writes one',
        };
      startMs = lastMs = read.atMs;
      state = newCall(read.call, read.atMs);
      continue;
    }
    if (!('event' in read) || !Array.isArray(read.effects) || typeof read.at !== 'number')
      return { kind: 'unreadable', line: index + 1, problem: 'an event with its time and its effects is wanted here' };
    let result: ReturnType<typeof reduce>;
    try {
      result = reduce(state, read.event, read.at);
    } catch (error) {
      return { kind: 'unreadable', line: index + 1, problem: error instanceof Error ? error.message : String(error) };
    }
    const logged = read.effects.map((effect) => JSON.stringify(effect));
    const now = result.effects.map((effect) => JSON.stringify(withoutValues(effect)));
    if (logged.length !== now.length || logged.some((one, i) => one !== now[i])) {
      return {
        kind: 'different',
        line: index + 1,
        atMs: read.at - startMs,
        event: JSON.stringify(read.event),
        logged,
        now,
      };
    }
    state = result.state;
    events += 1;
    effects += now.length;
    lastMs = read.at;
  }
  if (!state) return { kind: 'unreadable', line: 1, problem: 'the file is empty' };
  return { kind: 'same', events, effects, ms: lastMs - startMs, ended: state.closed };
}

/** Properties that hold words of a caller or an agent. */
const ofWords = new Set(['text', 'texts', 'whole', 'rehearsed', 'ssml', 'unheard']);

class Redactor {
  readonly #public = new Set([...defaultPublicWords, ...openEndWords]);
  readonly #masks = new Map<string, string>();
  #secret = false;

  listen(listening: Listening): void {
    this.#secret = listening.secret;
    for (const text of [
      ...listening.softWords,
      ...listening.stopWords,
      ...listening.moves.flatMap((move) => move.examples),
    ]) {
      for (const word of wordsOf(text)) this.#public.add(word);
    }
  }

  /** Words said while the answer is secret are not written down, then or later. */
  learn(event: CallEvent): void {
    if (!this.#secret || event.kind !== 'ear') return;
    if (event.event.kind !== 'interim' && event.event.kind !== 'final') return;
    for (const word of tokensOf(event.event.text)) {
      if (!this.#public.has(word) && !this.#masks.has(word)) this.#masks.set(word, maskFor(word, this.#masks.size));
    }
  }

  clean(line: Line): Json {
    return this.#clean(withoutValues(line) as unknown as Json);
  }

  #clean(value: Json, name = ''): Json {
    if (typeof value === 'string') return ofWords.has(name) && this.#masks.size > 0 ? this.#mask(value) : value;
    if (Array.isArray(value)) return value.map((one) => this.#clean(one, name));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, one === undefined ? one : this.#clean(one, key)]),
    );
  }

  #mask(text: string): string {
    return text.replace(tokens, (token) => this.#masks.get(token.toLowerCase()) ?? token);
  }
}

const tokens = /[\p{L}\p{N}'’]+/gu;
const tokensOf = (text: string): string[] => (text.match(tokens) ?? []).map((token) => token.toLowerCase());

/** Another word of the same length for each: letters only, so that no figure is left. */
function maskFor(word: string, n: number): string {
  let mask = '';
  for (let left = n; mask.length < word.length; left = Math.floor(left / 20)) mask += 'bcdfghjklmnpqrstvwxz'[left % 20];
  return mask;
}

/**
 * A log needs no results of tools, no packets of transfers, no slots and no figures that were keyed in: nothing in a
 * call is decided by them. Which key was pressed matters only for keys that are no figures.
 */
function withoutValues<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value), function (this: Record<string, unknown>, name: string, one: unknown) {
    switch (name) {
      case 'trace': {
        const { flow, state } = one as { flow: string | null; state: string };
        return { flow, state };
      }
      case 'packet':
        return null;
      case 'data':
        return undefined;
      case 'result':
        return { outcome: (one as { outcome: string }).outcome };
      case 'digit':
      case 'digits':
        return String(one).replace(/[0-9]/g, '0');
      case 'text':
        return this.by === 'keys' ? String(one).replace(/[0-9]/g, '0') : one;
      default:
        return one;
    }
  }) as T;
}
