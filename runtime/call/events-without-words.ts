/** Events as they may be kept: with stand-ins for what was said, and without what nothing in a call is decided by. */
import type { Listening, Out } from '../../engine/contracts.js';
import type { EarEvent } from '../contracts.js';
import { mayBeEcho } from './echo.js';
import { playedText } from './heard.js';
import { standInsIn, StandIns } from './stand-ins.js';
import type { CallEvent } from './events.js';
import { copyOf, defaultManners, type CallState, type newCall } from './state.js';
import { isAnswer } from './words.js';

type Born = Parameters<typeof newCall>[0];
type Words = Extract<Out, { kind: 'words' }>;

export class EventsWithoutWords {
  readonly #words = new StandIns();
  /** When what was said was secret. */
  readonly #secret: { fromMs: number; untilMs: number }[] = [];

  born(born: Born): Born {
    const words = born.manners?.words ?? defaultManners.words;
    const kept = Object.entries(words).map(([language, own]) => [language, this.#all(own)]);
    return { ...born, manners: { ...born.manners, words: Object.fromEntries(kept) as typeof words } };
  }

  /** @param state of a call to which only what this gave has happened */
  event(event: CallEvent, state: CallState, nowMs: number): CallEvent {
    this.#noteSecret(state, nowMs);
    switch (event.kind) {
      case 'ear':
        return { ...event, event: this.#heard(event.event, state, nowMs) };
      case 'out':
        return { ...event, out: this.#out(event.out) };
      case 'rehearsed':
        return { ...event, words: this.#said(event.words) };
      case 'voice_words':
        return { ...event, words: event.words.map((word) => ({ ...word, text: this.#words.of(word.text) })) };
      case 'settlement': {
        const { result, ...input } = event.input;
        return { ...event, input: { ...input, result: { outcome: result.outcome } } };
      }
      case 'key':
        // Which it was matters only for keys that are no figures.
        return { ...event, digit: event.digit.replace(/[0-9]/g, '0') };
      case 'outside':
        return { kind: 'outside', name: event.name };
      default:
        return event;
    }
  }

  #noteSecret({ listening }: CallState, nowMs: number): void {
    const last = this.#secret.at(-1);
    const isSecret = last?.untilMs === Infinity;
    if (listening?.secret === true && !isSecret) this.#secret.push({ fromMs: nowMs, untilMs: Infinity });
    else if (listening?.secret !== true && isSecret) last.untilMs = nowMs;
  }

  #heard(event: EarEvent, state: CallState, nowMs: number): EarEvent {
    if (event.kind === 'interim') {
      const { text, atMs } = event;
      return { ...event, text: this.#callers(text, this.#isSecret(atMs, atMs), state, nowMs) };
    }
    if (event.kind !== 'final') return event;
    const isSecret = this.#isSecret(event.startMs, event.endMs);
    const text = this.#callers(event.text, isSecret, state, nowMs);
    const words = event.words?.map((word) => ({ ...word, text: this.#callers(word.text, isSecret, state, nowMs) }));
    return { ...event, text, ...(words && { words }) };
  }

  /** Of a secret answer also what comes late; not what is left of words from before its question. */
  #isSecret(startMs: number, endMs: number): boolean {
    return this.#secret.some(({ fromMs, untilMs }) => endMs > fromMs && startMs <= untilMs);
  }

  #callers(text: string, isSecret: boolean, state: CallState, nowMs: number): string {
    if (!isSecret) return this.#words.of(text);
    const { listening } = state;
    const ofFlow = listening ? [...listening.softWords, ...listening.stopWords] : [];
    const examples = listening?.moves.flatMap((move) => move.examples) ?? [];
    const asMove = this.#words.ofSecret(text, standInsIn([...ofFlow, ...examples]));
    if (isAnswer(asMove, listening)) return asMove;
    const step = { s: state, now: nowMs, emit: () => {} };
    const played = mayBeEcho(step) ? [playedText({ ...step, s: copyOf(state) })] : [];
    return this.#words.ofSecret(text, standInsIn([...ofFlow, ...played]));
  }

  #out(out: Out): Out {
    switch (out.kind) {
      case 'words':
        return this.#said(out);
      case 'tool':
        return out.filler ? { ...out, filler: { ...out.filler, texts: this.#all(out.filler.texts) } } : out;
      case 'transfer':
        return { ...out, to: this.#words.of(out.to), packet: null };
      case 'listen':
        return { ...out, listening: this.#listening(out.listening) };
      case 'trace': {
        const { flow, state, timings } = out.trace;
        return { kind: 'trace', trace: { flow, state, ...(timings && { timings }) } as typeof out.trace };
      }
      default:
        return out;
    }
  }

  #said(words: Words): Words {
    const { text, ssml, audio, ...rest } = words;
    delete rest.masked;
    return {
      ...rest,
      text: this.#words.of(text),
      ...(ssml !== undefined && { ssml: this.#words.of(ssml) }),
      ...(audio !== undefined && { audio: this.#words.of(audio) }),
    };
  }

  #listening(listening: Listening): Listening {
    const { moves, slot, hints, softWords, stopWords } = listening;
    return {
      ...listening,
      moves: moves.map((move) => ({ ...move, examples: this.#all(move.examples) })),
      // How a slot's values sound is for recognisers, which are not run again.
      ...(slot && { slot: { ...slot, spoken: { kind: 'words', text: '' }, called: this.#all(slot.called) } }),
      hints: this.#all(hints),
      softWords: this.#all(softWords),
      stopWords: this.#all(stopWords),
    };
  }

  #all<T extends object>(texts: T): T {
    return JSON.parse(JSON.stringify(texts), (_, one: unknown) =>
      typeof one === 'string' ? this.#words.of(one) : one,
    ) as T;
  }
}
