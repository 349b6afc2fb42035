import { describe, expect, it } from 'vitest';
import type { Heard, Out } from '../../../engine/contracts.js';
import { nextDue, reduce } from '../../../runtime/call/reducer.js';
import type { CallEvent, Effect } from '../../../runtime/call/events.js';
import type { CallState } from '../../../runtime/call/state.js';
import { newCall, phaseOf } from '../../../runtime/call/state.js';
import { listen, words } from '../../fakes/dialog.js';

/** Seeded: every run is the same (mulberry32). */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Walk {
  state: CallState;
  now: number;
  log: { event: CallEvent; atMs: number; effects: Effect[] }[];
  /** Turns the dialog still owes an end, sentences the voice still owes audio, marks not yet returned. */
  asked: number[];
  spoken: number[];
  marks: string[];
  dropped: Set<number>;
}

function take(walk: Walk, event: CallEvent): Effect[] {
  const { state, effects } = reduce(walk.state, event, walk.now);
  walk.state = state;
  walk.log.push({ event, atMs: walk.now, effects });
  for (const effect of effects) {
    if (effect.kind === 'ask') walk.asked.push(effect.gen);
    if (effect.kind === 'speak') walk.spoken.push(effect.sentence);
    if (effect.kind === 'mark') walk.marks.push(effect.name);
    if (effect.kind === 'unspeak' && !effect.keep) for (const n of effect.sentences) walk.dropped.add(n);
  }
  return effects;
}

/** Time alone, up to `untilMs`: frames and deadlines as the shell would give them. */
function letTimePass(walk: Walk, untilMs: number): void {
  for (;;) {
    const pump = walk.state.due.pump ?? Infinity;
    const due = Math.min(pump, nextDue(walk.state) ?? Infinity);
    if (due > untilMs) break;
    walk.now = Math.max(walk.now, due);
    take(walk, pump <= walk.now ? { kind: 'tick', pump: true } : { kind: 'tick' });
    if (walk.log.length > 20_000) throw new Error('time stands still');
  }
  walk.now = Math.max(walk.now, untilMs);
}

const texts = ['yes', 'mhm', 'stop', 'a table for two please', 'okay'];
const outs: (() => Out)[] = [
  () => words('a', 'Hello there, how are you?'),
  () => words('b', 'This is said to the end.', { bargeIn: 'off' }),
  () => words('c', 'Two words stop this one.', { bargeIn: { words: 2 } }),
  () => ({
    kind: 'tool',
    callId: 't',
    name: 'tool',
    phase: 'started',
    onInterrupt: 'finish',
    filler: { afterMs: 900, texts: ['One moment.'] },
  }),
  () => ({ kind: 'tool', callId: 't', name: 'tool', phase: 'settled', onInterrupt: 'finish' }),
  () => ({ kind: 'transfer', to: 'desk', mode: 'cold', packet: null }),
];
const endings: (() => Out)[] = [
  () => listen(),
  () => listen({ keys: { min: 1, max: 4, firstMs: 6000, betweenMs: 2000, menu: ['0'] } }),
  () => ({ kind: 'wait', for: 'played' }),
  () => ({ kind: 'wait', for: 'transfer' }),
  () => ({ kind: 'end', hangUp: true }),
];

/** One thing that may happen now. */
function anything(walk: Walk, chance: () => number): CallEvent | undefined {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(chance() * list.length)]!;
  const { now } = walk;
  const gen = walk.asked.at(-1);
  const sentence = walk.spoken.at(-1);
  const events: (() => CallEvent | undefined)[] = [
    () => (gen === undefined ? undefined : { kind: 'out', gen, out: pick(outs)() }),
    () => (gen === undefined ? undefined : { kind: 'out', gen, out: pick(outs)() }),
    () => {
      if (gen === undefined) return undefined;
      take(walk, { kind: 'out', gen, out: pick(endings)() });
      walk.asked = [];
      return { kind: 'turn_ended', gen };
    },
    () => (gen === undefined || chance() > 0.05 ? undefined : { kind: 'turn_failed', gen, problem: 'boom' }),
    () =>
      sentence === undefined ? undefined : { kind: 'voice_audio', sentence, samples: Math.floor(chance() * 16_000) },
    () => (sentence === undefined ? undefined : { kind: 'voice_done', sentence }),
    () => (sentence === undefined || chance() > 0.2 ? undefined : { kind: 'voice_failed', sentence, problem: 'gone' }),
    () => {
      const name = walk.marks.shift();
      return name === undefined || chance() > 0.9 ? undefined : { kind: 'mark', name };
    },
    () => ({ kind: 'ear', event: { kind: 'speech_started', atMs: now - 100 } }),
    () => ({ kind: 'ear', event: { kind: 'speech_ended', atMs: now - 96 } }),
    () => ({ kind: 'ear', event: { kind: 'interim', text: pick(texts), atMs: now } }),
    () => ({ kind: 'ear', event: { kind: 'final', text: pick(texts), startMs: now - 900, endMs: now - 100 } }),
    () => ({ kind: 'ear', event: { kind: 'end_of_turn', atMs: now } }),
    () => ({ kind: 'key', digit: pick(['1', '0', '#']) }),
    () => ({ kind: 'outside', name: 'paid' }),
    () => ({ kind: 'settlement', input: { kind: 'tool', atMs: now, callId: 't', result: { outcome: 'ok' } } }),
    () => (chance() > 0.3 ? undefined : { kind: 'transfer', outcome: 'busy' }),
    () => (chance() > 0.1 ? undefined : { kind: 'interrupt' }),
    () => (chance() > 0.03 ? undefined : { kind: 'line_gone', reason: 'caller_hung_up' }),
    () => (chance() > 0.03 ? undefined : { kind: 'hang_up' }),
  ];
  return pick(events)();
}

function walkFrom(seed: number, steps: number): Walk {
  const chance = random(seed);
  const walk: Walk = {
    state: newCall({ lineMarks: chance() > 0.3, language: 'en' }, 0),
    now: 0,
    log: [],
    asked: [],
    spoken: [],
    marks: [],
    dropped: new Set(),
  };
  take(walk, { kind: 'start' });
  for (let i = 0; i < steps && walk.state.closed === undefined; i++) {
    const event = anything(walk, chance);
    if (event) take(walk, event);
    if (chance() > 0.4) letTimePass(walk, walk.now + Math.floor(chance() ** 3 * 3000));
  }
  return walk;
}

const seeds = Array.from({ length: 300 }, (_, i) => i + 1);

describe('the reducer, whatever happens', () => {
  it('B1 lets a result of an older generation change nothing but the counters', () => {
    for (const seed of seeds) {
      const walk = walkFrom(seed, 60);
      if (walk.state.closed !== undefined) continue;
      const stale: CallEvent[] = [
        { kind: 'out', gen: -1, out: words('old', 'Old words.') },
        { kind: 'turn_ended', gen: -1 },
        { kind: 'turn_failed', gen: -1, problem: 'old' },
        { kind: 'understood', gen: -1, fits: true },
        { kind: 'mark', name: '0:999' },
        ...[...walk.dropped].flatMap((sentence): CallEvent[] =>
          walk.state.playout.sentences.some((one) => one.n === sentence)
            ? []
            : [
                { kind: 'voice_audio', sentence, samples: 800 },
                { kind: 'voice_done', sentence },
                { kind: 'voice_failed', sentence, problem: 'old' },
              ],
        ),
      ];
      // What is due at this moment anyway is done first.
      take(walk, { kind: 'tick' });
      for (const event of stale) {
        const { state, effects } = reduce(walk.state, event, walk.now);
        expect(effects.filter((effect) => effect.kind !== 'count')).toEqual([]);
        expect(state).toEqual(walk.state);
      }
    }
  });

  it('B2 reaches listening or closed by time alone, within the guards of a transfer and of the turn after it', () => {
    for (const seed of seeds) {
      const walk = walkFrom(seed, 80);
      const startMs = walk.now;
      const reached = (): boolean =>
        ['listening', 'closed'].includes(phaseOf(walk.state)) && !walk.state.caller.speaking;
      for (let waitedMs = 0; waitedMs <= 160_000 && !reached(); waitedMs += 500) letTimePass(walk, startMs + waitedMs);
      expect([seed, phaseOf(walk.state), walk.now - startMs]).toEqual([
        seed,
        expect.stringMatching(/listening|closed/),
        expect.any(Number),
      ]);
    }
  });

  it('B2 ends, when nobody ever answers again', () => {
    for (const seed of seeds.slice(0, 100)) {
      const walk = walkFrom(seed, 80);
      letTimePass(walk, walk.now + 400_000);
      expect([seed, phaseOf(walk.state)]).toEqual([seed, 'closed']);
      expect(walk.log.at(-1)!.effects.at(-1)).toMatchObject({ kind: 'close' });
    }
  });

  it('B3 never sends a frame of a sentence that was dropped, nor two sentences interleaved', () => {
    for (const seed of seeds) {
      const walk = walkFrom(seed, 120);
      const dropped = new Set<number>();
      let last = 0;
      for (const { effects } of walk.log) {
        for (const effect of effects) {
          if (effect.kind === 'unspeak' && !effect.keep) for (const n of effect.sentences) dropped.add(n);
          if (effect.kind === 'speak') dropped.delete(effect.sentence);
          if (effect.kind === 'clear') last = 0;
          if (effect.kind !== 'send') continue;
          expect(dropped.has(effect.sentence)).toBe(false);
          expect(effect.sentence).toBeGreaterThanOrEqual(last);
          last = effect.sentence;
        }
      }
    }
  });

  it('B4 gives the same effects for the same events at the same times', () => {
    for (const seed of seeds.slice(0, 60)) {
      const walk = walkFrom(seed, 100);
      let state = newCall({ lineMarks: walk.state.lineMarks, language: 'en' }, 0);
      for (const { event, atMs, effects } of walk.log) {
        const again = reduce(state, event, atMs);
        expect(again.effects).toEqual(effects);
        state = again.state;
      }
      expect(state).toEqual(walk.state);
    }
  });

  it('never changes the state it was given', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value);
        Object.values(value).forEach(freeze);
      }
      return value;
    };
    for (const seed of seeds.slice(0, 60)) {
      const walk = walkFrom(seed, 100);
      let state = freeze(newCall({ lineMarks: walk.state.lineMarks, language: 'en' }, 0));
      for (const { event, atMs } of walk.log) state = freeze(reduce(state, freeze(event), atMs).state);
    }
  });

  it('asks one turn at a time, and tells of every piece of words once, with a share between 0 and 1', () => {
    for (const seed of seeds) {
      const walk = walkFrom(seed, 120);
      let running: number | undefined;
      const told: Heard[] = [];
      for (const { event, effects } of walk.log) {
        if ((event.kind === 'turn_ended' || event.kind === 'turn_failed') && event.gen === running) running = undefined;
        for (const effect of effects) {
          if (effect.kind !== 'ask') continue;
          expect(running).toBeUndefined();
          running = effect.gen;
          if (effect.input.heard) told.push(effect.input.heard);
        }
      }
      const parts = told.flatMap((heard) => heard.parts);
      const given = walk.log.filter(({ event }) => event.kind === 'out' && event.out.kind === 'words').length;
      expect(parts.length).toBeLessThanOrEqual(given);
      expect(parts.every(({ share }) => share >= 0 && share <= 1)).toBe(true);
    }
  });

  it('does nothing any more once it is closed', () => {
    const walk = walkFrom(7, 10);
    take(walk, { kind: 'hang_up' });
    letTimePass(walk, walk.now + 200_000);
    expect(phaseOf(walk.state)).toBe('closed');
    expect(nextDue(walk.state)).toBeUndefined();
    for (const event of [
      { kind: 'start' },
      { kind: 'key', digit: '1' },
      { kind: 'tick' },
      { kind: 'hang_up' },
    ] as CallEvent[]) {
      expect(reduce(walk.state, event, walk.now)).toEqual({ state: walk.state, effects: [] });
    }
  });
});
