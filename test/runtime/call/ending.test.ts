import { describe, expect, it } from 'vitest';
import type { Input } from '../../../engine/contracts.js';
import type { VirtualClock } from '../../../engine/clock.js';
import type { Given } from '../../fakes/dialog.js';
import { callWorld } from '../../fakes/call.js';
import { listen, words } from '../../fakes/dialog.js';
import { ScriptedVoice } from '../../fakes/voice.js';

const bye = 'Thank you for calling. Goodbye.';
const kinds = (world: ReturnType<typeof callWorld>): string[] => world.dialog.inputs.map((input) => input.kind);
const says = (world: ReturnType<typeof callWorld>): string[] => world.voice.asked.map((one) => one.text);

describe('ending', () => {
  const farewell = (input: Input): Given[] =>
    input.kind === 'played'
      ? [{ kind: 'end', hangUp: true }]
      : input.kind === 'utterance'
        ? [words('ok', 'Sure, bye.'), { kind: 'wait', for: 'played' }]
        : [words('bye', bye), { kind: 'wait', for: 'played' }];

  it('B86 hangs up 200 ms after the farewell was fully heard', async () => {
    const world = callWorld({ answer: farewell, line: { delayMs: 100 } });
    const record = await world.ended();
    const heardMs = 50 + 200 + world.voice.msOf(bye);
    expect(world.line.hungUpMs).toBeGreaterThanOrEqual(heardMs + 200);
    expect(world.line.hungUpMs).toBeLessThanOrEqual(heardMs + 260);
    expect(record.ended).toBe('completed');
    expect(record.turns).toMatchObject([{ who: 'agent', text: bye }]);
    expect(world.dialog.closes).toEqual(['completed']);
  });

  it('B86 listens to a caller who speaks into the farewell', async () => {
    const world = callWorld({ answer: farewell });
    world.ear.says('wait one more thing', 1000, 2000);
    const record = await world.ended();
    expect(kinds(world)).toEqual(['open', 'utterance', 'played']);
    expect(record.interruptions).toHaveLength(1);
    expect(record.ended).toBe('completed');
  });

  it('B88 tells a caller that the call has to end, hears nobody into it, and hangs up when it was heard', async () => {
    const long = 'Let me tell you all about our opening hours and everything else.';
    const world = callWorld({ answer: () => [words('long', long), listen()] });
    world.clock.at(1000, () => world.call.shutDown());
    world.ear.says('wait please', 1500, 2500);
    const record = await world.ended();
    expect(record.ended).toBe('shut_down');
    expect(says(world).at(-1)).toContain('Please call again later.');
    expect(record.turns.at(-1)).toMatchObject({ who: 'agent', text: says(world).at(-1) });
    expect(record.turns.at(-1)?.interrupted).toBeUndefined();
    expect(world.dialog.closes).toEqual(['shut_down']);
  });

  it('B86 does not wait for a mark that never comes', async () => {
    const world = callWorld({ answer: farewell, line: { losesMarks: true } });
    await world.ended();
    expect(world.line.hungUpMs).toBeLessThanOrEqual(50 + world.voice.msOf(bye) + 2000 + 200);
  });

  it('ends without hanging up where the flow says so', async () => {
    const world = callWorld({ answer: () => [{ kind: 'end', hangUp: false }] });
    expect((await world.ended()).ended).toBe('completed');
    expect(world.line.hungUpMs).toBeUndefined();
    expect(world.line.closed).toBe(1);
  });

  it('B80 commits the last words of a caller who hangs up, says nothing to them, and closes within three seconds', async () => {
    const world = callWorld({
      answer: (input) => (input.kind === 'utterance' ? [words('ok', 'Very well.'), listen()] : [listen()]),
    });
    world.ear.says('cancel my order please', 500, 2000, { finalMs: 400 });
    world.clock.at(2050, () => {
      world.line.gives({ kind: 'hang_up', reason: 'caller_hung_up' });
    });
    let endedMs = 0;
    void world.call.done.then(() => (endedMs = world.clock.now()));
    await world.until(6000);
    const record = await world.call.done;
    expect(world.dialog.utterances).toEqual(['cancel my order please']);
    expect(kinds(world)).toEqual(['open', 'utterance', 'hang_up']);
    expect(says(world)).toEqual([]);
    expect(endedMs).toBeLessThanOrEqual(2050 + 3000);
    expect(record).toMatchObject({
      ended: 'caller_hung_up',
      turns: [{ who: 'caller', text: 'cancel my order please' }],
    });
    expect(world.ear.closed).toBe(1);
    expect(world.line.closed).toBe(1);
    expect(world.clock.nextAtMs).toBeUndefined();
  });

  it('B80 closes in time though the dialog does not answer', async () => {
    const world = callWorld({
      answer: (input) => (input.kind === 'open' ? [listen()] : [{ waitMs: 100_000, deaf: true }]),
    });
    await world.until(1000);
    world.line.gives({ kind: 'hang_up', reason: 'caller_hung_up' });
    let endedMs = 0;
    void world.call.done.then(() => (endedMs = world.clock.now()));
    await world.until(8000);
    expect(endedMs).toBeLessThanOrEqual(4000);
    expect(endedMs).toBeGreaterThan(0);
  });

  it('B85 warns half a minute before the longest time, says goodbye at it, and hangs up', async () => {
    const world = callWorld({ answer: () => [listen({ noInputMs: 600_000 })], maxCallMs: 90_000 });
    const record = await world.ended();
    const [warning, goodbye] = world.voice.asked;
    expect(warning!.atMs).toBeGreaterThanOrEqual(60_000);
    expect(warning!.atMs).toBeLessThan(60_100);
    expect(goodbye!.atMs).toBeGreaterThanOrEqual(90_000);
    expect(goodbye!.atMs).toBeLessThan(90_100);
    expect(record.ended).toBe('max_time');
    expect(kinds(world)).toEqual(['open', 'hang_up']);
    expect(world.line.hungUpMs).toBeGreaterThan(90_000 + world.voice.msOf(goodbye!.text));
  });

  it('B85 lets nobody cut the last goodbye', async () => {
    const world = callWorld({ answer: () => [listen({ noInputMs: 600_000 })], maxCallMs: 10_000 });
    world.ear.says('but I am not done', 10_500, 11_500);
    const record = await world.ended();
    expect(record.interruptions).toEqual([]);
    expect(record.turns.at(-1)!.text).toBe(world.voice.asked[0]!.text);
  });

  it('B102 closes once, however often and from wherever it is ended', async () => {
    const world = callWorld({ answer: () => [listen()] });
    await world.until(500);
    world.call.hangUp();
    world.call.hangUp();
    world.line.gives({ kind: 'hang_up', reason: 'caller_hung_up' });
    const record = await world.ended();
    world.call.hangUp();
    await world.until(20_000);
    expect(record.ended).toBe('hung_up_here');
    expect(world.line.closed).toBe(1);
    expect(world.dialog.closes).toEqual(['hung_up_here']);
    expect(kinds(world)).toEqual(['open', 'hang_up']);
    expect(world.line.notices.filter(({ notice }) => notice.kind === 'ended')).toHaveLength(1);
  });
});

describe('when something breaks', () => {
  it('apologises and ends when a turn throws, with one line in the log', async () => {
    const world = callWorld({
      answer: (input) => (input.kind === 'open' ? [words('hi', 'Hello there.'), listen()] : [{ throws: 'boom' }]),
    });
    world.ear.says('a table', 1500, 2000);
    const record = await world.ended();
    expect(record.ended).toBe('error');
    expect(record.turns.at(-1)!.text).toMatch(/^Sorry, something went wrong/);
    expect(world.logged.filter((line) => line.level !== 'info')).toEqual([
      { level: 'warn', event: 'dialog failed', fields: { call: 'call', problem: 'boom' } },
    ]);
    expect(world.line.hungUpMs).toBeDefined();
  });

  it('B2 gives a dialog up that gives nothing', async () => {
    const world = callWorld({ answer: () => [{ waitMs: 3_600_000, deaf: true }] });
    const record = await world.ended();
    expect(record.ended).toBe('error');
    expect(record.durationMs).toBeLessThan(30_000);
  });

  it('asks the other voice when the first refuses, and the caller hears every word', async () => {
    const clocks: ScriptedVoice[] = [];
    const world = callWorld({
      answer: (input) => [words(input.kind, 'Hello there.'), listen()],
      voice: { fails: () => 'refuse' },
      fallbackVoice: (clock) => {
        const voice = new ScriptedVoice(clock, {}, 'fallback');
        clocks.push(voice);
        return voice;
      },
    });
    await world.until(4000);
    expect(clocks[0]!.asked.map((one) => one.text)).toEqual(['Hello there.']);
    expect(world.line.frames).toHaveLength(world.voice.msOf('Hello there.') / 20);
    expect(world.logged.filter((line) => line.event === 'voice failed')).toHaveLength(1);
  });

  it('B60 says the rest with the other voice when one dies in mid-sentence, and repeats nothing', async () => {
    const text = 'We are open every day from nine in the morning until ten in the evening.';
    const world = callWorld({
      answer: () => [words('hours', text), listen()],
      voice: { fails: () => 2000, words: true },
      fallbackVoice: (clock) => new ScriptedVoice(clock, {}, 'fallback'),
    });
    await world.until(7000);
    world.call.hangUp();
    const record = await world.ended();
    expect(record.turns[0]!.text).toBe(text);
    // 2 s of the first voice were played, then what is left of the text by the other.
    const heardMs = world.line.frames.length * 20;
    expect(heardMs).toBeGreaterThan(world.voice.msOf(text) - 100);
    expect(heardMs).toBeLessThan(world.voice.msOf(text) + 500);
    expect(world.dialog.inputs.at(-1)!.heard!.parts).toEqual([{ id: 'hours', text, share: 1 }]);
  });

  it('B61 B62 asks again when a voice gives no audio or nothing at all, and ends the call after three sentences', async () => {
    for (const trouble of ['empty', 'silent'] as const) {
      const world = callWorld({
        answer: () => [words('a', 'One.'), words('b', 'Two.'), words('c', 'Three.'), words('d', 'Four.'), listen()],
        voice: { fails: () => trouble },
      });
      const record = await world.ended();
      expect(record.ended).toBe('no_voice');
      expect(says(world)).toEqual(['One.', 'One.', 'Two.', 'Two.', 'Three.', 'Three.']);
      expect(record.turns).toEqual([]);
    }
  });

  it('never counts words as said that no voice could say', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open' ? [words('a', 'Hello there.'), words('b', 'Unspeakable.'), listen()] : [listen()],
      voice: { fails: (text) => (text === 'Unspeakable.' ? 'refuse' : undefined) },
    });
    await world.until(9000);
    expect(world.dialog.inputs[1]!.heard!.parts).toEqual([
      { id: 'a', text: 'Hello there.', share: 1 },
      { id: 'b', text: 'Unspeakable.', share: 0 },
    ]);
  });

  it('says once that it cannot hear when the ear fails, and still takes keys', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'open'
          ? [listen({ keys: { min: 1, max: 1, firstMs: 6000, betweenMs: 2000, menu: ['1'] } })]
          : [words('ok', 'Thanks.'), listen()],
    });
    world.clock.at(500, () => {
      world.ear.gives({ kind: 'failed', problem: 'gone' });
      world.ear.gives({ kind: 'failed', problem: 'gone' });
    });
    world.clock.at(1000, () => {
      world.line.gives({ kind: 'key', digit: '1' });
    });
    await world.until(5000);
    expect(says(world)[0]).toMatch(/can't hear you/);
    expect(world.dialog.inputs[1]).toMatchObject({ kind: 'keys', digits: '1' });
    expect(world.logged.filter((line) => line.level === 'warn')).toHaveLength(1);
  });

  it('ends this call, and only this one, when a part of it throws where it must not', async () => {
    const world = callWorld({ answer: () => [listen()] });
    world.ear.endTurn = () => {
      throw new Error('a defect');
    };
    const other = callWorld({ answer: () => [listen()] });
    world.ear.says('a table', 500, 1000);
    const record = await world.ended();
    expect(record.ended).toBe('broken');
    expect(world.logged.filter((line) => line.level === 'error')).toHaveLength(1);
    expect(world.line.closed).toBe(1);
    await other.until(3000);
    expect(other.call.phase).toBe('listening');
  });

  it('hands over: asks the line, and tells the dialog what came of it', async () => {
    const world = callWorld({
      answer: (input) =>
        input.kind === 'transfer'
          ? [words('busy', 'Nobody is there.'), listen()]
          : [
              { kind: 'transfer', to: 'desk', mode: 'cold', packet: { reason: 'asked' } },
              { kind: 'wait', for: 'transfer' },
            ],
    });
    world.clock.at(3000, () => {
      world.line.gives({ kind: 'transfer', outcome: 'busy' });
    });
    await world.until(5000);
    expect(world.line.transfers).toEqual([{ to: 'desk', mode: 'cold', packet: { reason: 'asked' } }]);
    expect(world.dialog.inputs[1]).toMatchObject({ kind: 'transfer', outcome: 'busy' });
  });

  it('B91 records the agent as it was heard and the caller as it came, on one timeline', async () => {
    const world = callWorld({
      record: true,
      answer: (input) =>
        input.kind === 'open'
          ? [words('long', 'We are open every day from nine in the morning until ten.'), listen()]
          : [listen()],
    });
    for (let ms = 20; ms <= 4000; ms += 20) {
      world.clock.at(ms, () => {
        world.line.gives({ kind: 'audio', samples: new Int16Array(160).fill(ms >= 2000 && ms < 3000 ? 4000 : 0) });
      });
    }
    world.ear.says('tell me about sunday', 1980, 3000);
    world.clock.at(4000, () => {
      world.call.hangUp();
    });
    const { audio } = await world.ended();
    const loud = (samples: Int16Array): [number, number] => [
      samples.findIndex((one) => one !== 0) / 8,
      (samples.findLastIndex((one) => one !== 0) + 1) / 8,
    ];
    const [callerFrom, callerTo] = loud(audio!.caller);
    expect(callerFrom).toBeCloseTo(1980, -1);
    expect(callerTo).toBeCloseTo(2980, -1);
    const [agentFrom, agentTo] = loud(audio!.agent);
    expect(agentFrom).toBeGreaterThanOrEqual(50);
    expect(agentFrom).toBeLessThan(52);
    // Silent from the tick in which the caller was heard.
    expect(agentTo).toBeLessThanOrEqual(2080);
    expect(agentTo).toBeGreaterThan(2060);
  });
});

describe('the clock', () => {
  it('B100 looks at the state once after a long freeze, and does not fire everything that was overdue', async () => {
    const world = callWorld({ answer: (input) => [words(input.kind, 'Are you there?'), listen({ noInputMs: 1000 })] });
    await world.until(1500);
    const before = world.dialog.asked.length;
    // Nothing runs for eight seconds, then everything that was due is looked at in one tick.
    const clock = world.clock as VirtualClock & { now(): number };
    const now = clock.now.bind(clock);
    clock.now = () => now() + 8000;
    await world.until(2300);
    expect(world.dialog.asked.length - before).toBeLessThanOrEqual(1);
  });
});
