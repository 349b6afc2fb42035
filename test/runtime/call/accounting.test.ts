import { describe, expect, it } from 'vitest';
import type { Input, Out, TurnTimings, TurnTrace } from '../../../engine/contracts.js';
import { stageLengths } from '../../../runtime/observe/stages.js';
import { callMetrics } from '../../../runtime/observe/call-metrics.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import type { Given } from '../../fakes/dialog.js';
import { ScriptedVoice } from '../../fakes/voice.js';

const long = 'We are open every day from nine in the morning until ten in the evening.';
const trace = (timings: Partial<TurnTimings>): Out => ({
  kind: 'trace',
  trace: {
    flow: 'f',
    state: 's',
    timings: { understandMs: 0, routerMs: 0, stepMs: 0, toolsMs: 0, modelMs: 0, totalMs: 0, ...timings },
  } as TurnTrace,
});

describe('the stages of a turn', () => {
  it('B90 add up to the gap within a millisecond, with what was understood and what a model began told apart', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : [
              { waitMs: 320 },
              words('reply', 'All right.'),
              trace({ understandMs: 140.4, firstTokenMs: 260.2 }),
              listen(),
            ],
      voice: { firstByteMs: 137 },
      line: { delayMs: 40 },
    });
    for (let ms = 500; ms < 40_000; ms += 4000) world.ear.says('a table', ms, ms + 613, { finalMs: 90 });
    await world.until(45_000);
    world.call.hangUp();
    const answered = (await world.ended()).turns.filter(({ who, stages }) => who === 'agent' && stages?.speechEnd);
    expect(answered).toHaveLength(10);
    for (const { stages } of answered) {
      const lengths = stageLengths(stages!);
      const gap = lengths.find(({ stage }) => stage === 'gap')!;
      const parts = lengths.filter((one) => one !== gap);
      expect(Math.abs(parts.reduce((sum, { ms }) => sum + ms, 0) - gap.ms)).toBeLessThanOrEqual(1);
      expect(Math.abs(gap.ms - (stages!.firstHeard! - stages!.speechEnd!))).toBeLessThanOrEqual(1);
      expect(parts.map(({ stage, ms }) => [stage, ms])).toEqual([
        ['final', expect.any(Number)],
        ['decision', expect.any(Number)],
        ['route', 140],
        ['first_token', 120],
        ['first_sentence', 60],
        ['tts_request', 0],
        ['first_byte', 137],
        ['first_sent', expect.any(Number)],
        ['first_heard', expect.any(Number)],
      ]);
    }
  });

  it('B90 lie between the commit and the sound, also where an answer was worked on ahead', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen()]
          : [words('reply', 'All right.'), trace({ understandMs: 0, firstTokenMs: 0 }), listen()],
      rehearses: { waitMs: 50, words: () => words('reply', 'All right.') },
    });
    world.ear.says('a table', 500, 1500);
    await world.until(5000);
    world.call.hangUp();
    const { stages } = (await world.ended()).turns.find((turn) => turn.stages?.speechEnd !== undefined)!;
    const lengths = Object.fromEntries(stageLengths(stages!).map(({ stage, ms }) => [stage, ms]));
    expect(lengths).toMatchObject({ route: 0, first_token: 0, first_sentence: 0, tts_request: 0, first_byte: 0 });
    expect(lengths['gap']).toBe(stages!.firstHeard! - stages!.speechEnd!);
  });
});

describe('what a call was for nothing', () => {
  const cutIn = (input: Input): Given[] => (input.kind === 'open' ? [words('hours', long), listen()] : [listen()]);

  it('B92 counts the characters that were cut off before they were heard', async () => {
    const world = callWorld({ answer: cutIn, voice: { costs: true } });
    world.ear.says('tell me about sunday', 1500, 2500);
    await world.until(6000);
    world.call.hangUp();
    const record = await world.ended();
    const { unheard } = record.turns.find(({ interrupted }) => interrupted)!;
    expect(record.usage).toEqual([
      { who: 'scripted', what: 'tts_characters', amount: long.length, wasted: unheard!.length + 1 },
    ]);
    const metrics = callMetrics(() => 0);
    metrics.ended(record);
    expect(metrics.registry.text()).toContain(
      `voice_usage_wasted_total{provider="scripted",kind="tts_characters"} ${String(unheard!.length + 1)}`,
    );
  });

  it('B22 B92 counts a sentence that was made ahead and dropped, and nothing of one that was adopted', async () => {
    const world = callWorld({
      answer: (input) => (input.kind === 'open' ? [listen()] : [words('reply', 'For two, at eight.'), listen()]),
      voice: { costs: true },
      rehearses: {
        waitMs: 20,
        words: (text) => words('reply', text.includes('two') ? 'For two, at eight.' : 'For how many?'),
      },
    });
    world.ear.says('a table', 500, 1100, { finalMs: 50 });
    world.ear.says('for two', 1250, 1800, { finalMs: 50 });
    await world.until(6000);
    world.call.hangUp();
    const { usage, counters } = await world.ended();
    expect(counters).toMatchObject({ speculated_sentences_adopted: 1, speculated_sentences_wasted: 1 });
    const amount = world.voice.asked.reduce((sum, { text }) => sum + text.length, 0);
    expect(usage).toEqual([{ who: 'scripted', what: 'tts_characters', amount, wasted: 'For how many?'.length }]);
  });

  it('B92 counts what a voice was given that then died, and the other voice for the rest', async () => {
    const world = callWorld({
      answer: cutIn,
      voice: { fails: () => 2000, costs: true },
      fallbackVoice: (clock) => new ScriptedVoice(clock, { costs: true }, 'other'),
    });
    await world.until(8000);
    world.call.hangUp();
    const { usage, errors } = await world.ended();
    const [main, other] = usage!;
    expect(main).toMatchObject({ who: 'scripted', amount: long.length });
    // But for the space between them the two halves are the whole.
    expect(Math.abs(main!.wasted! - other!.amount)).toBeLessThanOrEqual(1);
    expect(other).not.toHaveProperty('wasted');
    expect(errors).toEqual({ scripted: 1 });
  });

  it('B62 B92 counts a voice that gives no sound in time as its error, says which it was, and lets the last one be slow', async () => {
    const world = callWorld({
      answer: () => [words('hello', 'Hello, how can I help you?'), listen()],
      voice: { fails: () => 'silent' },
      fallbackVoice: (clock) => new ScriptedVoice(clock, { firstByteMs: 3000 }, 'slow'),
    });
    await world.until(12_000);
    expect(world.line.heard).toHaveLength(1);
    world.call.hangUp();
    const { errors } = await world.ended();
    expect(errors).toEqual({ scripted: 1 });
    const failed = world.logged.filter(({ event }) => event === 'voice failed');
    expect(failed.map(({ fields }) => fields)).toEqual([expect.objectContaining({ voice: 'main', again: true })]);
  });

  it('B92 counts the tokens of this call alone where its dialog is older, and its models’ failures as errors', async () => {
    const world = callWorld({
      answer: cutIn,
      models: (atMs) => [
        {
          model: 'small',
          inputTokens: 1000 + (atMs > 0 ? 500 : 0),
          outputTokens: 100 + (atMs > 0 ? 60 : 0),
          wastedInputTokens: atMs > 0 ? 200 : 0,
          wastedOutputTokens: 0,
          failures: atMs > 0 ? 3 : 1,
        },
      ],
    });
    await world.until(2000);
    world.call.hangUp();
    const { usage, errors } = await world.ended();
    expect(usage).toEqual([
      { who: 'small', what: 'llm_input_tokens', amount: 500, wasted: 200 },
      { who: 'small', what: 'llm_output_tokens', amount: 60 },
    ]);
    expect(errors).toEqual({ small: 2 });
  });
});
