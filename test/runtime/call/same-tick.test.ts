import { describe, expect, it } from 'vitest';
import type { Input, Out } from '../../../engine/contracts.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import type { Given } from '../../fakes/dialog.js';
import { ScriptedVoice } from '../../fakes/voice.js';

type Tool = Extract<Out, { kind: 'tool' }>;
const tool = (phase: 'started' | 'settled', more: Partial<Tool> = {}): Out => ({
  kind: 'tool',
  callId: 'c',
  name: 'find_order',
  phase,
  onInterrupt: 'finish',
  ...(phase === 'settled' ? { outcome: 'ok' } : {}),
  ...more,
});
const long = 'We are open every day from nine in the morning until ten in the evening.';
const opened =
  (...reply: Given[]) =>
  (input: Input): Given[] =>
    input.kind === 'open' ? [words('hours', long), listen()] : [...reply, listen()];
const outcomes = (world: ReturnType<typeof callWorld>): string[] =>
  world.steps.flatMap(({ effects }) =>
    effects.flatMap((effect) =>
      effect.kind === 'note' && effect.note.kind === 'tool' ? [`${effect.note.callId} ${effect.note.outcome}`] : [],
    ),
  );

describe('in one tick', () => {
  it('B40 the line is cleared in the very step that decides to be silent, and nothing is sent after it', async () => {
    const world = callWorld({ answer: opened(words('reply', 'All right.')) });
    world.ear.says('tell me about sunday', 1500, 2500);
    await world.until(6000);
    world.call.interrupt();
    await world.until(7000);
    const silent = world.steps.filter(({ effects }) => effects.some(({ kind }) => kind === 'clear'));
    expect(silent.length).toBeGreaterThan(0);
    for (const { effects, nowMs } of silent) {
      const from = effects.findIndex(({ kind }) => kind === 'clear');
      expect(effects.slice(from).some(({ kind }) => kind === 'send')).toBe(false);
      // The line, which plays what it got, is silent within the frame that it was in.
      expect(world.line.heard.some(({ fromMs, toMs }) => fromMs < nowMs && toMs > nowMs + 20)).toBe(false);
    }
    expect(world.line.clears).toEqual(silent.map(({ nowMs }) => nowMs));
  });

  it.each(['before', 'after'])('B53 a tool that is done just %s the interruption counts as done', async (order) => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : input.kind === 'utterance'
            ? [tool('started', { onInterrupt: 'cancel' }), { waitMs: 1200, deaf: true }, tool('settled'), listen()]
            : [listen()],
    });
    world.ear.says('where is it', 500, 1500);
    // Committed at 1800; the tool is done 1200 ms after that.
    world.clock.at(order === 'before' ? 2999.9 : 3000, () => {
      world.call.interrupt();
    });
    await world.until(6000);
    expect(outcomes(world)).toEqual(['c ok']);
  });

  it('B101 a word from outside, a key and a final make one reply, in the order in which they came', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [words('hours', long), listen({ keys: { min: 1, max: 1, firstMs: 6000, betweenMs: 2000, menu: ['1'] } })]
          : [words(input.kind, `You came by ${input.kind}.`), listen()],
    });
    world.clock.at(1500, () => world.ear.gives({ kind: 'speech_started', atMs: 1200 }));
    world.clock.at(2000, () => {
      world.call.interrupt();
      world.line.gives({ kind: 'key', digit: '1' });
      world.ear.gives({ kind: 'final', text: 'one', startMs: 1200, endMs: 1950 });
    });
    world.clock.at(2050, () => world.ear.gives({ kind: 'speech_ended', atMs: 1950 }));
    await world.until(6000);
    expect(world.dialog.inputs.map(({ kind }) => kind)).toEqual(['open', 'keys']);
    expect(world.voice.asked.map(({ text }) => text)).toEqual([long, 'You came by keys.']);
    expect(world.dialog.mostAtOnce).toBe(1);
  });

  it('B97 tools at the same time are each settled, and what follows is said once, after the last', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'utterance'
          ? [
              tool('started', { callId: 'a', onInterrupt: 'cancel' }),
              tool('started', { callId: 'b' }),
              { waitMs: 500 },
              tool('settled', { callId: 'a', outcome: 'cancelled' }),
              { waitMs: 500 },
              tool('settled', { callId: 'b' }),
              words('both', 'Both are there.'),
              listen(),
            ]
          : [listen()],
    });
    world.ear.says('where are they', 500, 1500);
    await world.until(5000);
    expect(outcomes(world)).toEqual(['a cancelled', 'b ok']);
    expect(world.voice.asked.map(({ text }) => text)).toEqual(['Both are there.']);
  });

  it('B98 a voice that fails while the agent is held: the sound that is there goes on, and only the rest is asked for', async () => {
    let other: ScriptedVoice | undefined;
    const world = callWorld({
      answer: opened(),
      voice: { fails: (text) => (text === long ? 3000 : undefined), dribbles: true },
      fallbackVoice: (clock) => (other = new ScriptedVoice(clock, {}, 'other')),
    });
    // Held from 1300; the voice dies while it is.
    world.ear.coughs(1200, 1500);
    await world.until(12_000);
    const failed = world.steps.find(({ event }) => event.kind === 'voice_failed')!;
    expect(failed.nowMs).toBeGreaterThan(1300);
    expect(failed.nowMs).toBeLessThan(3000);
    expect(world.line.clears).toEqual([1300]);
    // Nothing of what the first voice had made was asked for again.
    expect(world.voice.asked).toHaveLength(1);
    expect(other!.asked).toHaveLength(1);
    expect(long.endsWith(other!.asked[0]!.text)).toBe(true);
    expect(other!.asked[0]!.text.length).toBeLessThan(long.length * 0.5);
    const main = world.steps.flatMap(({ effects }) => effects.filter(({ kind }) => kind === 'send'));
    expect(main.length * 20).toBeGreaterThan(world.voice.msOf(long));
  });

  it('B99 another language, pace or rule of interruption holds from the sentence that brings it', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [
              words('en', 'Hello there, how are you?', { language: 'en' }),
              words('es', 'Hola, ¿qué tal está usted?', { language: 'es', rate: 0.8 }),
              listen({ language: 'es' }),
            ]
          : [listen()],
    });
    await world.until(8000);
    const spoken = world.steps.flatMap(({ effects }) => effects.filter((effect) => effect.kind === 'speak'));
    expect(spoken.map(({ language, rate }) => [language, rate])).toEqual([
      ['en', undefined],
      ['es', 0.8],
    ]);
    // What was sent before it is not recalled.
    expect(world.line.clears).toEqual([]);
    expect(world.line.heard).toHaveLength(1);
  });
});
