/**
 * Everything around a call, as plain data on one queue: a dialog, a voice and a line that answer the reducer's
 * effects. No promise and no timer, so that a run costs milliseconds and can be forked at any tick.
 */
import type { Input, Out } from '../../../engine/contracts.js';
import { nextDue, reduce } from '../../../runtime/call/reducer.js';
import type { CallEvent, Effect } from '../../../runtime/call/events.js';
import type { CallState, Manners } from '../../../runtime/call/state.js';
import { newCall } from '../../../runtime/call/state.js';
import { listen } from '../../fakes/dialog.js';

/** A step of a turn: something given, a time in which nothing is, or a failure. */
export type Given = Out | { waitMs: number } | { throws: string };

export interface Scenario {
  name: string;
  /** Asked once for each input; the third silence in a row ends the call, whatever stands here. */
  answer: (input: Input, turn: number) => Given[];
  /** What the caller's end does, in order of time. */
  caller: [atMs: number, event: CallEvent][];
  line?: { marks?: boolean; delayMs?: number; losesMarks?: boolean };
  /** `dies`: after half of a sentence, with the main voice. `deaf`: goes on when it is told to stop. */
  voice?: { firstByteMs?: number; dies?: boolean; silent?: boolean; deaf?: boolean };
  rehearses?: boolean;
  manners?: Partial<Manners>;
  /** Where disturbances end. */
  endMs: number;
}

export interface Step {
  atMs: number;
  event: CallEvent;
  effects: Effect[];
  state: CallState;
}

interface Pending {
  atMs: number;
  seq: number;
  event: CallEvent;
  tag?: string;
}

interface RunningTurn {
  gen: number;
  tools: { callId: string; name: string; onInterrupt: 'finish' | 'cancel' | 'block' }[];
}

const voiceMsPerCharacter = 1000 / 15;
const samplesPerMs = 8;

export class World {
  readonly scenario: Scenario;
  state: CallState;
  now = 0;
  log: Step[] = [];
  #queue: Pending[] = [];
  #seq = 0;
  #turns = 0;
  #silences = 0;
  #running: RunningTurn | undefined;
  #playEndMs = 0;
  #marks: string[] = [];
  #frozenUntilMs = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.state = newCall(
      {
        lineMarks: scenario.line?.marks ?? true,
        language: 'en',
        rehearses: scenario.rehearses ?? false,
        // Five frames at a time: the same sound, fewer ticks.
        manners: { pumpMs: 100, ...scenario.manners },
      },
      0,
    );
    this.later(0, { kind: 'start' });
    for (const [atMs, event] of scenario.caller) this.later(atMs, event);
  }

  /** The same world, to go on otherwise. */
  fork(): World {
    const twin = new World(this.scenario);
    twin.state = this.state;
    twin.now = this.now;
    twin.log = this.log.slice();
    twin.#queue = this.#queue.slice();
    twin.#seq = this.#seq;
    twin.#turns = this.#turns;
    twin.#silences = this.#silences;
    twin.#running = this.#running && { ...this.#running, tools: this.#running.tools.slice() };
    twin.#playEndMs = this.#playEndMs;
    twin.#marks = this.#marks.slice();
    twin.#frozenUntilMs = this.#frozenUntilMs;
    return twin;
  }

  later(atMs: number, event: CallEvent, tag?: string): void {
    const pending: Pending = { atMs, seq: this.#seq++, event, ...(tag === undefined ? {} : { tag }) };
    let at = this.#queue.length;
    while (at > 0 && this.#queue[at - 1]!.atMs > atMs) at -= 1;
    this.#queue.splice(at, 0, pending);
  }

  /** Nothing runs for so long; then all that was due comes at once. */
  freeze(ms: number): void {
    this.#frozenUntilMs = this.now + ms;
  }

  get lastMark(): string | undefined {
    return this.#marks.at(-1);
  }

  /** When something happens next, by itself. */
  get nextMs(): number | undefined {
    const due = Math.min(
      this.#queue[0]?.atMs ?? Infinity,
      this.state.due.pump ?? Infinity,
      nextDue(this.state) ?? Infinity,
    );
    return due === Infinity ? undefined : Math.max(due, this.now, this.#frozenUntilMs);
  }

  /** One event: what came from outside, then frames, then deadlines. */
  step(): boolean {
    const nextMs = this.nextMs;
    if (nextMs === undefined || this.state.closed !== undefined) return false;
    this.now = nextMs;
    const first = this.#queue[0];
    if (first && first.atMs <= nextMs) {
      this.#queue.shift();
      this.give(first.event);
    } else if ((this.state.due.pump ?? Infinity) <= nextMs) this.give({ kind: 'tick', pump: true });
    else this.give({ kind: 'tick' });
    return true;
  }

  give(event: CallEvent): void {
    if (event.kind === 'out' && event.out.kind === 'tool' && this.#running?.gen === event.gen) {
      const { callId, name, onInterrupt, phase } = event.out;
      const { tools } = this.#running;
      if (phase === 'started') tools.push({ callId, name, onInterrupt });
      else this.#running.tools = tools.filter((tool) => tool.callId !== callId);
    }
    if ((event.kind === 'turn_ended' || event.kind === 'turn_failed') && this.#running?.gen === event.gen) {
      this.#running = undefined;
    }
    if (event.kind === 'mark') this.#marks = this.#marks.filter((name) => name !== event.name);
    const { state, effects } = reduce(this.state, event, this.now);
    this.state = state;
    this.log.push({ atMs: this.now, event, effects, state });
    for (const effect of effects) this.#act(effect);
  }

  /** @param untilMs the last moment that may come */
  run(untilMs: number): void {
    for (let steps = 0; steps < 30_000; steps++) {
      const nextMs = this.nextMs;
      if (nextMs === undefined || nextMs > untilMs || !this.step()) return;
    }
    throw new Error('time stands still');
  }

  #drop(tag: string): void {
    this.#queue = this.#queue.filter((one) => one.tag !== tag);
  }

  #act(effect: Effect): void {
    switch (effect.kind) {
      case 'ask':
        return this.#ask(effect.gen, effect.input);
      case 'abort':
        return this.#abort(effect.gen);
      case 'understand':
        return this.later(this.now + 30, { kind: 'understood', gen: effect.gen, fits: true });
      case 'rehearse': {
        const words = this.scenario
          .answer({ kind: 'utterance', text: effect.said.text, atMs: this.now }, this.#turns)
          .find((one) => 'kind' in one && one.kind === 'words');
        if (words) this.later(this.now + 60, { kind: 'rehearsed', n: effect.n, words: words as never });
        return;
      }
      case 'speak':
        return this.#speak(effect);
      case 'unspeak':
        for (const n of effect.sentences) if (!this.scenario.voice?.deaf) this.#drop(`voice:${String(n)}`);
        return;
      case 'send':
        this.#playEndMs = Math.max(this.#playEndMs, this.now + this.#delayMs) + 20;
        return;
      case 'mark': {
        if (this.scenario.line?.losesMarks) return;
        this.#marks.push(effect.name);
        const atMs = Math.max(this.#playEndMs, this.now) + this.#delayMs;
        return this.later(atMs, { kind: 'mark', name: effect.name }, 'mark');
      }
      case 'clear':
        this.#playEndMs = this.now;
        this.#drop('mark');
        for (const name of this.#marks) this.later(this.now + this.#delayMs, { kind: 'mark', name });
        return;
      case 'transfer':
        return this.later(this.now + 3000, { kind: 'transfer', outcome: 'busy' });
      case 'hang_up':
        return this.later(this.now + 50, { kind: 'line_gone', reason: 'closed' });
      default:
    }
  }

  get #delayMs(): number {
    return this.scenario.line?.delayMs ?? 0;
  }

  #ask(gen: number, input: Input): void {
    const turn = this.#turns++;
    this.#silences = input.kind === 'no_input' ? this.#silences + 1 : input.kind === 'played' ? this.#silences : 0;
    const given: Given[] =
      input.kind === 'hang_up'
        ? [{ kind: 'end', hangUp: true }]
        : this.#silences >= 3
          ? [{ kind: 'end', hangUp: true }]
          : this.scenario.answer(input, turn);
    this.#running = { gen, tools: [] };
    let atMs = this.now;
    for (const one of given) {
      if ('waitMs' in one) atMs += one.waitMs;
      else if ('throws' in one) return this.later(atMs, { kind: 'turn_failed', gen, problem: one.throws }, 'turn');
      // As in the engine, no two calls of tools have one id.
      else if (one.kind === 'tool')
        this.later(atMs, { kind: 'out', gen, out: { ...one, callId: `${one.callId}/${String(turn)}` } }, 'turn');
      else this.later(atMs, { kind: 'out', gen, out: one }, 'turn');
    }
    this.later(atMs, { kind: 'turn_ended', gen }, 'turn');
  }

  /** As the engine does: what is being made ends here; a tool that must finish comes back by itself. */
  #abort(gen: number): void {
    const running = this.#running;
    if (running?.gen !== gen) return;
    const left = this.#queue.filter((one) => one.tag === 'turn');
    // All was given already: the end of the turn is on its way.
    if (left.every(({ atMs }) => atMs <= this.now)) return;
    if (running.tools.some((tool) => tool.onInterrupt === 'block')) return;
    this.#drop('turn');
    for (const tool of running.tools) {
      const { callId, name, onInterrupt } = tool;
      const settles = left.find(
        ({ event }) => event.kind === 'out' && event.out.kind === 'tool' && event.out.callId === callId,
      );
      if (onInterrupt === 'cancel' || !settles) {
        const out: Out = { kind: 'tool', callId, name, phase: 'settled', onInterrupt, outcome: 'cancelled' };
        this.later(this.now, { kind: 'out', gen, out }, 'turn');
      } else {
        const input = { kind: 'tool' as const, atMs: settles.atMs, callId, result: { outcome: 'ok' } };
        this.later(settles.atMs, { kind: 'settlement', input });
      }
    }
    this.later(this.now, { kind: 'out', gen, out: listen() }, 'turn');
    this.later(this.now, { kind: 'turn_ended', gen }, 'turn');
  }

  #speak({ sentence, text, voice }: Extract<Effect, { kind: 'speak' }>): void {
    const options = this.scenario.voice ?? {};
    const tag = `voice:${String(sentence)}`;
    const main = voice === 'main';
    if (options.silent && main) return;
    const startMs = this.now + (options.firstByteMs ?? 80);
    const totalMs = Math.round((text.length * voiceMsPerCharacter) / 20) * 20;
    const ms = options.dies && main ? totalMs / 2 : totalMs;
    const head = Math.min(400, ms);
    this.later(startMs, { kind: 'voice_audio', sentence, samples: head * samplesPerMs }, tag);
    if (ms > head)
      this.later(startMs + 100, { kind: 'voice_audio', sentence, samples: (ms - head) * samplesPerMs }, tag);
    if (options.dies && main) this.later(startMs + 150, { kind: 'voice_failed', sentence, problem: 'died' }, tag);
    else this.later(startMs + 150, { kind: 'voice_done', sentence }, tag);
  }
}
